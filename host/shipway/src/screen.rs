//! Where output goes. Answers go to stdout: text for a person, or exactly one JSON document. Everything that happens
//! on the way goes to stderr. Colour only on a terminal and never with `NO_COLOR`.

use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// The two streams and what was asked of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// `--json`
    pub(crate) json: bool,
    /// `--quiet`: only answers and failures.
    pub(crate) quiet: bool,
    /// `--verbose`: every effect and plugin call.
    pub(crate) verbose: bool,
}

impl Screen {
    /// A text for a person on stdout. A closed pipe is an error that ends the command, not a panic.
    pub(crate) fn print(self, text: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// The one JSON document.
    pub(crate) fn document<T: Serialize>(self, value: &T) -> io::Result<()> {
        self.write(&serde_json::to_vec_pretty(value)?)
    }

    /// One line of JSON, for what is followed.
    pub(crate) fn json_line<T: Serialize>(self, value: &T) -> io::Result<()> {
        self.write(&serde_json::to_vec(value)?)
    }

    /// The document with `--json`, the text without.
    pub(crate) fn answer<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> io::Result<()> {
        if self.json { self.document(value) } else { self.print(&text()) }
    }

    /// Something on the way, on stderr, unless `--quiet`. Nobody reading it is no reason to stop.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.alarm(text);
        }
    }

    /// Something that a person has to see, on stderr.
    pub(crate) fn alarm(self, text: &str) {
        let mut err = anstream::stderr().lock();
        let _nobody_reads_it = err.write_all(text.as_bytes()).and_then(|()| err.write_all(b"\n"));
    }

    /// May progress be drawn and redrawn?
    pub(crate) fn is_live(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Do answers stand right below the progress that was drawn?
    pub(crate) fn is_one_terminal(self) -> bool {
        self.is_live() && io::stdout().is_terminal()
    }

    /// May a question be asked?
    pub(crate) fn can_ask(self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn write(self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}
