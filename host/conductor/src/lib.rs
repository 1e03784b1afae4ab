//! The conductor drives deployments: it asks `lifecycle` what is next, performs it through the crates of floor 1, and
//! writes to the journal what it is about to do and what came of it. It decides nothing and knows no HTTP API.
//!
//! [`Host`] is a running host. [`preview`] answers detect and plan without one.

mod arbitration;
mod asking;
mod core;
mod diagnostics;
mod driver;
mod environment;
mod failures;
mod files;
mod health;
mod host;
mod housekeeping;
mod keeper;
mod ledger;
mod lock;
mod logs;
mod open;
mod operate;
mod phase;
mod planning;
pub mod preview;
mod probes;
mod profile_of;
mod recover;
mod redact;
mod release;
mod removal;
mod request;
mod routes;
mod run;
mod side_by_side;
mod tree_view;
mod turns;

pub use host::{Host, LogKind, Subject};
pub use open::{HostError, HostOptions};

/// What planners may know of the process target: nothing that differs between two machines of one kind.
pub(crate) fn process_facts() -> sandbox::TargetFacts {
    sandbox::TargetFacts {
        target: "process".to_owned(),
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        capabilities: vec!["commands".to_owned(), "static".to_owned()],
    }
}

/// A token that only this process knows: 160 random bits from the operating system.
pub(crate) fn token() -> String {
    format!("{}{}", ulid::Ulid::new(), ulid::Ulid::new())
}
