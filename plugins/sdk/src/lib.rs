//! Write Shipway plugins in Rust.
//!
//! A plugin is a type that implements [`Plugin`] and one or more of [`Detector`], [`Planner`] and [`Verifier`], and one
//! line that exports it: [`export_app!`], [`export_detector!`], [`export_planner!`] or [`export_verifier!`].
//! `docs/plugins.md` has a whole one.
//!
//! A plugin sees the source through [`App`], finds lines for its evidence in [`Json`], [`Toml`] and [`Text`] documents,
//! says what it can build in an [`Offer`] and writes its plan with a [`PlanBuilder`], which lets the owner's profile win
//! everywhere. All of that runs natively too: see [`testing`].

mod about;
mod app;
mod claim;
mod document;
mod evidence;
mod export;
mod json;
mod offer;
mod plan;
mod probe;
mod request;
mod source;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;
mod toml;
mod wire;

pub use about::{About, Detector, Planner, Plugin, Verifier};
pub use app::App;
pub use claim::{claim, fact};
pub use document::line_at;
pub use evidence::{Sourced, default_to, described, incomplete, malformed, seen, seen_at};
#[doc(hidden)]
pub use export::Exported;
pub use json::Json;
pub use offer::{Offer, OfferedStep, OfferedTool};
pub use plan::{PlanBuilder, step};
pub use probe::Probes;
pub use request::Request;
pub use source::{Log, Source};
pub use text::Text;
pub use toml::Toml;
pub use wire::*;
#[doc(hidden)]
pub use {world_app, world_detector, world_planner, world_verifier};

/// Everything that a plugin usually needs.
pub mod prelude {
    pub use crate::{
        About, App, BuilderKind, Check, Claim, Command, Confidence, Context, Detector, Endpoint, Entry, EntryKind,
        Evidence, Fact, HealthPlan, HttpRequest, Json, Offer, OfferedStep, OfferedTool, Origin, Plan, PlanBuilder,
        Planner, Plugin, Probes, Problem, ProblemKind, Profile, Request, Sourced, Stage, StaticPlan, Step, Text, Toml,
        Verdict, Verifier, claim, default_to, described, fact, incomplete, malformed, seen, seen_at, step,
    };
}

/// The example of the documentation compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/plugins.md")]
struct Documentation;
