//! The schema and its history. Forward only: each migration is one transaction that also writes `user_version`, so a
//! kill in between leaves the older version whole. A file of a newer version is refused, not guessed at.

use crate::JournalError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `SHPW` in the SQLite header: `file journal.db` shows it, and nobody else's database is taken for ours.
pub(crate) const APPLICATION_ID: i64 = 0x5348_5057;

/// Migration `n` (from 0) brings a file from version `n` to `n + 1`. Never edit one that was released: add another.
const MIGRATIONS: &[&str] = &[include_str!("schema/1.sql")];

/// The version that this build writes.
pub(crate) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Is the file ours, and of a version that this build knows? Reads the header only.
pub(crate) fn recognise(path: &Path, db: &Connection) -> Result<(), JournalError> {
    let pragma = |name: &str| -> Result<i64, JournalError> {
        db.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| JournalError::sqlite(path, &e))
    };
    let application = pragma("application_id")?;
    if application != APPLICATION_ID {
        let what = format!("it is a SQLite database with application id {application:#x}, not {APPLICATION_ID:#x}");
        return Err(JournalError::Foreign { path: path.to_owned(), what });
    }
    match pragma("user_version")? {
        found if found > VERSION => Err(JournalError::Newer { path: path.to_owned(), found, known: VERSION }),
        found if found < 1 => {
            let what = format!("its schema version is {found}; the first one is 1");
            Err(JournalError::Damaged { path: path.to_owned(), what })
        }
        _ => Ok(()),
    }
}

/// Brings the file to [`VERSION`].
pub(crate) fn run(path: &Path, db: &mut Connection) -> Result<(), JournalError> {
    let failed = |e: rusqlite::Error| JournalError::sqlite(path, &e);
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    for next in version..VERSION {
        let sql = usize::try_from(next).ok().and_then(|n| MIGRATIONS.get(n)).copied().unwrap_or_default();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        tx.execute_batch(sql).map_err(failed)?;
        tx.pragma_update(None, "user_version", next + 1).map_err(failed)?;
        tx.commit().map_err(failed)?;
    }
    Ok(())
}
