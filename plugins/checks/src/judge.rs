//! When a wrong answer becomes final.
//!
//! - A dead process is final at once: nothing that comes later can make it healthy.
//! - *Nothing so far* (refused, reset, timed out; a 503, which is how an app says that it is not ready) inside the start
//!   period is `not-yet` without a fault: it ends the row of wrong answers, because a slow start is not a wrong answer.
//! - A *definite wrong answer* (any other status, a missing text, something that is not HTTP) is wrong at any time, inside
//!   the start period too. It carries its fault and is final when it is the last of `retries` in a row: so an app that
//!   is up and broken is not waited for until the start period is over.
//! - After the start period, and in the later stages, where the app was healthy before, everything that is not right is
//!   a wrong answer and counts.

use shipway_sdk::{Context, Fault, Outcome, Stage, Verdict};

/// As expected.
pub(crate) fn passed(expected: impl Into<String>, observed: impl Into<String>, warnings: Vec<String>) -> Verdict {
    Verdict { outcome: Outcome::Passed, fault: None, expected: expected.into(), observed: observed.into(), warnings }
}

/// The host cannot observe it: neither right nor wrong.
pub(crate) fn unknown(expected: impl Into<String>, observed: impl Into<String>) -> Verdict {
    Verdict { outcome: Outcome::Unknown, ..passed(expected, observed, vec![]) }
}

/// Final at once.
pub(crate) fn failed(fault: Fault, expected: impl Into<String>, observed: impl Into<String>) -> Verdict {
    Verdict { outcome: Outcome::Failed, fault: Some(fault), ..passed(expected, observed, vec![]) }
}

/// A wrong answer: final when it is the last of `retries` in a row.
pub(crate) fn wrong(
    context: &Context,
    fault: Fault,
    expected: impl Into<String>,
    observed: impl Into<String>,
) -> Verdict {
    let last = context.failures.saturating_add(1) >= context.retries.max(1);
    let outcome = if last { Outcome::Failed } else { Outcome::NotYet };
    Verdict { outcome, ..failed(fault, expected, observed) }
}

/// No answer: not yet while the app may still be starting, wrong after that.
pub(crate) fn nothing(
    context: &Context,
    fault: Fault,
    expected: impl Into<String>,
    observed: impl Into<String>,
) -> Verdict {
    if starting(context) {
        return Verdict { outcome: Outcome::NotYet, ..passed(expected, observed, vec![]) };
    }
    wrong(context, fault, expected, observed)
}

/// May the app still be coming up? Only a candidate may: afterwards it was up before.
pub(crate) fn starting(context: &Context) -> bool {
    context.stage == Stage::Candidate && context.elapsed_ms < context.start_period_ms
}
