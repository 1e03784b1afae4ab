//! A real host in a process of its own, on a state directory of its own.

use crate::{Answer, shipway};
use serde_json::Value;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running `shipway serve`. Dropping it stops every app and the host.
pub struct TestHost {
    dir: TempDir,
    http: SocketAddr,
    child: Option<Child>,
}

impl Default for TestHost {
    fn default() -> Self {
        Self::start()
    }
}

impl TestHost {
    /// A host on a fresh state directory.
    #[must_use]
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("shipway-test-").tempdir().expect("a temporary directory");
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        let mut host = Self { dir, http: SocketAddr::from(([127, 0, 0, 1], port)), child: None };
        host.serve();
        host
    }

    /// Starts the host (again) on its state directory and waits until it answers.
    pub fn serve(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).expect("the host's log");
        let child = shipway(&["--state", &self.state(), "serve", "--http", &self.http.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the host starts");
        self.child = Some(child);
        let began = Instant::now();
        while self.run(&["list", "--json"]).exit != 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the host does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills the host the hard way: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the host can be killed");
            child.wait().expect("the host ended");
        }
    }

    /// Ends the host the polite way and gives its exit status.
    pub fn terminate(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let pid = rustix::process::Pid::from_raw(child.id() as i32)?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the host can be told to end");
        child.wait().expect("the host ended").code()
    }

    /// Runs a command against this host.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Answer {
        let state = self.state();
        let mut all = vec!["--state", &state];
        all.extend(args);
        shipway(&all).stdin(Stdio::null()).output().expect("the binary runs").into()
    }

    /// Deploys a folder and follows it to its end.
    #[must_use]
    pub fn deploy(&self, app: &Path, more: &[&str]) -> (i32, Value) {
        let path = app.display().to_string();
        let mut args = vec!["deploy", &path, "--json"];
        args.extend(more);
        let answer = self.run(&args);
        (answer.exit, answer.json())
    }

    /// Deploys a folder, which must succeed.
    pub fn deployed(&self, app: &Path) -> Value {
        let (exit, deployment) = self.deploy(app, &[]);
        assert_eq!(exit, 0, "{deployment:#}\n{}", self.log());
        deployment
    }

    /// Deploys in the background; the answer is the deployment's id.
    #[must_use]
    pub fn deploy_detached(&self, app: &Path, more: &[&str]) -> String {
        let path = app.display().to_string();
        let mut args = vec!["deploy", &path, "--json", "--detach"];
        args.extend(more);
        let document = self.run(&args).json();
        document["id"].as_str().unwrap_or_else(|| panic!("no id in {document}")).to_owned()
    }

    /// `status --json` of a deployment or a resource.
    #[must_use]
    pub fn status(&self, of: &str) -> Value {
        self.run(&["status", of, "--json"]).json()
    }

    /// Waits until a deployment's status is one of these.
    pub fn wait_for(&self, id: &str, wanted: &[&str], limit: Duration) -> Value {
        let began = Instant::now();
        loop {
            let status = self.status(id);
            if wanted.contains(&status["status"].as_str().unwrap_or_default()) {
                return status;
            }
            assert!(began.elapsed() < limit, "{id} is not {wanted:?}: {status:#}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where the router listens.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The state directory.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn state(&self) -> String {
        self.state_dir().display().to_string()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("host.log")
    }

    /// What the host wrote.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Processes that carry this host's state directory in their command line, the host itself left out:
    /// supervisors, build steps, static servers.
    #[must_use]
    pub fn processes(&self) -> Vec<String> {
        let needle = self.dir.path().display().to_string();
        let own = self.child.as_ref().map(Child::id);
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else { continue };
            if Some(pid) == own || pid == std::process::id() {
                continue;
            }
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let cwd = std::fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            if command.contains(&needle) || cwd.starts_with(self.dir.path()) {
                found.push(format!("{pid} {command}"));
            }
        }
        found
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        if self.child.is_none() {
            self.serve();
        }
        let resources = self.run(&["list", "--json"]);
        if let Ok(Value::Array(all)) = serde_json::from_str(&resources.stdout) {
            for name in all.iter().filter_map(|r| r["name"].as_str()) {
                let _ = self.run(&["stop", name]);
            }
        }
        let _ = self.terminate();
        if std::thread::panicking() {
            eprintln!("--- what the host said ---\n{}", self.log());
        }
    }
}
