//! Where the output of a step goes: whole into the build log, in portions to whoever watches, the last lines kept for
//! the failure.

use crate::{
    BuildEvents,
    logs::{Stream, clean, encode, now_micros},
    step::Hear,
};
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    time::{Duration, Instant},
};

/// A build log takes no more than this; then it says so and stops.
const LOG_BYTES: u64 = 16 * 1024 * 1024;
/// Lines of a failure.
const LAST_LINES: usize = 20;
/// Between two portions.
const PORTION_EVERY: Duration = Duration::from_millis(100);
/// Lines of a portion; what is more is left out and counted.
const PORTION_LINES: usize = 200;
/// Characters of a line in a portion or a failure.
const PORTION_CHARS: usize = 1000;
/// Lines of one step that are passed on at all: a journal is not a log.
const STEP_LINES: usize = 10_000;

/// `build.log`, appended to.
pub(super) struct BuildLog {
    file: File,
    length: u64,
}

impl BuildLog {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    fn write(&mut self, records: &[u8]) {
        if self.length >= LOG_BYTES || records.is_empty() {
            return;
        }
        // A full disk costs log lines; the build itself meets it and says so.
        if self.file.write_all(records).is_ok() {
            self.length += records.len() as u64;
            if self.length >= LOG_BYTES {
                let mut note = Vec::new();
                let text = format!("[the build log ends here: it has reached {} MiB]", LOG_BYTES >> 20);
                encode(&mut note, now_micros(), Stream::Host, text.as_bytes());
                let _ = self.file.write_all(&note);
            }
        } else {
            // No half record stays behind.
            let _ = self.file.set_len(self.length);
        }
    }

    /// A line of the host's own.
    pub(super) fn note(&mut self, text: &str) {
        let mut record = Vec::new();
        encode(&mut record, now_micros(), Stream::Host, text.replace(['\n', '\r'], " ⏎ ").as_bytes());
        self.write(&record);
    }
}

/// Hears one step.
pub(super) struct Hearing<'a> {
    log: &'a mut BuildLog,
    events: &'a dyn BuildEvents,
    step: &'a str,
    records: Vec<u8>,
    portion: Vec<String>,
    /// Lines that the present portion has no room for.
    left_out: usize,
    passed_on: usize,
    portion_at: Instant,
    last: VecDeque<String>,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(log: &'a mut BuildLog, events: &'a dyn BuildEvents, step: &'a str) -> Self {
        Self {
            log,
            events,
            step,
            records: Vec::new(),
            portion: Vec::new(),
            left_out: 0,
            passed_on: 0,
            portion_at: Instant::now(),
            last: VecDeque::with_capacity(LAST_LINES),
        }
    }

    /// Passes on what is left; the last lines of the step.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.log.write(&std::mem::take(&mut self.records));
        self.pass_on();
        self.last.into()
    }

    fn pass_on(&mut self) {
        let mut lines = std::mem::take(&mut self.portion);
        self.passed_on += lines.len();
        if self.left_out > 0 {
            lines.push(format!("[… {} more lines, see the build log]", self.left_out));
            self.left_out = 0;
        }
        if !lines.is_empty() {
            self.events.output(self.step, &lines);
        }
        self.portion_at = Instant::now();
    }
}

impl Hear for Hearing<'_> {
    fn line(&mut self, stream: Stream, line: &[u8]) {
        encode(&mut self.records, now_micros(), stream, line);
        let text: String = clean(line).chars().take(PORTION_CHARS).collect();
        if self.portion.len() < PORTION_LINES && self.passed_on + self.portion.len() < STEP_LINES {
            self.portion.push(text.clone());
        } else {
            self.left_out += 1;
        }
        if self.last.len() == LAST_LINES {
            self.last.pop_front();
        }
        self.last.push_back(text);
    }

    fn tick(&mut self) {
        self.log.write(&std::mem::take(&mut self.records));
        // Beyond the lines that are passed on, their number waits for the end instead of coming ten times a second.
        let silent = self.portion.is_empty() && self.passed_on >= STEP_LINES;
        if self.portion_at.elapsed() >= PORTION_EVERY && !silent {
            self.pass_on();
        }
    }
}
