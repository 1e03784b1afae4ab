//! A running host: everything that a person or a program can ask of it. Every method blocks.

use crate::core::{Core, lock};
use crate::ledger::LedgerError;
use crate::lock::StateLock;
use crate::open::{self, HostError, HostOptions};
use crate::redact::Redactor;
use crate::{environment, failures, health, operate, release, removal, request, side_by_side};
use model::event::Recorded;
use model::view::{DeployRequest, DeploymentBrief, HealthReport, LogPage, ReleaseBrief, ResourceView, RollbackRequest};
use model::{Checked, Code, Deployment, DeploymentId, Failure, InstanceName, Name, Phase, Remedy, Resource};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// What the build steps wrote.
    Build,
    /// What the app wrote.
    Run,
}

/// A resource by name or a deployment by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The resource's serving release, or its latest deployment when none serves.
    Resource(Name),
    /// One deployment.
    Deployment(DeploymentId),
}

/// A running host. Every method blocks; call from a thread that may.
pub struct Host {
    core: Arc<Core>,
    _lock: StateLock,
}

impl Host {
    /// Takes the state directory, brings the world and the journal together, and goes on with what was unfinished.
    ///
    /// # Errors
    /// Another host holds the directory; the directory, the journal or the address cannot be used.
    pub fn open(options: HostOptions) -> Result<Arc<Host>, HostError> {
        let (core, held) = open::open(&options)?;
        Ok(Arc::new(Host { core, _lock: held }))
    }

    /// Where the router listens.
    #[must_use]
    pub fn router_addr(&self) -> SocketAddr {
        self.core.routes.router().local_addr()
    }

    /// Queues a deployment.
    ///
    /// # Errors
    /// The source or the profile cannot be used, or the resource is being removed.
    pub fn deploy(&self, request: DeployRequest) -> Result<DeploymentId, Failure> {
        request::deploy(&self.core, request)
    }

    /// One deployment.
    #[must_use]
    pub fn deployment(&self, id: &DeploymentId) -> Option<Deployment> {
        let under_way = lock(&self.core.turns).find(id);
        if let Some(run) = under_way {
            return Some(run.view());
        }
        told(self.core.ledger.deployment(id)).flatten()
    }

    /// Deployments, newest first.
    #[must_use]
    pub fn deployments(&self, resource: Option<&Name>, limit: usize) -> Vec<Deployment> {
        told(self.core.ledger.deployments(resource, limit)).unwrap_or_default()
    }

    /// All resources, by name.
    #[must_use]
    pub fn resources(&self) -> Vec<ResourceView> {
        let all: Vec<Resource> = lock(&self.core.resources).values().cloned().collect();
        all.into_iter().map(|r| self.view(r)).collect()
    }

    /// One resource.
    #[must_use]
    pub fn resource(&self, name: &Name) -> Option<ResourceView> {
        self.core.resource(name).map(|r| self.view(r))
    }

    fn view(&self, resource: Resource) -> ResourceView {
        let latest = self.deployments(Some(&resource.name), 1).pop();
        ResourceView {
            urls: removal::urls(&self.core, &resource),
            latest: latest.map(|d| DeploymentBrief { id: d.id, status: d.status, created_at: d.created_at }),
            releases: resource
                .releases
                .iter()
                .map(|r| ReleaseBrief {
                    deployment: r.deployment.clone(),
                    available: self.core.target.has(&r.built_by, &r.artifact),
                    at: r.at,
                })
                .collect(),
            id: resource.id,
            name: resource.name,
            desired: resource.desired,
            serving: resource.serving,
            source: resource.source,
            created_at: resource.created_at,
        }
    }

    /// A deployment's timeline after a position.
    pub fn events(&self, id: &DeploymentId, after: u64, limit: usize) -> Result<Vec<Recorded>, Failure> {
        let found = self.core.ledger.events(id, after, limit).map_err(|e| unreadable(&e))?;
        if found.is_empty() && after == 0 {
            return Err(operate::unknown_deployment(id));
        }
        Ok(found)
    }

    /// Blocks until something after this position exists; true when it does.
    #[must_use]
    pub fn wait_event(&self, id: &DeploymentId, after: u64, timeout: Duration) -> bool {
        self.core.ledger.wait(id, after, timeout)
    }

    /// The plan of a deployment.
    pub fn plan(&self, id: &DeploymentId) -> Result<Checked, Failure> {
        let state = self.core.ledger.load(id).map_err(|e| unreadable(&e))?;
        let state = state.ok_or_else(|| operate::unknown_deployment(id))?;
        state.plan.ok_or_else(|| {
            Failure::new(Phase::Plan, Code::NotFound, format!("{id} has no plan"), id.as_str())
                .remedy(Remedy::safe("See how far it came.", format!("shipway status {id}")))
        })
    }

    /// Lines of a log.
    pub fn logs(&self, of: &Subject, kind: LogKind, cursor: u64, limit: usize) -> Result<LogPage, Failure> {
        let id = match of {
            Subject::Deployment(id) => {
                self.deployment(id).ok_or_else(|| operate::unknown_deployment(id))?;
                id.clone()
            }
            Subject::Resource(name) => self.log_subject(name)?,
        };
        let mut page = match kind {
            LogKind::Build => self.core.target.build_log(&id, cursor, limit),
            LogKind::Run => {
                let mut instances: Vec<InstanceName> =
                    self.core.target.instances().into_iter().filter(|i| i.deployment() == id).collect();
                instances.sort_by_key(|i| i.process() != "web");
                match instances.first() {
                    Some(instance) => self.core.target.logs(instance, cursor, limit),
                    None => LogPage { lines: Vec::new(), cursor: 0, gap: false },
                }
            }
        };
        self.redactor(&id).page(&mut page);
        Ok(page)
    }

    /// What must not be seen of a deployment. Values that cannot be read now cannot be masked, either.
    fn redactor(&self, id: &DeploymentId) -> Redactor {
        let mut redactor = Redactor::default();
        let under_way = lock(&self.core.turns).find(id);
        if let Some(run) = &under_way {
            redactor = run.redactor();
        }
        let name = told(self.core.ledger.deployment(id)).flatten().map(|d| d.resource);
        let resource = name.and_then(|name| self.core.resource(&name));
        if let Some(release) = resource.and_then(|resource| release::find(&self.core, &resource, id)) {
            let (values, _) = environment::secret_values(&release.profile);
            redactor.add(values.iter().map(String::as_str));
        }
        redactor
    }

    fn log_subject(&self, name: &Name) -> Result<DeploymentId, Failure> {
        let resource = self.core.resource(name).ok_or_else(|| operate::unknown(name))?;
        resource
            .serving
            .or_else(|| self.deployments(Some(name), 1).pop().map(|d| d.id))
            .ok_or_else(|| operate::unknown(name))
    }

    /// Process, health, route and access of what serves, asked now.
    pub fn health(&self, name: &Name) -> Result<HealthReport, Failure> {
        health::report(&self.core, name)
    }

    /// Returns to a release.
    pub fn rollback(&self, name: &Name, request: RollbackRequest) -> Result<DeploymentId, Failure> {
        request::rollback(&self.core, name, request)
    }

    /// Repeats a deployment: same snapshot, same plan.
    pub fn retry(&self, id: &DeploymentId) -> Result<DeploymentId, Failure> {
        request::retry(&self.core, id)
    }

    /// Asks a deployment to end.
    pub fn cancel(&self, id: &DeploymentId) -> Result<(), Failure> {
        operate::cancel(&self.core, id)
    }

    /// Stops what serves.
    pub fn stop(&self, name: &Name) -> Result<(), Failure> {
        operate::stop(&self.core, name)
    }

    /// Starts the release that served last.
    pub fn start(&self, name: &Name) -> Result<(), Failure> {
        operate::start(&self.core, name)
    }

    /// What `remove` would take away, for a person.
    pub fn removal_list(&self, name: &Name) -> Result<Vec<String>, Failure> {
        removal::list(&self.core, name)
    }

    /// Stops and removes everything of a resource; the answer is what went.
    pub fn remove(&self, name: &Name) -> Result<Vec<String>, Failure> {
        removal::remove(&self.core, name)
    }

    /// Stops drivers and the router; apps keep running, and the next start goes on with what is unfinished. A second
    /// call does nothing.
    pub fn shutdown(&self) {
        let core = &self.core;
        // In this order: a driver that sees its deployment canceled sees then that it is the host that ends.
        core.closing.store(true, Ordering::Release);
        let runs = lock(&core.turns).all();
        for run in runs {
            // Ends a running build.
            run.live.cancel.store(true, Ordering::Release);
        }
        core.turned.notify_all();
        let threads = lock(&core.turns).take_threads();
        for thread in threads {
            let _ = thread.join();
        }
        lock(&core.turns).clear();
        core.routes.router().shutdown(Duration::from_secs(5));
    }

    /// Stops every app, for `up`. The resources stay: the next start of a host starts them again.
    pub fn stop_all(&self) {
        side_by_side::for_each(&self.core.target.instances(), |instance| {
            if let Err(error) = self.core.target.stop(instance, crate::phase::back::GRACE) {
                tracing::error!(%instance, %error, "it could not be stopped");
            }
        });
    }
}

impl Drop for Host {
    /// Nothing of a host outlives it: its threads would go on writing to a journal that the next one has opened.
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// What could be read; that it could not is said where an operator looks, because the caller has no place for it.
fn told<T>(read: Result<T, LedgerError>) -> Option<T> {
    read.inspect_err(|error| tracing::error!(%error, "the journal cannot be read")).ok()
}

fn unreadable(error: &LedgerError) -> Failure {
    failures::internal(Phase::Detect, "the journal cannot be read", error)
}
