//! What a plugin may see of a source: a small read-only trait, so that the sandbox knows no file system at all.

/// The read-only tree below one base directory. Paths are relative to it, `/` between parts, no `.` or `..` parts; the
/// empty path is the base directory itself. The sandbox normalises and bounds every path before it asks.
///
/// The answers must not change while a call runs: two reads of one path give the same bytes.
pub trait SourceView: Send + Sync {
    /// The content of a directory, sorted by name.
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault>;
    /// What lies at a path; `None` when nothing does.
    fn stat(&self, path: &str) -> Result<Option<Entry>, ReadFault>;
    /// At most `max` bytes from the beginning of a file.
    fn read(&self, path: &str, max: u64) -> Result<Read, ReadFault>;
    /// Files whose path matches a glob (`*` stays inside a part), sorted, at most `limit`.
    fn find(&self, glob: &str, limit: usize) -> Result<Vec<String>, ReadFault>;
    /// Was a bound hit when the tree was listed, so that there may be more than is seen?
    fn truncated(&self) -> bool {
        false
    }
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// In bytes; 0 for what is not a file.
    pub size: u64,
}

/// What something in a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    File,
    Directory,
    Symlink,
    Other,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// At most as many as were asked for.
    pub bytes: Vec<u8>,
    /// That was the whole file.
    pub whole: bool,
}

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ReadFault {
    NotFound,
    NotAFile,
    NotADirectory,
    TooLarge,
    BadPath,
}
