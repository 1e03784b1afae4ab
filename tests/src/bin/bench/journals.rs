//! What it costs that nothing is done before it is written down.

use crate::Effort;
use crate::clock::interleaved;
use crate::deploys::TO_BEAT;
use crate::samples::Samples;
use crate::table::{Reference, Row, Section, Unit};
use journal::{Batch, Document, Journal, NewEvent};
use std::cell::RefCell;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;
/// Bytes of a usual event, and of the document of its deployment, which is written with it.
const EVENT: usize = 400;
const DOCUMENT: usize = 4_000;

const COMMIT: Reference = Reference { figure: "about 1 ms", source: TO_BEAT };
const SHARE: Reference = Reference { figure: "≤ 50 ms", source: TO_BEAT };

/// One durable append, and what a deployment with this many pays.
pub(crate) fn section(commits: f64, effort: Effort) -> Section {
    let dir = tempfile::Builder::new().prefix("shipway-bench-").tempdir().expect("a temporary directory");
    let journal = Journal::open(dir.path().join("journal")).expect("a journal");
    let raw = RefCell::new(File::create(dir.path().join("raw")).expect("a file"));
    let floor = || -> Duration {
        let block = [b'x'; EVENT + DOCUMENT];
        let began = Instant::now();
        let mut raw = raw.borrow_mut();
        raw.write_all(&block).and_then(|()| raw.sync_data()).expect("it is on the disk");
        began.elapsed()
    };
    let append = || -> Duration {
        let event = NewEvent::new("settled", &"x".repeat(EVENT)).expect("JSON");
        let document = Document::new("deployments", "dep", &"x".repeat(DOCUMENT)).expect("JSON");
        let began = Instant::now();
        journal.append(Batch::of("dep", vec![event]).with(document)).expect("it is on the disk");
        began.elapsed()
    };
    let mut taken = interleaved(
        effort.rounds(ROUNDS),
        &mut [("write and fdatasync".to_owned(), Box::new(floor)), ("one durable append".to_owned(), Box::new(append))],
    );
    let (what, appends) = taken.pop().expect("two subjects");
    let (floor, synced) = taken.pop().expect("two subjects");
    let share = Samples::of([appends.summary().median * commits]);
    let rows = vec![
        Row::new(what, Unit::Millis, &appends).floor(floor, &synced).beside(COMMIT),
        Row::new(format!("times {commits:.0} commits of a node deployment"), Unit::Millis, &share).beside(SHARE),
    ];
    let how = format!("an event of {EVENT} bytes with a document of {DOCUMENT}, one writer");
    Section { title: "journal", how, rows }
}
