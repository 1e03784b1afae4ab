//! The contract's versions. One folder each; outwards all are one trait, chosen once when a component is loaded, in the
//! nouns of the model. A new minor gets a folder and a line in [`bind`], and no call site changes.

mod surface;
mod v0_1;

use crate::call::Session;
use crate::check::Description;
use crate::{Context, Entry, LoadError, Problem, TargetFacts};
use model::plugin::Role;
use model::{Check, Claim, Plan, Profile, Verdict};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

/// One component, spoken to in the version of the contract that it was built against.
///
/// Every method instantiates the component in the store it is given, calls it once and converts the answer. Nothing is
/// believed here: answers go through `crate::check` before anybody else sees them.
pub(crate) trait Contract: Send + Sync {
    /// What the component exports.
    fn roles(&self) -> &[Role];
    /// What it says about itself. Looks at the types of *all* exports, so that a component that would be refused at its
    /// first real call is refused when it is added.
    fn describe(&self, store: &mut Store<Session>) -> wasmtime::Result<Description>;
    /// What is this source?
    fn detect(&self, store: &mut Store<Session>, overview: &Overview) -> Answer<Vec<Claim>>;
    /// How is it built and run?
    fn plan(&self, store: &mut Store<Session>, request: PlanRequest<'_>) -> Answer<Plan>;
    /// What has to be verified?
    fn checks(&self, store: &mut Store<Session>, plan: &Plan) -> wasmtime::Result<Vec<Check>>;
    /// One evaluation.
    fn evaluate(&self, store: &mut Store<Session>, check: &Check, context: &Context) -> wasmtime::Result<Verdict>;
}

/// The outer error is a fault of the plugin, the inner one is its answer.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, Problem>>;

/// What lies at the base directory.
pub(crate) struct Overview {
    pub(crate) entries: Vec<Entry>,
    pub(crate) truncated: bool,
}

/// What a planner is given.
#[derive(Clone, Copy)]
pub(crate) struct PlanRequest<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) contributions: &'a [Claim],
    pub(crate) profile: &'a Profile,
    pub(crate) target: &'a TargetFacts,
}

/// Looks at what a component needs and offers, without running it, and links it to the version that it speaks.
pub(crate) fn bind(engine: &Engine, component: &Component) -> Result<Box<dyn Contract>, LoadError> {
    let surface = surface::read(engine, component)?;
    match surface.track {
        surface::Track::V0_1 => Ok(Box::new(v0_1::V0_1::link(engine, component, surface.roles)?)),
    }
}
