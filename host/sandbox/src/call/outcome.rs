//! What a call gives back: an answer, a problem that the plugin explains, or a fault of the plugin; always a receipt.

use model::plugin::{PluginFault, Receipt};
use model::{Code, Evidence};

/// One call, answered or not, with what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<T> {
    /// The validated answer.
    pub result: Result<T, CallError>,
    /// What it cost and touched; there also when the call failed.
    pub receipt: Receipt,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The plugin broke: it trapped, overran a limit, or answered against the contract.
    #[error("{}", .0.message)]
    Fault(PluginFault),
    /// The plugin works and says why it cannot answer.
    #[error("{0}")]
    Problem(Problem),
}

impl CallError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            CallError::Fault(fault) => fault.code,
            CallError::Problem(problem) => problem.kind.code(),
        }
    }
}

/// What a plugin says about the source or the profile when it cannot answer. Validated like an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// Which kind.
    pub kind: ProblemKind,
    /// For a person.
    pub message: String,
    /// Which field of the plan or the profile (`runtime.start`).
    pub field: Option<String>,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
    /// What the person can do, one imperative sentence.
    pub remedy: Option<String>,
}

/// Kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A file of the source cannot be understood.
    Malformed,
    /// A needed field could not be found or derived.
    Incomplete,
    /// The profile contradicts itself or the source.
    Conflict,
    /// The target cannot do what the app needs.
    Unsupported,
    /// Anything else.
    Other,
}

impl ProblemKind {
    /// The code that a failed phase gets from it. (At detect, a problem is a warning of that detector.)
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            ProblemKind::Incomplete => Code::PlanIncomplete,
            ProblemKind::Conflict => Code::ProfileConflict,
            ProblemKind::Unsupported => Code::PlanUnsupportedByTarget,
            ProblemKind::Malformed | ProblemKind::Other => Code::PlanInvalid,
        }
    }
}
