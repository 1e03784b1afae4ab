//! A few read-only connections, lent to one thread at a time. In WAL mode they neither wait for the writer nor hold
//! it up, and a read that begins after an append returned sees it.

use crate::{JournalError, file};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Connections at most; each costs a file descriptor and up to 2 MiB of cache.
const MAX: usize = 4;

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    open: usize,
}

pub(crate) struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

/// A borrowed connection; dropping it gives it back, also when the borrower panics.
struct Loan<'a> {
    readers: &'a Readers,
    db: Option<Connection>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), pool: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs one query.
    pub(crate) fn with<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let mut loan = self.borrow();
        let db = match loan.db.take() {
            Some(db) => db,
            None => file::reader(&self.path)?,
        };
        query(loan.db.insert(db)).map_err(|e| JournalError::sqlite(&self.path, &e))
    }

    /// Closes what is idle; for the end of the journal, when nobody borrows any more.
    pub(crate) fn close(&self) {
        let mut pool = self.lock();
        pool.open -= pool.idle.len();
        pool.idle.clear();
    }

    fn borrow(&self) -> Loan<'_> {
        let mut pool = self.lock();
        loop {
            if let Some(db) = pool.idle.pop() {
                return Loan { readers: self, db: Some(db) };
            }
            if pool.open < MAX {
                pool.open += 1;
                return Loan { readers: self, db: None };
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        match self.db.take() {
            Some(db) => pool.idle.push(db),
            None => pool.open -= 1,
        }
        self.readers.returned.notify_one();
    }
}
