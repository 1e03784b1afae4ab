//! What a reader of a [`Tree`](crate::Tree) is told: entries, bytes, and why not.

/// What something in a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, wherever it points.
    Symlink,
    /// A FIFO, a socket, a device: listed, never opened.
    Other,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Without its directory.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file; 0 for everything else.
    pub size: u64,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// At most as many bytes as were asked for.
    pub bytes: Vec<u8>,
    /// False: the file goes on.
    pub whole: bool,
}

/// The most that one read may ask for: 64 MiB.
pub const MAX_READ: u64 = 64 << 20;

/// Why a tree does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// Nothing of that name is part of the tree. An ignored file is not.
    #[error("not found")]
    NotFound,
    /// A directory, a special file, or a link that leaves the tree.
    #[error("not a file")]
    NotAFile,
    /// A file where a directory was expected.
    #[error("not a directory")]
    NotADirectory,
    /// More than [`MAX_READ`] was asked for in one read.
    #[error("one read is at most {MAX_READ} bytes")]
    TooLarge,
    /// Not a relative path with `/` between its parts, or not a glob.
    #[error("not a path relative to the base directory")]
    BadPath,
    /// The file is there and the system or the store does not give its bytes.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}
