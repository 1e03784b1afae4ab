//! A real target in a folder of its own, small plans, and ways to look at processes from outside.

use model::{
    Checked, DeploymentId, InstanceName,
    plan::{BuilderKind, Command, Plan, Process, StaticPlan, Step},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use targets::{BuildEvents, BuildJob, Observation, ProcessTarget, StartJob, Started, Target, TargetError};

pub const TESTBED: &str = env!("CARGO_BIN_EXE_targets-testbed");

/// A target with its state directory; instances are ended with it.
pub struct Place {
    pub dir: tempfile::TempDir,
    pub target: ProcessTarget,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("targets-").tempdir().unwrap();
        let target = ProcessTarget::open(dir.path().join("state"), TESTBED.into()).unwrap();
        Self { dir, target }
    }
    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state").canonicalize().unwrap()
    }
    /// Another host on the same state directory, as after a restart.
    pub fn again(&self) -> ProcessTarget {
        ProcessTarget::open(self.state(), TESTBED.into()).unwrap()
    }
    pub fn app(&self, deployment: &DeploymentId) -> PathBuf {
        self.state().join("builds").join(deployment.as_str()).join("app")
    }

    /// Builds a source of some files.
    pub fn build_with(
        &self,
        deployment: &DeploymentId,
        plan: &Checked,
        files: &[(&str, &str)],
        options: BuildOptions<'_>,
    ) -> Result<targets::Artifact, TargetError> {
        let materialise = |to: &Path| {
            for (name, content) in files {
                let path = to.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            fs::create_dir_all(to).unwrap();
            Ok(())
        };
        let job = BuildJob {
            deployment: deployment.clone(),
            plan,
            source_base: options.base.into(),
            materialise: &materialise,
            env: options.env,
            timeout: options.timeout,
        };
        self.target.build(&job, options.events, options.cancel)
    }
    pub fn build(&self, deployment: &DeploymentId, plan: &Checked) {
        self.build_with(deployment, plan, &[], BuildOptions::default()).unwrap();
    }

    /// Builds and starts the `web` process of a plan.
    pub fn run(&self, plan: &Checked) -> (InstanceName, Option<u16>) {
        let deployment = deployment();
        self.build(&deployment, plan);
        let started = self.start(&deployment, plan, None, &[]).unwrap();
        (web(&deployment), started.port)
    }
    pub fn start(
        &self,
        deployment: &DeploymentId,
        plan: &Checked,
        port: Option<u16>,
        env: &[(&str, &str)],
    ) -> Result<Started, TargetError> {
        self.target.start(&start_job(deployment, plan, port, env))
    }
    pub fn lines(&self, instance: &InstanceName) -> Vec<String> {
        self.target.logs(instance, 0, 10_000).lines.into_iter().map(|l| l.text).collect()
    }
    /// Waits until it writes a line that begins so; the rest of that line.
    pub fn said(&self, instance: &InstanceName, beginning: &str) -> String {
        until(&format!("{beginning:?} in the log"), || {
            self.lines(instance).iter().find_map(|l| l.strip_prefix(beginning).map(str::to_owned))
        })
    }
    pub fn ended(&self, instance: &InstanceName) -> Observation {
        until("its end", || Some(self.target.observe(instance)).filter(|o| !o.running))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for instance in self.target.instances() {
            let _ = self.target.stop(&instance, Duration::ZERO);
        }
        // Deletions in the background would meet the one of the whole folder.
        let trash = || fs::read_dir(self.dir.path().join("state/builds")).into_iter().flatten().flatten();
        let end = Instant::now() + Duration::from_secs(5);
        while trash().any(|e| e.file_name().to_string_lossy().starts_with('.')) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

pub struct BuildOptions<'a> {
    pub base: &'a str,
    pub env: BTreeMap<String, String>,
    pub timeout: Duration,
    pub events: &'a dyn BuildEvents,
    pub cancel: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Default for BuildOptions<'_> {
    fn default() -> Self {
        Self { base: ".", env: BTreeMap::new(), timeout: Duration::from_secs(60), events: &Deaf, cancel: &NEVER }
    }
}

pub struct Deaf;
impl BuildEvents for Deaf {
    fn step_started(&self, _: &str, _: &str) {}
    fn output(&self, _: &str, _: &[String]) {}
    fn step_finished(&self, _: &str, _: Option<i32>, _: u64) {}
}

/// Keeps what it hears.
#[derive(Default)]
pub struct Ear {
    pub heard: Mutex<Vec<String>>,
    pub portions: Mutex<Vec<usize>>,
}
impl BuildEvents for Ear {
    fn step_started(&self, step: &str, command: &str) {
        self.heard.lock().unwrap().push(format!("{step}: start {command}"));
    }
    fn output(&self, step: &str, lines: &[String]) {
        self.portions.lock().unwrap().push(lines.len());
        self.heard.lock().unwrap().extend(lines.iter().map(|line| format!("{step}: {line}")));
    }
    fn step_finished(&self, step: &str, exit_code: Option<i32>, _: u64) {
        self.heard.lock().unwrap().push(format!("{step}: end {exit_code:?}"));
    }
}

pub fn start_job<'a>(
    deployment: &DeploymentId,
    plan: &'a Checked,
    port: Option<u16>,
    env: &[(&str, &str)],
) -> StartJob<'a> {
    StartJob {
        instance: web(deployment),
        built_by: deployment.clone(),
        plan,
        process: "web".into(),
        port,
        env: env.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
    }
}

/// A new id for each call, different from those of other test processes.
pub fn deployment() -> DeploymentId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("dep_{:018}{:08}", std::process::id(), n).parse().unwrap()
}
pub fn web(deployment: &DeploymentId) -> InstanceName {
    InstanceName::of(deployment, "web").unwrap()
}

pub fn plan(change: impl FnOnce(&mut Plan)) -> Checked {
    let mut plan = Plan {
        plugin: "test@0".into(),
        app_type: "test".into(),
        framework: None,
        builder: BuilderKind::Commands,
        app_root: ".".into(),
        tools: vec![],
        steps: vec![],
        build_env: BTreeMap::new(),
        run_env: BTreeMap::new(),
        required_secrets: vec![],
        processes: vec![Process { name: "web".into(), run: Command::Shell("exec sleep 600".into()), cwd: ".".into() }],
        release: None,
        port: None,
        health: None,
        publish: None,
        volumes: vec![],
        decisions: vec![],
        warnings: vec![],
        assumptions: vec![],
    };
    change(&mut plan);
    Checked::new(plan).unwrap()
}
/// An app that answers HTTP.
pub fn listener() -> model::Checked {
    argv(&[TESTBED, "listen"])
}
/// A plan whose web process is a script.
pub fn script(script: &str) -> Checked {
    plan(|p| p.processes[0].run = Command::Shell(script.into()))
}
pub fn argv(words: &[&str]) -> Checked {
    plan(|p| p.processes[0].run = Command::Argv(words.iter().map(|w| (*w).into()).collect()))
}
pub fn site(change: impl FnOnce(&mut StaticPlan)) -> Checked {
    let mut site = StaticPlan { directory: ".".into(), fallback: None, clean_urls: false };
    change(&mut site);
    plan(|p| {
        p.builder = BuilderKind::Static;
        p.processes.clear();
        p.publish = Some(site);
    })
}
pub fn step(name: &str, run: Command) -> Step {
    Step {
        name: name.into(),
        run,
        cwd: ".".into(),
        env: BTreeMap::new(),
        inputs: vec![],
        outputs: vec![],
        caches: vec![],
        network: false,
        why: String::new(),
    }
}
/// A plan with one build step per script.
pub fn steps(scripts: &[&str]) -> Checked {
    plan(|p| {
        p.steps = scripts
            .iter()
            .enumerate()
            .map(|(n, script)| step(&format!("step{n}"), Command::Shell((*script).into())))
            .collect();
    })
}

/// Asks every few milliseconds, for at most twenty seconds.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Command lines of living processes that hold this text.
pub fn living(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let line =
            String::from_utf8_lossy(&fs::read(entry.path().join("cmdline")).unwrap_or_default()).replace('\0', " ");
        if pid != std::process::id() && line.contains(text) && alive(pid) {
            found.push(format!("{pid} {line}"));
        }
    }
    found
}
/// Processes that are just `sleep SECONDS`, and no shell that is about to become one.
pub fn sleeping(seconds: &str) -> usize {
    let line = format!("sleep {seconds}");
    living(&line).iter().filter(|l| l.split_once(' ').is_some_and(|(_, words)| words.trim() == line)).count()
}
/// Living processes with this text in their environment.
pub fn marked(text: &str) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|e| e.file_name().to_string_lossy().parse().ok());
    let carries = |pid: &u32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environ).contains(text)
    };
    pids.filter(|pid| alive(*pid) && carries(pid)).collect()
}
/// There, and no zombie.
pub fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
pub fn kill(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}
/// The supervisor of an instance, by its command line.
pub fn supervisor(instance: &InstanceName) -> u32 {
    let found = living(instance.as_str());
    let line = found.iter().find(|l| l.contains("__supervise")).unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}

/// A text that no other process has in its command line; usable as an argument of `sleep`.
pub fn unique_seconds() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}.{:03}", 1_000_000 + u64::from(std::process::id()), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An HTTP answer as it came.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}
impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|l| l.split_once(": "));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v).next()
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
pub fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head, body: all[end + 4..].to_vec() })
}
pub fn get(port: u16, path: &str) -> Answer {
    until("an answer", || ask(port, "GET", path, &[]).ok())
}
