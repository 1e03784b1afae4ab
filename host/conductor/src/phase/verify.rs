//! Verify: the candidate directly, then through the router, then the switch, then the public side and the watch.

use super::checks::{all_run, pass_stage};
use super::questions::{Of, Questions};
use super::watch;
use crate::failures;
use crate::housekeeping::kept;
use crate::release::Releases;
use crate::run::{Run, Stop};
use lifecycle::Command;
use model::event::{Effect, EffectResult};
use model::resource::Desired;
use model::{Code, Failure, Phase, Profile, Release, Remedy, Stage};

/// Asks, switches, asks again, watches; after a restart from wherever it came to.
pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let state = run.state();
    let (Some(plan), Some(profile)) = (state.plan.clone(), state.profile.clone()) else {
        return Err(failures::internal(Phase::Verify, "the state is incomplete", "no plan or profile").into());
    };
    run.conceal(&profile);
    let of = Of { name: run.name(), deployment: run.id(), plan: &plan, profile: &profile, candidate: true };
    let questions = Questions::collect(&run.core, &of, |receipt| run.called(receipt))?;
    run.apply(Command::DeclareChecks(questions.checks()))?;

    if !state.switched {
        pass_stage(run, &questions, Stage::Candidate)?;
        offer(run, &questions, &profile)?;
        pass_stage(run, &questions, Stage::Route)?;
        switch(run, &questions, &profile)?;
    }
    pass_stage(run, &questions, Stage::Serving)?;
    watch::stabilise(run, &questions, profile.rollback_watch())?;
    succeed(run, &questions, &plan, &profile)
}

/// Lets probes reach the candidate through the router; nobody else does.
fn offer(run: &Run, questions: &Questions, profile: &Profile) -> Result<(), Stop> {
    // A rollback, a retry, and whatever a restart takes up again had no plan phase in this life of the host.
    run.core.routes.claim(run.name(), run.id(), profile).map_err(|why| {
        Failure::new(Phase::Verify, Code::RouteFailed, why, run.name().as_str())
            .remedy(Remedy::advice("Choose another host or path in [access], or remove the other resource."))
    })?;
    run.effect(Effect::OfferCandidate { deployment: run.id().clone() }, || {
        run.core.routes.offer(run.name(), run.id(), address(run, questions)?);
        Ok(EffectResult::done())
    })?;
    Ok(())
}

/// Moves all traffic to the candidate in one step. The incumbent stays warm.
fn switch(run: &Run, questions: &Questions, profile: &Profile) -> Result<(), Stop> {
    let to = address(run, questions)?;
    let effect = Effect::SwitchRoute { from: run.resource()?.serving, to: Some(run.id().clone()) };
    run.apply(Command::Intend(effect.clone()))?;
    run.core.routes.switch(run.name(), run.id(), profile, to);
    run.commit(Command::Settle(effect, EffectResult::done()), |resource| {
        resource.serving = Some(run.id().clone());
        resource.desired = Desired::Running;
    })?;
    run.progress("traffic goes to the new release");
    Ok(())
}

fn address(run: &Run, questions: &Questions) -> Result<std::net::SocketAddr, Box<Failure>> {
    run.core.target.address(&questions.instance).ok_or_else(|| {
        let input = questions.instance.as_str();
        Box::new(
            Failure::new(
                Phase::Verify,
                Code::RouteFailed,
                "the candidate has no port that a route could lead to",
                input,
            )
            .remedy(Remedy::advice("Name the process that answers requests `web`.")),
        )
    })
}

/// Every required check passed: what is left is to say so, and to keep the release for the way back.
fn succeed(run: &Run, questions: &Questions, plan: &model::Checked, profile: &Profile) -> Result<(), Stop> {
    let state = run.state();
    let verified = state
        .verified()
        .map_err(|missing| Failure::new(Phase::Verify, Code::CheckFailed, missing.to_string(), "the set of checks"))?;
    let built_by = state.built_by().clone();
    let earlier = run.resource()?.built_by(&built_by).map(|r| r.artifact.clone());
    let (Some(artifact), Some(fingerprint)) = (state.artifact.clone().or(earlier), state.fingerprint().cloned()) else {
        return Err(failures::internal(Phase::Verify, "the state is incomplete", "no artifact").into());
    };
    // From here on an end is answered with a restart: armed before it is called a success, and looked at once more
    // after it was, so that there is no moment at which a success can end and stay down.
    for instance in questions.instances() {
        run.core.target.arm(instance).map_err(|e| failures::target(Phase::Verify, &e))?;
    }
    all_run(run, questions)?;
    let release = Release {
        deployment: run.id().clone(),
        built_by,
        artifact,
        fingerprint,
        plan: plan.clone(),
        profile: profile.clone(),
        source: state.view.source_summary.clone(),
        at: jiff::Timestamp::now(),
    };
    let urls = run.core.routes.urls(run.name(), profile);
    run.commit(Command::Succeed { verified, urls }, |resource| {
        resource.releases.insert(0, release);
        resource.releases = kept(&resource.releases, profile.rollback_keep());
    })
}
