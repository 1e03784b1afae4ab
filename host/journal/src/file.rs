//! The file itself: made whole or not at all, readable by its owner only, and never replaced or deleted once it is
//! the journal. An empty or missing file where there was a journal is damage, not a new beginning.

use crate::{Integrity, JournalError, Settings, integrity, migrate};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a lock of another program (a backup) is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Pages in the write-ahead log after which a commit also checkpoints (16 MiB): a bound, not the usual way.
const WAL_PAGES: u32 = 4096;
/// The write-ahead log is cut back to this after a checkpoint, in bytes.
const WAL_BYTES: u32 = 16 << 20;

/// Bytes of a page; the file is a whole number of them.
const PAGE: u64 = 4096;

/// Opens `DIR/journal.db` for writing, makes it when there is none, checks it and brings it to this build's schema.
pub(crate) fn open(dir: &Path, settings: &Settings) -> Result<(PathBuf, Connection, Integrity), JournalError> {
    let path = dir.join("journal.db");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| JournalError::io(dir, &e))?;
    match fs::metadata(&path) {
        Ok(meta) => existing(&path, &meta)?,
        Err(e) if e.kind() == ErrorKind::NotFound => make(dir, &path)?,
        Err(e) => return Err(JournalError::io(&path, &e)),
    }
    let mut db = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    keep_log(&path, &db, true)?;
    migrate::recognise(&path, &db)?;
    let integrity = integrity::check(&path, &db, settings.check_for)?;
    // Only now, when the file is ours and sound, may closing it move the write-ahead log into it.
    keep_log(&path, &db, false)?;
    prepare_writer(&path, &db)?;
    migrate::run(&path, &mut db)?;
    if let Some(pages) = settings.max_pages {
        set(&path, &db, "max_page_count", pages)?;
    }
    Ok((path, db, integrity))
}

/// A connection that can only read.
pub(crate) fn reader(path: &Path) -> Result<Connection, JournalError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    set(path, &db, "query_only", true)?;
    Ok(db)
}

fn existing(path: &Path, meta: &fs::Metadata) -> Result<(), JournalError> {
    if !meta.is_file() {
        let what = "it is not a file".to_owned();
        return Err(JournalError::Foreign { path: path.to_owned(), what });
    }
    // SQLite would take an empty file for a new database and fill up the last page with zeros, and the loss would go
    // unnoticed. Only a power cut while the file grew leaves half a page, and then the log still has that page.
    if meta.len() < PAGE || (!meta.len().is_multiple_of(PAGE) && !has_log(path)) {
        let what = format!("it has {} bytes and should have a multiple of {PAGE}: its end was lost", meta.len());
        return Err(JournalError::Damaged { path: path.to_owned(), what });
    }
    if meta.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(|e| JournalError::io(path, &e))?;
    }
    Ok(())
}

/// Makes the journal under another name and moves it into place: a kill at any moment leaves no half-made journal.
fn make(dir: &Path, path: &Path) -> Result<(), JournalError> {
    let failed = |e: std::io::Error| JournalError::io(path, &e);
    if has_log(path) {
        let what = "journal.db is gone but its journal.db-wal is there".to_owned();
        return Err(JournalError::Damaged { path: path.to_owned(), what });
    }
    let new = dir.join("journal.db.new");
    for file in [new.clone(), side(&new, "-wal"), side(&new, "-shm"), side(&new, "-journal")] {
        // Left by a host that was killed right here; nothing was ever acknowledged from it.
        match fs::remove_file(&file) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
    let mut db = connect(&new, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set(&new, &db, "page_size", PAGE)?;
    prepare_writer(&new, &db)?;
    set(&new, &db, "application_id", migrate::APPLICATION_ID)?;
    migrate::run(&new, &mut db)?;
    // Closing the last connection moves the write-ahead log into the file and removes it.
    db.close().map_err(|(_, e)| JournalError::sqlite(&new, &e))?;
    File::open(&new).and_then(|f| f.sync_all()).map_err(failed)?;
    fs::rename(&new, path).map_err(failed)?;
    File::open(dir).and_then(|d| d.sync_all()).map_err(failed)
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, JournalError> {
    // No URI names: a `?` in a directory is a `?`. No mutex: every connection is used by one thread at a time.
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let failed = |e: rusqlite::Error| JournalError::sqlite(path, &e);
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    db.busy_timeout(BUSY).map_err(failed)?;
    // The file may have been prepared by somebody else: its schema must not be able to run anything.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(failed)?;
    set(path, &db, "cell_size_check", true)?;
    set(path, &db, "foreign_keys", true)?;
    set(path, &db, "temp_store", "MEMORY")?;
    Ok(db)
}

/// While this holds, a connection that closes leaves the file and its write-ahead log as they are.
fn keep_log(path: &Path, db: &Connection, keep: bool) -> Result<(), JournalError> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
        .map(|_| ())
        .map_err(|e| JournalError::sqlite(path, &e))
}

/// Durable with every commit: the write-ahead log is synced before a commit returns.
fn prepare_writer(path: &Path, db: &Connection) -> Result<(), JournalError> {
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(|e| JournalError::sqlite(path, &e))?;
    if mode != "wal" {
        let what = format!("its file system does not support a write-ahead log (SQLite stays in mode {mode})");
        return Err(JournalError::Unusable { path: path.to_owned(), what });
    }
    set(path, db, "synchronous", "FULL")?;
    set(path, db, "wal_autocheckpoint", WAL_PAGES)?;
    set(path, db, "journal_size_limit", WAL_BYTES)?;
    // So that REPLACE, too, meets the trigger that forbids deleting.
    set(path, db, "recursive_triggers", true)
}

fn set(path: &Path, db: &Connection, pragma: &str, value: impl rusqlite::ToSql) -> Result<(), JournalError> {
    db.pragma_update(None, pragma, value).map_err(|e| JournalError::sqlite(path, &e))
}

fn has_log(path: &Path) -> bool {
    fs::metadata(side(path, "-wal")).is_ok_and(|m| m.len() > 0)
}

fn side(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With these settings SQLite syncs the log before every commit returns, which a kill alone cannot show.
    #[test]
    fn the_writer_syncs_every_commit() {
        let dir = tempfile::tempdir().unwrap();
        for _made_then_reopened in 0..2 {
            let (_, db, _) = open(dir.path(), &Settings::default()).unwrap();
            let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
            let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
            assert_eq!(number("synchronous"), 2);
            assert_eq!(number("foreign_keys"), 1);
            assert_eq!(number("application_id"), migrate::APPLICATION_ID);
            assert_eq!(number("user_version"), migrate::VERSION);
            assert_eq!(number("page_size"), 4096);
        }
    }
}
