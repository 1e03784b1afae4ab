//! The timeline's events: what the journal keeps, what `shipway events` prints, what the state machine replays.

use crate::{
    Check, CheckRecord, Checked, Code, DeploymentId, Detection, Digest, Failure, Fingerprint, InstanceName, Name,
    Phase, PhaseOutcome, Profile, ResourceId, Rollback, SourceSpec, SourceSummary, Status, deployment::Trigger,
    plugin::Receipt,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One entry of a deployment's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Position in the deployment's timeline, from 1, without gaps.
    pub seq: u64,
    /// Whose.
    pub deployment: DeploymentId,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Each JSON object carries its kind in `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// Somebody asked for it. Always the first.
    Requested(Box<Request>),
    /// A newer deployment of the resource was queued before this one began. Terminal.
    Superseded {
        /// By which.
        by: DeploymentId,
    },
    /// A phase begins.
    PhaseStarted {
        /// Which.
        phase: Phase,
    },
    /// A phase ended.
    PhaseFinished {
        /// Which.
        phase: Phase,
        /// How.
        outcome: PhaseOutcome,
    },
    /// The snapshot exists.
    SourceTaken {
        /// What was taken.
        summary: SourceSummary,
    },
    /// The profile that this deployment uses, file and settings merged.
    ProfileRead {
        /// The profile.
        profile: Box<Profile>,
    },
    /// The way back was looked at before anything was done.
    WayBack {
        /// The release that serves now.
        incumbent: Option<DeploymentId>,
    },
    /// The app type is decided.
    Detected {
        /// With evidence.
        detection: Box<Detection>,
    },
    /// The plan stands.
    Planned {
        /// What execute compares.
        fingerprint: Fingerprint,
        /// One sentence each for build, start, health, access.
        summary: String,
        /// The plan.
        plan: Box<Checked>,
    },
    /// Something outside the host is about to be done. Written before it is done.
    Intended {
        /// What.
        effect: Effect,
    },
    /// It was done, or it failed. Written after.
    Settled {
        /// What.
        effect: Effect,
        /// How it ended.
        result: EffectResult,
    },
    /// A build step begins.
    StepStarted {
        /// Its name in the plan.
        step: String,
        /// What runs.
        command: String,
    },
    /// A build step ended.
    StepFinished {
        /// Its name in the plan.
        step: String,
        /// The exit code; none when a signal ended it.
        exit_code: Option<i32>,
        /// Wall time.
        millis: u64,
    },
    /// What a build step wrote: some lines, sanitised and bounded.
    Output {
        /// Its name in the plan.
        step: String,
        /// The lines.
        lines: Vec<String>,
    },
    /// A plugin was called.
    PluginCalled {
        /// What it cost and touched.
        receipt: Box<Receipt>,
    },
    /// What will be asked before this deployment may succeed.
    ChecksDeclared {
        /// Every check of every verifier that takes part.
        checks: Vec<Check>,
    },
    /// A check was answered. Written when the answer changed.
    CheckAnswered {
        /// With expected and observed.
        record: Box<CheckRecord>,
    },
    /// Worth telling, changes nothing.
    Warning {
        /// For a person.
        message: String,
    },
    /// What the host is doing, for a person who watches.
    Progress {
        /// For a person.
        message: String,
    },
    /// The phase that runs failed. The first failure stays.
    FailureNoted {
        /// Why.
        failure: Box<Failure>,
    },
    /// Somebody wants it to end.
    CancelRequested,
    /// The way back ended.
    WentBack {
        /// How.
        rollback: Box<Rollback>,
    },
    /// A terminal status was reached. Nothing but warnings about what was noticed afterwards may follow.
    Finished {
        /// Which.
        status: Status,
        /// Where the app is reachable, when it succeeded.
        urls: Vec<String>,
    },
}

impl Event {
    /// The `type` in JSON; also the journal's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Event::Requested(_) => "requested",
            Event::Superseded { .. } => "superseded",
            Event::PhaseStarted { .. } => "phase-started",
            Event::PhaseFinished { .. } => "phase-finished",
            Event::SourceTaken { .. } => "source-taken",
            Event::ProfileRead { .. } => "profile-read",
            Event::WayBack { .. } => "way-back",
            Event::Detected { .. } => "detected",
            Event::Planned { .. } => "planned",
            Event::Intended { .. } => "intended",
            Event::Settled { .. } => "settled",
            Event::StepStarted { .. } => "step-started",
            Event::StepFinished { .. } => "step-finished",
            Event::Output { .. } => "output",
            Event::PluginCalled { .. } => "plugin-called",
            Event::ChecksDeclared { .. } => "checks-declared",
            Event::CheckAnswered { .. } => "check-answered",
            Event::Warning { .. } => "warning",
            Event::Progress { .. } => "progress",
            Event::FailureNoted { .. } => "failure-noted",
            Event::CancelRequested => "cancel-requested",
            Event::WentBack { .. } => "went-back",
            Event::Finished { .. } => "finished",
        }
    }
}

/// What was asked for. Everything that a restart needs to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The deployment.
    pub id: DeploymentId,
    /// Of what.
    pub resource_id: ResourceId,
    /// Of what, by name.
    pub resource: Name,
    /// What asked for it.
    pub trigger: Trigger,
    /// What to deploy.
    pub source: SourceSpec,
    /// Settings from the command line (`--set`), by dotted key.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Refuse to execute any other plan than this.
    #[serde(default)]
    pub expect_plan: Option<Fingerprint>,
    /// For a rollback: the release to return to. For a retry: the deployment to repeat.
    #[serde(default)]
    pub of: Option<DeploymentId>,
}

/// Something outside the host, by a name that a restart can look up. Doing it twice is the same as once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Build the artifact of a deployment.
    Build {
        /// The builder's workspace is named by it.
        deployment: DeploymentId,
    },
    /// Run the release command: cannot be undone.
    RunRelease {
        /// Whose.
        deployment: DeploymentId,
    },
    /// Start an instance.
    StartInstance {
        /// Its name on the target.
        instance: InstanceName,
    },
    /// Let probes reach the candidate through the router.
    OfferCandidate {
        /// Whose instance.
        deployment: DeploymentId,
    },
    /// Move the route.
    SwitchRoute {
        /// From; none = the route is new.
        from: Option<DeploymentId>,
        /// To; none = the route is taken away.
        to: Option<DeploymentId>,
    },
    /// Stop an instance. Its logs stay until they are collected.
    StopInstance {
        /// Its name on the target.
        instance: InstanceName,
    },
    /// Delete an artifact that no release needs.
    RemoveArtifact {
        /// The deployment that built it.
        deployment: DeploymentId,
    },
}

/// How an effect ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EffectResult {
    /// Done.
    Done {
        /// The artifact, when one was built.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        artifact: Option<Digest>,
        /// The port, when an instance was started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// Failed, and was cleaned up as far as possible.
    Failed {
        /// Why.
        code: Code,
        /// For a person.
        message: String,
    },
}

impl EffectResult {
    /// Done, with nothing to say of it.
    #[must_use]
    pub const fn done() -> Self {
        Self::Done { artifact: None, port: None }
    }
}
