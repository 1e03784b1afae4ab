//! Signals as something to poll: SIGCHLD and SIGTERM wake a loop through a pipe.

use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The signals of a supervising process. Caught rather than ignored ones are back to their default in what it
/// executes; those that mean nothing to us are caught so that a stray one does not end us.
pub(crate) struct Signals {
    wake: UnixStream,
    term: Arc<AtomicBool>,
}

impl Signals {
    pub(crate) fn install() -> io::Result<Self> {
        let (wake, notify) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        notify.set_nonblocking(true)?;
        let term = Arc::new(AtomicBool::new(false));
        // The flag first: when the pipe wakes us, it is set.
        signal_hook::flag::register(SIGTERM, Arc::clone(&term))?;
        for signal in [SIGTERM, SIGCHLD] {
            signal_hook::low_level::pipe::register(signal, notify.try_clone()?)?;
        }
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2] {
            signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
        }
        Ok(Self { wake, term })
    }

    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.wake, PollFlags::IN)
    }

    /// Empties the pipe; true when SIGTERM came since the last call.
    pub(crate) fn take_term(&self) -> bool {
        let mut bytes = [0u8; 64];
        while matches!((&self.wake).read(&mut bytes), Ok(n) if n > 0) {}
        self.term.swap(false, Ordering::AcqRel)
    }
}
