//! What can go wrong with the journal, with enough text to act on. Nothing here ever led to a file being deleted.

use model::Code;
use rusqlite::{ErrorCode, ffi};
use std::path::{Path, PathBuf};

/// Why the journal could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The file, or a part of it, is not what was written.
    #[error(
        "the journal {path} is damaged: {what}. Nothing was changed or deleted. Stop the host and copy {path}, \
         {path}-wal and {path}-shm away first; then restore them from a backup, or save what can still be read with \
         `sqlite3 {path} .recover`. To begin again with an empty journal, move the three files away: apps that run \
         keep running, but the host no longer knows them", path = path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite or a check of ours says.
        what: String,
    },
    /// A file is in the journal's place that Shipway did not make.
    #[error(
        "{path} is not a journal of Shipway: {what}. It was left as it is: move it away, or choose another state \
         directory with --state", path = path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        what: String,
    },
    /// A newer Shipway wrote it; reading it with this one could lose what it does not understand.
    #[error(
        "the journal {path} has schema version {found}, this shipway knows up to {known}: a newer shipway wrote it. \
         Run that version, or upgrade this one", path = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
        /// The newest that this build knows.
        known: i64,
    },
    /// The file system or a lock does not let us.
    #[error("the journal {path} cannot be used: {what}", path = path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says, and what to look at.
        what: String,
    },
    /// No space, no inodes, or a quota. Nothing of the batch was written; it can be tried again.
    #[error("no space left for the journal {path}: {what}. Free disk space or inodes there", path = path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system says.
        what: String,
    },
    /// The stream has moved on since the caller looked.
    #[error("stream {stream} is at {found}, not at {expected} as expected")]
    Conflict {
        /// Which stream.
        stream: String,
        /// What the caller knew.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// The document that a listing should go on from is not there.
    #[error("there is no {key:?} in {collection}")]
    NoSuchDocument {
        /// Where it was looked for.
        collection: String,
        /// What was asked for.
        key: String,
    },
    /// A batch breaks a bound of the journal: a fault of the caller.
    #[error("the journal does not take this: {what}")]
    Refused {
        /// Which bound.
        what: String,
    },
    /// An entry does not fit the type that the caller reads it as.
    #[error("{what} in the journal cannot be read: {why}. A newer shipway may have written it")]
    Unreadable {
        /// Which entry.
        what: String,
        /// Why.
        why: String,
    },
    /// The journal is being closed.
    #[error("the journal is closed")]
    Closed,
    /// A fault of this crate.
    #[error("the journal failed in a way that should be impossible: {what}")]
    Internal {
        /// What happened.
        what: String,
    },
}

impl JournalError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Damaged { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Unusable { .. }
            | Self::Unreadable { .. } => Code::StateUnusable,
            Self::Full { .. } => Code::ResourceExhausted,
            Self::NoSuchDocument { .. } => Code::NotFound,
            Self::Conflict { .. } | Self::Refused { .. } | Self::Closed | Self::Internal { .. } => Code::HostInternal,
        }
    }

    /// From what SQLite says about the file at `path`.
    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let what = error.to_string();
        let Some(code) = sqlite_code(error) else {
            use rusqlite::Error as E;
            return match error {
                E::FromSqlConversionFailure(..)
                | E::IntegralValueOutOfRange(..)
                | E::InvalidColumnType(..)
                | E::Utf8Error(..) => Self::Damaged { path, what },
                _ => Self::Internal { what },
            };
        };
        match code.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { path, what },
            ErrorCode::DiskFull => Self::Full { path, what },
            ErrorCode::SystemIoFailure if out_of_space(&path) && !is_sync(code.extended_code) => {
                Self::Full { path, what }
            }
            ErrorCode::SystemIoFailure => {
                let what = format!("{what}: look at the disk (dmesg) and restart the host");
                Self::Unusable { path, what }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                let what = format!("{what}: another program holds it (a backup, an sqlite3 shell?)");
                Self::Unusable { path, what }
            }
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                let what = format!("{what}: the host's user needs to read and write it and its directory");
                Self::Unusable { path, what }
            }
            _ => Self::Internal { what },
        }
    }

    /// From what the file system says about `path`.
    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        let (path, what) = (path.to_owned(), error.to_string());
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full { path, what },
            _ => Self::Unusable { path, what },
        }
    }
}

/// Does this leave it unknown what the disk holds? Then the journal takes no further writes until it is opened again:
/// a failed fsync may have dropped pages that the next fsync reports as written.
pub(crate) fn is_final(path: &Path, error: &rusqlite::Error) -> bool {
    let Some(code) = sqlite_code(error) else { return false };
    match code.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
        ErrorCode::SystemIoFailure => is_sync(code.extended_code) || !out_of_space(path),
        _ => false,
    }
}

fn sqlite_code(error: &rusqlite::Error) -> Option<ffi::Error> {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => Some(*code),
        rusqlite::Error::SqlInputError { error, .. } => Some(*error),
        _ => None,
    }
}

const fn is_sync(extended: i32) -> bool {
    matches!(extended, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
}

/// SQLite reports some writes without space (of the shared index, of a quota) as plain I/O errors: ask the system.
fn out_of_space(path: &Path) -> bool {
    const RESERVE: u64 = 1 << 20;
    let dir = path.parent().unwrap_or(path);
    rustix::fs::statvfs(dir)
        .is_ok_and(|s| s.f_bavail.saturating_mul(s.f_frsize) < RESERVE || (s.f_files > 0 && s.f_favail == 0))
}
