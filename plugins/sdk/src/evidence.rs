//! Evidence, problems, and values that remember where they came from.

use crate::{Evidence, Origin, Problem, ProblemKind};

/// Something seen in a file as a whole, or in its name.
#[must_use]
pub fn seen(path: impl Into<String>, note: impl Into<String>) -> Evidence {
    Evidence { path: path.into(), line: None, note: note.into() }
}

/// Something seen on a line (one-based).
#[must_use]
pub fn seen_at(path: impl Into<String>, line: impl Into<Option<u32>>, note: impl Into<String>) -> Evidence {
    Evidence { path: path.into(), line: line.into(), note: note.into() }
}

/// The origin of a value that nobody asked for; the text says why this is the default.
#[must_use]
pub fn default_to(why: impl Into<String>) -> Origin {
    Origin::Default(why.into())
}

/// A file that cannot be understood: "package.json line 12: …".
#[must_use]
pub fn malformed(path: &str, line: Option<u32>, what: &str) -> Problem {
    let at = line.map_or(String::new(), |l| format!(" line {l}"));
    Problem {
        kind: ProblemKind::Malformed,
        message: format!("{path}{at}: {what}"),
        field: None,
        evidence: vec![seen_at(path, line, what)],
        remedy: Some(format!("Correct {path}.")),
    }
}

/// A field that the plan needs and nothing says: `field` in the words of shipway.toml ("runtime.start").
#[must_use]
pub fn incomplete(field: &str, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem {
        kind: ProblemKind::Incomplete,
        message: message.into(),
        field: Some(field.to_owned()),
        evidence: vec![],
        remedy: Some(remedy.into()),
    }
}

/// Any other problem.
#[must_use]
pub fn described(kind: ProblemKind, message: impl Into<String>) -> Problem {
    Problem { kind, message: message.into(), field: None, evidence: vec![], remedy: None }
}

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// Seen in the source.
    #[must_use]
    pub fn seen(value: T, evidence: Evidence) -> Self {
        Self { value, origin: Origin::Evidence(evidence) }
    }
    /// Nobody said otherwise; `why` says why this is the default.
    #[must_use]
    pub fn default(value: T, why: impl Into<String>) -> Self {
        Self { value, origin: Origin::Default(why.into()) }
    }
    /// Declared by the owner under this key of shipway.toml.
    #[must_use]
    pub fn declared(value: T, key: impl Into<String>) -> Self {
        Self { value, origin: Origin::Profile(key.into()) }
    }
}
