//! The rules of the built-in checks, on a deployment that stands still: the real ones run on real apps in the host's
//! tests.

use checks::Checks;
use shipway_sdk::prelude::*;
use shipway_sdk::{Fault, HttpResponse, Outcome, ProbeError, ProbeErrorKind, ProcessState};

struct Still {
    process: ProcessState,
    tcp: bool,
    http: Result<HttpResponse, ProbeError>,
    logs: Vec<String>,
}

impl Probes for Still {
    fn http(&self, _: &HttpRequest) -> Result<HttpResponse, ProbeError> {
        self.http.clone()
    }
    fn tcp(&self, _: Endpoint) -> Result<(), ProbeError> {
        if self.tcp { Ok(()) } else { Err(error(ProbeErrorKind::Refused)) }
    }
    fn process(&self) -> ProcessState {
        self.process.clone()
    }
    fn recent_logs(&self, _: u32) -> Vec<String> {
        self.logs.clone()
    }
}

fn error(kind: ProbeErrorKind) -> ProbeError {
    ProbeError { kind, message: "as the host says it".to_owned() }
}

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![],
        body: body.as_bytes().to_vec(),
        truncated: false,
        elapsed_ms: 1,
        served_by: Some("dep_new".to_owned()),
        served_by_candidate: true,
    }
}

fn healthy() -> Still {
    Still {
        process: ProcessState {
            running: true,
            exit_code: None,
            signal: None,
            restarts: 0,
            expected_port: Some(4000),
            listening: vec![4000],
            uptime_ms: 1500,
        },
        tcp: true,
        http: Ok(response(200, "ok")),
        logs: vec![],
    }
}

fn plan(health: Option<HealthPlan>) -> Plan {
    let web = shipway_sdk::Process {
        name: "web".to_owned(),
        run: Command::Shell("node server.js".to_owned()),
        cwd: ".".to_owned(),
    };
    Plan {
        app_type: "node".to_owned(),
        framework: None,
        builder: BuilderKind::Commands,
        app_root: ".".to_owned(),
        tools: vec![],
        steps: vec![],
        build_env: vec![],
        run_env: vec![],
        required_secrets: vec![],
        processes: vec![web],
        release: None,
        port: None,
        health,
        publish: None,
        volumes: vec![],
        decisions: vec![],
        warnings: vec![],
        assumptions: vec![],
    }
}

fn policy() -> Option<HealthPlan> {
    Some(HealthPlan { path: "/health".to_owned(), status: Some(200), text: None })
}

/// The start period is 30 s, and three wrong answers in a row are final.
fn at(stage: Stage, elapsed_ms: u64, failures: u32) -> Context {
    Context { stage, elapsed_ms, attempt: failures + 1, failures, start_period_ms: 30_000, retries: 3 }
}

fn ask(name: &str, health: Option<HealthPlan>, probes: &Still, context: &Context) -> Verdict {
    let checks = Checks::checks(&plan(health));
    let Some(check) = checks.iter().find(|c| c.name == name && c.stage == context.stage) else {
        panic!("there is no check {name} in this stage");
    };
    Checks::evaluate(probes, check, context)
}

fn outcome(v: &Verdict) -> (Outcome, Option<Fault>) {
    (v.outcome, v.fault)
}

#[test]
fn a_healthy_candidate_passes_every_check_in_every_stage() {
    for check in Checks::checks(&plan(policy())) {
        let verdict = Checks::evaluate(&healthy(), &check, &at(check.stage, 0, 0));
        assert_eq!(outcome(&verdict), (Outcome::Passed, None), "{} {verdict:?}", check.name);
        assert!(check.required && !verdict.expected.is_empty() && !verdict.observed.is_empty());
    }
}

#[test]
fn a_process_that_ended_is_final_at_once_and_says_its_last_words() {
    let mut gone = healthy();
    gone.process.running = false;
    gone.process.exit_code = Some(1);
    gone.http = Err(error(ProbeErrorKind::Refused));
    gone.logs = vec!["Error: Cannot find module 'express'".to_owned(), "  ".to_owned()];
    for (name, stage) in [("process", Stage::Candidate), ("health", Stage::Candidate), ("process", Stage::Serving)] {
        let verdict = ask(name, policy(), &gone, &at(stage, 10, 0));
        assert_eq!(outcome(&verdict), (Outcome::Failed, Some(Fault::ProcessExited)));
        assert_eq!(verdict.observed, "it exited with code 1; its last words: Error: Cannot find module 'express'");
    }
}

#[test]
fn a_restart_fails_a_candidate_and_a_serving_release_only_while_it_is_recent() {
    let mut restarted = healthy();
    restarted.process.restarts = 2;
    assert_eq!(outcome(&ask("process", None, &restarted, &at(Stage::Candidate, 10, 0))).0, Outcome::Failed);
    assert_eq!(outcome(&ask("process", None, &restarted, &at(Stage::Serving, 10, 0))).0, Outcome::Failed);
    restarted.process.uptime_ms = 3_600_000;
    let later = ask("process", None, &restarted, &at(Stage::Serving, 10, 0));
    assert_eq!(later.outcome, Outcome::Passed);
    assert_eq!(later.warnings.len(), 1);
}

#[test]
fn an_app_that_does_not_listen_yet_is_waited_for_until_the_start_period_and_its_retries_are_over() {
    let mut starting = healthy();
    starting.process.listening = vec![];
    starting.tcp = false;
    let asked = |elapsed, failures| outcome(&ask("process", None, &starting, &at(Stage::Candidate, elapsed, failures)));
    assert_eq!(asked(29_999, 0), (Outcome::NotYet, None));
    assert_eq!(asked(30_000, 0), (Outcome::NotYet, Some(Fault::PortNotListening)));
    assert_eq!(asked(32_000, 2), (Outcome::Failed, Some(Fault::PortNotListening)));
}

#[test]
fn an_app_on_another_port_is_told_so_once_it_had_time_to_settle() {
    let mut elsewhere = healthy();
    elsewhere.process.listening = vec![3000, 9229];
    let asked = |elapsed, failures| ask("process", None, &elsewhere, &at(Stage::Candidate, elapsed, failures));
    assert_eq!(outcome(&asked(1_000, 0)), (Outcome::NotYet, None));
    assert_eq!(outcome(&asked(5_000, 0)), (Outcome::NotYet, Some(Fault::PortNotListening)));
    let last = asked(7_000, 2);
    assert_eq!(outcome(&last), (Outcome::Failed, Some(Fault::PortNotListening)));
    assert_eq!(last.expected, "the process listens on port 4000, as PORT says");
    assert_eq!(last.observed, "it runs and listens on 3000, 9229 instead");
}

#[test]
fn a_definite_wrong_status_is_final_after_its_retries_even_inside_the_start_period() {
    let mut broken = healthy();
    broken.http = Ok(response(500, "db down\nat line 3"));
    let asked = |failures| ask("health", policy(), &broken, &at(Stage::Candidate, 1_000, failures));
    assert_eq!(outcome(&asked(0)), (Outcome::NotYet, Some(Fault::HealthFailed)));
    assert_eq!(outcome(&asked(1)), (Outcome::NotYet, Some(Fault::HealthFailed)));
    let last = asked(2);
    assert_eq!(outcome(&last), (Outcome::Failed, Some(Fault::HealthFailed)));
    assert_eq!((last.expected.as_str(), last.observed.as_str()), ("GET /health answers 200", "500, \"db down\""));
}

#[test]
fn no_answer_and_a_503_inside_the_start_period_do_not_count_as_wrong() {
    let mut warming = healthy();
    let answers = [
        (Ok(response(503, "")), Fault::HealthFailed),
        (Err(error(ProbeErrorKind::Refused)), Fault::HealthTimeout),
        (Err(error(ProbeErrorKind::Timeout)), Fault::HealthTimeout),
        (Err(error(ProbeErrorKind::Reset)), Fault::HealthFailed),
    ];
    for (http, fault) in answers {
        warming.http = http;
        let early = ask("health", policy(), &warming, &at(Stage::Candidate, 29_000, 2));
        assert_eq!(outcome(&early), (Outcome::NotYet, None));
        let late = ask("health", policy(), &warming, &at(Stage::Candidate, 31_000, 2));
        assert_eq!(outcome(&late), (Outcome::Failed, Some(fault)));
        let serving = ask("health", policy(), &warming, &at(Stage::Serving, 1_000, 2));
        assert_eq!(outcome(&serving), (Outcome::Failed, Some(fault)));
    }
}

#[test]
fn the_expected_text_must_be_in_the_body() {
    let wanted = Some(HealthPlan { path: "/".to_owned(), status: None, text: Some("Welcome".to_owned()) });
    let mut app = healthy();
    app.http = Ok(response(200, "<h1>Welcome</h1>"));
    assert_eq!(ask("health", wanted.clone(), &app, &at(Stage::Candidate, 0, 0)).outcome, Outcome::Passed);
    app.http = Ok(response(200, "maintenance"));
    let verdict = ask("health", wanted, &app, &at(Stage::Candidate, 0, 2));
    assert_eq!(outcome(&verdict), (Outcome::Failed, Some(Fault::HealthFailed)));
    assert_eq!(verdict.observed, "200, \"maintenance\", without \"Welcome\"");
}

#[test]
fn a_redirect_passes_with_a_warning_where_no_status_is_asked_for_and_fails_where_one_is() {
    let mut app = healthy();
    let mut redirect = response(302, "");
    redirect.headers = vec![Fact { key: "Location".to_owned(), value: "/login".to_owned() }];
    app.http = Ok(redirect);
    let any = Some(HealthPlan { path: "/".to_owned(), status: None, text: None });
    let verdict = ask("health", any, &app, &at(Stage::Candidate, 0, 0));
    assert_eq!(verdict.outcome, Outcome::Passed);
    assert!(verdict.warnings[0].contains("redirects to /login"), "{verdict:?}");
    let strict = ask("health", policy(), &app, &at(Stage::Candidate, 0, 2));
    assert_eq!((strict.outcome, strict.observed.as_str()), (Outcome::Failed, "302, to /login"));
}

#[test]
fn without_a_policy_any_http_answer_counts_and_the_weakness_is_said() {
    let mut app = healthy();
    app.http = Ok(response(404, ""));
    let verdict = ask("health", None, &app, &at(Stage::Candidate, 0, 0));
    assert_eq!(verdict.outcome, Outcome::Passed);
    assert!(verdict.warnings[0].contains("[health] path"), "{verdict:?}");
    app.http = Err(error(ProbeErrorKind::Protocol));
    assert_eq!(
        outcome(&ask("health", None, &app, &at(Stage::Candidate, 0, 2))),
        (Outcome::Failed, Some(Fault::HealthFailed))
    );
}

#[test]
fn only_an_answer_of_this_very_release_passes_route_and_access() {
    let stages = [("route", Stage::Route, Fault::RouteFailed), ("access", Stage::Serving, Fault::AccessUrlUnreachable)];
    for (name, stage, fault) in stages {
        let mut app = healthy();
        let mut other = response(200, "ok");
        other.served_by = Some("dep_old".to_owned());
        other.served_by_candidate = false;
        app.http = Ok(other.clone());
        let verdict = ask(name, policy(), &app, &at(stage, 0, 2));
        assert_eq!(outcome(&verdict), (Outcome::Failed, Some(Fault::RouteWrongRelease)));
        assert!(verdict.observed.contains("dep_old"));
        other.served_by = None;
        app.http = Ok(other);
        assert_eq!(outcome(&ask(name, policy(), &app, &at(stage, 0, 2))), (Outcome::Failed, Some(fault)));
        app.http = Err(error(ProbeErrorKind::Refused));
        assert_eq!(outcome(&ask(name, policy(), &app, &at(stage, 0, 0))), (Outcome::NotYet, Some(fault)));
        app.http = Ok(response(400, "Invalid host header"));
        assert_eq!(outcome(&ask(name, policy(), &app, &at(stage, 0, 2))), (Outcome::Failed, Some(fault)));
    }
}

#[test]
fn what_the_host_cannot_see_is_unknown_and_never_passed() {
    let mut app = healthy();
    app.http = Err(error(ProbeErrorKind::NoEndpoint));
    for (name, stage) in [("health", Stage::Candidate), ("route", Stage::Route), ("access", Stage::Serving)] {
        assert_eq!(outcome(&ask(name, policy(), &app, &at(stage, 0, 0))), (Outcome::Unknown, None));
    }
}

#[test]
fn a_plan_without_a_web_process_is_only_watched() {
    let mut worker = plan(None);
    worker.processes[0].name = "worker".to_owned();
    let checks = Checks::checks(&worker);
    assert!(checks.iter().all(|c| c.name == "process") && checks.len() == 2);
    let mut state = healthy();
    state.process.expected_port = None;
    state.process.listening = vec![];
    let verdict = Checks::evaluate(&state, &checks[0], &at(Stage::Candidate, 0, 0));
    assert_eq!(verdict.outcome, Outcome::Passed);
}
