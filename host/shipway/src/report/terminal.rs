//! The live screen: phases appear as they happen with the time they take, what was decided and why stays, and the
//! build's output is folded to its last lines. When a step fails, the fold opens.

use super::Reporter;
use super::plain::{ended, shown};
use crate::render::narrate::{self, Tone};
use crate::render::text::{between, bold, faint, took};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use model::event::{Event, Recorded};
use model::{Phase, PhaseOutcome};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// Lines of output that are seen while a step runs.
const FOLDED: usize = 6;
/// Lines of output that are kept to be shown when the step fails.
const KEPT: usize = 200;
/// Between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// A timeline drawn on a terminal.
pub(crate) struct Terminal {
    screen: MultiProgress,
    spinner: ProgressBar,
    fold: Vec<ProgressBar>,
    output: VecDeque<String>,
    dropped: u64,
    phase: Option<(Phase, Timestamp)>,
    verbose: bool,
    colour: bool,
}

impl Terminal {
    pub(crate) fn on_stderr(verbose: bool) -> Self {
        let colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        Self::on(ProgressDrawTarget::stderr(), verbose, colour)
    }

    fn on(target: ProgressDrawTarget, verbose: bool, colour: bool) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let spinner =
            screen.add(ProgressBar::new_spinner().with_style(style("{spinner} {prefix}{elapsed}  {wide_msg}")));
        spinner.enable_steady_tick(TICK);
        Self { screen, spinner, fold: Vec::new(), output: VecDeque::new(), dropped: 0, phase: None, verbose, colour }
    }

    /// A line that stays.
    fn say(&self, text: &str) -> io::Result<()> {
        if self.colour {
            self.screen.println(text)
        } else {
            self.screen.println(anstream::adapter::strip_str(text).to_string())
        }
    }

    /// A line of output: kept, and seen in the fold.
    fn add_output(&mut self, text: String) {
        self.output.push_back(text);
        if self.output.len() > KEPT {
            self.output.pop_front();
            self.dropped += 1;
        }
        if self.fold.len() < FOLDED {
            let line = ProgressBar::no_length().with_style(style("    │ {wide_msg}"));
            self.fold.push(self.screen.add(line));
        }
        let visible = self.output.len().saturating_sub(self.fold.len());
        for (bar, text) in self.fold.iter().zip(self.output.iter().skip(visible)) {
            bar.set_message(text.clone());
        }
    }

    /// The step went well: its output goes.
    fn close_fold(&mut self) {
        for bar in self.fold.drain(..) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        self.output.clear();
        self.dropped = 0;
    }

    /// The step failed: its output stays.
    fn open_fold(&mut self) -> io::Result<()> {
        let output = std::mem::take(&mut self.output);
        if self.dropped > 0 {
            let phase = "shipway logs DEPLOYMENT --phase build";
            self.say(&faint(format_args!("    │ … {} lines before these: {phase}", self.dropped)))?;
        }
        for text in &output {
            self.say(&format!("    {} {text}", faint("│")))?;
        }
        self.close_fold();
        Ok(())
    }
}

/// A style; a template of ours that indicatif refuses is drawn as its default, never a reason to fail.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Reporter for Terminal {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        match &recorded.event {
            Event::PhaseStarted { phase } => {
                self.phase = Some((*phase, recorded.at));
                self.spinner.reset_elapsed();
                self.spinner.set_prefix(format!("{phase} "));
                self.spinner.set_message("");
                self.say(&bold(phase))
            }
            Event::PhaseFinished { outcome, .. } => {
                if *outcome == PhaseOutcome::Failed {
                    self.open_fold()?;
                } else {
                    self.close_fold();
                }
                self.spinner.set_message("");
                let began = self.phase.take().map_or(recorded.at, |(_, began)| began);
                self.say(&format!("  {}", ended(*outcome, &took(between(began, recorded.at)))))
            }
            // The command's last block says it, and more.
            Event::Finished { .. } => Ok(()),
            event => {
                if let Event::StepStarted { step, .. } = event {
                    self.spinner.set_message(step.clone());
                }
                if let Event::StepFinished { exit_code, .. } = event {
                    if *exit_code == Some(0) { self.close_fold() } else { self.open_fold()? }
                }
                for line in narrate::tell(event, self.verbose) {
                    match line.tone {
                        Tone::Output => self.add_output(line.text),
                        Tone::Passing => self.spinner.set_message(line.text),
                        _ => self.say(&format!("  {}", shown(&line)))?,
                    }
                }
                Ok(())
            }
        }
    }

    fn end(&mut self) {
        self.close_fold();
        self.spinner.finish_and_clear();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    fn recorded(seq: u64, event: Event) -> Recorded {
        let deployment = "dep_01jabcdefghjkmnpqrstvwxyz0".parse().unwrap();
        Recorded { seq, deployment, at: Timestamp::from_second(1_000 + i64::try_from(seq).unwrap()).unwrap(), event }
    }

    fn build(exit_code: i32) -> InMemoryTerm {
        let screen = InMemoryTerm::new(400, 100);
        let mut terminal = Terminal::on(ProgressDrawTarget::term_like(Box::new(screen.clone())), false, false);
        let step = "install".to_owned();
        let events = [
            Event::PhaseStarted { phase: Phase::Execute },
            Event::StepStarted { step: step.clone(), command: "npm ci".to_owned() },
            Event::Output { step: step.clone(), lines: (0..50).map(|n| format!("output {n}.")).collect() },
            Event::StepFinished { step, exit_code: Some(exit_code), millis: 1200 },
        ];
        for (seq, event) in (1..).zip(events) {
            terminal.event(&recorded(seq, event)).unwrap();
        }
        terminal.end();
        screen
    }

    #[test]
    fn a_step_that_went_well_leaves_no_output_behind() {
        let seen = build(0).contents();
        assert!(seen.contains("npm ci"), "{seen}");
        assert!(!seen.contains("output"), "{seen}");
    }

    #[test]
    fn a_step_that_failed_shows_its_output_from_the_first_line() {
        let seen = build(1).contents();
        assert!(seen.contains("output 0.") && seen.contains("output 49."), "{seen}");
    }
}
