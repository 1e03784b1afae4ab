//! What a durable append costs here: `cargo run -p journal --example append_cost [DIR]`.
//!
//! Prints µs per append for one caller and for several at once, and what opening a journal of some size takes.

use journal::{Batch, Document, Journal, NewEvent};
use std::{path::PathBuf, time::Instant};

fn main() -> Result<(), Failed> {
    let temporary = tempfile::tempdir()?;
    let dir = std::env::args_os().nth(1).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let journal = Journal::open(&dir)?;
    for callers in [1usize, 4, 16, 64] {
        let each = 2000 / callers;
        let start = Instant::now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..callers)
                .map(|caller| {
                    scope.spawn({
                        let journal = &journal;
                        move || append(journal, callers, caller, each)
                    })
                })
                .collect();
            threads.into_iter().try_for_each(|t| t.join().unwrap_or_else(|_| Err("a caller panicked".into())))
        })?;
        let micros = start.elapsed().as_micros() as usize;
        println!(
            "{callers:3} callers: {:6} µs of wall time per durable append, {:6} µs for one caller to be answered",
            micros / (callers * each),
            micros / each
        );
    }
    let start = Instant::now();
    for _ in 0..20_000 {
        journal.read("s1-0", 100, 10)?;
    }
    println!("reading ten events: {} µs", start.elapsed().as_micros() / 20_000);
    let body = "x".repeat(100_000);
    for _ in 0..20 {
        let events = (0..100).map(|_| NewEvent::new("output", &body)).collect::<Result<Vec<_>, _>>()?;
        journal.append(Batch::of("large", events))?;
    }
    drop(journal);
    let bytes = std::fs::metadata(dir.join("journal.db"))?.len();
    let start = Instant::now();
    let journal = Journal::open(&dir)?;
    println!("opening {} MB: {:?}, {:?}", bytes / 1_000_000, start.elapsed(), journal.integrity());
    Ok(())
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn append(journal: &Journal, callers: usize, caller: usize, each: usize) -> Result<(), Failed> {
    let stream = format!("s{callers}-{caller}");
    for n in 0..each {
        // As large as a usual event, with the document that goes with it.
        let event = NewEvent::new("step-finished", &format!("{n:0>300}"))?;
        let document = Document::new("deployments", &stream, &format!("{n:0>2000}"))?;
        journal.append(Batch::of(&stream, vec![event]).with(document))?;
    }
    Ok(())
}
