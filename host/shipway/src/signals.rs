//! Ctrl-C and its relatives: the first is a wish that the command looks at, the second ends the process at once.
//!
//! A thread of its own waits for them, so that a host that has nothing to do sleeps, and so that the second one works
//! whatever the rest of the process is busy with.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a command that waits for something else looks.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);

/// Was the command asked to end?
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    asked: Mutex<bool>,
    came: Condvar,
}

impl Interrupt {
    /// From now on INT, TERM and HUP are wishes; a second INT or TERM ends the process with 128 + its number. HUP
    /// stays without effect where it was (`nohup`).
    pub(crate) fn listen() -> io::Result<Self> {
        let mut wanted = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let mut signals = Signals::new(wanted)?;
        let wish = Arc::new(Wish::default());
        let heard = Arc::clone(&wish);
        std::thread::Builder::new().name("shipway-signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                let mut asked = heard.asked.lock().unwrap_or_else(PoisonError::into_inner);
                if *asked && signal != SIGHUP {
                    low_level::exit(128 + signal);
                }
                *asked = true;
                heard.came.notify_all();
            }
        })?;
        Ok(Self(wish))
    }

    /// Was it asked to end?
    pub(crate) fn asked(&self) -> bool {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until it is.
    pub(crate) fn wait(&self) {
        let asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let _asked = self.0.came.wait_while(asked, |asked| !*asked).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Was the process started with this signal ignored? Read from the kernel's own word, so that nothing unsafe is needed.
fn is_ignored(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}
