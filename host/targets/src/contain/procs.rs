//! What the kernel says of processes: who descends from whom, who carries our mark, since when the machine runs.

use procfs::process::{Process, Stat, all_processes};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::BTreeSet;

/// One process at one moment. Pid and start time together name it for as long as the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proc {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) session: i32,
    /// In clock ticks since the machine started.
    pub(crate) started: u64,
    pub(crate) zombie: bool,
}

impl From<Stat> for Proc {
    fn from(s: Stat) -> Self {
        Self {
            pid: s.pid,
            parent: s.ppid,
            group: s.pgrp,
            session: s.session,
            started: s.starttime,
            zombie: matches!(s.state, 'Z' | 'X'),
        }
    }
}

impl Proc {
    /// The process of that pid, if there is one.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        Some(Process::new(pid).ok()?.stat().ok()?.into())
    }

    /// Sends a signal to this very process: never to another one that got its number meanwhile.
    pub(crate) fn signal(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.pid) else { return };
        let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else { return };
        // The descriptor names whoever has the pid now; if that one started at the same tick, it is ours.
        if Self::of(self.pid).is_some_and(|now| now.started == self.started) {
            // Gone already is as good as signalled.
            let _ = pidfd_send_signal(&fd, signal);
        }
    }
}

/// Every process that can be seen.
pub(crate) fn all() -> Vec<Proc> {
    let Ok(list) = all_processes() else { return Vec::new() };
    list.flatten().filter_map(|p| p.stat().ok()).map(Proc::from).collect()
}

/// Every process below one, without it.
pub(crate) fn descendants(root: i32) -> Vec<Proc> {
    let all = all();
    let mut found = BTreeSet::from([root]);
    loop {
        let before = found.len();
        for p in &all {
            if found.contains(&p.parent) {
                found.insert(p.pid);
            }
        }
        if found.len() == before {
            break;
        }
    }
    all.into_iter().filter(|p| p.pid != root && found.contains(&p.pid)).collect()
}

/// Processes that were given `variable=value` in their environment when they were started, and whose environment can
/// be read. Zombies have none.
pub(crate) fn marked(variable: &str, value: &str) -> Vec<Proc> {
    let mark = format!("{variable}={value}").into_bytes();
    let carries = |pid: i32| {
        std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|env| env.split(|b| *b == 0).any(|v| v == mark))
    };
    all().into_iter().filter(|p| !p.zombie && carries(p.pid)).collect()
}

/// Names the time since the machine started; pids and start times of another one mean nothing.
pub(crate) fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// How many processes the kernel ended for want of memory since the machine started.
pub(crate) fn oom_kills() -> u64 {
    let text = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
    text.lines().find_map(|l| l.strip_prefix("oom_kill ")).and_then(|n| n.trim().parse().ok()).unwrap_or(0)
}

/// The command line of a process, for a person: sanitised and cut.
pub(crate) fn command_line(pid: i32) -> String {
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let spaced: Vec<u8> =
        words.strip_suffix(b"\0").unwrap_or(&words).iter().map(|b| if *b == 0 { b' ' } else { *b }).collect();
    let mut line: String = crate::logs::clean(&spaced).chars().take(200).collect();
    if line.is_empty() {
        line = std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .map_or_else(|_| "?".into(), |name| crate::logs::clean(name.trim().as_bytes()));
    }
    line
}
