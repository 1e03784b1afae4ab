//! What a file was made from, as one digest: so that what did not change is not made again.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// A digest in the making. Paths count by their names below the root given, so that a clone elsewhere agrees.
#[derive(Clone, Default)]
pub(crate) struct Made(Sha256);

impl Made {
    /// From a text, such as a compiler's version.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes());
        self
    }

    /// From a file, or from every file of a folder except those below a folder with one of these names.
    pub(crate) fn tree(&mut self, root: &Path, path: &Path, without: &[&str]) -> Result<&mut Self> {
        if path.is_file() {
            let content = fs::read(path).with_context(|| path.display().to_string())?;
            self.text(&path.strip_prefix(root).unwrap_or(path).to_string_lossy());
            self.bytes(&content);
            return Ok(self);
        }
        let mut entries: Vec<PathBuf> = vec![];
        for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
            entries.push(entry?.path());
        }
        entries.sort();
        for entry in entries {
            let skip = entry.is_dir() && entry.file_name().is_some_and(|n| without.iter().any(|w| n == *w));
            if !skip {
                self.tree(root, &entry, without)?;
            }
        }
        Ok(self)
    }

    /// The digest, as hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        hex::encode(self.0.clone().finalize())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// Does the stamp say that the files were made from this, and are they all there?
pub(crate) fn fresh(stamp: &Path, digest: &str, files: &[&Path]) -> bool {
    files.iter().all(|f| f.is_file()) && fs::read_to_string(stamp).is_ok_and(|text| text == digest)
}

/// Writes a stamp, last of all.
pub(crate) fn stamp(stamp: &Path, digest: &str) -> Result<()> {
    replace(stamp, digest.as_bytes())
}

/// Writes a file as a whole or not at all: two builds may run at the same time.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let say = || format!("cannot write {}", path.display());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(say)?;
    }
    let part = path.with_extension(format!("part-{}", std::process::id()));
    fs::write(&part, content).with_context(say)?;
    fs::rename(&part, path).with_context(say)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(dir: &Path) -> String {
        Made::default().tree(dir, dir, &["cases"]).unwrap().finish()
    }
    #[test]
    fn a_digest_changes_with_names_and_contents_and_not_with_what_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "1").unwrap();
        let first = digest(dir.path());
        fs::create_dir(at("cases")).unwrap();
        fs::write(at("cases/x"), "1").unwrap();
        assert_eq!(digest(dir.path()), first);
        fs::write(at("a"), "2").unwrap();
        let second = digest(dir.path());
        assert_ne!(second, first);
        fs::rename(at("a"), at("b")).unwrap();
        assert_ne!(digest(dir.path()), second);
    }
    #[test]
    fn a_stamp_is_fresh_only_for_its_digest_and_while_the_files_are_there() {
        let dir = tempfile::tempdir().unwrap();
        let (mark, file) = (dir.path().join("s/x"), dir.path().join("x.wasm"));
        stamp(&mark, "d1").unwrap();
        assert!(!fresh(&mark, "d1", &[&file]));
        fs::write(&file, "").unwrap();
        assert!(fresh(&mark, "d1", &[&file]));
        assert!(!fresh(&mark, "d2", &[&file]));
    }
}
