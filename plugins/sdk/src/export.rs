//! From the traits to the exports of a component. Plugins use the `export_…!` macros and nothing else here.

use crate::probe;
use crate::{App, Check, Claim, Context, Description, Overview, Plan, Problem, Profile, TargetFacts, Verdict};
use crate::{Detector, Planner, Plugin, Request, Role, Verifier, source};
use std::marker::PhantomData;

/// The component that a plugin becomes.
pub struct Exported<P>(PhantomData<P>);

impl<P: Detector + Planner> world_app::exports::shipway::plugin::about::Guest for Exported<P> {
    fn describe() -> Description {
        P::ABOUT.describe(vec![Role::Detector, Role::Planner])
    }
}
impl<P: Detector + Planner> world_app::exports::shipway::plugin::detector::Guest for Exported<P> {
    fn detect(overview: Overview) -> Result<Vec<Claim>, Problem> {
        P::detect(&App::with_overview(&source::Host, &source::Host, overview))
    }
}
impl<P: Detector + Planner> world_app::exports::shipway::plugin::planner::Guest for Exported<P> {
    fn plan(claim: Claim, contributions: Vec<Claim>, profile: Profile, target: TargetFacts) -> Result<Plan, Problem> {
        P::plan(&App::new(&source::Host, &source::Host), &Request { claim, contributions, profile, target })
    }
}

impl<P: Detector> world_detector::exports::shipway::plugin::about::Guest for Exported<P> {
    fn describe() -> Description {
        P::ABOUT.describe(vec![Role::Detector])
    }
}
impl<P: Detector> world_detector::exports::shipway::plugin::detector::Guest for Exported<P> {
    fn detect(overview: Overview) -> Result<Vec<Claim>, Problem> {
        P::detect(&App::with_overview(&source::Host, &source::Host, overview))
    }
}

impl<P: Planner> world_planner::exports::shipway::plugin::about::Guest for Exported<P> {
    fn describe() -> Description {
        P::ABOUT.describe(vec![Role::Planner])
    }
}
impl<P: Planner> world_planner::exports::shipway::plugin::planner::Guest for Exported<P> {
    fn plan(claim: Claim, contributions: Vec<Claim>, profile: Profile, target: TargetFacts) -> Result<Plan, Problem> {
        P::plan(&App::new(&source::Host, &source::Host), &Request { claim, contributions, profile, target })
    }
}

impl<P: Verifier + Plugin> world_verifier::exports::shipway::plugin::about::Guest for Exported<P> {
    fn describe() -> Description {
        P::ABOUT.describe(vec![Role::Verifier])
    }
}
impl<P: Verifier + Plugin> world_verifier::exports::shipway::plugin::verifier::Guest for Exported<P> {
    fn checks(plan: Plan) -> Vec<Check> {
        P::checks(&plan)
    }
    fn evaluate(check: Check, context: Context) -> Verdict {
        P::evaluate(&probe::Host, &check, &context)
    }
}

/// Exports a type that is both [`Detector`] and [`Planner`].
#[macro_export]
macro_rules! export_app {
    ($plugin:ty) => {
        $crate::__export!(world_app, $plugin);
    };
}
/// Exports a [`Detector`].
#[macro_export]
macro_rules! export_detector {
    ($plugin:ty) => {
        $crate::__export!(world_detector, $plugin);
    };
}
/// Exports a [`Planner`].
#[macro_export]
macro_rules! export_planner {
    ($plugin:ty) => {
        $crate::__export!(world_planner, $plugin);
    };
}
/// Exports a [`Verifier`].
#[macro_export]
macro_rules! export_verifier {
    ($plugin:ty) => {
        $crate::__export!(world_verifier, $plugin);
    };
}

/// The exported functions are the component's ABI, and only a component has it: natively, several plugins meet in one
/// test program.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($world:ident, $plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, unreachable_pub, missing_docs, clippy::all)]
        mod __component {
            use super::*;
            type Component = $crate::Exported<$plugin>;
            $crate::$world::export!(Component with_types_in $crate::$world);
        }
    };
}
