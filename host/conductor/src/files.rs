//! Reading a small text file that somebody else put there.

use rustix::fs::{Mode, OFlags};
use std::io::Read;
use std::path::Path;

/// A regular file's text; `None` when there is no such file. A FIFO or a device in its place is an error, not a hang,
/// and a file longer than `max` bytes is an error, not a part of it.
pub(crate) fn text(path: &Path, max: u64) -> Result<Option<String>, String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => std::fs::File::from(fd),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if !file.metadata().map_err(|e| e.to_string())?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut text = String::new();
    file.take(max + 1).read_to_string(&mut text).map_err(|e| e.to_string())?;
    if text.len() as u64 > max {
        return Err(format!("it is longer than {max} bytes"));
    }
    Ok(Some(text))
}
