//! `shipway:plugin@0.1.x`.

mod bindings;
mod host;
mod inward;
mod outward;

use super::{Answer, Contract, Overview, PlanRequest};
use crate::call::Session;
use crate::check::Description;
use crate::{Context, LoadError};
use bindings::exports::shipway::plugin::{about, detector, planner, verifier};
use bindings::shipway::plugin::{log, probe, source};
use model::plugin::Role;
use model::{Check, Claim, Plan, Verdict};
use wasmtime::component::{Component, HasSelf, Instance, InstancePre, Linker};
use wasmtime::{Engine, Store};

/// The contract as linker errors name it.
const NAME: &str = "shipway:plugin@0.1";

/// A component of this version, linked and not yet instantiated.
pub(super) struct V0_1 {
    pre: InstancePre<Session>,
    roles: Vec<Role>,
    about: about::GuestIndices,
    detector: Option<detector::GuestIndices>,
    planner: Option<planner::GuestIndices>,
    verifier: Option<verifier::GuestIndices>,
}

impl V0_1 {
    /// Links what the component's roles may use and nothing else.
    pub(super) fn link(engine: &Engine, component: &Component, roles: Vec<Role>) -> Result<Self, LoadError> {
        let misfit = |e: wasmtime::Error| LoadError::Types { contract: NAME, why: format!("{e:#}") };
        let pre = linker(engine, &roles).and_then(|linker| linker.instantiate_pre(component)).map_err(misfit)?;
        let has = |role: Role| roles.contains(&role).then_some(());
        Ok(Self {
            about: about::GuestIndices::new(&pre).map_err(misfit)?,
            detector: has(Role::Detector).map(|()| detector::GuestIndices::new(&pre)).transpose().map_err(misfit)?,
            planner: has(Role::Planner).map(|()| planner::GuestIndices::new(&pre)).transpose().map_err(misfit)?,
            verifier: has(Role::Verifier).map(|()| verifier::GuestIndices::new(&pre)).transpose().map_err(misfit)?,
            roles,
            pre,
        })
    }
}

fn linker(engine: &Engine, roles: &[Role]) -> wasmtime::Result<Linker<Session>> {
    let mut linker = Linker::new(engine);
    log::add_to_linker::<_, HasSelf<Session>>(&mut linker, |s| s)?;
    bindings::shipway::plugin::types::add_to_linker::<_, HasSelf<Session>>(&mut linker, |s| s)?;
    if roles.iter().any(|role| matches!(role, Role::Detector | Role::Planner)) {
        source::add_to_linker::<_, HasSelf<Session>>(&mut linker, |s| s)?;
    }
    if roles.contains(&Role::Verifier) {
        probe::add_to_linker::<_, HasSelf<Session>>(&mut linker, |s| s)?;
    }
    Ok(linker)
}

/// From here on, an error is about what the plugin answered rather than about what it is.
fn ready(store: &mut Store<Session>) {
    store.data_mut().ready = true;
}

/// Only reachable when the host asks a plugin for a role that it does not have.
fn absent(role: &str) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the component exports no {role}"))
}

impl V0_1 {
    fn instance(&self, store: &mut Store<Session>) -> wasmtime::Result<Instance> {
        self.pre.instantiate(store)
    }
}

impl Contract for V0_1 {
    fn roles(&self) -> &[Role] {
        &self.roles
    }

    fn describe(&self, store: &mut Store<Session>) -> wasmtime::Result<Description> {
        let instance = self.instance(store)?;
        let about = self.about.load(&mut *store, &instance)?;
        self.detector.as_ref().map(|indices| indices.load(&mut *store, &instance)).transpose()?;
        self.planner.as_ref().map(|indices| indices.load(&mut *store, &instance)).transpose()?;
        self.verifier.as_ref().map(|indices| indices.load(&mut *store, &instance)).transpose()?;
        ready(store);
        Ok(inward::description(about.call_describe(store)?))
    }

    fn detect(&self, store: &mut Store<Session>, overview: &Overview) -> Answer<Vec<Claim>> {
        let indices = self.detector.as_ref().ok_or_else(|| absent("detector"))?;
        let instance = self.instance(store)?;
        let guest = indices.load(&mut *store, &instance)?;
        ready(store);
        Ok(match guest.call_detect(store, &outward::overview(overview))? {
            Ok(claims) => Ok(inward::claims(claims)?),
            Err(problem) => Err(inward::problem(problem)),
        })
    }

    fn plan(&self, store: &mut Store<Session>, request: PlanRequest<'_>) -> Answer<Plan> {
        let indices = self.planner.as_ref().ok_or_else(|| absent("planner"))?;
        let instance = self.instance(store)?;
        let guest = indices.load(&mut *store, &instance)?;
        ready(store);
        let contributions: Vec<_> = request.contributions.iter().map(outward::claim).collect();
        let answer = guest.call_plan(
            store,
            &outward::claim(request.claim),
            &contributions,
            &outward::profile(request.profile),
            &outward::target(request.target),
        )?;
        Ok(match answer {
            Ok(plan) => Ok(inward::plan(plan)?),
            Err(problem) => Err(inward::problem(problem)),
        })
    }

    fn checks(&self, store: &mut Store<Session>, plan: &Plan) -> wasmtime::Result<Vec<Check>> {
        let indices = self.verifier.as_ref().ok_or_else(|| absent("verifier"))?;
        let instance = self.instance(store)?;
        let guest = indices.load(&mut *store, &instance)?;
        ready(store);
        Ok(inward::checks(guest.call_checks(store, &outward::plan(plan))?)?)
    }

    fn evaluate(&self, store: &mut Store<Session>, check: &Check, context: &Context) -> wasmtime::Result<Verdict> {
        let indices = self.verifier.as_ref().ok_or_else(|| absent("verifier"))?;
        let instance = self.instance(store)?;
        let guest = indices.load(&mut *store, &instance)?;
        ready(store);
        Ok(inward::verdict(guest.call_evaluate(store, &outward::check(check), outward::context(context))?))
    }
}
