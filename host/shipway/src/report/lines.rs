//! JSON lines on stdout: one event, one line, exactly as the API sends it.

use super::Reporter;
use crate::screen::Screen;
use model::event::Recorded;
use std::io;

/// Writes each event as it is.
pub(crate) struct Lines {
    screen: Screen,
}

impl Lines {
    pub(crate) fn new(screen: Screen) -> Self {
        Self { screen }
    }
}

impl Reporter for Lines {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.screen.json_line(recorded)
    }
}
