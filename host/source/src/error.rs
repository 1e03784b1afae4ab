//! Why a source could not be taken. Each error names the input it is about: a path in the source, a bound, a directory.

use model::{Code, Digest};

/// What went wrong with a source, a snapshot or the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A path is missing, cannot be read, or is something that a deployment cannot carry.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// As given for the root, else relative to the root; bytes that cannot be shown are escaped.
        path: String,
        /// In words for a person.
        why: String,
    },
    /// A symbolic link that a snapshot cannot keep.
    #[error("the symbolic link {path} -> {target} is refused: {why}")]
    Link {
        /// Relative to the root.
        path: String,
        /// What the link says.
        target: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A file that was written to each time it was read.
    #[error("{path} changed while it was being read; try again when nothing writes to the source")]
    Changed {
        /// Relative to the root.
        path: String,
    },
    /// A bound was met.
    #[error("the source is too large at {path}: {found} {unit}, and the bound {bound} is {limit}")]
    TooLarge {
        /// Where it was met, relative to the root.
        path: String,
        /// The field of [`Bounds`](crate::Bounds).
        bound: &'static str,
        /// What is counted.
        unit: &'static str,
        /// The bound's value.
        limit: u64,
        /// What was seen up to there: at least this much.
        found: u64,
    },
    /// The base directory is not there.
    #[error("the base directory {base} {why}{}", there_are(.near))]
    BaseMissing {
        /// As asked for.
        base: String,
        /// In words for a person.
        why: String,
        /// Directories that do exist beside it.
        near: Vec<String>,
    },
    /// This crate does not take sources of that kind.
    #[error("a source of kind {kind} cannot be taken from a folder")]
    Kind {
        /// The kind.
        kind: &'static str,
    },
    /// The store's own directory cannot be used.
    #[error("the store cannot use {path}: {why}")]
    Store {
        /// A path of the store, or the destination of a materialisation.
        path: String,
        /// In words for a person.
        why: String,
        /// Space, inodes or quota ran out.
        full: bool,
    },
    /// There is no snapshot of that digest.
    #[error("there is no snapshot {digest}")]
    Missing {
        /// The digest that was asked for.
        digest: Digest,
    },
    /// The store's content is not what its name says.
    #[error("{path} in the store is damaged: {why}")]
    Damaged {
        /// A path of the store.
        path: String,
        /// In words for a person.
        why: String,
    },
}

impl SourceError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } | Self::Link { .. } | Self::Changed { .. } | Self::Kind { .. } => {
                Code::SourceUnreadable
            }
            Self::TooLarge { .. } => Code::SourceTooLarge,
            Self::BaseMissing { .. } => Code::BaseDirectoryMissing,
            Self::Store { full: true, .. } => Code::ResourceExhausted,
            Self::Store { .. } | Self::Damaged { .. } => Code::StateUnusable,
            Self::Missing { .. } => Code::NotFound,
        }
    }

    /// The input that the failure is about: a path, a base directory, a digest.
    #[must_use]
    pub fn input(&self) -> String {
        match self {
            Self::Unreadable { path, .. }
            | Self::Link { path, .. }
            | Self::Changed { path }
            | Self::TooLarge { path, .. }
            | Self::Store { path, .. }
            | Self::Damaged { path, .. } => path.clone(),
            Self::BaseMissing { base, .. } => base.clone(),
            Self::Kind { kind } => (*kind).to_owned(),
            Self::Missing { digest } => digest.to_string(),
        }
    }

    pub(crate) fn unreadable(path: &str, why: impl ToString) -> Self {
        Self::Unreadable { path: shown(path.as_bytes()), why: why.to_string() }
    }

    /// A failed system call on a path of the source.
    pub(crate) fn source(path: &str, error: &std::io::Error) -> Self {
        Self::unreadable(path, plain(error))
    }

    /// A failed system call on a path of the store.
    pub(crate) fn store(path: &std::path::Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as E;
        let full = matches!(error.kind(), E::StorageFull | E::QuotaExceeded);
        Self::Store { path: path.display().to_string(), why: plain(error), full }
    }
}

/// The system's words without the number that Rust puts behind them.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn there_are(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; there are: {}", names.join(", ")) }
}

/// A name as a person can read it on a terminal: what is not UTF-8 and what controls a terminal is escaped.
/// `.` for the root itself.
pub(crate) fn shown(name: &[u8]) -> String {
    if name.is_empty() {
        return ".".to_owned();
    }
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Error, path::Path};

    #[test]
    fn a_full_disk_is_the_operators_matter_and_a_broken_store_too_but_not_the_same() {
        let code = |errno: rustix::io::Errno| SourceError::store(Path::new("b"), &Error::from(errno)).code();
        assert_eq!(code(rustix::io::Errno::NOSPC), Code::ResourceExhausted);
        assert_eq!(code(rustix::io::Errno::DQUOT), Code::ResourceExhausted);
        assert_eq!(code(rustix::io::Errno::IO), Code::StateUnusable);
    }

    #[test]
    fn a_name_is_shown_without_what_a_terminal_would_obey() {
        assert_eq!(shown("größe".as_bytes()), "größe");
        assert_eq!(shown(b"a\x1b[31m\xff\n"), "a\\u{1b}[31m\\xff\\n");
    }
}
