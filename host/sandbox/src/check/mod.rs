//! What a plugin answered, checked before anybody believes it: sizes, characters, names, and evidence against the ledger
//! of the call. Works on the nouns of the model, so it is the same for every version of the contract.
//!
//! Two kinds of text are treated differently. What a person reads is made harmless in place (U+FFFD shows where). What a
//! machine acts on (commands, paths, names, environment) is never altered: what was planned is what runs, so deceptive
//! characters there refuse the whole answer.

mod claims;
mod description;
mod plan;
mod rules;
mod verification;

pub(crate) use claims::{claims, problem};
pub(crate) use description::{Description, description};
pub(crate) use plan::plan;
pub(crate) use rules::{Invalid, Rules, pairs};
pub(crate) use verification::{checks, verdict};
