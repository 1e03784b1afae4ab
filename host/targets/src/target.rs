//! The `Target` trait: what the conductor can ask of a place where apps run.
//!
//! Every method is idempotent by the names it is given, because the host may be killed between doing and noting:
//! after a restart it asks again, and the answer must be the same as if it had been asked once.

use crate::TargetError;
use model::view::LogPage;
use model::{Checked, DeploymentId, Digest, InstanceName};
use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::atomic::AtomicBool, time::Duration};

/// Where a plan will run, as far as a planner may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// `process`.
    pub target: String,
    /// `linux`, as the standard library names it.
    pub os: String,
    /// `x86_64`, as the standard library names it.
    pub arch: String,
    /// What it can do: `commands`, `static`.
    pub capabilities: Vec<String>,
}

/// One build.
pub struct BuildJob<'a> {
    /// Names the workspace and the artifact.
    pub deployment: DeploymentId,
    /// What is built.
    pub plan: &'a Checked,
    /// The base directory inside the source (`.` for its root); `app_root` of the plan is relative to it.
    pub source_base: String,
    /// Writes the whole source into a directory that does not exist yet.
    pub materialise: &'a dyn Fn(&Path) -> Result<(), TargetError>,
    /// The profile's environment; it wins over the plan's.
    pub env: BTreeMap<String, String>,
    /// For all steps together.
    pub timeout: Duration,
}

/// One run of the plan's release command, in the artifact's app root.
pub struct ReleaseJob<'a> {
    /// Whose timeline the output belongs to.
    pub deployment: DeploymentId,
    /// Whose artifact it runs in.
    pub built_by: DeploymentId,
    /// The plan; without a release command nothing is done.
    pub plan: &'a Checked,
    /// The profile's environment with its secrets; it wins over the plan's.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// One start of a process of a plan.
pub struct StartJob<'a> {
    /// The name of the instance: two starts under one name are one.
    pub instance: InstanceName,
    /// Whose artifact runs.
    pub built_by: DeploymentId,
    /// What runs.
    pub plan: &'a Checked,
    /// Which process of the plan.
    pub process: String,
    /// The port to use; `None`: the target chooses one for `web`, and other processes have none.
    pub port: Option<u16>,
    /// The profile's environment with its secrets; it wins over the plan's. Never written to disk.
    pub env: BTreeMap<String, String>,
}

/// What a build left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Over every path, mode, link target and content of the built tree.
    pub digest: Digest,
}

/// What a start led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The port that the process was told to listen on; none for a process without one.
    pub port: Option<u16>,
}

/// What can be seen of an instance now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The target knows an instance of that name, running or not.
    pub exists: bool,
    /// Its main process runs at this moment.
    pub running: bool,
    /// A supervisor lives: it runs, waits to be started again, or is being ended. [`Target::stop`] until this is false.
    pub supervised: bool,
    /// It ended because it was asked to.
    pub stopped: bool,
    /// How it last ended, when it did so by itself: the exit code.
    pub exit_code: Option<i32>,
    /// How it last ended, when a signal ended it: the signal's number.
    pub signal: Option<i32>,
    /// How often it was started again by its supervisor.
    pub restarts: u32,
    /// The main process, while it runs.
    pub pid: Option<u32>,
    /// The port that it was told to use.
    pub port: Option<u16>,
    /// TCP ports that any process of it listens on, sorted. Only [`Target::observe_listening`] looks.
    pub listening: Vec<u16>,
    /// How long the main process runs.
    pub uptime: Duration,
    /// The kernel ended it for want of memory, as far as that can be told.
    pub oom: bool,
    /// Why it could not be started (again), in one line.
    pub error: Option<String>,
}

/// Hears how a build goes. Called from the thread that builds.
pub trait BuildEvents {
    /// A step begins.
    fn step_started(&self, step: &str, command: &str);
    /// It wrote something: sanitised lines, some at a time, bounded; the build log has more.
    fn output(&self, step: &str, lines: &[String]);
    /// It ended after so many milliseconds; without an exit code when a signal ended it.
    fn step_finished(&self, step: &str, exit_code: Option<i32>, millis: u64);
}

/// A place where apps are built and run.
pub trait Target: Send + Sync {
    /// What a planner may know of it.
    fn facts(&self) -> TargetFacts;

    /// Could this plan be built and run here at all? Programs that must be there, room on the disk.
    /// Errors: `tool-missing`, `resource-exhausted`, `plan-unsupported-by-target`.
    fn preflight(&self, plan: &Checked) -> Result<(), TargetError>;

    /// Makes the artifact of a deployment. One that is finished is returned as it is; one that is half done is
    /// thrown away first. Setting `cancel` ends it with `canceled`.
    /// Errors: `build-failed`, `build-timeout`, `canceled`, `resource-exhausted`, and those of `materialise`.
    fn build(&self, job: &BuildJob<'_>, events: &dyn BuildEvents, cancel: &AtomicBool)
    -> Result<Artifact, TargetError>;

    /// Runs the plan's release command like a build step named `release`. Not idempotent: the caller asks once.
    /// Errors: as for [`Target::build`].
    fn release(&self, job: &ReleaseJob<'_>, events: &dyn BuildEvents, cancel: &AtomicBool) -> Result<(), TargetError>;

    /// Starts an instance, or answers the same as before when it runs already.
    /// Errors: `start-failed`, `port-conflict`, `release-missing`, `resource-exhausted`.
    fn start(&self, job: &StartJob<'_>) -> Result<Started, TargetError>;

    /// From now on the instance is started again when it ends. Before, an end is final, so that a candidate that
    /// ends is seen at once.
    fn arm(&self, instance: &InstanceName) -> Result<(), TargetError>;

    /// What can be seen of it, without its listening ports: cheap enough to be asked every 10 ms.
    fn observe(&self, instance: &InstanceName) -> Observation;

    /// The same with its listening ports: some milliseconds.
    fn observe_listening(&self, instance: &InstanceName) -> Observation;

    /// Where it is told to listen. `None`: it has no port, or there is no such instance.
    fn address(&self, instance: &InstanceName) -> Option<SocketAddr>;

    /// Lines that it wrote, from a cursor that an earlier page gave (0: from the oldest that is kept; `u64::MAX`: the
    /// last `limit` lines). At most `limit` lines and about 1 MiB; an empty page with the same cursor is the end.
    fn logs(&self, instance: &InstanceName, cursor: u64, limit: usize) -> LogPage;

    /// The same for what the build steps and the release command of a deployment wrote.
    fn build_log(&self, deployment: &DeploymentId, cursor: u64, limit: usize) -> LogPage;

    /// Ends an instance and everything it started; after `grace` by force. Done when nothing of it lives any more.
    /// Its logs and how it ended stay. Errors: `target-unreachable` when it cannot be ended.
    fn stop(&self, instance: &InstanceName, grace: Duration) -> Result<(), TargetError>;

    /// Stops it if it runs, then forgets it with its logs.
    fn remove(&self, instance: &InstanceName) -> Result<(), TargetError>;

    /// All instances that exist, running or not, sorted.
    fn instances(&self) -> Vec<InstanceName>;

    /// Is this very artifact there, finished?
    fn has(&self, built_by: &DeploymentId, artifact: &Digest) -> bool;

    /// Deployments that left anything here: finished artifacts, half-done builds, build logs; sorted.
    fn artifacts(&self) -> Vec<DeploymentId>;

    /// Deletes the artifact and the build log of a deployment.
    /// Errors: `not-allowed` while an instance of it runs.
    fn remove_artifact(&self, built_by: &DeploymentId) -> Result<(), TargetError>;
}
