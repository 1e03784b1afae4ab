//! Ctrl-C and its relatives: the first is a wish that the command looks at, the second ends the process at once.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a waiting command looks.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);

/// Was the command asked to end?
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on: INT, TERM and HUP are wishes; a second INT or TERM ends the process with 128 + its number.
    pub(crate) fn listen() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Registered first, so it sees the flag as the signal before left it.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        }
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// Was it asked to end?
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits until it is.
    pub(crate) fn wait(&self) {
        while !self.asked() {
            std::thread::sleep(GLANCE);
        }
    }
}
