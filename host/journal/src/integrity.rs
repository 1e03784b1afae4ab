//! The check at open. SQLite's `quick_check` reads every page once (structure, not index contents), which on a large
//! file takes longer than a restart may: it is stopped after a limit, and then says so instead of claiming a result.

use crate::JournalError;
use rusqlite::{Connection, ErrorCode};
use std::{path::Path, sync::mpsc, time::Duration};

/// What the check at open found. Damage is an error of the opening, not a value of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// Every page was read and is sound.
    Sound,
    /// No damage was found before the time ran out; the rest of the file was not looked at.
    NotFinished {
        /// The time that was given.
        after: Duration,
    },
}

/// Runs `quick_check` for at most `limit`.
pub(crate) fn check(path: &Path, db: &Connection, limit: Duration) -> Result<Integrity, JournalError> {
    let handle = db.get_interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    let watchman = std::thread::Builder::new()
        .name("journal-check".into())
        .spawn(move || {
            // Again and again: an interrupt that comes before the statement has begun is forgotten.
            let mut pause = limit;
            while wait.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                handle.interrupt();
                pause = Duration::from_millis(1);
            }
        })
        .map_err(|e| JournalError::Internal { what: format!("no thread for the integrity check: {e}") })?;
    let answer = db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    drop(done);
    // Joined before the connection is used again, so that a late interrupt cannot hit another statement.
    let _ = watchman.join();
    match answer {
        Ok(text) if text == "ok" => Ok(Integrity::Sound),
        Ok(what) => Err(JournalError::Damaged { path: path.to_owned(), what }),
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(Integrity::NotFinished { after: limit })
        }
        Err(e) => Err(JournalError::sqlite(path, &e)),
    }
}
