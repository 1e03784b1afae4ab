//! The lock that says "my supervisor lives".
//!
//! A POSIX record lock, because it can be *asked about* without being taken (an observer that tries a flock can keep
//! a supervisor from starting), the kernel names its holder's pid, no child inherits it, and it is gone the moment
//! its holder is. Its one trap, that closing *any* descriptor of the file releases it, is the reason why the
//! supervisor opens the file once, here, and nowhere else.

use rustix::{
    fs::{FlockOperation, fcntl_lock},
    process::{Flock, FlockOffsetType, FlockType, fcntl_getlk},
};
use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Takes the lock until the process ends; `None` when another process has it. Keep the file open.
pub(crate) fn acquire(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// The pid of the process that holds the lock. `None`: nobody does, or the file is not there.
pub(crate) fn holder(path: &Path) -> Option<i32> {
    let file = File::open(path).ok()?;
    let question =
        Flock { start: 0, length: 0, pid: None, typ: FlockType::WriteLock, offset_type: FlockOffsetType::Set };
    let lock = fcntl_getlk(&file, &question).ok()??;
    Some(lock.pid?.as_raw_nonzero().get())
}
