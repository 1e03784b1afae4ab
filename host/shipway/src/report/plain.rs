//! Plain lines, each complete in itself: for pipes, logs of a CI, and `shipway events`. Nothing is folded.

use super::Reporter;
use crate::render::narrate::{self, Line, Tone};
use crate::render::text::{bad, between, bold, faint, good, took, warn};
use crate::screen::Screen;
use jiff::Timestamp;
use model::event::{Event, Recorded};
use model::{Phase, PhaseOutcome};
use std::io::{self, Write};

/// Tells a timeline line by line.
pub(crate) struct Narrator {
    out: Box<dyn Write>,
    verbose: bool,
    phase: Option<(Phase, Timestamp)>,
}

impl Narrator {
    /// Progress beside an answer.
    pub(crate) fn on_stderr(screen: Screen) -> Self {
        Self::new(Box::new(anstream::stderr()), screen.verbose)
    }
    /// The timeline is the answer.
    pub(crate) fn on_stdout(screen: Screen) -> Self {
        Self::new(Box::new(anstream::stdout()), screen.verbose)
    }
    fn new(out: Box<dyn Write>, verbose: bool) -> Self {
        Self { out, verbose, phase: None }
    }
    fn say(&mut self, at: Timestamp, text: &str) -> io::Result<()> {
        let clock = at.strftime("%H:%M:%SZ");
        let phase = self.phase.map_or("", |(phase, _)| phase.as_str());
        writeln!(self.out, "{} {phase:8} {text}", faint(clock))
    }
}

impl Reporter for Narrator {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        match &recorded.event {
            Event::PhaseStarted { phase } => {
                self.phase = Some((*phase, recorded.at));
                self.say(recorded.at, &bold("begins"))
            }
            Event::PhaseFinished { outcome, .. } => {
                let began = self.phase.map_or(recorded.at, |(_, began)| began);
                let time = took(between(began, recorded.at));
                self.say(recorded.at, &ended(*outcome, &time))?;
                self.phase = None;
                Ok(())
            }
            event => narrate::tell(event, self.verbose).iter().try_for_each(|line| self.say(recorded.at, &shown(line))),
        }
    }
}

/// How a phase ended, and after how long.
pub(super) fn ended(outcome: PhaseOutcome, time: &str) -> String {
    match outcome {
        PhaseOutcome::Succeeded => good(format_args!("✓ {time}")),
        PhaseOutcome::Failed => bad(format_args!("✗ failed after {time}")),
        PhaseOutcome::Canceled => warn(format_args!("■ canceled after {time}")),
        PhaseOutcome::Running => faint(time),
    }
}

/// A line in the colour of its tone.
pub(super) fn shown(line: &Line) -> String {
    match line.tone {
        Tone::Plain => line.text.clone(),
        Tone::Because => faint(format_args!("  {}", line.text)),
        Tone::Good => format!("{} {}", good("✓"), line.text),
        Tone::Bad => format!("{} {}", bad("✗"), line.text),
        Tone::Warn => format!("{} {}", warn("!"), line.text),
        Tone::Passing => faint(&line.text),
        Tone::Output => format!("{} {}", faint("│"), line.text),
    }
}
