//! Asking for a deployment: a deploy, a rollback, a retry. Each is written down together with what it means for the
//! resource, and gets its turn.

use crate::core::{Core, lock};
use crate::operate::{not_allowed, unknown, unknown_deployment};
use crate::release::Releases;
use crate::{failures, preview, profile_of, turns};
use model::deployment::Trigger;
use model::event::Request;
use model::resource::Desired;
use model::view::{DeployRequest, RollbackRequest};
use model::{Code, DeploymentId, Failure, Name, Phase, Release, Remedy, Resource, ResourceId, SourceKind};
use std::path::Path;
use std::sync::Arc;

/// A new deployment of a source.
pub(crate) fn deploy(core: &Arc<Core>, request: DeployRequest) -> Result<DeploymentId, Failure> {
    let DeployRequest { source, name, settings, expect_plan } = request;
    if !matches!(source.kind, SourceKind::LocalDirectory | SourceKind::StaticDirectory) {
        let message = format!("a source of kind {} is not supported yet", source.kind.as_str());
        return Err(Failure::new(Phase::Detect, Code::UsageInvalid, message, source.locator));
    }
    if !Path::new(&source.locator).is_dir() {
        let message = format!("{} is not a directory that the host can read", source.locator);
        return Err(Failure::new(Phase::Detect, Code::SourceUnreadable, message, source.locator)
            .remedy(Remedy::advice("Check the path.")));
    }
    let aimed = |failure| *failures::aimed(failure, &source.locator);
    let profile = profile_of::read(&source, &settings).map_err(aimed)?.profile;
    let name = match &name {
        Some(text) => text
            .parse::<Name>()
            .map_err(|e| Failure::new(Phase::Detect, Code::ConfigInvalid, e.to_string(), format!("name = {text:?}")))?,
        None => preview::resource_name(&source, &profile)
            .ok_or_else(|| {
                let message = "no resource name can be made of the folder's name";
                Failure::new(Phase::Detect, Code::ConfigInvalid, message, source.locator.clone())
                    .remedy(Remedy::safe("Say a name.", "shipway deploy SOURCE --name NAME"))
            })
            .map_err(|failure| aimed(Box::new(failure)))?,
    };
    begin(core, &name, |known, id| {
        let mut resource = match known {
            Some(known) => known,
            None => Resource {
                id: new_resource(core)?,
                name: name.clone(),
                source: source.clone(),
                settings: settings.clone(),
                desired: Desired::Running,
                serving: None,
                releases: Vec::new(),
                created_at: jiff::Timestamp::now(),
            },
        };
        resource.source = source.clone();
        resource.settings.clone_from(&settings);
        let request = Request {
            id,
            resource_id: resource.id.clone(),
            resource: name.clone(),
            trigger: Trigger::Deploy,
            source,
            settings,
            expect_plan,
            of: None,
        };
        Ok((request, resource))
    })
}

/// A new deployment that returns to a release: no detect, no plan, no build.
pub(crate) fn rollback(core: &Arc<Core>, name: &Name, wanted: RollbackRequest) -> Result<DeploymentId, Failure> {
    begin(core, name, |known, id| {
        let resource = known.ok_or_else(|| unknown(name))?;
        let release = target_release(core, &resource, wanted.to.as_ref())?;
        let request = Request {
            id,
            resource_id: resource.id.clone(),
            resource: name.clone(),
            trigger: Trigger::Rollback,
            source: resource.source.clone(),
            settings: resource.settings.clone(),
            expect_plan: None,
            of: Some(release.built_by.clone()),
        };
        Ok((request, resource))
    })
}

/// Which release a rollback returns to, or why there is none.
fn target_release(core: &Core, resource: &Resource, to: Option<&DeploymentId>) -> Result<Release, Failure> {
    let there = |r: &Release| core.target.has(&r.built_by, &r.artifact) && !lock(&core.doomed).contains(&r.built_by);
    let missing = |message: String, input: &str| {
        let others = resource.releases.iter().filter(|r| there(r) && Some(&r.deployment) != resource.serving.as_ref());
        Failure::new(Phase::Rollback, Code::ReleaseMissing, message, input)
            .detail(others.map(|r| format!("can be returned to: {} of {}", r.deployment, r.at)))
            .remedy(Remedy::safe("See the releases.", format!("shipway status {}", resource.name)))
    };
    let release = match to {
        Some(to) => resource.release(to).ok_or_else(|| {
            let why = format!(
                "{to} is not a release of {} that is kept: only a deployment that succeeded leaves one",
                resource.name
            );
            missing(why, to.as_str())
        })?,
        None => {
            let serving = resource.releases.iter().position(|r| Some(&r.deployment) == resource.serving.as_ref());
            let now = serving.map(|i| &resource.releases[i].built_by);
            resource
                .releases
                .iter()
                .skip(serving.map_or(0, |i| i + 1))
                .find(|r| Some(&r.built_by) != now)
                .ok_or_else(|| missing(format!("{} has no earlier release", resource.name), resource.name.as_str()))?
        }
    };
    if !there(release) {
        let why = format!("the build of {} is not on this server any more", release.deployment);
        return Err(missing(why, release.deployment.as_str()));
    }
    Ok(release.clone())
}

/// A new deployment of the same snapshot by the same plan.
pub(crate) fn retry(core: &Arc<Core>, id: &DeploymentId) -> Result<DeploymentId, Failure> {
    let earlier = core
        .ledger
        .load(id)
        .map_err(|e| failures::internal(Phase::Detect, "the deployment cannot be read", e))?
        .ok_or_else(|| unknown_deployment(id))?;
    let view = &earlier.view;
    let refused = |message: String, remedy: Remedy| {
        let failure = not_allowed(view.current_phase, message, id.as_str(), remedy);
        *failures::aimed(Box::new(failure), &view.source_summary.locator)
    };
    let redeploy = || Remedy::safe("Deploy the source as it is now.", "shipway deploy SOURCE");
    if !view.status.is_terminal() {
        let cancel = Remedy::advice(format!("Wait for it, or `shipway cancel {id}`."));
        return Err(refused(format!("{id} is not over: it is {}", view.status), cancel));
    }
    if view.trigger == Trigger::Rollback {
        let again = Remedy::safe("Roll back again.", format!("shipway rollback {}", view.resource));
        return Err(refused(format!("{id} was a rollback, which repeats a release already"), again));
    }
    let Some(digest) = view.source_summary.digest.as_ref().filter(|_| earlier.plan.is_some()) else {
        return Err(refused(format!("{id} never had a plan: there is nothing that could be repeated"), redeploy()));
    };
    if let Err(error) = core.store.load(digest) {
        let message = format!("the snapshot that {id} was made from cannot be used any more: {error}");
        return Err(refused(message, redeploy()));
    }
    begin(core, &view.resource, |known, new| {
        let resource = known.ok_or_else(|| unknown(&view.resource))?;
        let request = Request {
            id: new,
            resource_id: resource.id.clone(),
            trigger: Trigger::Retry,
            of: Some(id.clone()),
            expect_plan: None,
            ..earlier.request.clone()
        };
        Ok((request, resource))
    })
}

/// Writes a new deployment down and gives it its turn. What it means for the resource is decided from the resource as it
/// is in that moment, which nobody else changes meanwhile.
fn begin(
    core: &Arc<Core>,
    name: &Name,
    make: impl FnOnce(Option<Resource>, DeploymentId) -> Result<(Request, Resource), Failure>,
) -> Result<DeploymentId, Failure> {
    let _alone = lock(&core.gate);
    let known = core.resource(name);
    if known.as_ref().is_some_and(|r| r.desired == Desired::Removing) {
        let remedy = Remedy::safe("Finish the removal, then deploy again.", format!("shipway remove {name} --yes"));
        return Err(not_allowed(Phase::Detect, format!("{name} is being removed"), name.as_str(), remedy));
    }
    let (request, resource) = make(known, new_deployment(core)?)?;
    let id = request.id.clone();
    let state = core
        .ledger
        .create(request, &resource)
        .map_err(|e| failures::internal(Phase::Detect, "the deployment could not be written to the journal", e))?;
    core.remember(resource);
    turns::enqueue(core, state);
    Ok(id)
}

fn new_id(core: &Core) -> Result<String, Failure> {
    let made = lock(&core.ids).generate();
    made.map(|id| id.to_string()).map_err(|e| failures::internal(Phase::Detect, "no id could be made", e))
}

/// A new deployment id: a ULID, so that ids sort by time.
fn new_deployment(core: &Core) -> Result<DeploymentId, Failure> {
    DeploymentId::from_ulid(&new_id(core)?).map_err(|e| failures::internal(Phase::Detect, "no id could be made", e))
}

fn new_resource(core: &Core) -> Result<ResourceId, Failure> {
    ResourceId::from_ulid(&new_id(core)?).map_err(|e| failures::internal(Phase::Detect, "no id could be made", e))
}
