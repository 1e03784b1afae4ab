//! The turn begins: which release serves now, and is the way back to it open?

use crate::core::{Releases, Run, Stop};
use crate::failures;
use lifecycle::{Carried, Command};
use model::deployment::Trigger;
use model::{Code, Failure, Phase};

pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let state = run.state();
    let resource = run.resource()?;
    let incumbent = resource.serving.clone();
    let carried = match state.request.trigger {
        Trigger::Deploy => None,
        Trigger::Rollback => Some(from_release(run, &state)?),
        Trigger::Retry => Some(from_deployment(run, &state)?),
    };
    run.apply(Command::Begin { incumbent: incumbent.clone(), carried })?;
    if let Some(incumbent) = incumbent {
        match resource.release(&incumbent) {
            Some(release) if run.core.target.has(&release.built_by, &release.artifact) => {}
            _ => run.warn(format!(
                "the way back is not open: the build of {incumbent} is gone, so it cannot be started again once it stops"
            )),
        }
    }
    Ok(())
}

fn from_release(run: &Run, state: &lifecycle::State) -> Result<Box<Carried>, Stop> {
    let resource = run.resource()?;
    let release = state.request.of.as_ref().and_then(|of| resource.built_by(of)).cloned();
    let Some(release) = release else {
        let of = state.request.of.as_ref().map_or("?", |of| of.as_str());
        return Err(Failure::new(Phase::Execute, Code::ReleaseMissing, format!("there is no release {of}"), of).into());
    };
    let summary = run
        .core
        .ledger
        .deployment(&release.built_by)?
        .and_then(|d| d.plan)
        .map_or_else(|| release.plan.summary(&format!("{}.localhost", resource.name)), |plan| plan.summary);
    let detection = run.core.ledger.deployment(&release.built_by)?.and_then(|d| d.detection).map(Box::new);
    Ok(Box::new(Carried {
        source: release.source,
        profile: Box::new(release.profile),
        detection,
        fingerprint: release.fingerprint,
        summary,
        plan: Box::new(release.plan),
    }))
}

fn from_deployment(run: &Run, state: &lifecycle::State) -> Result<Box<Carried>, Stop> {
    let of = state.request.of.clone();
    let earlier = of.as_ref().map(|of| run.core.ledger.load(of)).transpose()?.flatten();
    let parts = earlier.and_then(|s| Some((s.view.clone(), s.profile?, s.plan?)));
    let Some((view, profile, plan)) = parts else {
        return Err(failures::internal(Phase::Execute, "the deployment to retry has no plan", format!("{of:?}")).into());
    };
    let Some(summary) = view.plan else {
        return Err(failures::internal(Phase::Execute, "the deployment to retry has no plan", view.id).into());
    };
    Ok(Box::new(Carried {
        source: view.source_summary,
        profile: Box::new(profile),
        detection: view.detection.map(Box::new),
        fingerprint: summary.fingerprint,
        summary: summary.summary,
        plan: Box::new(plan),
    }))
}
