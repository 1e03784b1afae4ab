//! The promise of `append`: what was acknowledged is there after a SIGKILL at any moment, and nothing is torn.
//!
//! A kill shows that nothing acknowledged lives in memory only. That it also survives a power cut rests on the sync of
//! every commit, which `the_writer_syncs_every_commit` pins by the setting and `strace` shows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use journal::{Batch, Document, Integrity, Journal};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use support::{all, assert_no_gaps, event};

const CHILD_DIR: &str = "SHIPWAY_TEST_JOURNAL_DIR";
const STREAMS: usize = 4;

/// Not a test of its own: the process that `what_was_acknowledged_survives_a_kill` starts and kills.
#[test]
#[ignore = "runs only as the child of another test"]
fn child_that_appends_until_it_is_killed() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let journal = Journal::open(dir).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..STREAMS {
            let journal = &journal;
            scope.spawn(move || {
                let stream = format!("s{thread}");
                let mut last = journal.last(&stream).unwrap();
                loop {
                    let events = vec![event(last + 1), event(last + 2)];
                    let document = Document::new("heads", &stream, &(last + 2)).unwrap();
                    last = journal.append(Batch::of(&stream, events).expecting(last).with(document)).unwrap();
                    let line = format!("acked {stream} {last}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

fn start(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_appends_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut acked: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..6 {
        let mut child = start(dir.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        // What was written to the pipe before the kill counts as acknowledged, whenever it is read.
        while let Some(Ok(line)) = lines.next() {
            let words: Vec<&str> = line.split(' ').collect();
            if let ["acked", stream, seq] = words[..] {
                acked.insert(stream.to_owned(), seq.parse().unwrap());
                seen += 1;
            }
            if seen == 60 + 37 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= 60, "the child ended by itself after {seen} appends");

        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(journal.integrity(), Integrity::Sound);
        for thread in 0..STREAMS {
            let stream = format!("s{thread}");
            let events = all(&journal, &stream);
            assert_no_gaps(&events);
            let last = events.last().map_or(0, |e| e.seq);
            assert!(last >= acked.get(&stream).copied().unwrap_or(0), "an acknowledged append of {stream} is gone");
            assert_eq!(last % 2, 0, "half a batch is there");
            for event in &events {
                assert_eq!(event.body, format!("{{\"n\":{}}}", event.seq));
            }
            let head = journal.document("heads", &stream).unwrap().map_or(0, |d| d.parse::<u64>().unwrap());
            assert_eq!(head, last, "the document does not belong to the events");
        }
    }
    assert_eq!(acked.len(), STREAMS);
}

#[test]
fn the_next_host_goes_on_where_the_last_one_ended() {
    let dir = tempfile::tempdir().unwrap();
    for n in 1..=3 {
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(support::count(&journal, "a", n), n);
        assert!(!journal.wait("a", n, Duration::ZERO).unwrap());
        drop(journal);
        let left: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(left, ["journal.db"], "a clean end leaves one whole file");
    }
}

#[test]
fn a_host_killed_while_it_made_the_journal_leaves_nothing_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("journal.db.new"), "half").unwrap();
    std::fs::write(dir.path().join("journal.db.new-wal"), "half").unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    assert_eq!(support::count(&journal, "a", 1), 1);
    assert!(!dir.path().join("journal.db.new").exists());
}
