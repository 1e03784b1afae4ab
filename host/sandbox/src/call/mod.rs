//! One call of a plugin: what goes in besides nouns of the model, and what comes out.

mod outcome;
mod request;

pub use outcome::{Call, CallError, Problem, ProblemKind};
pub use request::{Context, TargetFacts};
