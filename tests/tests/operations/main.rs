//! What an operator does beside deploying, at every awkward moment: cancel, queue, retry, roll back, stop, start, remove,
//! kill the host in between. Real host, real apps, and each test looks at the processes that are left.

mod back;
mod cancel;
mod halt;
mod moments;
mod ports;
mod processes;
mod queue;
mod secrets;

use serde_json::Value;
use std::time::{Duration, Instant};
use tests::{App, TestHost, get};

/// For anything that should happen by itself.
const SOON: Duration = Duration::from_secs(20);
/// Every terminal status.
const OVER: [&str; 6] = ["succeeded", "failed", "rolled-back", "rollback-failed", "canceled", "superseded"];

/// What users get: the body, or why there is none.
fn serving(host: &TestHost, name: &str) -> String {
    match get(host.http(), &format!("{name}.localhost"), "/") {
        Ok((200, body)) => body,
        Ok((status, _)) => format!("status {status}"),
        Err(error) => error,
    }
}

/// Waits until something holds; fails with what was seen last.
fn until<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> T, holds: impl Fn(&T) -> bool) -> T {
    let began = Instant::now();
    loop {
        let seen = look();
        if holds(&seen) {
            return seen;
        }
        assert!(began.elapsed() < SOON, "{what}: {seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The processes of apps and builds: everything of this host that runs a script of ours, without the shells in between.
fn scripts(host: &TestHost) -> Vec<String> {
    host.processes().into_iter().filter(|p| p.contains(" node ") && p.contains(".js") && !p.contains("sh -c")).collect()
}

/// An app whose build takes so long that it is met in the middle.
fn builds_for(app: &App, millis: u32) {
    app.write("slow-build.js", &format!("setTimeout(() => console.log('built'), {millis})"));
    let name = app.path().file_name().expect("a name").to_string_lossy().into_owned();
    app.write(
        "package.json",
        &format!(
            r#"{{"name":"{name}","private":true,"scripts":{{"start":"node server.js","build":"node slow-build.js"}}}}"#
        ),
    );
}

fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_default()
}

fn warnings(deployment: &Value) -> String {
    deployment["warnings"].to_string()
}

/// The status of a resource's latest deployment, once it is over.
fn ended(host: &TestHost, id: &str) -> Value {
    host.wait_for(id, &OVER, SOON)
}

/// Kills what looks after apps, and the apps with it: all that have this text in their name. A machine that is switched
/// off does that to everybody.
fn kill_supervisors(host: &TestHost, of: &str) {
    for supervisor in host.processes().into_iter().filter(|p| p.contains("__supervise") && p.contains(of)) {
        let pid = supervisor.split(' ').next().and_then(|pid| pid.parse().ok()).expect("a pid");
        let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it can be killed");
    }
}
