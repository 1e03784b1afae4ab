//! What can be known before anything is done: are the programs there, is there room on the disk?

use super::{ProcessTarget, env::PATH_PREPEND, programs};
use crate::TargetError;
use model::{
    Checked,
    plan::{BuilderKind, Command, Origin},
};
use rustix::fs::statvfs;
use std::path::Path;

/// Free space that a plan with build steps needs to begin; dependencies of a small app are about as large.
const BUILD_BYTES: u64 = 256 * 1024 * 1024;
/// Free space for a plan that only copies files.
const COPY_BYTES: u64 = 16 * 1024 * 1024;
/// Free inodes for build steps: a few thousand files in `node_modules` are usual.
const BUILD_INODES: u64 = 10_000;
/// Names that tools go by elsewhere.
const ALIASES: &[(&str, &str)] = &[("python", "python3"), ("pip", "pip3")];

impl ProcessTarget {
    pub(super) fn check_plan(&self, plan: &Checked) -> Result<(), TargetError> {
        self.supported(plan)?;
        for tool in &plan.tools {
            self.tool(&tool.name, || format!("needed by the plan, {}", origin(&tool.origin)))?;
        }
        for step in &plan.steps {
            let prepends = step.env.contains_key(PATH_PREPEND) || plan.build_env.contains_key(PATH_PREPEND);
            if let Command::Argv(words) = &step.run
                && let Some(word) = words.first().filter(|w| !w.contains('/') && !prepends)
            {
                self.tool(word, || format!("called by step {:?}", step.name))?;
            }
        }
        self.room(plan)
    }

    pub(super) fn supported(&self, plan: &Checked) -> Result<(), TargetError> {
        match plan.builder {
            BuilderKind::Commands | BuilderKind::Static => Ok(()),
            other => Err(TargetError::Unsupported { what: format!("a plan with builder {other:?}").to_lowercase() }),
        }
    }

    fn tool(&self, name: &str, asked_by: impl FnOnce() -> String) -> Result<(), TargetError> {
        let path = self.operator.path();
        let alias = ALIASES.iter().find(|(from, _)| *from == name).map(|(_, to)| *to);
        if programs::on_path(name, path) || alias.is_some_and(|alias| programs::on_path(alias, path)) {
            return Ok(());
        }
        Err(TargetError::ToolMissing { tool: name.into(), asked_by: asked_by(), searched: path.into() })
    }

    fn room(&self, plan: &Checked) -> Result<(), TargetError> {
        let (bytes, inodes) = if plan.steps.is_empty() { (COPY_BYTES, 0) } else { (BUILD_BYTES, BUILD_INODES) };
        let place = self.layout.root();
        let Some(free) = Free::at(place) else { return Ok(()) };
        let message = if free.bytes < bytes {
            format!(
                "{} MiB are free on the disk of the state directory, {} MiB are needed to begin",
                free.bytes >> 20,
                bytes >> 20
            )
        } else if free.inodes.is_some_and(|n| n < inodes) {
            format!(
                "{} files can still be made on the disk of the state directory, {inodes} are needed to begin",
                free.inodes.unwrap_or(0)
            )
        } else {
            return Ok(());
        };
        Err(TargetError::ResourceExhausted { message, place: place.display().to_string(), last: Vec::new() })
    }
}

/// What is free on a disk for this user.
pub(super) struct Free {
    pub(super) bytes: u64,
    /// `None`: the file system does not count them.
    pub(super) inodes: Option<u64>,
}

impl Free {
    pub(super) fn at(path: &Path) -> Option<Self> {
        let stat = statvfs(path).ok()?;
        let inodes = (stat.f_files > 0).then_some(stat.f_favail);
        Some(Self { bytes: stat.f_bavail.saturating_mul(stat.f_frsize), inodes })
    }

    /// So little that whatever failed there failed for want of it.
    pub(super) fn is_nothing(&self) -> bool {
        self.bytes < 1024 * 1024 || self.inodes == Some(0)
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Profile(key) => format!("asked for by {key} in the profile"),
        Origin::Default(why) => why.clone(),
        Origin::Evidence(e) => {
            let line = e.line.map_or(String::new(), |n| format!(":{n}"));
            format!("asked for in {}{line} ({})", e.path, e.note)
        }
    }
}
