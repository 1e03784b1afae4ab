//! The journal as the conductor uses it: a deployment's timeline and its projections, written in one step.
//!
//! What has been decided is durable before it is acted upon: every method that writes returns after the commit.

use jiff::Timestamp;
use journal::{Batch, Document, Filter, Journal, JournalError, NewEvent};
use lifecycle::{Command, Refusal, State, decide};
use model::event::{Event, Recorded, Request};
use model::{Deployment, DeploymentId, Name, Resource};

const DEPLOYMENTS: &str = "deployments";
const RESOURCES: &str = "resources";
/// Events that are read at once when a timeline is replayed.
const PAGE: usize = 2000;

/// Why something could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The state machine refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A timeline does not make sense.
    #[error("the timeline of {0} cannot be replayed: {1}")]
    Replay(DeploymentId, lifecycle::ReplayError),
}

/// The journal as the conductor uses it.
pub(crate) struct Ledger {
    journal: Journal,
}

impl Ledger {
    /// Over an open journal.
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal }
    }

    /// A new deployment, and the resource that it belongs to.
    pub(crate) fn create(&self, request: Request, resource: &Resource) -> Result<State, LedgerError> {
        let at = now();
        let state = State::requested(&request, at);
        let event = Event::Requested(Box::new(request));
        let batch = Batch::of(state.id().as_str(), vec![entry(&event, at)?])
            .expecting(0)
            .with(deployment_document(&state)?)
            .with(resource_document(resource)?);
        self.journal.append(batch)?;
        Ok(state)
    }

    /// Lets the state machine decide, writes its events, and moves the state on. With a changed resource in the same
    /// commit.
    pub(crate) fn apply(
        &self,
        state: &mut State,
        command: Command,
        resource: Option<&Resource>,
    ) -> Result<(), LedgerError> {
        let events = decide(state, command)?;
        if events.is_empty() {
            return Ok(());
        }
        let at = now();
        let mut after = state.clone();
        let mut entries = Vec::with_capacity(events.len());
        for event in &events {
            entries.push(entry(event, at)?);
            after.evolve(event, at);
        }
        let mut batch = Batch::of(state.id().as_str(), entries).expecting(state.seq);
        // Narration leaves the view as it is: its document need not be written again.
        if after.view != state.view {
            batch = batch.with(deployment_document(&after)?);
        }
        if let Some(resource) = resource {
            batch = batch.with(resource_document(resource)?);
        }
        self.journal.append(batch)?;
        *state = after;
        Ok(())
    }

    /// Replays a deployment's whole timeline.
    pub(crate) fn load(&self, id: &DeploymentId) -> Result<Option<State>, LedgerError> {
        let mut timeline = Vec::new();
        loop {
            // A page may end early; only an empty one is the end.
            let page = self.events(id, timeline.len() as u64, PAGE)?;
            if page.is_empty() {
                break;
            }
            timeline.extend(page);
        }
        if timeline.is_empty() {
            return Ok(None);
        }
        State::replay(timeline).map(Some).map_err(|e| LedgerError::Replay(id.clone(), e))
    }

    /// A page of a deployment's timeline after a position; empty at its end.
    pub(crate) fn events(&self, id: &DeploymentId, after: u64, limit: usize) -> Result<Vec<Recorded>, LedgerError> {
        self.journal
            .read(id.as_str(), after, limit.min(u32::MAX as usize) as u32)?
            .into_iter()
            .map(|s| Ok(Recorded { seq: s.seq, deployment: id.clone(), at: s.at, event: s.parse()? }))
            .collect()
    }

    /// Blocks until a timeline has something after a position; true when it does.
    pub(crate) fn wait(&self, id: &DeploymentId, after: u64, timeout: std::time::Duration) -> bool {
        self.journal.wait(id.as_str(), after, timeout).unwrap_or_else(|error| {
            // Whoever follows asks again at once: a journal that fails must not make that a busy loop.
            tracing::error!(%error, "the journal cannot be followed");
            std::thread::sleep(timeout.min(std::time::Duration::from_secs(1)));
            false
        })
    }

    /// One deployment as it was last written.
    pub(crate) fn deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, LedgerError> {
        self.journal.document(DEPLOYMENTS, id.as_str())?.map(|d| Ok(d.parse()?)).transpose()
    }

    /// Newest first.
    pub(crate) fn deployments(&self, resource: Option<&Name>, limit: usize) -> Result<Vec<Deployment>, LedgerError> {
        let filter = Filter {
            group: resource.map(|n| n.as_str().to_owned()),
            limit: Some(limit.min(u32::MAX as usize) as u32),
            ..Filter::default()
        };
        self.journal.documents(DEPLOYMENTS, &filter)?.iter().map(|d| Ok(d.parse()?)).collect()
    }

    /// Deployments that are not over, oldest first: in the order in which they were asked for, whatever the clock did.
    pub(crate) fn unfinished(&self) -> Result<Vec<DeploymentId>, LedgerError> {
        let filter = Filter { active: Some(true), ..Filter::default() };
        let mut found: Vec<DeploymentId> = self
            .journal
            .documents(DEPLOYMENTS, &filter)?
            .iter()
            .map(|d| Ok(d.parse::<Deployment>()?.id))
            .collect::<Result<_, LedgerError>>()?;
        found.reverse();
        Ok(found)
    }

    /// All resources.
    pub(crate) fn resources(&self) -> Result<Vec<Resource>, LedgerError> {
        self.journal.documents(RESOURCES, &Filter::default())?.iter().map(|d| Ok(d.parse()?)).collect()
    }

    /// Writes a resource that no event belongs to.
    pub(crate) fn save_resource(&self, resource: &Resource) -> Result<(), LedgerError> {
        self.journal.append(Batch::default().with(resource_document(resource)?))?;
        Ok(())
    }

    /// Removes a resource's record; the timelines of its deployments stay.
    pub(crate) fn forget_resource(&self, name: &Name) -> Result<(), LedgerError> {
        self.journal.append(Batch::default().without(RESOURCES, name.as_str()))?;
        Ok(())
    }
}

/// Now, to the microsecond that the journal keeps.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

fn entry(event: &Event, at: Timestamp) -> Result<NewEvent, JournalError> {
    Ok(NewEvent::new(event.kind(), event)?.at(at))
}

fn deployment_document(state: &State) -> Result<Document, JournalError> {
    let view = &state.view;
    Ok(Document::new(DEPLOYMENTS, view.id.as_str(), view)?
        .group(view.resource.as_str())
        .active(!view.status.is_terminal()))
}

fn resource_document(resource: &Resource) -> Result<Document, JournalError> {
    Document::new(RESOURCES, resource.name.as_str(), resource)
}
