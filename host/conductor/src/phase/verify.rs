//! Verify: the candidate directly, then through the router, then the switch, then the public side and the watch.

use super::checks::{Of, Questions, pass_stage};
use super::watch;
use crate::core::{Releases, Run, Stop};
use crate::failures;
use lifecycle::Command;
use model::event::{Effect, EffectResult};
use model::{Code, Failure, Phase, Release, Stage};

pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let state = run.state();
    let (Some(plan), Some(profile)) = (state.plan.clone(), state.profile.clone()) else {
        return Err(failures::internal(Phase::Verify, "the state is incomplete", "no plan or profile").into());
    };
    let id = state.id().clone();
    let name = state.view.resource.clone();
    let of = Of { name: &name, deployment: &id, plan: &plan, profile: &profile, candidate: true };
    let questions = Questions::collect(&run.core, &of, |receipt| run.called(receipt))?;
    run.apply(Command::DeclareChecks(questions.checks()))?;

    if !state.switched {
        pass_stage(run, &questions, Stage::Candidate)?;
        offer(run, &questions)?;
        pass_stage(run, &questions, Stage::Route)?;
        switch(run, &questions)?;
    }
    pass_stage(run, &questions, Stage::Serving)?;
    watch::stabilise(run, &questions, profile.rollback_watch())?;
    succeed(run, &plan, &profile)
}

/// Lets probes reach the candidate through the router; nobody else does.
fn offer(run: &Run, questions: &Questions) -> Result<(), Stop> {
    let view = run.view();
    run.effect(Effect::OfferCandidate { deployment: view.id.clone() }, || {
        run.core.routes.offer(&view.resource, &view.id, address(run, questions)?);
        Ok(EffectResult::done())
    })?;
    Ok(())
}

/// Moves all traffic to the candidate in one step. The incumbent stays warm.
fn switch(run: &Run, questions: &Questions) -> Result<(), Stop> {
    let view = run.view();
    let mut resource = run.resource()?;
    let effect = Effect::SwitchRoute { from: resource.serving.clone(), to: Some(view.id.clone()) };
    let to = address(run, questions)?;
    run.apply(Command::Intend(effect.clone()))?;
    run.core.routes.switch(&view.resource, Some((&view.id, to)));
    resource.serving = Some(view.id.clone());
    resource.desired = model::resource::Desired::Running;
    run.apply_with(Command::Settle(effect, EffectResult::done()), resource)?;
    run.progress("traffic goes to the new release");
    Ok(())
}

fn address(run: &Run, questions: &Questions) -> Result<std::net::SocketAddr, Box<Failure>> {
    run.core.target.address(&questions.instance).ok_or_else(|| {
        let input = questions.instance.as_str();
        Box::new(Failure::new(
            Phase::Verify,
            Code::RouteFailed,
            "the candidate has no port that a route could lead to",
            input,
        ))
    })
}

/// Every required check passed: what is left is to say so, and to keep the release for the way back.
fn succeed(run: &Run, plan: &model::Checked, profile: &model::Profile) -> Result<(), Stop> {
    let state = run.state();
    let mut resource = run.resource()?;
    let verified = state
        .verified()
        .map_err(|missing| Failure::new(Phase::Verify, Code::CheckFailed, missing.to_string(), "the set of checks"))?;
    let earlier = resource.built_by(state.built_by()).map(|r| r.artifact.clone());
    let (Some(artifact), Some(fingerprint)) = (state.artifact.clone().or(earlier), state.fingerprint().cloned()) else {
        return Err(failures::internal(Phase::Verify, "the state is incomplete", "no artifact").into());
    };
    resource.releases.insert(
        0,
        Release {
            deployment: state.id().clone(),
            built_by: state.built_by().clone(),
            artifact,
            fingerprint,
            plan: plan.clone(),
            profile: profile.clone(),
            source: state.view.source_summary.clone(),
            at: jiff::Timestamp::now(),
        },
    );
    let urls = run.core.routes.urls(&resource.name, profile);
    Ok(run.apply_with(Command::Succeed { verified, urls }, resource)?)
}
