//! Facts about this machine, looked up now: what Shipway may use here, and what is missing. Nothing is changed.

mod kernel;
mod network;
mod state;
mod tools;

use crate::place::Place;
use serde::Serialize;

/// How a fact is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grade {
    /// As it should be.
    Good,
    /// Works, with less than there could be.
    Note,
    /// A host cannot work here.
    Bad,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fact {
    /// What was looked at.
    pub(crate) name: String,
    /// How to take it.
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) observed: String,
    /// What to do about it, or what it means.
    pub(crate) advice: Option<String>,
}

impl Fact {
    fn good(name: &str, observed: impl Into<String>) -> Self {
        Self { name: name.to_owned(), grade: Grade::Good, observed: observed.into(), advice: None }
    }
    fn note(name: &str, observed: impl Into<String>, advice: impl Into<String>) -> Self {
        let (observed, advice) = (observed.into(), Some(advice.into()));
        Self { name: name.to_owned(), grade: Grade::Note, observed, advice }
    }
    fn bad(name: &str, observed: impl Into<String>, advice: impl Into<String>) -> Self {
        let (observed, advice) = (observed.into(), Some(advice.into()));
        Self { name: name.to_owned(), grade: Grade::Bad, observed, advice }
    }
}

/// Everything that is known of this machine.
pub(crate) fn examine(place: &Place) -> Vec<Fact> {
    let mut facts = kernel::facts();
    facts.extend(state::facts(place));
    facts.extend(network::facts(place));
    facts.extend(tools::facts());
    facts
}
