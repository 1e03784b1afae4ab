//! Files that are either the old ones or the new ones, whenever the host is killed.

use serde::{Serialize, de::DeserializeOwned};
use std::{fs, io, io::Write, path::Path};

/// Writes a whole file: into a neighbour, to the disk, then over the name. Survives a loss of power.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = neighbour(path)?;
    let mut file = fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    match path.parent() {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The same without waiting for the disk: readers see the old or the new file, a loss of power may lose it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = neighbour(path)?;
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}

fn neighbour(path: &Path) -> io::Result<std::path::PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = name.to_os_string();
    temporary.push(".new");
    Ok(path.with_file_name(temporary))
}

/// A value as JSON with a line end.
pub(crate) fn json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A value from a JSON file; `None` when it is missing, unreadable or damaged, which all mean the same to a caller
/// that only asks what is known.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
