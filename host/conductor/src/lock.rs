//! One host per state directory: a lock that names its holder.
//!
//! The kernel's lock is the truth: it ends with the process that holds it. The text inside only tells who that is.

use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Held as long as the host lives.
pub(crate) struct StateLock {
    _file: File,
}

/// Why the state directory cannot be taken.
pub(crate) enum LockFault {
    /// Somebody holds it; the text says who.
    Held(String),
    /// The file cannot be used.
    Io(std::io::Error),
}

impl StateLock {
    /// Takes it, and writes who holds it now.
    pub(crate) fn take(state: &Path, address: &str) -> Result<Self, LockFault> {
        let path = state.join("lock");
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(LockFault::Io)?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(LockFault::Io(error.into()));
            }
            let mut holder = String::new();
            let _ = (&mut file).take(512).read_to_string(&mut holder);
            return Err(LockFault::Held(holder.trim().to_owned()));
        }
        let text = format!("process {} at http://{address}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(LockFault::Io)?;
        Ok(Self { _file: file })
    }
}
