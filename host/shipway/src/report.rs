//! Watching a deployment: reporters are consumers of its timeline and of nothing else, so a terminal, a pipe and a
//! script see the same deployment.

mod follow;
mod lines;
mod plain;
mod terminal;

pub(crate) use follow::{End, drain, follow};
pub(crate) use lines::Lines;
pub(crate) use plain::Narrator;

use crate::screen::Screen;
use model::event::Recorded;
use std::io;

/// Consumes a timeline, event by event.
pub(crate) trait Reporter {
    /// The next one. An error means that nobody reads any more.
    fn event(&mut self, recorded: &Recorded) -> io::Result<()>;
    /// Nothing more will come: what was drawn is taken away or left as it should stay.
    fn end(&mut self) {}
}

/// Says nothing: `--quiet`.
struct Silent;
impl Reporter for Silent {
    fn event(&mut self, _: &Recorded) -> io::Result<()> {
        Ok(())
    }
}

/// The reporter that fits: drawn on a terminal, plain lines elsewhere, nothing with `--quiet`. All of them on stderr.
pub(crate) fn for_screen(screen: Screen) -> Box<dyn Reporter> {
    if screen.quiet {
        Box::new(Silent)
    } else if screen.is_live() {
        Box::new(terminal::Terminal::on_stderr(screen.verbose))
    } else {
        Box::new(Narrator::on_stderr(screen))
    }
}
