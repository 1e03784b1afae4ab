//! What time a call has used. Processor time of the calling thread counts against the plugin, so that a busy machine is
//! nobody's fault; wall time has a bound of its own that leaves out what the host spent in probes.

use super::breach::Breach;
use crate::Limits;
use std::time::{Duration, Instant};

/// Started when a call begins, read on the same thread.
pub(crate) struct Clock {
    began: Instant,
    computed: Duration,
    waited: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), computed: thread_time(), waited: Duration::ZERO }
    }

    /// Does something whose wall time is the host's own.
    pub(crate) fn wait<T>(&mut self, something: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = something();
        self.waited += began.elapsed();
        result
    }

    /// What the host spent in [`Clock::wait`].
    pub(crate) fn waited(&self) -> Duration {
        self.waited
    }

    /// Wall time since the start, everything included.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn check(&self, limits: &Limits) -> Result<(), Breach> {
        let wall = self.elapsed().saturating_sub(self.waited);
        // Where a platform cannot tell processor time, `thread_time` stands still and wall time has to serve.
        let used = if cfg!(unix) { thread_time().saturating_sub(self.computed) } else { wall };
        if used >= limits.time {
            return Err(Breach::Time { used, limit: limits.time });
        }
        if wall >= limits.wall {
            return Err(Breach::Wall { used: wall, limit: limits.wall });
        }
        Ok(())
    }
}

#[cfg(unix)]
fn thread_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    Duration::ZERO
}
