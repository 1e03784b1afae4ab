//! The nouns of Shipway: what every other crate speaks in.
//!
//! Pure data with serde and JSON schema. No I/O, no clocks, no async: a value of this crate can be built in a test
//! with nothing around it. Wrong states are made unsayable where a type can do it (ids, names, checked plans).

pub mod check;
pub mod claim;
pub mod code;
pub mod deployment;
pub mod event;
pub mod evidence;
pub mod explain;
pub mod failure;
pub mod firewall;
pub mod id;
pub mod phase;
pub mod plan;
pub mod plugin;
pub mod profile;
pub mod resource;
pub mod schema;
pub mod source;
pub mod view;

pub use check::{Check, CheckRecord, Endpoint, Outcome, Stage, Verdict};
pub use claim::{Claim, Confidence, Detection};
pub use code::Code;
pub use deployment::{Deployment, Rollback, RollbackOutcome};
pub use evidence::Evidence;
pub use failure::{Failure, Remedy, Responsibility};
pub use firewall::{Checked, PlanFault};
pub use id::{DeploymentId, Digest, Fingerprint, InstanceName, Name, ResourceId};
pub use phase::{Phase, PhaseOutcome, PhaseRecord, Status};
pub use plan::Plan;
pub use profile::Profile;
pub use resource::{Release, Resource};
pub use source::{SourceKind, SourceSpec, SourceSummary};
