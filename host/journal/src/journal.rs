//! The journal as others see it: append, read, wait.

use crate::{
    Batch, Filter, Integrity, JournalError, Stored, StoredDocument, file,
    readers::Readers,
    watch::Watch,
    write,
    writer::{self, Job, Stopped, Writer},
};
use jiff::Timestamp;
use rusqlite::{Row, types::Type, types::Value};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// A page of events ends after so many bytes of bodies, even when `limit` would allow more.
const PAGE_BYTES: usize = 8 << 20;

/// What can be chosen when a journal is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long the integrity check at open may take. Default 2 s: about 1 GB from a warm cache, and well inside the
    /// 5 s that a host has to be back after a crash.
    pub check_for: Duration,
    /// The journal never grows beyond so many pages of 4 KiB; an append that would is [`JournalError::Full`].
    /// Default: as far as the disk goes.
    pub max_pages: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { check_for: Duration::from_secs(2), max_pages: None }
    }
}

/// An open journal. Share it in an `Arc`; every method may be called from any thread and blocks.
///
/// That nobody else writes to the same file is the business of the host's lock on its state directory.
pub struct Journal {
    path: PathBuf,
    readers: Readers,
    watch: Arc<Watch>,
    stopped: Stopped,
    integrity: Integrity,
    /// Both are `Some` until the journal is dropped.
    jobs: Option<mpsc::SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl Journal {
    /// Opens `DIR/journal.db`, or makes it (and `DIR`) when there is none.
    ///
    /// # Errors
    /// Damaged, foreign, of a newer schema, or not accessible. The file is left as it is in each case.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::open_with(dir, &Settings::default())
    }

    /// The same, with settings.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_with(dir: impl AsRef<Path>, settings: &Settings) -> Result<Self, JournalError> {
        let (path, db, integrity) = file::open(dir.as_ref(), settings)?;
        let (jobs, queue) = mpsc::sync_channel(writer::QUEUE);
        let (watch, stopped) = (Arc::new(Watch::default()), Stopped::default());
        let writer = Writer { path: path.clone(), db, jobs: queue, watch: watch.clone(), stopped: stopped.clone() };
        let writer = std::thread::Builder::new()
            .name("journal-writer".into())
            .spawn(|| writer.run())
            .map_err(|e| JournalError::Internal { what: format!("no thread for the writer: {e}") })?;
        let readers = Readers::new(&path);
        Ok(Self { path, readers, watch, stopped, integrity, jobs: Some(jobs), writer: Some(writer) })
    }

    /// What the check at open found.
    #[must_use]
    pub const fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why the journal takes no more writes; `None` while it does. After a failed sync nobody can say what the disk
    /// holds, so the host has to be restarted: opening the journal again finds out.
    #[must_use]
    pub fn fault(&self) -> Option<JournalError> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes a batch and returns the last sequence number of its stream. It is durable when this returns.
    ///
    /// # Errors
    /// Nothing of the batch was written, with one exception: when the disk fails in the middle of a sync
    /// ([`Journal::fault`] is then set), it may or may not be there after the journal is opened again.
    pub fn append(&self, batch: Batch) -> Result<u64, JournalError> {
        batch.check()?;
        let (answer, wait) = mpsc::sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(JournalError::Closed)?;
        jobs.send(Job { batch, answer }).map_err(|_| JournalError::Closed)?;
        wait.recv().map_err(|_| JournalError::Internal { what: "the writer ended without an answer".into() })?
    }

    /// Events after `after`, in order: at most `limit`, and fewer when their bodies are large. The end is reached
    /// when nothing comes.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub fn read(&self, stream: &str, after: u64, limit: u32) -> Result<Vec<Stored>, JournalError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.readers.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT seq, at, kind, body FROM events WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let mut rows = query.query(rusqlite::params![stream, after, limit])?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let event = Stored { seq: row.get(0)?, at: time(row, 1)?, kind: row.get(2)?, body: row.get(3)? };
                bytes += event.body.len();
                page.push(event);
                if bytes >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }

    /// The last sequence number of a stream; 0 when it has no events.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub fn last(&self, stream: &str) -> Result<u64, JournalError> {
        self.readers.with(|db| write::last(db, stream))
    }

    /// Blocks until the stream has something after `after`, at most for `timeout`. True: it has.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub fn wait(&self, stream: &str, after: u64, timeout: Duration) -> Result<bool, JournalError> {
        let waiter = self.watch.register(stream);
        Ok(self.last(stream)? > after || waiter.wait(after, timeout))
    }

    /// One document.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub fn document(&self, collection: &str, key: &str) -> Result<Option<StoredDocument>, JournalError> {
        self.readers.with(|db| {
            let mut query = db.prepare_cached(
                "SELECT key, grouping, active, body, updated_at FROM documents WHERE collection = ?1 AND key = ?2",
            )?;
            let mut rows = query.query([collection, key])?;
            rows.next()?.map(stored).transpose()
        })
    }

    /// Documents of a collection, the newest first. Newest by their first writing: an update does not move one.
    ///
    /// # Errors
    /// [`JournalError::NoSuchDocument`] when `filter.before` names none; else the file cannot be read.
    pub fn documents(&self, collection: &str, filter: &Filter) -> Result<Vec<StoredDocument>, JournalError> {
        let found = self.readers.with(|db| {
            let mut sql =
                String::from("SELECT key, grouping, active, body, updated_at FROM documents WHERE collection = ?");
            let mut values = vec![Value::from(collection.to_owned())];
            if let Some(group) = &filter.group {
                sql.push_str(" AND grouping = ?");
                values.push(group.clone().into());
            }
            if let Some(active) = filter.active {
                sql.push_str(" AND active = ?");
                values.push(active.into());
            }
            if let Some(key) = &filter.before {
                let mut cursor =
                    db.prepare_cached("SELECT position FROM documents WHERE collection = ?1 AND key = ?2")?;
                let mut rows = cursor.query([collection, key])?;
                let Some(row) = rows.next()? else { return Ok(None) };
                sql.push_str(" AND position < ?");
                values.push(Value::Integer(row.get(0)?));
            }
            sql.push_str(" ORDER BY position DESC LIMIT ?");
            values.push(filter.limit.map_or(-1, i64::from).into());
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map(rusqlite::params_from_iter(values), stored)?;
            rows.collect::<rusqlite::Result<Vec<_>>>().map(Some)
        })?;
        found.ok_or_else(|| JournalError::NoSuchDocument {
            collection: collection.to_owned(),
            key: filter.before.clone().unwrap_or_default(),
        })
    }
}

impl Drop for Journal {
    /// Everything that was queued is still written. Readers close first: the last connection to close is then the
    /// writer's, which leaves one whole file behind.
    fn drop(&mut self) {
        self.readers.close();
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredDocument> {
    Ok(StoredDocument {
        key: row.get(0)?,
        group: row.get(1)?,
        active: row.get(2)?,
        body: row.get(3)?,
        updated_at: time(row, 4)?,
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
}
