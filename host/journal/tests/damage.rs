//! A file that is not what was written is named and left alone; what can be recovered is recovered truthfully.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use journal::{Batch, Integrity, Journal, JournalError, Settings};
use model::Code;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use support::{all, assert_no_gaps, count, heavy};

/// A closed journal of a few hundred kilobytes.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for _ in 0..100 {
        journal.append(Batch::of("a", vec![heavy(3000)])).unwrap();
    }
    let path = journal.path().to_owned();
    (dir, path)
}

fn refused(dir: &Path) -> JournalError {
    Journal::open(dir).err().expect("the journal opened")
}

/// Opening fails with `StateUnusable`, names the file, and leaves every byte of it.
fn assert_refused_and_left_alone(dir: &Path, path: &Path) -> JournalError {
    let before = fs::read(path).unwrap();
    let error = refused(dir);
    assert_eq!(error.code(), Code::StateUnusable);
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error} does not name the file");
    assert!(fs::read(path).unwrap() == before, "the damaged file was changed");
    error
}

#[test]
fn a_truncated_file_is_refused_wherever_it_was_cut() {
    let (dir, path) = filled();
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 50, 100, 511, 512, 4096, 4097, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = assert_refused_and_left_alone(dir.path(), &path);
        assert!(matches!(error, JournalError::Damaged { .. }), "cut to {length}: {error}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(all(&Journal::open(dir.path()).unwrap(), "a").len(), 100, "the backup is accepted again");
}

#[test]
fn a_garbled_page_is_found_at_open() {
    let (dir, path) = filled();
    let whole = fs::read(&path).unwrap();
    for page in [0, 1, 2, 10, 40] {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].iter_mut().enumerate().for_each(|(i, b)| *b = (i * 7 + 13) as u8);
        fs::write(&path, &bytes).unwrap();
        let error = assert_refused_and_left_alone(dir.path(), &path);
        assert!(matches!(error, JournalError::Damaged { .. }), "page {page}: {error}");
    }
}

#[test]
fn a_damaged_file_keeps_its_write_ahead_log_too() {
    let (dir, path) = filled();
    let journal = Journal::open(dir.path()).unwrap();
    count(&journal, "b", 1);
    let copy = tempfile::tempdir().unwrap();
    let (db, wal) = (copy.path().join("journal.db"), copy.path().join("journal.db-wal"));
    fs::copy(&path, &db).unwrap();
    fs::copy(dir.path().join("journal.db-wal"), &wal).unwrap();
    let mut bytes = fs::read(&db).unwrap();
    bytes[40 * 4096..][..4096].fill(0xA5);
    fs::write(&db, bytes).unwrap();
    let log = fs::read(&wal).unwrap();
    assert_refused_and_left_alone(copy.path(), &db);
    assert!(fs::read(&wal).unwrap() == log, "the write-ahead log was changed");
}

#[test]
fn a_cut_or_garbled_write_ahead_log_leaves_a_true_beginning_of_the_story() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for n in 1..=40 {
        count(&journal, "a", n);
    }
    // What a crash leaves: the file and the log while the journal is open.
    let db = fs::read(journal.path()).unwrap();
    let log = fs::read(dir.path().join("journal.db-wal")).unwrap();
    let reopened = |log: &[u8]| -> usize {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join("journal.db"), &db).unwrap();
        fs::write(copy.path().join("journal.db-wal"), log).unwrap();
        let journal = Journal::open(copy.path()).unwrap();
        assert_eq!(journal.integrity(), Integrity::Sound);
        let events = all(&journal, "a");
        assert_no_gaps(&events);
        assert!(events.iter().all(|e| e.body == format!("{{\"n\":{}}}", e.seq)));
        count(&journal, "a", 0);
        events.len()
    };
    assert_eq!(reopened(&log), 40);
    let mut counts = Vec::new();
    for part in [1, 3, 5, 7] {
        let cut = log.len() * part / 8;
        counts.push(reopened(&log[..cut]));
        let mut garbled = log.clone();
        garbled[cut..cut + 64].fill(0x5A);
        assert!(reopened(&garbled) < 40);
    }
    assert!(counts.is_sorted() && counts[3] < 40 && counts[3] > counts[0], "{counts:?}");
}

#[test]
fn a_lost_file_beside_its_log_is_not_taken_for_a_new_beginning() {
    let (dir, path) = filled();
    fs::write(dir.path().join("journal.db-wal"), "frames").unwrap();
    fs::remove_file(&path).unwrap();
    let error = refused(dir.path());
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let (dir, path) = filled();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    match assert_refused_and_left_alone(dir.path(), &path) {
        JournalError::Newer { found: 99, known, .. } => assert!(known < 99),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_not_a_journal_is_not_used_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert!(matches!(assert_refused_and_left_alone(dir.path(), &path), JournalError::Foreign { .. }));
    fs::write(&path, "dear diary, ".repeat(1000)).unwrap();
    assert!(matches!(assert_refused_and_left_alone(dir.path(), &path), JournalError::Damaged { .. }));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(refused(dir.path()), JournalError::Foreign { .. }));
}

#[test]
fn only_the_owner_can_read_the_files() {
    let (dir, path) = filled();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    count(&journal, "b", 1);
    let mut files = 0;
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert_eq!(files, 3, "the file, its log and its index");
}

#[test]
fn without_space_an_append_fails_whole_and_what_was_acknowledged_stays() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open_with(dir.path(), &Settings { max_pages: Some(100), ..Settings::default() }).unwrap();
    let mut acked = 0;
    let error = loop {
        match journal.append(Batch::of("a", vec![heavy(3000), heavy(3000)])) {
            Ok(last) => acked = last,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(acked > 20);
    // A large batch among small ones: those that fit are written, whatever commit they shared.
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                let large = Batch::of(format!("l{thread}"), vec![heavy(1 << 20)]);
                assert!(matches!(journal.append(large), Err(JournalError::Full { .. })));
            });
            scope.spawn(move || {
                let small = Batch::default().with(journal::Document::new("c", "k", &thread).unwrap());
                journal.append(small).unwrap();
            });
        }
    });
    assert_eq!(journal.fault(), None, "a full disk is not the end: space can be freed");
    drop(journal);
    let journal = Journal::open(dir.path()).unwrap();
    let events = all(&journal, "a");
    assert_no_gaps(&events);
    assert_eq!(events.len() as u64, acked);
    assert_eq!(journal.last("l0").unwrap(), 0);
    journal.append(Batch::of("a", vec![heavy(3000)])).unwrap();
}

#[test]
fn a_check_without_time_says_that_it_did_not_finish() {
    let (dir, _) = filled();
    let journal = Journal::open(dir.path()).unwrap();
    for _ in 0..20 {
        journal.append(Batch::of("b", (0..500).map(|_| heavy(3000)).collect())).unwrap();
    }
    drop(journal);
    let hurried = Settings { check_for: Duration::ZERO, ..Settings::default() };
    let journal = Journal::open_with(dir.path(), &hurried).unwrap();
    assert_eq!(journal.integrity(), Integrity::NotFinished { after: Duration::ZERO });
    assert_eq!(journal.last("a").unwrap(), 100);
    count(&journal, "a", 101);
}
