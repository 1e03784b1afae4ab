//! The state of one deployment: the view from outside, and what only the machine needs.

use model::deployment::{PlanSummary, Trigger};
use model::event::{Effect, Event, Recorded, Request};
use model::profile::RollbackMode;
use model::{
    Check, Checked, Deployment, DeploymentId, Digest, Fingerprint, InstanceName, Phase, Profile, SourceSummary, Status,
};
use std::collections::{BTreeMap, BTreeSet};

/// How a deployment that does not succeed is going to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A phase failed.
    Failed,
    /// Somebody canceled it.
    Canceled,
}

/// The state of one deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The view from outside.
    pub view: Deployment,
    /// What was asked for.
    pub request: Request,
    /// Position of the latest event.
    pub seq: u64,
    /// The release that served when this began.
    pub incumbent: Option<DeploymentId>,
    /// The profile in use.
    pub profile: Option<Profile>,
    /// The plan in use.
    pub plan: Option<Checked>,
    /// The artifact, once built.
    pub artifact: Option<Digest>,
    /// Own instances that were intended and not removed since, with their port once started.
    pub instances: BTreeMap<InstanceName, Option<u16>>,
    /// Effects that were intended and not settled: what a restart must look at.
    pub pending: BTreeSet<Effect>,
    /// Probes can reach the candidate through the router.
    pub offered: bool,
    /// The route leads to this deployment.
    pub switched: bool,
    /// The route led to this deployment at some time: users have seen it.
    pub moved: bool,
    /// The release command was begun: there is no way back for the data.
    pub released: bool,
    /// What must be asked before success; `None` until the verifiers said.
    pub declared: Option<Vec<Check>>,
    /// Somebody wants it to end.
    pub cancel_requested: bool,
    /// Set from the moment on that it cannot succeed any more.
    pub ending: Option<Ending>,
}

/// A timeline that no run of this machine could have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no first event, or it is not the request.
    #[error("the timeline does not begin with a request")]
    NoRequest,
    /// Positions are not 1, 2, 3, …
    #[error("the timeline has a gap: expected event {expected}, found {found}")]
    Gap {
        /// The position that is missing.
        expected: u64,
        /// The position that came.
        found: u64,
    },
}

impl State {
    /// The state right after the request.
    #[must_use]
    pub fn requested(request: &Request, at: jiff::Timestamp) -> Self {
        let mut view = Deployment {
            id: request.id.clone(),
            resource_id: request.resource_id.clone(),
            resource: request.resource.clone(),
            trigger: request.trigger,
            status: Status::Queued,
            current_phase: if request.trigger == Trigger::Deploy { Phase::Detect } else { Phase::Execute },
            source_summary: SourceSummary {
                kind: request.source.kind,
                locator: request.source.locator.clone(),
                git_ref: request.source.git_ref.clone(),
                revision: None,
                base_directory: request.source.base_directory.clone().unwrap_or_else(|| ".".to_owned()),
                digest: None,
                files: None,
                bytes: None,
            },
            detection: None,
            plan: None,
            phases: Vec::new(),
            checks: Vec::new(),
            urls: Vec::new(),
            failure: None,
            recovery_hint: String::new(),
            rollback: None,
            warnings: Vec::new(),
            of: request.of.clone(),
            superseded_by: None,
            created_at: at,
            finished_at: None,
        };
        view.recovery_hint = crate::hint::of(&view);
        Self {
            view,
            request: request.clone(),
            seq: 1,
            incumbent: None,
            profile: None,
            plan: None,
            artifact: None,
            instances: BTreeMap::new(),
            pending: BTreeSet::new(),
            offered: false,
            switched: false,
            moved: false,
            released: false,
            declared: None,
            cancel_requested: false,
            ending: None,
        }
    }

    /// The state after a whole timeline.
    pub fn replay(timeline: impl IntoIterator<Item = Recorded>) -> Result<Self, ReplayError> {
        let mut events = timeline.into_iter();
        let Some(Recorded { seq: 1, at, event: Event::Requested(request), .. }) = events.next() else {
            return Err(ReplayError::NoRequest);
        };
        let mut state = Self::requested(&request, at);
        for recorded in events {
            if recorded.seq != state.seq + 1 {
                return Err(ReplayError::Gap { expected: state.seq + 1, found: recorded.seq });
            }
            state.evolve(&recorded.event, recorded.at);
        }
        Ok(state)
    }

    /// The deployment.
    #[must_use]
    pub fn id(&self) -> &DeploymentId {
        &self.view.id
    }

    /// Where it is.
    #[must_use]
    pub fn status(&self) -> Status {
        self.view.status
    }

    /// The plan's fingerprint, once planned.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        self.view.plan.as_ref().map(|p: &PlanSummary| &p.fingerprint)
    }

    /// The deployment whose build the instances run: itself, or the release that a rollback returns to.
    #[must_use]
    pub fn built_by(&self) -> &DeploymentId {
        match (self.request.trigger, &self.request.of) {
            (Trigger::Rollback, Some(of)) => of,
            _ => self.id(),
        }
    }

    /// Does a failed deployment go back by itself?
    #[must_use]
    pub fn goes_back_alone(&self) -> bool {
        self.request.trigger != Trigger::Rollback
            && self.profile.as_ref().is_none_or(|p| p.rollback.mode == RollbackMode::Auto)
    }

    /// Did this deployment do anything outside the host that has to be undone?
    #[must_use]
    pub fn left_traces(&self) -> bool {
        !self.instances.is_empty() || self.switched || self.offered || !self.pending.is_empty()
    }
}
