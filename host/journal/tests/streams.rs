//! Promises about streams: order, expectations, atomic batches, waiting, append-only.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use journal::{Batch, Document, Filter, Journal, JournalError, NewEvent};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};
use support::{all, assert_no_gaps, count, event};

fn open() -> (tempfile::TempDir, Arc<Journal>) {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(dir.path()).unwrap());
    (dir, journal)
}

#[test]
fn a_stream_counts_from_one_and_gives_back_what_was_written() {
    let (_dir, journal) = open();
    assert_eq!((journal.last("a").unwrap(), journal.read("a", 0, 10).unwrap()), (0, vec![]));
    assert_eq!(journal.append(Batch::of("a", vec![event(1), event(2)])).unwrap(), 2);
    assert_eq!(count(&journal, "b", 7), 1);
    assert_eq!(count(&journal, "a", 3), 3);
    let events = all(&journal, "a");
    assert_no_gaps(&events);
    assert_eq!(events[2].parse::<serde_json::Value>().unwrap(), json!({ "n": 3 }));
    assert_eq!(events[2].kind, "counted");
    assert_eq!(journal.read("a", 1, 1).unwrap()[0].seq, 2);
    assert!(journal.read("a", u64::MAX, 1).unwrap().is_empty());
    assert_eq!(journal.last("a").unwrap(), 3);
}

#[test]
fn an_event_keeps_the_time_that_its_caller_says_to_the_microsecond() {
    let (_dir, journal) = open();
    let said: jiff::Timestamp = "2001-02-03T04:05:06.123456Z".parse().unwrap();
    journal.append(Batch::of("a", vec![event(1).at(said), event(2)])).unwrap();
    let events = all(&journal, "a");
    assert_eq!(events[0].at, said);
    let age = jiff::Timestamp::now().duration_since(events[1].at);
    assert!(age < jiff::SignedDuration::from_mins(5), "an event without a time is from when it was written");
}

#[test]
fn another_last_than_expected_refuses_the_whole_batch() {
    let (_dir, journal) = open();
    count(&journal, "a", 1);
    let batch = Batch::of("a", vec![event(2)]).with(Document::new("c", "k", &1).unwrap());
    let refused = journal.append(batch.clone().expecting(0)).unwrap_err();
    assert_eq!(refused, JournalError::Conflict { stream: "a".into(), expected: 0, found: 1 });
    assert_eq!(journal.last("a").unwrap(), 1);
    assert_eq!(journal.document("c", "k").unwrap(), None);
    assert_eq!(journal.append(batch.expecting(1)).unwrap(), 2);
    assert!(journal.document("c", "k").unwrap().is_some());
}

#[test]
fn of_many_who_expect_the_same_exactly_one_wins() {
    let (_dir, journal) = open();
    let start = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|n| {
            let (journal, start) = (journal.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                journal.append(Batch::of("a", vec![event(n)]).expecting(0)).is_ok()
            })
        })
        .collect();
    let won = threads.into_iter().filter_map(|t| t.join().unwrap().then_some(())).count();
    assert_eq!((won, journal.last("a").unwrap()), (1, 1));
}

#[test]
fn a_batch_that_fails_does_not_fail_the_others_of_its_commit() {
    let (_dir, journal) = open();
    let start = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16u64)
        .map(|thread| {
            let (journal, start) = (journal.clone(), start.clone());
            std::thread::spawn(move || {
                let stream = format!("s{thread}");
                start.wait();
                for n in 1..=25 {
                    let wrong = Batch::of(&stream, vec![event(0)]).expecting(n + 7);
                    assert!(matches!(journal.append(wrong), Err(JournalError::Conflict { .. })));
                    assert_eq!(count(&journal, &stream, n), n);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let mut moments = BTreeSet::new();
    for thread in 0..16 {
        let events = all(&journal, &format!("s{thread}"));
        assert_no_gaps(&events);
        assert_eq!(events.len(), 25);
        for event in events {
            assert_eq!(event.parse::<serde_json::Value>().unwrap(), json!({ "n": event.seq }));
            moments.insert(event.at);
        }
    }
    // Batches of one commit share its moment: fewer moments than batches means that commits were shared.
    assert!(moments.len() < 400, "400 appends made {} commits", moments.len());
}

#[test]
fn concurrent_appends_to_one_stream_keep_each_callers_order() {
    let (_dir, journal) = open();
    let threads: Vec<_> = (0..8u64)
        .map(|thread| {
            let journal = journal.clone();
            std::thread::spawn(move || {
                let mut before = 0;
                for n in 0..40u64 {
                    let body = NewEvent::new("counted", &json!({ "thread": thread, "n": n })).unwrap();
                    let seq = journal.append(Batch::of("shared", vec![body])).unwrap();
                    assert!(seq > before);
                    before = seq;
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let events = all(&journal, "shared");
    assert_no_gaps(&events);
    assert_eq!(events.len(), 320);
    let mut next = [0u64; 8];
    for event in events {
        let body: serde_json::Value = event.parse().unwrap();
        let thread = body["thread"].as_u64().unwrap() as usize;
        assert_eq!(body["n"], next[thread]);
        next[thread] += 1;
    }
}

#[test]
fn a_follower_is_woken_by_the_append_and_not_by_others() {
    let (_dir, journal) = open();
    assert!(!journal.wait("a", 0, Duration::from_millis(20)).unwrap());
    count(&journal, "a", 1);
    assert!(journal.wait("a", 0, Duration::ZERO).unwrap(), "what is there already is not waited for");
    let follower = {
        let journal = journal.clone();
        std::thread::spawn(move || {
            assert!(journal.wait("a", 1, Duration::from_secs(60)).unwrap());
            assert_eq!(journal.read("a", 1, 9).unwrap().len(), 1, "awake means that it can be read");
            Instant::now()
        })
    };
    std::thread::sleep(Duration::from_millis(50));
    count(&journal, "b", 1);
    std::thread::sleep(Duration::from_millis(50));
    assert!(!follower.is_finished());
    let before = Instant::now();
    count(&journal, "a", 2);
    let woken = follower.join().unwrap().duration_since(before);
    assert!(woken < Duration::from_secs(5), "woken after {woken:?}, which is by the timeout rather than by the append");
}

#[test]
fn documents_keep_their_place_and_their_filters() {
    let (_dir, journal) = open();
    for n in 0..6 {
        let document = Document::new("deployments", format!("d{n}"), &json!({ "v": 0 })).unwrap();
        let group = if n % 2 == 0 { "even" } else { "odd" };
        let batch = Batch::default().with(document.group(group).active(n > 3));
        assert_eq!(journal.append(batch).unwrap(), 0, "a batch without events has no stream to move");
    }
    journal.append(Batch::default().with(Document::new("other", "d9", &1).unwrap())).unwrap();
    let keys = |filter: Filter| -> Vec<String> {
        journal.documents("deployments", &filter).unwrap().into_iter().map(|d| d.key).collect()
    };
    assert_eq!(keys(Filter::default()), ["d5", "d4", "d3", "d2", "d1", "d0"]);
    let rewritten = Document::new("deployments", "d0", &json!({ "v": 1 })).unwrap().group("odd").active(true);
    journal.append(Batch::of("d0", vec![event(1)]).with(rewritten)).unwrap();
    assert_eq!(keys(Filter { group: Some("odd".into()), ..Filter::default() }), ["d5", "d3", "d1", "d0"]);
    assert_eq!(keys(Filter { active: Some(true), ..Filter::default() }), ["d5", "d4", "d0"]);
    let page = Filter { before: Some("d3".into()), limit: Some(2), ..Filter::default() };
    assert_eq!(keys(page), ["d2", "d1"]);
    let lost = Filter { before: Some("nowhere".into()), ..Filter::default() };
    assert!(matches!(journal.documents("deployments", &lost), Err(JournalError::NoSuchDocument { .. })));
    let one = journal.document("deployments", "d0").unwrap().unwrap();
    assert_eq!((one.group.as_deref(), one.active, one.body.as_str()), (Some("odd"), true, r#"{"v":1}"#));
    journal.append(Batch::default().without("deployments", "d0").without("deployments", "never")).unwrap();
    assert_eq!(journal.document("deployments", "d0").unwrap(), None);
    assert!(journal.document("other", "d9").unwrap().is_some());
}

#[test]
fn no_hand_changes_or_deletes_an_event_or_leaves_a_gap() {
    let (_dir, journal) = open();
    count(&journal, "a", 1);
    count(&journal, "a", 2);
    let by_hand = rusqlite::Connection::open(journal.path()).unwrap();
    by_hand.execute_batch("PRAGMA recursive_triggers = ON").unwrap();
    for forbidden in [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM events",
        "INSERT INTO events (stream, seq, at, kind, body) VALUES ('a', 4, 'x', 'k', '{}')",
        "INSERT INTO events (stream, seq, at, kind, body) VALUES ('new', 2, 'x', 'k', '{}')",
        "INSERT OR REPLACE INTO events (stream, seq, at, kind, body) VALUES ('a', 2, 'x', 'k', '{}')",
        "INSERT OR REPLACE INTO events (id, stream, seq, at, kind, body) VALUES (1, 'a', 3, 'x', 'k', '{}')",
    ] {
        assert!(by_hand.execute_batch(forbidden).is_err(), "{forbidden}");
    }
    assert_eq!(all(&journal, "a").len(), 2);
}

#[test]
fn what_cannot_be_stored_is_refused_before_it_reaches_the_file() {
    let (_dir, journal) = open();
    let raw = |kind: &str, body: &str| NewEvent { kind: kind.into(), at: None, body: body.into() };
    for bad in [
        Batch::of("", vec![event(1)]),
        Batch::of("a\0b", vec![event(1)]),
        Batch::of("a".repeat(300), vec![event(1)]),
        Batch::of("a", vec![raw("", "1")]),
        Batch::of("a", vec![raw("k", "{")]),
        Batch::of("a", vec![raw("k", &format!("\"{}\"", "x".repeat(5 << 20)))]),
        Batch::of("a", vec![event(1); 5000]),
        Batch::default().with(Document { body: "no json".into(), ..Document::new("c", "k", &1).unwrap() }),
        Batch::default().with(Document::new("c", "", &1).unwrap()),
    ] {
        assert!(matches!(journal.append(bad), Err(JournalError::Refused { .. })));
    }
    assert_eq!(journal.last("a").unwrap(), 0);
}

#[test]
fn a_page_ends_early_when_its_events_are_large_and_the_next_one_goes_on() {
    let (_dir, journal) = open();
    journal.append(Batch::of("a", (0..5).map(|_| support::heavy(3 << 20)).collect())).unwrap();
    let page = journal.read("a", 0, 100).unwrap();
    assert!(page.len() < 5);
    assert_eq!(all(&journal, "a").len(), 5);
}
