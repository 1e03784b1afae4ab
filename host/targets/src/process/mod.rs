//! The target `process`: builds in a folder and runs under a supervisor on this machine, without any daemon.
//!
//! Confinement today: own session and process group, no new privileges, no core dumps, nothing of the host's
//! environment or open files beyond a list, and nobody outlives the supervisor. Not yet: Landlock, cgroups. An app can
//! read what the host's user can read.

mod build;
mod digest;
mod env;
mod halt;
mod hearing;
mod observe;
mod operator;
mod ports;
mod preflight;
mod programs;
mod seal;
mod start;
mod steps;
mod target;

pub use operator::Operator;

use crate::{TargetError, layout::Layout};
use std::{
    path::{Path, PathBuf},
    process::Child,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Runs apps as processes of this machine.
pub struct ProcessTarget {
    layout: Layout,
    /// Our own binary, which is also supervisor, step wrapper and static server.
    exe: PathBuf,
    operator: Operator,
    /// One start at a time: two must not be given one port.
    starts: Mutex<()>,
    /// Supervisors that this host started, to be taken leave of when they end.
    supervisors: Mutex<Vec<Child>>,
}

impl ProcessTarget {
    /// Opens the target in a state directory. `own_exe` is run again as `__supervise DIR`, `__step` and
    /// `__static …`, which lead to [`crate::supervise`], [`crate::step`] and [`crate::serve_static`].
    pub fn open(state_dir: impl AsRef<Path>, own_exe: PathBuf) -> Result<Self, TargetError> {
        Self::open_as(state_dir, own_exe, Operator::current())
    }

    /// The same with another environment than this process'.
    pub fn open_as(state_dir: impl AsRef<Path>, own_exe: PathBuf, operator: Operator) -> Result<Self, TargetError> {
        let root = state_dir.as_ref();
        let layout = Layout::open(root).map_err(|e| TargetError::io("cannot use", root, e))?;
        let exe = std::path::absolute(&own_exe).map_err(|e| TargetError::io("cannot find", &own_exe, e))?;
        let sweeper = layout.clone();
        // Deletions that an earlier host did not end may be large.
        std::thread::spawn(move || sweeper.sweep_trash());
        Ok(Self { layout, exe, operator, starts: Mutex::new(()), supervisors: Mutex::new(Vec::new()) })
    }

    /// Takes leave of supervisors that ended.
    fn reap(&self) {
        lock(&self.supervisors).retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }
}

/// What a mutex guards here is valid whatever a panicking holder did.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
