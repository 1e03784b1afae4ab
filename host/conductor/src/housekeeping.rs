//! After the end: whatever of the resource runs beside what serves is drained and stopped, and old builds are collected.
//!
//! Nothing here can change how a deployment ended, and nothing here holds up the next one. What a crash leaves undone,
//! the next start of the host and the next deployment find.
//!
//! Snapshots stay: nothing on the path of a deployment calls `source::Store::collect`. Which of them may go is decided
//! by the retention policy, which is an issue of its own; a retry needs the snapshot of what it repeats.

use crate::core::{Core, lock};
use crate::phase::back::GRACE;
use crate::release::Releases;
use crate::run::Run;
use lifecycle::Command;
use model::event::{Effect, EffectResult};
use model::{Code, Deployment, DeploymentId, InstanceName, Profile, Release, Resource, Status};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long requests that the old release is still answering may take.
const DRAIN: Duration = Duration::from_secs(30);

/// What follows a terminal status.
pub(crate) fn after(run: &Run) {
    // A deployment that ended before the switch still reserves hosts.
    run.core.routes.withdraw(run.name(), run.id());
    if run.state().status() == Status::Succeeded {
        retire(run);
    }
    for deployment in doom(run) {
        let effect = Effect::RemoveArtifact { deployment: deployment.clone() };
        settle(run, effect, || forget(&run.core, &deployment));
        lock(&run.core.doomed).remove(&deployment);
    }
}

/// Old releases finish what they are answering, then they are stopped. Their builds stay: they are the way back. What an
/// earlier way back left running, because it failed, goes with them.
fn retire(run: &Run) {
    let core = &run.core;
    let candidates = core.target.instances().into_iter().filter(|instance| {
        let seen = core.target.observe(instance);
        (seen.running || seen.supervised)
            && owner(core, &instance.deployment()).is_some_and(|d| d.resource == *run.name())
    });
    let old: Vec<InstanceName> = candidates.collect();
    for instance in old {
        let deployment = instance.deployment();
        if needed_now(run).contains(&deployment) {
            continue;
        }
        if !core.drain(&deployment, DRAIN) && !core.is_closing() {
            tracing::info!(%instance, "requests were cut after {DRAIN:?}");
        }
        // A deployment that began meanwhile may have taken it for its way back; a host that closes leaves it to the next.
        if core.is_closing() || needed_now(run).contains(&deployment) {
            continue;
        }
        let effect = Effect::StopInstance { instance: instance.clone() };
        settle(run, effect, || core.target.stop(&instance, GRACE).map_err(|e| e.to_string()));
    }
}

/// Deployments of the resource whose instances have to run: what serves, and what is under way with its way back.
fn needed_now(run: &Run) -> BTreeSet<DeploymentId> {
    let mut needed = BTreeSet::from([run.id().clone()]);
    needed.extend(run.core.resource(run.name()).and_then(|r| r.serving));
    let under_way = lock(&run.core.turns).of(run.name());
    for other in under_way {
        needed.insert(other.id().clone());
        needed.extend(other.state().incumbent);
    }
    needed
}

/// Whose a thing on the target is.
fn owner(core: &Core, deployment: &DeploymentId) -> Option<Deployment> {
    core.ledger.deployment(deployment).ok().flatten()
}

/// Releases that are kept: what serves, which is the first, and `keep` different builds to go back to. Of one build the
/// latest release stays and the first, by whose name people know it: rolling back and forth does not add up.
pub(crate) fn kept(releases: &[Release], keep: u32) -> Vec<Release> {
    let mut builds = BTreeSet::new();
    let mut fits = |release: &&Release| {
        let latest = builds.len() <= keep as usize && builds.insert(release.built_by.clone());
        latest || (release.deployment == release.built_by && builds.contains(&release.built_by))
    };
    releases.iter().filter(|release| fits(release)).cloned().collect()
}

/// Picks the builds and logs that nobody needs any more, in the same step in which new deployments are created: from
/// here on nobody can decide to return to one of them.
fn doom(run: &Run) -> Vec<DeploymentId> {
    let core = &run.core;
    let _alone = lock(&core.gate);
    let Some(resource) = core.resource(run.name()) else { return Vec::new() };
    let under_way: Vec<Deployment> = lock(&core.turns).of(run.name()).iter().map(Run::view).collect();
    let keep = keep(&resource);
    let Ok(recent) = core.ledger.deployments(Some(&resource.name), keep as usize) else { return Vec::new() };
    let needed = needed(&resource, &recent, &under_way);
    let there: BTreeSet<DeploymentId> = core
        .target
        .artifacts()
        .into_iter()
        .chain(core.target.instances().iter().map(InstanceName::deployment))
        .filter(|id| !needed.contains(id))
        .filter(|id| owner(core, id).is_some_and(|d| d.resource == resource.name && d.status.is_terminal()))
        .collect();
    lock(&core.doomed).extend(there.iter().cloned());
    there.into_iter().collect()
}

fn keep(resource: &Resource) -> u32 {
    let serving = resource.serving.as_ref().and_then(|d| resource.release(d)).or(resource.releases.first());
    serving.map_or(Profile::ROLLBACK_KEEP, |r| r.profile.rollback_keep())
}

/// Whose builds, instances and logs stay.
fn needed(resource: &Resource, recent: &[Deployment], under_way: &[Deployment]) -> BTreeSet<DeploymentId> {
    let mut needed: BTreeSet<DeploymentId> = resource.serving.iter().cloned().collect();
    for release in &resource.releases {
        // The build, and the instance with its log, which a rollback has under a name of its own.
        needed.extend([release.built_by.clone(), release.deployment.clone()]);
    }
    // The latest ones keep their logs, however they ended.
    for deployment in recent.iter().chain(under_way) {
        needed.insert(deployment.id.clone());
        needed.extend(deployment.of.clone());
    }
    needed
}

/// Forgets a deployment's build and the logs of its instances, none of which runs.
pub(crate) fn forget(core: &Core, deployment: &DeploymentId) -> Result<(), String> {
    let instances: Vec<InstanceName> =
        core.target.instances().into_iter().filter(|i| i.deployment() == *deployment).collect();
    for instance in instances {
        let seen = core.target.observe(&instance);
        if seen.running || seen.supervised {
            return Err(format!("{instance} still runs"));
        }
        core.target.remove(&instance).map_err(|e| e.to_string())?;
    }
    core.target.remove_artifact(deployment).map_err(|e| e.to_string())
}

/// Intent, effect, outcome, after the end of a deployment.
fn settle(run: &Run, effect: Effect, act: impl FnOnce() -> Result<(), String>) {
    if let Err(error) = run.apply(Command::Intend(effect.clone())) {
        tracing::warn!(%error, "housekeeping is put off: the journal cannot be written");
        return;
    }
    let result = match act() {
        Ok(()) => EffectResult::done(),
        Err(message) => {
            tracing::warn!(%message, ?effect, "housekeeping did not finish");
            EffectResult::Failed { code: Code::TargetUnreachable, message }
        }
    };
    if let Err(error) = run.apply(Command::Settle(effect, result)) {
        tracing::warn!(%error, "the outcome of housekeeping could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Checked, Digest, Fingerprint, Plan, SourceKind, SourceSpec, SourceSummary, resource::Desired};

    fn id(n: u32) -> DeploymentId {
        DeploymentId::from_ulid(&format!("01JABCDEFGHJKMNPQRSTV{n:05}")).unwrap()
    }

    fn release(deployment: u32, built_by: u32) -> Release {
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "plugin": "t@0", "appType": "node", "framework": null, "builder": "commands", "appRoot": ".", "tools": [],
            "steps": [], "buildEnv": {}, "runEnv": {}, "requiredSecrets": [],
            "processes": [{ "name": "web", "run": { "argv": ["node"] }, "cwd": "." }], "release": null, "port": null,
            "health": null, "publish": null, "volumes": [], "decisions": [], "warnings": [], "assumptions": [],
        }))
        .unwrap();
        Release {
            deployment: id(deployment),
            built_by: id(built_by),
            artifact: Digest::from_bytes(&[1; 32]),
            fingerprint: Fingerprint::from_bytes(&[2; 32]),
            plan: Checked::new(plan).unwrap(),
            profile: Profile::default(),
            source: SourceSummary {
                kind: SourceKind::LocalDirectory,
                locator: "/app".into(),
                git_ref: None,
                revision: None,
                base_directory: ".".into(),
                digest: None,
                files: None,
                bytes: None,
            },
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn deployments(releases: &[Release]) -> Vec<DeploymentId> {
        releases.iter().map(|r| r.deployment.clone()).collect()
    }

    #[test]
    fn there_is_always_something_to_go_back_to() {
        let all = [release(9, 9), release(8, 8), release(7, 7)];
        assert_eq!(deployments(&kept(&all, 1)), [id(9), id(8)], "one to go back to beside what serves");
        assert_eq!(kept(&all, 5).len(), 3);
    }

    #[test]
    fn rolling_back_and_forth_keeps_both_builds_and_does_not_add_up() {
        let mut releases = vec![release(2, 2), release(1, 1)];
        for n in 10..60 {
            releases.insert(0, release(n, 1 + n % 2));
            releases = kept(&releases, 1);
        }
        assert_eq!(deployments(&releases), [id(59), id(58), id(2), id(1)]);
    }

    #[test]
    fn what_serves_is_needed_under_its_own_name_and_under_its_builds() {
        let resource = Resource {
            id: model::ResourceId::from_ulid("01JABCDEFGHJKMNPQRSTVWXYZ0").unwrap(),
            name: "web".parse().unwrap(),
            source: SourceSpec {
                kind: SourceKind::LocalDirectory,
                locator: "/app".into(),
                git_ref: None,
                base_directory: None,
            },
            settings: Default::default(),
            desired: Desired::Running,
            serving: Some(id(9)),
            releases: vec![release(9, 1)],
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let needed = needed(&resource, &[], &[]);
        assert!(needed.contains(&id(9)), "its instance, while it is between two lives, is not one to collect");
        assert!(needed.contains(&id(1)));
    }
}
