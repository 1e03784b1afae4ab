//! What an earlier look at the same folder found: file → times, inode, digest. A file that looks the same is not read
//! again, which makes the second snapshot of a folder as cheap as listing it.
//!
//! Trusted only where it cannot be wrong: a file whose change time is so near to the look that it could have been
//! written once more within the same tick of the file system's clock is not remembered (git calls it racy). The change
//! time decides because, unlike the modification time, no program can set it back. Losing this costs time and nothing
//! else, so a damaged one is ignored.

use crate::listing::Meta;
use model::Digest;
use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

const MAGIC: &[u8] = b"shipway looks 1\n";
const SEAL: usize = 32;
/// Longer than a tick of the kernel's clock (10 ms at 100 Hz).
const TICK: i64 = 50_000_000;
/// The same for file systems that count in one or two seconds.
const COARSE_TICK: i64 = 2_100_000_000;
const SECOND: i64 = 1_000_000_000;

/// Where the name is, what the file looked like, its digest.
type Row = (Range<usize>, Meta, [u8; 32]);

/// An earlier look. Sorted by path.
#[derive(Default)]
pub(super) struct Memory {
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

/// Where the looks at one folder are kept. `root` is its real path.
pub(super) fn place(dir: &Path, root: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    dir.join(blake3::hash(root.as_os_str().as_bytes()).to_hex().as_str())
}

/// Nanoseconds since the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Can a file with these times, looked at from `started` on, be told from one that was written to afterwards?
pub(super) fn is_settled(meta: &Meta, started: i64) -> bool {
    let coarse = meta.changed % SECOND == 0 && meta.modified % SECOND == 0;
    meta.changed < started.saturating_sub(if coarse { COARSE_TICK } else { TICK })
}

impl Memory {
    /// Empty when there is none or it is damaged.
    pub(super) fn load(path: &Path, most: u64) -> Self {
        let fits = fs::metadata(path).is_ok_and(|m| m.len() <= most);
        let bytes = if fits { fs::read(path).unwrap_or_default() } else { Vec::new() };
        match parse(&bytes) {
            Some(rows) => Self { bytes, rows },
            None => Self::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The content of a file that looks the same as then.
    pub(super) fn recall(&self, path: &str, meta: &Meta) -> Option<Digest> {
        let at = self.rows.binary_search_by(|(name, ..)| self.bytes[name.clone()].cmp(path.as_bytes())).ok()?;
        let (_, then, digest) = &self.rows[at];
        (then == meta).then(|| Digest::from_bytes(digest))
    }
}

/// Remembers files, sorted by path.
pub(super) fn save<'a>(path: &Path, files: impl Iterator<Item = (&'a str, Meta, &'a Digest)>) -> io::Result<()> {
    let mut bytes = MAGIC.to_vec();
    for (name, meta, digest) in files {
        let (Ok(length), Ok(hash)) = (u16::try_from(name.len()), blake3::Hash::from_hex(digest.hex())) else {
            continue;
        };
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&meta.size.to_le_bytes());
        bytes.push(u8::from(meta.executable));
        bytes.extend_from_slice(&meta.modified.to_le_bytes());
        bytes.extend_from_slice(&meta.changed.to_le_bytes());
        bytes.extend_from_slice(&meta.inode.to_le_bytes());
        bytes.extend_from_slice(hash.as_bytes());
    }
    let seal = blake3::hash(&bytes);
    bytes.extend_from_slice(seal.as_bytes());
    super::write_atomically(path, &bytes, false)
}

fn parse(bytes: &[u8]) -> Option<Vec<Row>> {
    let end = bytes.len().checked_sub(SEAL)?;
    if !bytes.starts_with(MAGIC) || blake3::hash(&bytes[..end]).as_bytes() != &bytes[end..] {
        return None;
    }
    let mut reader = Reader { bytes: &bytes[..end], at: MAGIC.len() };
    let mut rows = Vec::new();
    while reader.at < end {
        let length = usize::from(u16::from_le_bytes(reader.next()?));
        let name = reader.at..reader.at.checked_add(length).filter(|to| *to <= end)?;
        reader.at = name.end;
        let size = u64::from_le_bytes(reader.next()?);
        let [executable] = reader.next()?;
        let meta = Meta {
            size,
            executable: executable == 1,
            modified: i64::from_le_bytes(reader.next()?),
            changed: i64::from_le_bytes(reader.next()?),
            inode: u64::from_le_bytes(reader.next()?),
        };
        rows.push((name, meta, reader.next()?));
    }
    Some(rows)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let end = self.at.checked_add(N)?;
        let value = self.bytes.get(self.at..end)?.try_into().ok()?;
        self.at = end;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(changed: i64, modified: i64) -> Meta {
        Meta { size: 3, executable: true, modified, changed, inode: 9 }
    }

    #[test]
    fn what_is_remembered_is_recalled_for_the_same_looks_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m");
        let digest = Digest::from_bytes(&[5; 32]);
        let files = [("a", meta(1, 2), &digest), ("b/ü", meta(3, 4), &digest)];
        save(&path, files.into_iter()).unwrap();
        let memory = Memory::load(&path, 1 << 20);
        assert_eq!(memory.len(), 2);
        assert_eq!(memory.recall("b/ü", &meta(3, 4)), Some(digest));
        assert_eq!(memory.recall("b/ü", &meta(3, 5)), None);
        assert_eq!(memory.recall("c", &meta(3, 4)), None);
        assert_eq!(Memory::load(&path, 10).len(), 0);
    }

    #[test]
    fn a_damaged_memory_is_no_memory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m");
        let digest = Digest::from_bytes(&[5; 32]);
        save(&path, [("a", meta(1, 2), &digest)].into_iter()).unwrap();
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(Memory::load(&path, 1 << 20).len(), 0, "byte {at}");
            fs::write(&path, &good[..at]).unwrap();
            assert_eq!(Memory::load(&path, 1 << 20).len(), 0, "cut at {at}");
        }
    }

    #[test]
    fn a_file_that_was_just_written_is_not_settled() {
        let now = 1_000 * SECOND;
        assert!(is_settled(&meta(now - SECOND + 1, 5), now));
        assert!(!is_settled(&meta(now - 1, 5), now));
        assert!(!is_settled(&meta(now + SECOND, 5), now));
        // Times without a fraction: a clock that may stand still for two seconds.
        assert!(!is_settled(&meta(now - SECOND, 5 * SECOND), now));
        assert!(is_settled(&meta(now - 3 * SECOND, 5 * SECOND), now));
        // An old modification time does not help: it can be set.
        assert!(!is_settled(&meta(now - 1, 1), now));
    }
}
