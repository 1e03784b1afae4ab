//! Deployments that fail: how long nobody knows it, and how long until the incumbent serves again.

use crate::Effort;
use crate::deploys::TO_BEAT;
use crate::samples::Samples;
use crate::table::{Reference, Row, Section, Unit};
use crate::timeline::{self, NO_WATCH, empty};
use model::{DeploymentId, Status};
use std::time::{Duration, Instant};
use tests::{App, TestHost, get};

const ROUNDS: usize = 15;
/// Failing answers in a row until the verdict is final, and the time between them.
const RETRIES: u32 = 3;
const INTERVAL: Duration = Duration::from_millis(100);

const EXITS: Reference = Reference { figure: "≤ 300 ms; Swarm 6.1 s, Kamal 41 s, piku never", source: TO_BEAT };
const SICK: Reference = Reference { figure: "limit + 200 ms; Swarm 12 s, Kamal 40 s", source: TO_BEAT };
const CRASH: Reference = Reference { figure: "≤ 300 ms; nobody else", source: TO_BEAT };
const WARM: Reference = Reference { figure: "≤ 50 ms warm", source: TO_BEAT };

/// An app that exits at once, one that answers 500, one that dies while it is watched.
pub(crate) fn section(effort: Effort) -> Section {
    let host = TestHost::start();
    let rounds = effort.rounds(ROUNDS);
    let mut rows = exits(&host, rounds);
    rows.extend(sick(&host, rounds));
    rows.extend(crashes(&host, rounds));
    empty(&host, &["exits", "sick", "crash"]);
    let how = "from the clock that the app read as its last act to the timeline's event";
    Section { title: "failures", how: how.to_owned(), rows }
}

/// Says when it ends, and ends.
fn exits(host: &TestHost, rounds: usize) -> Vec<Row> {
    let app = App::empty("exits");
    app.write("shipway.toml", "[runtime]\nstrategy = \"commands\"\nstart = \"sh run.sh\"\n");
    app.write("run.sh", "date +%s.%N\nexit 3\n");
    let (mut verdicts, mut walls) = (vec![], vec![]);
    for _ in 0..rounds {
        let seen = timeline::deploy(host, &app, &[NO_WATCH]).ended(Status::Failed);
        let failure = seen.deployment.failure.as_ref().expect("a failed deployment says why");
        assert_eq!(failure.code.as_str(), "exited-early", "{failure:#?}");
        verdicts.push(timeline::verdict(&seen.events) - stamp(&failure.details.join("\n")));
        walls.push(seen.wall);
    }
    vec![
        Row::new("exits at once: exit to verdict", Unit::Millis, &Samples::of(verdicts)).beside(EXITS),
        Row::new("exits at once: whole `deploy`", Unit::Millis, &Samples::millis(walls)),
    ]
}

/// Answers 500 for ever, beside an incumbent.
fn sick(host: &TestHost, rounds: usize) -> Vec<Row> {
    let app = App::node("sick", "well");
    timeline::deploy(host, &app, &[NO_WATCH]).ended(Status::Succeeded);
    app.server("res.statusCode = 500; res.end('sick')", "process.env.PORT");
    let policy = [
        NO_WATCH,
        &format!("health.retries={RETRIES}"),
        &format!("health.interval={}ms", INTERVAL.as_millis()),
        "health.status=200",
    ];
    let mut verdicts = vec![];
    for _ in 0..rounds {
        let seen = timeline::deploy(host, &app, &policy).ended(Status::RolledBack);
        verdicts.push(timeline::verdict(&seen.events) - timeline::verify_began(&seen.events));
        assert_eq!(get(host.http(), "sick.localhost", "/"), Ok((200, "well".to_owned())));
    }
    let limit = Samples::millis([INTERVAL * (RETRIES - 1)]);
    let row = Row::new("answers 500: verify to verdict", Unit::Millis, &Samples::of(verdicts));
    vec![row.floor("the policy's own limit", &limit).beside(SICK)]
}

/// Serves, then dies while the host still watches it.
fn crashes(host: &TestHost, rounds: usize) -> Vec<Row> {
    let app = App::node("crash", "well");
    timeline::deploy(host, &app, &[NO_WATCH]).ended(Status::Succeeded);
    let (mut served, mut back) = (vec![], vec![]);
    for round in 0..rounds {
        let body = format!("v{round}");
        let now = "String((performance.timeOrigin + performance.now()) / 1000)";
        app.server(
            &format!("if (req.url === '/crash') res.end({now}, () => process.exit(1)); else res.end('{body}')"),
            "process.env.PORT",
        );
        let id = host.deploy_detached(&app.path(), &["--set", "rollback.watch=20s"]);
        until_served(host, &body);
        let (status, last) = get(host.http(), "crash.localhost", "/crash").expect("its last answer");
        assert_eq!(status, 200, "{last}");
        let died = stamp(&last);
        host.wait_for(&id, &["rolled-back"], Duration::from_secs(30));
        let id: DeploymentId = id.parse().expect("an id");
        let events = timeline::events(host, &id);
        assert_eq!(get(host.http(), "crash.localhost", "/"), Ok((200, "well".to_owned())));
        served.push(timeline::led_back(&events) - died);
        back.push(timeline::led_back(&events) - timeline::verdict(&events));
    }
    vec![
        Row::new("dies while watched: exit to incumbent serving", Unit::Millis, &Samples::of(served)).beside(CRASH),
        Row::new("of that: verdict to incumbent serving", Unit::Millis, &Samples::of(back)).beside(WARM),
    ]
}

/// Until the candidate serves, and a moment more: what dies earlier was never watched.
fn until_served(host: &TestHost, body: &str) {
    let began = Instant::now();
    while get(host.http(), "crash.localhost", "/").ok().is_none_or(|(_, seen)| seen != body) {
        assert!(began.elapsed() < Duration::from_secs(30), "{body} does not serve:\n{}", host.log());
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(150));
}

/// Seconds since the epoch in what an app said, as milliseconds.
fn stamp(said: &str) -> f64 {
    let seconds = said.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    seconds.unwrap_or_else(|| panic!("no time in {said:?}")) * 1e3
}
