//! The sandbox: plugins are asked here, with nothing but the imports of their world, bounded in everything, and what
//! they answer is validated like a request from the internet before anybody else sees it.
//!
//! Depends on nothing but `model`: the source a plugin may look at and the probes a verifier may ask for are the two
//! small traits [`SourceView`] and [`Probes`], which the conductor implements.

mod call;
mod catalogue;
mod error;
mod limits;
mod plugin;
mod probes;
mod runtime;
mod view;

pub use call::{Call, CallError, Context, Problem, ProblemKind, TargetFacts};
pub use catalogue::{BuiltIn, Catalogue, Hit};
pub use error::LoadError;
pub use limits::Limits;
pub use plugin::Plugin;
pub use probes::{HttpAnswer, HttpProbe, Method, ProbeError, ProbeErrorKind, Probes, ProcessState};
pub use runtime::{Sandbox, inspect, precompile};
pub use view::{Entry, Kind, Read, ReadFault, SourceView};
