//! A plugin from a file: read with a bound, compiled, inspected.

use crate::inspect::linked;
use crate::{LoadError, Plugin, Sandbox};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads and links the component in a file.
pub(super) fn load(sandbox: &Sandbox, path: &Path) -> Result<Plugin, LoadError> {
    let bytes = read(path, sandbox.limits().component)?;
    let (info, contract) = linked(sandbox, &bytes, &path.display().to_string())?;
    Ok(Plugin::linked(sandbox, info, contract))
}

/// A regular file of at most `limit` bytes. Anything else would be a way to make us wait (a pipe) or swell (a device).
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let unreadable = |why: String| LoadError::Unreadable { why };
    let found = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
    if !found.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    if found.len() > limit {
        return Err(LoadError::TooLarge { size: found.len(), limit });
    }
    let mut bytes = Vec::new();
    // The file may have grown since: one byte more than allowed is enough to know.
    File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|e| unreadable(e.to_string()))?;
    Ok(bytes)
}
