//! What the tests of the journal share.
#![allow(dead_code)]

use journal::{Batch, Journal, NewEvent, Stored};
use serde_json::json;

/// An event whose body says `n`.
pub(crate) fn event(n: u64) -> NewEvent {
    NewEvent::new("counted", &json!({ "n": n })).unwrap()
}

/// An event of about `bytes`.
pub(crate) fn heavy(bytes: usize) -> NewEvent {
    NewEvent::new("heavy", &"x".repeat(bytes)).unwrap()
}

/// Appends one event that says `n`.
pub(crate) fn count(journal: &Journal, stream: &str, n: u64) -> u64 {
    journal.append(Batch::of(stream, vec![event(n)])).unwrap()
}

/// A whole stream, by pages.
pub(crate) fn all(journal: &Journal, stream: &str) -> Vec<Stored> {
    let mut events: Vec<Stored> = Vec::new();
    loop {
        let page = journal.read(stream, events.last().map_or(0, |e| e.seq), 100).unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// The sequence numbers of a stream are 1, 2, 3, … and nothing else.
pub(crate) fn assert_no_gaps(events: &[Stored]) {
    for (i, event) in events.iter().enumerate() {
        assert_eq!(event.seq, i as u64 + 1);
    }
}
