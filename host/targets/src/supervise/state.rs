//! `state.json`: what a supervisor knows of its app, for hosts that come and go.

use crate::{
    contain::{Ended, procs},
    durable,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::{fs::OpenOptions, io, os::unix::fs::FileExt, path::Path, time::Duration};

/// What the app is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// About to be started.
    Starting,
    Running,
    /// Ended; started again soon.
    Waiting,
    /// Ended for good.
    Ended,
}

/// How the app last ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) oom: bool,
}

impl Exit {
    pub(crate) fn new(ended: Ended, oom: bool) -> Self {
        Self { code: ended.code, signal: ended.signal, oom }
    }
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    pub(crate) phase: Phase,
    /// The machine's present life: pids mean nothing in another one.
    pub(crate) boot: String,
    /// The app's main process, which leads its session and group, and its start time; the latest one.
    pub(crate) pid: Option<i32>,
    pub(crate) started_ticks: u64,
    /// On the monotonic clock of this boot, in milliseconds.
    pub(crate) started_ms: u64,
    /// How it last ended by itself.
    pub(crate) exit: Option<Exit>,
    pub(crate) restarts: u32,
    /// It was asked to end.
    pub(crate) stopped: bool,
    /// Nothing that the app started lives any more.
    pub(crate) clear: bool,
    /// Why it could not be started.
    pub(crate) error: Option<String>,
}

/// The file is padded to this size, so that it can be overwritten in place when the disk has no room for another.
const PADDED: usize = 2048;

impl State {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Starting,
            boot: procs::boot_id(),
            pid: None,
            started_ticks: 0,
            started_ms: 0,
            exit: None,
            restarts: 0,
            stopped: false,
            clear: true,
            error: None,
        }
    }

    /// A process runs now.
    pub(crate) fn running(&mut self, pid: i32) {
        self.phase = Phase::Running;
        self.pid = Some(pid);
        self.started_ticks = procs::Proc::of(pid).map_or(0, |p| p.started);
        self.started_ms = monotonic_ms();
        self.clear = false;
        self.error = None;
    }

    /// How long it runs, or ran until now.
    pub(crate) fn uptime(&self) -> Duration {
        Duration::from_millis(monotonic_ms().saturating_sub(self.started_ms))
    }

    /// `None`: missing or damaged.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        durable::read(path)
    }

    /// Writes it so that a reader sees the old or the new one. On a full disk, over the old one: a reader that meets
    /// that halfway finds it damaged and asks again.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.resize(bytes.len().max(PADDED), b' ');
        match durable::replace(path, &bytes) {
            Err(e) if crate::error::exhausted(&e).is_some() => {
                OpenOptions::new().write(true).open(path)?.write_all_at(&bytes, 0)
            }
            other => other,
        }
    }
}

/// Milliseconds on the clock that nobody sets; the same for every process of a boot.
pub(crate) fn monotonic_ms() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_and_a_damaged_one_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        let mut state = State::new();
        state.running(i32::try_from(std::process::id()).unwrap());
        state.write(&path).unwrap();
        assert_eq!(State::read(&path), Some(state.clone()));
        assert!(state.uptime() < Duration::from_secs(5) && state.started_ticks > 0);
        std::fs::write(&path, "{\"phase\":").unwrap();
        assert_eq!(State::read(&path), None);
    }
}
