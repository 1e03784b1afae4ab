//! How much of a source is looked at before it is refused, and what the owner said about it.
//! Every bound is checked while the source is being read, never afterwards, so an endless source costs a bounded amount.

use model::SourceKind;

/// The bounds of one source. A [`Tree`](crate::Tree) that meets one is truncated and says so; a snapshot is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Files, directories and links that are not ignored. Default 200,000: ten times a large application, and a
    /// listing of that size still takes a fraction of a second.
    pub max_entries: u64,
    /// Bytes of all files of a snapshot together. Default 4 GiB: a 2 GB model or video fits, a disk image does not.
    pub max_total: u64,
    /// Directories above an entry, counted from the root of the source. Default 64.
    pub max_depth: u32,
    /// Bytes of a path relative to the root. Default 1,024: with the build directory in front it stays under the
    /// kernel's 4,096.
    pub max_path_len: u32,
    /// Names that one directory may hold, ignored ones included, because they must be read to be ignored.
    /// Default 1,000,000.
    pub max_names_per_directory: u64,
    /// Bytes of one `.gitignore` or `.shipwayignore`. Default 256 KiB.
    pub max_ignore_file: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            max_entries: 200_000,
            max_total: 4 << 30,
            max_depth: 64,
            max_path_len: 1_024,
            max_names_per_directory: 1_000_000,
            max_ignore_file: 256 << 10,
        }
    }
}

/// What to take of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOptions {
    /// The app's directory inside the source, `/` between parts. `None`, an empty text and `.` are the root.
    pub base: Option<String>,
    /// More ignore patterns, in the syntax of `.gitignore`, anchored at the root; they win over every ignore file.
    pub ignore: Vec<String>,
    /// `LocalDirectory` honours ignore files and skips what is never source; `StaticDirectory` takes all but `.git`
    /// and what a `.shipwayignore` names, because a built site is usually listed in `.gitignore`.
    pub kind: SourceKind,
    /// The bounds.
    pub bounds: Bounds,
}

impl Default for TakeOptions {
    fn default() -> Self {
        Self { base: None, ignore: Vec::new(), kind: SourceKind::LocalDirectory, bounds: Bounds::default() }
    }
}
