//! Where things run: the [`Target`] trait, and the embedded target `process`.
//!
//! A target is told what to do by name and by plan; it never decides what to run. Everything it starts keeps running
//! without the host and is found again by name, and nothing it starts outlives its supervisor.

mod contain;
mod durable;
mod error;
mod layout;
mod logs;
mod process;
mod serve;
mod step;
mod supervise;
mod target;

pub use error::{Holder, TargetError};
pub use process::{Operator, ProcessTarget};
pub use serve::serve_static;
pub use step::step;
pub use supervise::supervise;
pub use target::{Artifact, BuildEvents, BuildJob, Observation, ReleaseJob, StartJob, Started, Target, TargetFacts};
