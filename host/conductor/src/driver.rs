//! The page that runs a deployment.
//!
//! The state machine says what is owed; each phase does it and writes it down; a phase that fails is written down too,
//! and then the machine owes the way back. Nothing here decides anything. A restart of the host begins on this page
//! with the replayed state and goes on.

use crate::core::Core;
use crate::failures;
use crate::ledger::LedgerError;
use crate::phase::{back, begin, detect, execute, plan, verify};
use crate::run::{Run, Stop};
use journal::JournalError;
use lifecycle::{Command, Next, Refusal};
use model::{Failure, Phase};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long the journal is given before it is tried again: twice as long each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(15);
/// After so many panics of one deployment's driver it is left to the next start of the host.
const PANICS: u32 = 3;

/// Drives a deployment until nothing is owed any more, or the host closes.
pub(crate) fn drive(run: &Run) {
    let mut pause = FIRST_PAUSE;
    let mut panics = 0;
    while !run.core.is_closing() {
        let next = run.next();
        if next == Next::Nothing {
            return;
        }
        let outcome = match catch_unwind(AssertUnwindSafe(|| step(run, next))) {
            Ok(outcome) => outcome,
            Err(_) if panics == PANICS => {
                tracing::error!(id = %run.id(), "its driver keeps panicking; a restart of the host takes it up again");
                return;
            }
            Err(panic) => {
                panics += 1;
                Err(failures::internal(run.phase(), "the driver panicked", said(&*panic)).into())
            }
        };
        match written(run, outcome) {
            Ok(()) => pause = FIRST_PAUSE,
            Err(error) => {
                tracing::error!(%error, id = %run.id(), "the journal cannot be used; trying again in {pause:?}");
                rest(&run.core, pause);
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }
}

/// Does what is owed next.
fn step(run: &Run, next: Next) -> Result<(), Stop> {
    match next {
        Next::GoBack { to } => return back::restore(run, &to),
        Next::CleanUp { ending } => return back::clean_up(run, ending),
        _ => run.checkpoint()?,
    }
    match next {
        Next::Begin => begin::run(run),
        Next::Detect => detect::run(run),
        Next::Plan => plan::run(run),
        Next::Execute => execute::run(run),
        Next::Verify => verify::run(run),
        Next::GoBack { .. } | Next::CleanUp { .. } | Next::Nothing => Ok(()),
    }
}

/// Writes down how a step ended. An error is one of the journal, which may pass.
fn written(run: &Run, outcome: Result<(), Stop>) -> Result<(), LedgerError> {
    let result = match outcome {
        Ok(()) | Err(Stop::Closing) => return Ok(()),
        Err(Stop::Failed(failure)) => failed(run, failure),
        // A host that closes sets the same flag; then a restart goes on.
        Err(Stop::Canceled) if run.core.is_closing() => return Ok(()),
        Err(Stop::Canceled) => run.apply(Command::Abort),
        Err(Stop::Ledger(error)) => Err(error),
    };
    match result {
        // It came to its end while the step ran: it was canceled, or superseded.
        Err(LedgerError::Refused(Refusal::Over(_))) => Ok(()),
        Err(LedgerError::Refused(Refusal::Canceling)) => run.apply(Command::Abort),
        // A write that was reported as lost is there after all.
        Err(LedgerError::Journal(JournalError::Conflict { .. })) => run.reload(),
        // A fault of ours: it fails the phase instead of being tried for ever.
        Err(error @ (LedgerError::Refused(_) | LedgerError::Journal(JournalError::Refused { .. }))) => {
            failed(run, Box::new(failures::internal(run.phase(), "a step was refused", error)))
        }
        other => other,
    }
}

/// The phase that runs failed; on the way back already, the way back did.
fn failed(run: &Run, failure: Box<Failure>) -> Result<(), LedgerError> {
    let state = run.state();
    let mut failure = failures::aimed(failure, &state.request.source.locator);
    if state.ending.is_some() {
        failure.phase = Phase::Rollback;
        return back::give_up(run, *failure);
    }
    failure.phase = state.view.current_phase;
    run.apply(Command::Fail(failure))
}

fn rest(core: &Core, pause: Duration) {
    let until = Instant::now() + pause;
    while !core.is_closing() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
