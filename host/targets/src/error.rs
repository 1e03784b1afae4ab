//! What can go wrong on a target, each with its stable code, the input that was used, and lines of detail.

use model::{Code, DeploymentId, InstanceName};
use std::{fmt, io, path::Path, time::Duration};

/// Who holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its command line, sanitised and cut.
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} ({})", self.pid, self.command)
    }
}

/// A target could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A program that the plan needs is not on this server.
    #[error("{tool} is not installed on this server ({asked_by})")]
    ToolMissing {
        /// The program.
        tool: String,
        /// Which part of the plan asks for it.
        asked_by: String,
        /// The PATH that was searched.
        searched: String,
    },
    /// The plan asks for something that this target cannot do.
    #[error("the target `process` cannot do this: {what}")]
    Unsupported {
        /// What it asks for.
        what: String,
    },
    /// A build step, the release command, or what should have come of them.
    #[error("{message}")]
    BuildFailed {
        /// One sentence.
        message: String,
        /// The step's name in the plan; none when the steps passed and their result is wrong.
        step: Option<String>,
        /// What ran, or which field of the plan is not fulfilled.
        command: String,
        /// Its exit code; none when a signal ended it or it never ran.
        exit_code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Its last lines of output, or what was found instead.
        last: Vec<String>,
    },
    /// The steps took longer than allowed, and were ended.
    #[error("step {step:?} was ended: the build took longer than {}", seconds(*.limit))]
    BuildTimeout {
        /// The step that ran when time was up.
        step: String,
        /// What ran.
        command: String,
        /// What all steps together may take.
        limit: Duration,
        /// Its last lines of output.
        last: Vec<String>,
    },
    /// Somebody asked for the end.
    #[error("canceled{}", .step.as_ref().map_or(String::new(), |s| format!(" in step {s:?}")))]
    Canceled {
        /// The step that was ended, if one ran.
        step: Option<String>,
    },
    /// The process could not be started at all.
    #[error("{message}")]
    StartFailed {
        /// One sentence.
        message: String,
        /// The command.
        command: String,
        /// Where was looked, what the supervisor said.
        details: Vec<String>,
    },
    /// Somebody else holds the port.
    #[error("port {port} is held by {}", .holder.as_ref().map_or("a process that cannot be seen from here".to_owned(), ToString::to_string))]
    PortConflict {
        /// The port.
        port: u16,
        /// Who holds it, as far as it can be seen.
        holder: Option<Holder>,
    },
    /// Disk, inodes, memory or descriptors ran out.
    #[error("{message}")]
    ResourceExhausted {
        /// One sentence that says which.
        message: String,
        /// Where.
        place: String,
        /// The last lines of output, when a step met it.
        last: Vec<String>,
    },
    /// The artifact is not there, or is not finished.
    #[error("the build of {deployment} is not on this server any more")]
    ArtifactMissing {
        /// Whose.
        deployment: DeploymentId,
    },
    /// It runs, and so it cannot be taken away.
    #[error("{what} is in use by {instance}")]
    InUse {
        /// What.
        what: String,
        /// By which instance.
        instance: InstanceName,
    },
    /// An instance does not end, not even by force.
    #[error("{instance} could not be ended: {why}")]
    StopFailed {
        /// Which.
        instance: InstanceName,
        /// Why.
        why: String,
    },
    /// The source could not be written into the workspace. For the caller's own `materialise`.
    #[error("{message}")]
    Materialise {
        /// The stable code of what went wrong.
        code: Code,
        /// One sentence.
        message: String,
        /// What it concerns.
        input: String,
    },
    /// The operating system refused.
    #[error("{doing} {path}: {source}")]
    Io {
        /// "cannot create", "cannot read", …
        doing: &'static str,
        /// On what.
        path: String,
        /// Why.
        source: io::Error,
    },
}

fn seconds(limit: Duration) -> String {
    if limit.as_millis().is_multiple_of(1000) {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}

impl TargetError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::ToolMissing { .. } => Code::ToolMissing,
            Self::Unsupported { .. } => Code::PlanUnsupportedByTarget,
            Self::BuildFailed { .. } => Code::BuildFailed,
            Self::BuildTimeout { .. } => Code::BuildTimeout,
            Self::Canceled { .. } => Code::Canceled,
            Self::StartFailed { .. } => Code::StartFailed,
            Self::PortConflict { .. } => Code::PortConflict,
            Self::ResourceExhausted { .. } => Code::ResourceExhausted,
            Self::ArtifactMissing { .. } => Code::ReleaseMissing,
            Self::InUse { .. } => Code::NotAllowed,
            Self::StopFailed { .. } => Code::TargetUnreachable,
            Self::Materialise { code, .. } => *code,
            Self::Io { .. } => Code::StateUnusable,
        }
    }

    /// The input that was used: a command, a program, a port, a path.
    #[must_use]
    pub fn input(&self) -> String {
        match self {
            Self::ToolMissing { tool, .. } => tool.clone(),
            Self::Unsupported { what } | Self::InUse { what, .. } => what.clone(),
            Self::BuildFailed { command, .. }
            | Self::BuildTimeout { command, .. }
            | Self::StartFailed { command, .. } => command.clone(),
            Self::Canceled { step } => step.clone().unwrap_or_default(),
            Self::PortConflict { port, .. } => format!("port {port}"),
            Self::ResourceExhausted { place, .. } => place.clone(),
            Self::ArtifactMissing { deployment } => deployment.to_string(),
            Self::StopFailed { instance, .. } => instance.to_string(),
            Self::Materialise { input, .. } => input.clone(),
            Self::Io { path, .. } => path.clone(),
        }
    }

    /// More, line by line: the last output, where was looked, what was found.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::ToolMissing { searched, .. } => vec![format!("PATH searched: {searched}")],
            Self::BuildFailed { last, .. } | Self::BuildTimeout { last, .. } | Self::ResourceExhausted { last, .. } => {
                last.clone()
            }
            Self::StartFailed { details, .. } => details.clone(),
            _ => Vec::new(),
        }
    }

    /// An error of the operating system; what ran out is told apart from what is wrong.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match exhausted(&source) {
            Some(what) => {
                Self::ResourceExhausted { message: format!("{what}: {doing} {path}"), place: path, last: Vec::new() }
            }
            None => Self::Io { doing, path, source },
        }
    }
}

/// What ran out, if that is what the error says.
pub(crate) fn exhausted(error: &io::Error) -> Option<&'static str> {
    use rustix::io::Errno;
    match Errno::from_io_error(error)? {
        Errno::NOSPC => Some("no space is left on the disk"),
        Errno::DQUOT => Some("the disk quota is used up"),
        Errno::MFILE | Errno::NFILE => Some("too many files are open"),
        Errno::NOMEM => Some("no memory is left"),
        Errno::AGAIN => Some("no more processes can be started"),
        _ => None,
    }
}
