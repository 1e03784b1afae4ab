//! The family of a supervising process: everything that descends from it, orphans included, because it is their
//! subreaper. It is gone when the kernel says that there is no child left, and not before.

use super::procs::{self, Proc};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, set_child_subreaper, wait};
use std::io;

/// How the main process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

/// What a round of taking leave found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reaped {
    pub(crate) main: Option<Ended>,
    pub(crate) nobody_left: bool,
}

/// All descendants of this process.
pub(crate) struct Family {
    me: i32,
}

impl Family {
    /// From now on orphans below us become our children.
    pub(crate) fn adopt_orphans() -> io::Result<Self> {
        let me = rustix::process::getpid();
        set_child_subreaper(Some(me))?;
        Ok(Self { me: me.as_raw_nonzero().get() })
    }

    /// Takes leave of everything that ended; says how the main process did, if it was among them, and whether nobody
    /// is left.
    pub(crate) fn reap(&self, main: Option<i32>) -> Reaped {
        let mut reaped = Reaped::default();
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if Some(pid.as_raw_nonzero().get()) == main => {
                    reaped.main = Some(Ended { code: status.exit_status(), signal: status.terminating_signal() });
                }
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return reaped,
                Err(_) => return Reaped { nobody_left: true, ..reaped },
            }
        }
    }

    /// Asks all to end: the main process' group at once, and whoever left it.
    pub(crate) fn terminate(&self, group: i32) {
        self.signal_all(group, Signal::TERM);
    }

    /// One round of ending all by force; to be repeated until nobody is left. Held still first, so that they do not
    /// breed meanwhile.
    pub(crate) fn kill(&self, group: i32) {
        self.signal_all(group, Signal::STOP);
        self.signal_all(group, Signal::KILL);
    }

    fn signal_all(&self, group: i32, signal: Signal) {
        let members = self.members();
        // Only a group that one of ours is in is ours: an empty group's number may be given to a stranger.
        if members.iter().any(|p| p.group == group)
            && let Some(leader) = Pid::from_raw(group)
        {
            let _ = kill_process_group(leader, signal);
        }
        members.iter().filter(|p| p.group != group).for_each(|p| p.signal(signal));
    }

    /// Who lives, without zombies.
    pub(crate) fn members(&self) -> Vec<Proc> {
        procs::descendants(self.me).into_iter().filter(|p| !p.zombie).collect()
    }
}
