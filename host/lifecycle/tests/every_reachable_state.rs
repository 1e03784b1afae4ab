//! Walks every state that can be reached with every command, from every kind of start, and holds the promises against
//! each transition. A promise that has an exception anywhere fails here.
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use lifecycle::{Carried, Command, Next, State, decide};
use model::deployment::Trigger;
use model::event::{Effect, EffectResult, Event, Request};
use model::profile::RollbackMode;
use model::{
    Check, CheckRecord, Checked, Claim, Code, Confidence, DeploymentId, Detection, Digest, Failure, Fingerprint,
    InstanceName, Outcome, Phase, Plan, Profile, ResourceId, Rollback, RollbackOutcome, SourceKind, SourceSpec,
    SourceSummary, Stage, Status,
};
use std::collections::{HashSet, VecDeque};

const OWN: &str = "01JABCDEFGHJKMNPQRSTVWXYZ0";
const OLD: &str = "01JABCDEFGHJKMNPQRSTVWXYZ1";

fn dep(ulid: &str) -> DeploymentId {
    DeploymentId::from_ulid(ulid).unwrap()
}
fn at() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}
fn instance(ulid: &str) -> InstanceName {
    InstanceName::of(&dep(ulid), "web").unwrap()
}
fn summary() -> SourceSummary {
    SourceSummary {
        kind: SourceKind::LocalDirectory,
        locator: "/app".into(),
        git_ref: None,
        revision: None,
        base_directory: ".".into(),
        digest: Some(Digest::from_bytes(&[1; 32])),
        files: None,
        bytes: None,
    }
}
fn detection() -> Detection {
    Detection {
        claim: Claim {
            plugin: "t@0".into(),
            app_type: "node".into(),
            framework: None,
            confidence: Confidence::Certain,
            contributes: false,
            install: None,
            build: None,
            start: None,
            package_manager: None,
            port: None,
            publish: None,
            evidence: vec![],
            facts: Default::default(),
        },
        contributions: vec![],
        because: "test".into(),
        warnings: vec![],
    }
}
fn plan(port: Option<u16>) -> Checked {
    let plan: Plan = serde_json::from_value(serde_json::json!({
        "plugin": "t@0", "appType": "node", "framework": null, "builder": "commands", "appRoot": ".", "tools": [],
        "steps": [], "buildEnv": {}, "runEnv": {}, "requiredSecrets": [],
        "processes": [{ "name": "web", "run": { "argv": ["node"] }, "cwd": "." }], "release": null, "port": port,
        "health": null, "publish": null, "volumes": [], "decisions": [], "warnings": [], "assumptions": [],
    }))
    .unwrap();
    Checked::new(plan).unwrap()
}
fn profile(mode: RollbackMode) -> Profile {
    let mut profile = Profile::default();
    profile.rollback.mode = mode;
    profile
}
fn check(stage: Stage) -> Check {
    Check {
        name: format!("{stage:?}"),
        plugin: "checks@0".into(),
        stage,
        required: true,
        description: "it answers".into(),
        facts: Default::default(),
    }
}
fn answer(stage: Stage, verdict: Outcome) -> Command {
    let c = check(stage);
    Command::Answer(Box::new(CheckRecord {
        name: c.name,
        plugin: c.plugin,
        stage,
        required: true,
        verdict,
        expected: String::new(),
        observed: String::new(),
        attempts: 1,
        at: at(),
        warnings: vec![],
    }))
}
fn carried(kind: &Kind) -> Box<Carried> {
    Box::new(Carried {
        source: summary(),
        profile: Box::new(profile(kind.mode)),
        detection: None,
        fingerprint: Fingerprint::from_bytes(&[2; 32]),
        summary: "s".into(),
        plan: Box::new(plan(kind.port)),
    })
}
fn rollback(outcome: RollbackOutcome) -> Command {
    Command::WentBack(Box::new(Rollback { outcome, to: None, verified: true, failure: None, diagnostics: None }))
}

const STAGES: [Stage; 3] = [Stage::Candidate, Stage::Route, Stage::Serving];

fn effects() -> Vec<Effect> {
    let own = dep(OWN);
    vec![
        Effect::Build { deployment: own.clone() },
        Effect::StartInstance { instance: instance(OWN) },
        Effect::StartInstance { instance: instance(OLD) },
        Effect::OfferCandidate { deployment: own.clone() },
        Effect::SwitchRoute { from: None, to: Some(own.clone()) },
        Effect::SwitchRoute { from: Some(own.clone()), to: Some(dep(OLD)) },
        Effect::SwitchRoute { from: Some(own), to: None },
        Effect::StopInstance { instance: instance(OWN) },
        Effect::StopInstance { instance: instance(OLD) },
    ]
}

/// What a walk starts from.
struct Kind {
    trigger: Trigger,
    mode: RollbackMode,
    /// The port that the plan insists on.
    port: Option<u16>,
    incumbent: Option<DeploymentId>,
}

impl Kind {
    fn of(trigger: Trigger) -> Self {
        Self { trigger, mode: RollbackMode::Auto, port: None, incumbent: Some(dep(OLD)) }
    }
}

/// Every command that could be sent, sensible or not.
fn commands(state: &State, kind: &Kind) -> Vec<Command> {
    let fingerprint = Fingerprint::from_bytes(&[2; 32]);
    let mut all = vec![
        Command::Begin { incumbent: kind.incumbent.clone(), carried: None },
        Command::Begin { incumbent: kind.incumbent.clone(), carried: Some(carried(kind)) },
        Command::TakeSource(summary()),
        Command::UseProfile(Box::new(profile(kind.mode))),
        Command::Detect(Box::new(detection())),
        Command::Plan { fingerprint, summary: "s".into(), plan: Box::new(plan(kind.port)) },
        Command::Executed,
        Command::DeclareChecks(STAGES.map(check).to_vec()),
        Command::Abort,
        Command::Cancel,
        Command::Supersede { by: dep(OLD) },
        Command::Tell(Event::Warning { message: "w".into() }),
    ];
    all.extend(Phase::ALL.map(|p| Command::Fail(Box::new(Failure::new(p, Code::HostInternal, "m", "i")))));
    all.extend(STAGES.iter().flat_map(|s| [answer(*s, Outcome::Passed), answer(*s, Outcome::Failed)]));
    use RollbackOutcome as R;
    all.extend([R::Restored, R::KeptIncumbent, R::NothingToRestore, R::Failed].map(rollback));
    for effect in effects() {
        let failed = EffectResult::Failed { code: Code::HostInternal, message: "m".into() };
        all.push(Command::Intend(effect.clone()));
        all.push(Command::Settle(effect.clone(), EffectResult::done()));
        all.push(Command::Settle(effect, failed));
    }
    // The proof exists only where the state gives it: nobody can send it otherwise.
    all.extend(state.verified().ok().map(|verified| Command::Succeed { verified, urls: vec![] }));
    all
}

/// What makes two states the same for the machine. Effects that other effects of the walk stand for are few, so that
/// the walk ends; narration is left out.
fn key(s: &State) -> String {
    let mut checks: Vec<String> = s.view.checks.iter().map(|c| format!("{:?}{:?}", c.stage, c.verdict)).collect();
    checks.sort();
    format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{}{}{}{}",
        s.view.status,
        s.view.current_phase,
        s.incumbent,
        s.instances.keys(),
        s.pending,
        s.ending,
        s.offered,
        s.switched,
        s.cancel_requested,
        checks,
        s.declared.is_some(),
        s.profile.is_some(),
        s.plan.is_some(),
        s.view.source_summary.digest.is_some(),
    )
}

fn start(trigger: Trigger) -> State {
    let request = Request {
        id: dep(OWN),
        resource_id: ResourceId::from_ulid(OWN).unwrap(),
        resource: "web".parse().unwrap(),
        trigger,
        source: SourceSpec {
            kind: SourceKind::LocalDirectory,
            locator: "/app".into(),
            git_ref: None,
            base_directory: None,
        },
        settings: Default::default(),
        expect_plan: None,
        of: Some(dep(OLD)),
    };
    State::requested(&request, at())
}

/// The promises, held against one transition.
fn hold(before: &State, command: &Command, events: &[Event], after: &State) {
    let say = || format!("{command:?}\nfrom {}\nto {}", key(before), key(after));
    if before.status().is_terminal() {
        assert_eq!(before.status(), after.status(), "a terminal status never changes: {}", say());
    }
    if after.status() == Status::Succeeded {
        assert!(after.switched, "succeeded without the route: {}", say());
        assert!(after.ending.is_none() && after.view.failure.is_none(), "success after a failure: {}", say());
        for stage in STAGES {
            let passed = after.view.checks.iter().any(|c| c.stage == stage && c.verdict == Outcome::Passed);
            assert!(passed, "succeeded without {stage:?}: {}", say());
        }
    }
    if before.cancel_requested {
        assert_ne!(after.status(), Status::Succeeded, "it succeeded after its end was promised: {}", say());
    }
    assert!(after.moved || !after.switched, "where the route led was forgotten: {}", say());
    if before.ending.is_some() {
        assert!(after.ending.is_some(), "a failure was forgotten: {}", say());
    }
    if let (Some(old), Some(new)) = (&before.view.failure, &after.view.failure) {
        assert_eq!(old, new, "the first failure was overwritten: {}", say());
    }
    for event in events {
        if let Event::Intended { effect: Effect::StopInstance { instance } } = event {
            let incumbent = instance.deployment() == dep(OLD);
            let insists = before.plan.as_ref().is_some_and(|p| p.port.is_some());
            let makes_room = insists && before.status() == Status::Executing && before.ending.is_none();
            let over = before.status() == Status::Succeeded;
            assert!(!incumbent || over || makes_room, "the incumbent was stopped: {}", say());
        }
        if let Event::Finished { status, .. } = event {
            let undone = after.instances.is_empty() && !after.switched && !after.offered;
            let open = matches!(status, Status::Succeeded | Status::RollbackFailed);
            assert!(open || undone, "it ended and left traces: {}", say());
        }
    }
    assert_eq!(after.status().is_terminal(), after.next() == Next::Nothing, "{}", say());
    assert_eq!(after.status().is_terminal(), after.view.finished_at.is_some(), "{}", say());
}

fn walk(kind: &Kind) -> HashSet<Status> {
    let first = start(kind.trigger);
    let mut seen = HashSet::from([key(&first)]);
    let mut queue = VecDeque::from([first]);
    let mut ended = HashSet::new();
    while let Some(state) = queue.pop_front() {
        let (here, mut moved) = (key(&state), false);
        for command in commands(&state, kind) {
            let Ok(events) = decide(&state, command.clone()) else { continue };
            let mut after = state.clone();
            for event in &events {
                after.evolve(event, at());
            }
            hold(&state, &command, &events, &after);
            if after.status().is_terminal() {
                ended.insert(after.status());
            }
            let key = key(&after);
            moved |= key != here;
            // At most two effects under way at once: more add states and no new transitions.
            if after.pending.len() <= 2 && seen.insert(key) {
                queue.push_back(after);
            }
        }
        assert!(moved || state.status().is_terminal(), "a dead end: {}", key(&state));
    }
    assert!(seen.len() > 20, "the walk went nowhere: {}", seen.len());
    ended
}

#[test]
fn a_deploy_keeps_every_promise_in_every_state() {
    for mode in [RollbackMode::Auto, RollbackMode::Manual] {
        for incumbent in [None, Some(dep(OLD))] {
            let ended = walk(&Kind { mode, incumbent: incumbent.clone(), ..Kind::of(Trigger::Deploy) });
            assert!(ended.contains(&Status::Succeeded) && ended.contains(&Status::Failed));
            assert!(ended.contains(&Status::Canceled) && ended.contains(&Status::Superseded));
            let goes_back = mode == RollbackMode::Auto && incumbent.is_some();
            assert_eq!(goes_back, ended.contains(&Status::RolledBack) && mode == RollbackMode::Auto);
        }
    }
}

#[test]
fn a_plan_that_insists_on_a_port_keeps_every_promise() {
    let ended = walk(&Kind { port: Some(3000), ..Kind::of(Trigger::Deploy) });
    assert!(ended.contains(&Status::Succeeded) && ended.contains(&Status::RolledBack));
}

#[test]
fn a_rollback_keeps_every_promise_and_is_never_rolled_back() {
    let ended = walk(&Kind::of(Trigger::Rollback));
    assert!(ended.contains(&Status::Succeeded) && ended.contains(&Status::RollbackFailed));
    assert!(!ended.contains(&Status::RolledBack));
}

#[test]
fn a_retry_keeps_every_promise() {
    let ended = walk(&Kind::of(Trigger::Retry));
    assert!(ended.contains(&Status::Succeeded) && ended.contains(&Status::RolledBack));
}

#[test]
fn what_cannot_begin_fails_with_its_reason() {
    let mut state = start(Trigger::Rollback);
    let failure = Failure::new(Phase::Execute, Code::ReleaseMissing, "it is gone", "dep");
    for event in decide(&state, Command::Fail(Box::new(failure))).unwrap() {
        state.evolve(&event, at());
    }
    assert_eq!((state.status(), state.view.exit_code()), (Status::Failed, Phase::Execute.exit_code()));
    assert_eq!(state.view.phases.len(), 1);
    assert!(state.view.recovery_hint.starts_with(model::code::recovery_hint(Phase::Execute)));
}

#[test]
fn a_deployment_that_was_canceled_after_the_switch_says_so_and_exits_as_canceled() {
    let mut view = start(Trigger::Deploy).view;
    view.status = Status::RolledBack;
    assert_eq!(view.exit_code(), 15);
}
