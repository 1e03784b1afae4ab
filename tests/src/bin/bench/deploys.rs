//! Deployments that succeed, and the way back to an earlier release: through a real host, its router and its journal.

use crate::Effort;
use crate::samples::Samples;
use crate::table::{Reference, Row, Section, Unit};
use crate::timeline::{self, NO_WATCH, empty};
use model::Status;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::{App, TestHost, get};

const ROUNDS: usize = 20;

/// Where the figures beside ours come from.
pub(crate) const TO_BEAT: &str = "design/execution.md, \"Numbers to beat\"";
const SERVING: Reference = Reference { figure: "≤ 500 ms + checks; Swarm 2.0 s, Kamal 10.4 s", source: TO_BEAT };
const WHOLE: Reference = Reference { figure: "≤ 1 s; Swarm 4.5 s, Kamal 15.5 s", source: TO_BEAT };
const COLD: Reference = Reference { figure: "≤ 1 s cold; Kamal 5.3 s", source: TO_BEAT };

/// What was measured in each round, in milliseconds.
#[derive(Default)]
struct Taken {
    node: Vec<f64>,
    node_whole: Vec<f64>,
    folder: Vec<f64>,
    folder_whole: Vec<f64>,
    back: Vec<f64>,
    back_whole: Vec<f64>,
    floor: Vec<f64>,
    commits: Vec<f64>,
}

/// The rows, and how often the journal was written in one deployment (median).
pub(crate) fn section(effort: Effort) -> (Section, f64) {
    let host = TestHost::start();
    let node = App::node("shop", "v0");
    let folder = App::empty("site");
    let mut taken = Taken::default();
    for round in 0..=effort.rounds(ROUNDS) {
        // The first round has no incumbent to replace, and is not counted.
        one(&host, &node, &folder, round, &mut taken);
        if round == 0 {
            taken = Taken::default();
        }
    }
    empty(&host, &["shop", "site"]);
    drop(host);

    let commits = Samples::of(taken.commits).summary().median;
    let floor = Samples::of(taken.floor);
    let millis = |what: &str, values: Vec<f64>| Row::new(what, Unit::Millis, &Samples::of(values));
    let on_node = |row: Row| row.floor("node server.js, by itself, until it accepts", &floor);
    let rows = vec![
        on_node(millis("node app: built to serving", taken.node)).beside(SERVING),
        millis("folder: built to serving", taken.folder).beside(SERVING),
        on_node(millis("node app: whole `deploy`", taken.node_whole)).beside(WHOLE),
        millis("folder: whole `deploy`", taken.folder_whole).beside(WHOLE),
        on_node(millis("node app: rollback, asked to serving", taken.back)).beside(COLD),
        on_node(millis("node app: whole `rollback`", taken.back_whole)).beside(COLD),
    ];
    let how = "beside an incumbent, no dependencies, window after the switch off; built to serving: the timeline's \
               settled build to its settled switch; the rollback starts the earlier release again";
    (Section { title: "deployments", how: how.to_owned(), rows }, commits)
}

fn one(host: &TestHost, node: &App, folder: &App, round: usize, taken: &mut Taken) {
    let served = |name: &str, path: &str| get(host.http(), &format!("{name}.localhost"), path);
    let body = format!("v{round}");
    node.serves(&body);
    let seen = timeline::deploy(host, node, &[NO_WATCH]).ended(Status::Succeeded);
    assert_eq!(served("shop", "/"), Ok((200, body.clone())));
    taken.node.push(seen.built_to_serving());
    taken.node_whole.push(millis(seen.wall));
    taken.commits.push(seen.commits() as f64);

    folder.write("index.html", &body).write("css/site.css", "body { margin: 0 }");
    let seen = timeline::deploy(host, folder, &[NO_WATCH]).ended(Status::Succeeded);
    assert_eq!(served("site", "/"), Ok((200, body)));
    taken.folder.push(seen.built_to_serving());
    taken.folder_whole.push(millis(seen.wall));

    taken.floor.push(millis(accepts(node)));

    // To the release before, and with the next round's deployment forward again.
    if round > 0 {
        let seen = timeline::follow(host, &["rollback", "shop", "--json"]).ended(Status::Succeeded);
        let earlier = served("shop", "/").map(|(status, body)| (status, body != format!("v{round}")));
        assert_eq!(earlier, Ok((200, true)), "an earlier release serves");
        taken.back.push(seen.serving() - seen.requested());
        taken.back_whole.push(millis(seen.wall));
    }
}

fn millis(length: Duration) -> f64 {
    length.as_secs_f64() * 1e3
}

/// How long the same server needs by itself until it accepts a connection.
fn accepts(app: &App) -> Duration {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port");
    let began = Instant::now();
    let child = Command::new("node")
        .arg("server.js")
        .current_dir(app.path())
        .env("PORT", free.port().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Ends(child.expect("node runs"));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free.port()));
    while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "node does not listen");
        std::thread::sleep(Duration::from_micros(500));
    }
    began.elapsed()
}

/// A child that does not outlive its name.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
