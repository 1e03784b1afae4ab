//! One call of a plugin: its bounds, what it was shown, what it asked for, and what came of it.

mod breach;
mod clock;
mod ledger;
mod observing;
mod outcome;
mod reading;
mod request;
mod run;
mod session;

pub use outcome::{Call, CallError, Problem, ProblemKind};
pub use request::{Context, TargetFacts};

pub(crate) use ledger::Ledger;
pub(crate) use reading::Refusal;
pub(crate) use run::run;
pub(crate) use session::Session;
