//! One batch against one open transaction. The caller wraps it in a savepoint, so that it is there whole or not at all.

use crate::{Batch, Document, JournalError};
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Why a batch was not applied: its own reason, or SQLite's.
pub(crate) enum Fault {
    /// The batch does not fit the state of its stream; the transaction is untouched by that.
    Own(JournalError),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}
impl From<rusqlite::Error> for Fault {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sqlite(e)
    }
}

/// Applies the batch; the answer is the stream's last sequence number afterwards.
pub(crate) fn apply(db: &Connection, batch: &Batch, now: Timestamp) -> Result<u64, Fault> {
    let at = format!("{now:.6}");
    let mut last = last(db, &batch.stream)?;
    if let Some(expected) = batch.expect
        && expected != last
    {
        return Err(Fault::Own(JournalError::Conflict { stream: batch.stream.clone(), expected, found: last }));
    }
    if !batch.events.is_empty() {
        let mut insert =
            db.prepare_cached("INSERT INTO events (stream, seq, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for event in &batch.events {
            last += 1;
            let happened = event.at.map_or_else(|| at.clone(), |t| format!("{t:.6}"));
            insert.execute(params![batch.stream, last, happened, event.kind, event.body])?;
        }
    }
    for document in &batch.documents {
        put(db, document, &at)?;
    }
    for (collection, key) in &batch.remove {
        db.prepare_cached("DELETE FROM documents WHERE collection = ?1 AND key = ?2")?.execute([collection, key])?;
    }
    Ok(last)
}

/// The last sequence number of a stream; 0 for one without events.
pub(crate) fn last(db: &Connection, stream: &str) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT coalesce(max(seq), 0) FROM events WHERE stream = ?1")?
        .query_row([stream], |row| row.get(0))
}

fn put(db: &Connection, document: &Document, at: &str) -> rusqlite::Result<()> {
    let Document { collection, key, group, active, body } = document;
    db.prepare_cached(
        "INSERT INTO documents (collection, key, grouping, active, body, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (collection, key) DO UPDATE SET grouping = excluded.grouping, active = excluded.active,
           body = excluded.body, updated_at = excluded.updated_at",
    )?
    .execute(params![collection, key, group, active, body, at])
    .map(|_| ())
}
