//! The page that runs a deployment.
//!
//! The state machine says what is owed; each phase does it and writes it down; a phase that fails is written down too,
//! and then the machine owes the way back. Nothing here decides anything. A restart of the host begins on this page
//! with the replayed state and goes on.

use crate::core::{Run, Stop};
use crate::phase::{back, begin, detect, execute, plan, verify};
use crate::{failures, housekeeping};
use lifecycle::{Command, Next};
use std::time::Duration;

/// How long the journal is given before it is tried again.
const JOURNAL_PAUSE: Duration = Duration::from_secs(1);

/// Drives a deployment until nothing is owed any more.
pub(crate) fn drive(run: &Run) {
    loop {
        let outcome = match run.next() {
            _ if run.core.is_closing() => return,
            Next::Begin => begin::run(run),
            Next::Detect => detect::run(run),
            Next::Plan => plan::run(run),
            Next::Execute => execute::run(run),
            Next::Verify => verify::run(run),
            Next::GoBack { to } => back::restore(run, &to),
            Next::CleanUp { ending } => back::clean_up(run, ending),
            Next::Nothing => return housekeeping::after(run),
        };
        let written = match outcome {
            Ok(()) => Ok(()),
            Err(Stop::Failed(mut failure)) => {
                failure.phase = run.phase();
                run.apply(Command::Fail(failure))
            }
            Err(Stop::Canceled) => run.apply(Command::Abort),
            Err(Stop::Closing) => return,
            Err(Stop::Ledger(error)) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, deployment = %run.view().id, "the journal cannot be used; trying again");
            std::thread::sleep(JOURNAL_PAUSE);
            if let Err(refused) = recover_from_refusal(run, &error) {
                tracing::error!(error = %refused, "still not");
            }
        }
    }
}

/// A refusal by the state machine is a bug of ours: it fails the phase instead of being tried for ever.
fn recover_from_refusal(run: &Run, error: &crate::ledger::LedgerError) -> Result<(), crate::ledger::LedgerError> {
    if let crate::ledger::LedgerError::Refused(refusal) = error {
        let failure = failures::internal(run.phase(), "the state machine refused a step", refusal);
        return run.apply(Command::Fail(Box::new(failure)));
    }
    Ok(())
}
