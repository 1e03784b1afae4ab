//! The API over a real Unix socket, with a real host in a directory of its own. Nothing is imitated: what the client
//! sees here is what the command line sees.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what cannot be set up fails the test")]

use api::client::{LogKind, LogPart, Subject};
use api::{Client, Server, socket_path};
use conductor::{Host, HostOptions};
use model::view::DeployRequest;
use model::{Code, DeploymentId, Phase, SourceKind, SourceSpec, Status};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A host with its server; ends with the test.
struct Running {
    dir: tempfile::TempDir,
    host: Arc<Host>,
    server: Option<Server>,
}

impl Running {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = HostOptions {
            state: dir.path().join("state"),
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            exe: std::env::current_exe().unwrap(),
            plugins: &[],
        };
        let host = Host::open(options).unwrap();
        let server = Some(Server::start(Arc::clone(&host), &dir.path().join("state")).unwrap());
        Self { dir, host, server }
    }

    fn socket(&self) -> std::path::PathBuf {
        socket_path(&self.dir.path().join("state"))
    }

    fn client(&self) -> Client {
        Client::unix(&self.socket()).unwrap()
    }

    /// A folder that nothing claims: without plugins nothing is ever claimed.
    fn request(&self) -> DeployRequest {
        let app = self.dir.path().join("app");
        std::fs::create_dir_all(&app).unwrap();
        std::fs::write(app.join("readme"), "nothing to run").unwrap();
        DeployRequest {
            source: folder(&app),
            name: Some("web".to_owned()),
            settings: BTreeMap::new(),
            expect_plan: None,
        }
    }

    /// Deploys it and waits for the end that it comes to.
    fn deploy(&self) -> DeploymentId {
        let client = self.client();
        let id = client.deploy(&self.request()).unwrap();
        client.follow(&id, 0).for_each(|event| drop(event.unwrap()));
        id
    }

    /// What comes back for some bytes, to the end of the connection.
    fn raw(&self, request: &str) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    fn get(&self, path: &str) -> String {
        self.raw(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.take();
        self.host.shutdown();
    }
}

fn folder(path: &Path) -> SourceSpec {
    SourceSpec {
        kind: SourceKind::LocalDirectory,
        locator: path.to_str().unwrap().to_owned(),
        git_ref: None,
        base_directory: None,
    }
}

/// Status and code of an answer that has to be a problem document.
fn problem(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("content-type: application/problem+json"), "{answer}");
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    let status: u16 = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert_eq!(document["status"], status);
    assert_eq!(document["code"], document["failure"]["code"]);
    (status, document["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_host_says_who_it_is() {
    let running = Running::start();
    let about = running.client().about().unwrap();
    assert_eq!(about.pid, std::process::id());
    assert_eq!(about.router.parse(), Ok(running.host.router_addr()));
}

#[test]
fn a_deployment_is_accepted_followed_to_its_end_and_kept() {
    let running = Running::start();
    let client = running.client();
    let id = client.deploy(&running.request()).unwrap();
    let events: Vec<_> = client.follow(&id, 0).map(Result::unwrap).collect();
    let numbers: Vec<u64> = events.iter().map(|e| e.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "a timeline has no gaps");
    assert_eq!(events[0].event.kind(), "requested");
    assert!(events.iter().any(|e| e.event.kind() == "finished"));

    let deployment = client.deployment(&id).unwrap();
    assert_eq!(deployment.status, Status::Failed);
    assert_eq!(deployment.failure.unwrap().phase, Phase::Detect);
    assert_eq!(client.deployments(Some(&"web".parse().unwrap()), 10).unwrap()[0].id, id);
}

#[test]
fn a_timeline_is_resumed_exactly_after_what_was_seen() {
    let running = Running::start();
    let id = running.deploy();
    let client = running.client();
    let all: Vec<_> = client.follow(&id, 0).map(Result::unwrap).collect();
    let rest: Vec<_> = client.follow(&id, 2).map(Result::unwrap).collect();
    assert_eq!(rest, all[2..]);
    let page = client.events(&id, 2, 1).unwrap();
    assert_eq!((page.events.as_slice(), page.next), (&all[2..3], 3));
    let end = all.len() as u64;
    let after_the_end = client.events(&id, end, 10).unwrap();
    assert_eq!((after_the_end.events.len(), after_the_end.next), (0, end));

    let answer = running.raw(&format!(
        "GET /v1/deployments/{id}/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept: text/event-stream\r\nlast-event-id: {}\r\n\r\n",
        end - 1
    ));
    assert!(answer.contains(&format!("id: {end}\n")) && !answer.contains(&format!("id: {}\n", end - 1)), "{answer}");
    assert!(answer.contains("event: end"), "a finished stream says that it is finished: {answer}");
}

#[test]
fn what_does_not_exist_is_a_problem_document() {
    let running = Running::start();
    let nobody = "dep_01jabcdefghjkmnpqrstvwxyz0";
    for path in [
        "/v1/deployments/dep_x",
        &format!("/v1/deployments/{nobody}"),
        &format!("/v1/deployments/{nobody}/events"),
        &format!("/v1/deployments/{nobody}/logs"),
        &format!("/v1/deployments/{nobody}/plan"),
        "/v1/deployments?resource=nobody",
        "/v1/resources/nobody",
        "/v1/resources/nobody/health",
        "/v1/resources/nobody/logs",
        "/v1/resources/nobody/removal",
        "/v1/resources/..%2f..%2fetc",
        "/v2/anything",
    ] {
        assert_eq!(problem(&running.get(path)), (404, "not-found".to_owned()), "{path}");
    }
    for path in ["retry", "cancel"] {
        let answer = running.post(&format!("/v1/deployments/{nobody}/{path}"), "");
        assert_eq!(problem(&answer).0, 404, "{path}");
    }
    for path in ["rollback", "stop", "start"] {
        assert_eq!(problem(&running.post(&format!("/v1/resources/nobody/{path}"), "")).0, 404, "{path}");
    }
}

#[test]
fn what_cannot_be_understood_is_refused_before_anything_happens() {
    let running = Running::start();
    let source = r#"{"kind":"local-directory","locator":"LOCATOR"}"#;
    let bodies = [
        "not json".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"source":{},"nonsense":1}}"#, source.replace("LOCATOR", "/tmp")),
        format!(r#"{{"source":{}}}"#, source.replace("LOCATOR", "relative/path")),
        format!(r#"{{"source":{},"expectPlan":"abc"}}"#, source.replace("LOCATOR", "/tmp")),
    ];
    for body in bodies {
        assert_eq!(problem(&running.post("/v1/deployments", &body)), (400, "usage-invalid".to_owned()), "{body}");
    }
    for query in ["after=-1", "after=x", "limit=x", "nonsense=1"] {
        let id = running.deploy();
        let answer = running.get(&format!("/v1/deployments/{id}/events?{query}"));
        assert_eq!(problem(&answer).0, 400, "{query}");
    }
    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(problem(&running.post("/v1/deployments", &large)).0, 413);
    let wrong = running.raw("DELETE /v1/deployments HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!(problem(&wrong).0, 405);
}

#[test]
fn a_failure_of_the_host_reaches_the_client_whole() {
    let running = Running::start();
    let mut request = running.request();
    request.source.locator = running.dir.path().join("missing").to_str().unwrap().to_owned();
    let refused = running.client().deploy(&request).unwrap_err();
    let told = running.host.deploy(request).unwrap_err();
    assert_eq!(refused, told);
    assert_eq!(refused.code, Code::SourceUnreadable);
}

#[test]
fn no_host_is_told_with_the_socket_and_how_to_start_one() {
    let dir = tempfile::tempdir().unwrap();
    let socket = socket_path(dir.path());
    let absent = Client::unix(&socket).unwrap().about().unwrap_err();
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let dead = Client::unix(&socket).unwrap().about().unwrap_err();
    for failure in [absent, dead] {
        assert_eq!(failure.code, Code::HostUnreachable);
        assert_eq!(failure.input, socket.to_str().unwrap());
        assert!(failure.remedies.iter().any(|r| r.command.as_deref().is_some_and(|c| c.starts_with("shipway serve"))));
    }
    let long = dir.path().join("x".repeat(120));
    assert_eq!(Client::unix(&long).unwrap_err().code, Code::UsageInvalid);
}

#[test]
fn a_server_that_ends_ends_its_streams_and_its_socket() {
    let mut running = Running::start();
    running.deploy();
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = "GET /v1/resources/web/logs HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.contains("event: release") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the stream is open until the server ends");
    }
    let begun = Instant::now();
    running.server.take();
    reader.read_to_string(&mut line).unwrap();
    assert!(begun.elapsed() < api::server::GRACE, "it did not have to be cut off");
    assert!(!running.socket().exists());
}

#[test]
fn a_followed_log_survives_a_restart_of_the_server() {
    let mut running = Running::start();
    running.deploy();
    let name = "web".parse().unwrap();
    let mut stream = running.client().follow_logs(&Subject::Resource(name), LogKind::Run, 0);
    assert_eq!(stream.next().unwrap().unwrap(), LogPart::Release(None));
    running.server.take();
    running.server = Some(Server::start(Arc::clone(&running.host), &running.dir.path().join("state")).unwrap());
    assert_eq!(stream.next().unwrap().unwrap(), LogPart::Release(None), "it goes on where the server is again");
}

#[test]
fn two_servers_do_not_share_a_socket() {
    let running = Running::start();
    let state = running.dir.path().join("state");
    let second = Server::start(Arc::clone(&running.host), &state).unwrap_err();
    assert_eq!(second.code(), Code::StateLocked);
    running.client().about().expect("the first goes on");
}

#[test]
fn removing_says_what_would_go_and_then_what_went() {
    let running = Running::start();
    running.deploy();
    let client = running.client();
    let name = "web".parse().unwrap();
    client.removal(&name).unwrap();
    client.resource(&name).expect("asking removes nothing");
    client.remove(&name).unwrap();
    assert_eq!(client.resource(&name).unwrap_err().code, Code::NotFound);
}
