//! The turn begins: which release serves now, and is the way back to it open?

use crate::release::{self, Releases};
use crate::run::{Run, Stop};
use crate::{environment, failures};
use lifecycle::{Carried, Command};
use model::deployment::Trigger;
use model::{Code, Failure, Phase, Remedy, Resource};

/// With less free space than this a build of usual size may not fit.
const HEADROOM: u64 = 512 << 20;

/// Begins: what a rollback or a retry takes over is looked up, and the way back is looked at.
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
    for why in closed(run, &resource) {
        run.warn(why);
    }
    Ok(())
}

/// What stands in the way back, or of this deployment: said before anything is done.
fn closed(run: &Run, resource: &Resource) -> Vec<String> {
    let core = &run.core;
    let mut found = Vec::new();
    if let Some(incumbent) = &resource.serving {
        match release::find(core, resource, incumbent) {
            Some(release) if core.target.has(&release.built_by, &release.artifact) => {
                let (_, missing) = environment::secret_values(&release.profile);
                found.extend(missing.iter().map(|why| {
                    format!("{incumbent}, which serves, could not be started again: a secret of it cannot be read ({why})")
                }));
            }
            _ => found.push(format!(
                "the way back is not open: the build of {incumbent} is gone, so it cannot be started again once it stops"
            )),
        }
    }
    if let Ok(stat) = rustix::fs::statvfs(&core.state_dir) {
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        if free < HEADROOM {
            found.push(format!(
                "only {} MiB are free on the disk of the state directory: a build may not fit",
                free >> 20
            ));
        }
    }
    found
}

fn from_release(run: &Run, state: &lifecycle::State) -> Result<Box<Carried>, Stop> {
    let resource = run.resource()?;
    let release = state.request.of.as_ref().and_then(|of| resource.built_by(of)).cloned();
    let Some(release) = release else {
        let of = state.request.of.as_ref().map_or("?", |of| of.as_str());
        let message = format!("the release {of} is not kept any more");
        let remedy = Remedy::safe("See which releases can be returned to.", format!("shipway status {}", run.name()));
        return Err(Failure::new(Phase::Execute, Code::ReleaseMissing, message, of).remedy(remedy).into());
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
