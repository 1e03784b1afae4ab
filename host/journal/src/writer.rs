//! The one writer. Appends that arrive while a commit is on its way to the disk share the next one, so a burst costs
//! few syncs; each caller is answered only after the commit that holds its batch is durable. A batch that fails is
//! taken back to its savepoint and does not touch the others of its group.

use crate::{
    Batch, JournalError,
    error::is_final,
    watch::Watch,
    write::{self, Fault},
};
use jiff::Timestamp;
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

/// Most batches of one commit, and most bytes: beyond that a commit only gets slower for the first who waits.
const MAX_GROUP: usize = 256;
const MAX_GROUP_BYTES: usize = 8 << 20;
/// Callers that may wait in line before the next one waits to get into it.
pub(crate) const QUEUE: usize = 1024;
/// After so long without an append the write-ahead log is moved into the file, so that no commit has to do it.
const IDLE: Duration = Duration::from_millis(500);

/// One append with the way back to its caller.
pub(crate) struct Job {
    pub(crate) batch: Batch,
    pub(crate) answer: mpsc::SyncSender<Result<u64, JournalError>>,
}

/// Why the journal takes no more writes, once it does not.
pub(crate) type Stopped = Arc<Mutex<Option<JournalError>>>;

pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) db: Connection,
    pub(crate) jobs: mpsc::Receiver<Job>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) stopped: Stopped,
}

/// What a transaction of several batches came to.
enum Group {
    /// Durable; one answer for each batch.
    Committed(Vec<Result<u64, JournalError>>),
    /// Nothing of it was written.
    Lost(JournalError),
}

impl Writer {
    /// Until the journal is dropped.
    pub(crate) fn run(mut self) {
        let mut dirty = false;
        loop {
            let first = if dirty {
                match self.jobs.recv_timeout(IDLE) {
                    Ok(job) => job,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        self.checkpoint("PASSIVE");
                        dirty = false;
                        continue;
                    }
                    Err(mpsc::RecvTimeoutError::Disconnected) => break,
                }
            } else {
                let Ok(job) = self.jobs.recv() else { break };
                job
            };
            let group = self.gather(first);
            self.settle(group);
            dirty = true;
        }
        self.checkpoint("TRUNCATE");
    }

    fn gather(&self, first: Job) -> Vec<Job> {
        let mut bytes = first.batch.weight();
        let mut group = vec![first];
        while group.len() < MAX_GROUP && bytes < MAX_GROUP_BYTES {
            let Ok(job) = self.jobs.try_recv() else { break };
            bytes += job.batch.weight();
            group.push(job);
        }
        group
    }

    /// Commits a group and answers everybody in it.
    fn settle(&mut self, group: Vec<Job>) {
        match self.commit(&group) {
            Group::Committed(answers) => self.answer(group, answers),
            Group::Lost(_) if group.len() > 1 && self.stop_reason().is_none() => {
                // One of them took the whole transaction down (a full disk does): now each on its own.
                for job in group {
                    self.settle(vec![job]);
                }
            }
            Group::Lost(error) => {
                let answers = group.iter().map(|_| Err(error.clone())).collect();
                self.answer(group, answers);
            }
        }
    }

    fn answer(&self, group: Vec<Job>, answers: Vec<Result<u64, JournalError>>) {
        // Followers first: they only need to know that there is something, and the commit is durable by now.
        for (job, answer) in group.iter().zip(&answers) {
            if let Ok(last) = answer
                && !job.batch.events.is_empty()
            {
                self.watch.moved(&job.batch.stream, *last);
            }
        }
        for (job, answer) in group.into_iter().zip(answers) {
            // A caller that is gone has nobody left to tell.
            let _ = job.answer.send(answer);
        }
    }

    fn commit(&mut self, group: &[Job]) -> Group {
        if let Some(reason) = self.stop_reason() {
            return Group::Lost(reason);
        }
        match self.transaction(group) {
            Ok(answers) => Group::Committed(answers),
            Err(e) => {
                if !self.db.is_autocommit() {
                    let _ = self.db.execute_batch("ROLLBACK");
                }
                let error = JournalError::sqlite(&self.path, &e);
                if is_final(&self.path, &e) {
                    *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                }
                Group::Lost(error)
            }
        }
    }

    /// One transaction. An error means that nothing of it is there.
    fn transaction(&self, group: &[Job]) -> rusqlite::Result<Vec<Result<u64, JournalError>>> {
        let db = &self.db;
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let now = Timestamp::now();
        let mut answers = Vec::with_capacity(group.len());
        for job in group {
            db.prepare_cached("SAVEPOINT batch")?.execute([])?;
            match write::apply(db, &job.batch, now) {
                Ok(last) => answers.push(Ok(last)),
                Err(Fault::Own(error)) => {
                    self.take_back()?;
                    answers.push(Err(error));
                }
                // SQLite gives up the whole transaction on some errors, and on others it must not go on.
                Err(Fault::Sqlite(e)) if db.is_autocommit() || is_final(&self.path, &e) => return Err(e),
                Err(Fault::Sqlite(e)) => {
                    self.take_back()?;
                    answers.push(Err(JournalError::sqlite(&self.path, &e)));
                }
            }
            db.prepare_cached("RELEASE batch")?.execute([])?;
        }
        db.prepare_cached("COMMIT")?.execute([])?;
        Ok(answers)
    }

    fn take_back(&self) -> rusqlite::Result<()> {
        self.db.prepare_cached("ROLLBACK TO batch")?.execute([]).map(|_| ())
    }

    fn stop_reason(&self) -> Option<JournalError> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A checkpoint that fails or is held up by a reader is made by a later one.
    fn checkpoint(&self, mode: &str) {
        let _ = self.db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
    }
}
