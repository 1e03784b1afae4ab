//! The sandbox: plugins are asked here, with nothing but the imports of their world, bounded in everything, and what
//! they answer is validated like a request from the internet before anybody else sees it.
//!
//! Depends on nothing but `model`: the source a plugin may look at and the probes a verifier may ask for are the two
//! small traits [`SourceView`] and [`Probes`], which the conductor implements.
//!
//! The rooms: `engine` (wasmtime, its clock, compiled code), `call` (one call: what it may use, what it was shown, what
//! ended it), `abi` (the versions of the contract), `check` (answers), `catalogue` (which plugins there are).

mod abi;
mod call;
mod catalogue;
mod check;
mod engine;
mod error;
mod inspect;
mod limits;
mod plugin;
mod probes;
mod text;
mod view;

pub use call::{Call, CallError, Context, Problem, ProblemKind, TargetFacts};
pub use catalogue::{BuiltIn, Catalogue, Hit};
pub use engine::Sandbox;
pub use error::LoadError;
pub use inspect::{inspect, precompile};
pub use limits::Limits;
pub use plugin::Plugin;
pub use probes::{HttpAnswer, HttpProbe, Method, ProbeError, ProbeErrorKind, Probes, ProcessState};
pub use view::{Entry, Kind, Read, ReadFault, SourceView};
