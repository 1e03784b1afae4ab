//! A running host: everything that a person or a program can ask of it. Every method blocks.

use crate::core::{Core, lock};
use crate::ledger::{Ledger, LedgerError};
use crate::lock::{LockFault, StateLock};
use crate::routes::Routes;
use crate::{failures, health, operate, preview, profile_of, recover};
use journal::Journal;
use model::deployment::Trigger;
use model::event::{Recorded, Request};
use model::resource::Desired;
use model::view::{DeployRequest, DeploymentBrief, HealthReport, LogPage, ReleaseBrief, ResourceView, RollbackRequest};
use model::{
    Checked, Code, Deployment, DeploymentId, Failure, InstanceName, Name, Phase, Remedy, Resource, SourceKind,
};
use router::{Router, RouterOptions};
use source::Store;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use targets::ProcessTarget;

/// How a host is opened.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The state directory.
    pub state: PathBuf,
    /// Where the router listens.
    pub http: SocketAddr,
    /// Our own binary, for supervisors.
    pub exe: PathBuf,
    /// First-party plugins.
    pub plugins: &'static [sandbox::BuiltIn],
}

/// Why a host does not open.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// The stable code.
    pub code: Code,
    /// For a person.
    pub message: String,
    /// What to do.
    pub remedies: Vec<Remedy>,
}

impl HostError {
    fn new(code: Code, message: String, remedy: Remedy) -> Self {
        Self { code, message, remedies: vec![remedy] }
    }
}

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
    pub fn open(options: HostOptions) -> Result<Arc<Host>, HostError> {
        let unusable = |what: &str, error: &dyn std::fmt::Display| {
            HostError::new(
                Code::StateUnusable,
                format!("{what} {}: {error}", options.state.display()),
                Remedy::safe("Check the directory, or choose another one.", "shipway serve --state DIR"),
            )
        };
        private_directory(&options.state).map_err(|e| unusable("the state directory cannot be used:", &e))?;
        let held = StateLock::take(&options.state, &options.http.to_string()).map_err(|fault| match fault {
            LockFault::Held(holder) => HostError::new(
                Code::StateLocked,
                format!("another host uses {}: {holder}", options.state.display()),
                Remedy::safe("Use the host that runs, or stop it first.", "shipway list"),
            ),
            LockFault::Io(error) => unusable("the lock cannot be taken in", &error),
        })?;
        let journal = Journal::open(&options.state).map_err(|e| {
            HostError::new(
                e.code(),
                e.to_string(),
                Remedy::safe("See what can be done.", format!("shipway explain {}", e.code())),
            )
        })?;
        let store = Store::open(&options.state).map_err(|e| unusable("the snapshot store cannot be opened in", &e))?;
        let target = ProcessTarget::open(&options.state, options.exe.clone())
            .map_err(|e| unusable("the process target cannot be opened in", &e))?;
        let token = crate::token();
        let router = Router::start(RouterOptions::new(options.http, token.clone())).map_err(|e| {
            HostError::new(
                Code::PortConflict,
                e.to_string(),
                Remedy::safe("Choose another address.", "shipway serve --http 127.0.0.1:PORT"),
            )
        })?;
        let catalogue = preview::catalogue(options.plugins).map_err(|f| {
            HostError::new(f.code, f.message.clone(), Remedy::advice("Install a complete build of shipway."))
        })?;
        let core = Arc::new(Core {
            state_dir: options.state.clone(),
            ledger: Ledger::new(journal),
            store,
            catalogue,
            target: Arc::new(target),
            routes: Routes::new(router),
            token,
            resources: Mutex::default(),
            turns: Mutex::default(),
            closing: false.into(),
        });
        recover::reconcile(&core).map_err(|e| unusable("the journal cannot be read in", &e))?;
        Ok(Arc::new(Host { core, _lock: held }))
    }

    /// Where the router listens.
    #[must_use]
    pub fn router_addr(&self) -> SocketAddr {
        self.core.routes.router().local_addr()
    }

    /// Queues a deployment.
    pub fn deploy(&self, request: DeployRequest) -> Result<DeploymentId, Failure> {
        let source = request.source;
        if !matches!(source.kind, SourceKind::LocalDirectory | SourceKind::StaticDirectory) {
            let message = format!("a source of kind {} is not supported yet", source.kind.as_str());
            return Err(Failure::new(Phase::Detect, Code::UsageInvalid, message, source.locator));
        }
        if !Path::new(&source.locator).is_dir() {
            let message = format!("{} is not a directory that the host can read", source.locator);
            return Err(Failure::new(Phase::Detect, Code::SourceUnreadable, message, source.locator)
                .remedy(Remedy::advice("Check the path.")));
        }
        let profile = profile_of::read(&source, &request.settings).map_err(|failure| *failure)?.profile;
        let name = match &request.name {
            Some(text) => text.parse::<Name>().map_err(|e| {
                Failure::new(Phase::Detect, Code::ConfigInvalid, e.to_string(), format!("name = {text:?}"))
            })?,
            None => preview::resource_name(&source, &profile).ok_or_else(|| {
                let message = "no resource name can be made of the folder's name";
                Failure::new(Phase::Detect, Code::ConfigInvalid, message, source.locator.clone())
                    .remedy(Remedy::safe("Say a name.", "shipway deploy SOURCE --name NAME"))
            })?,
        };
        let mut resource = match self.core.resource(&name) {
            Some(known) => known,
            None => Resource {
                id: operate::new_resource()?,
                name: name.clone(),
                source: source.clone(),
                settings: request.settings.clone(),
                desired: Desired::Running,
                serving: None,
                releases: Vec::new(),
                created_at: jiff::Timestamp::now(),
            },
        };
        resource.source = source.clone();
        resource.settings.clone_from(&request.settings);
        let request = Request {
            id: operate::new_deployment()?,
            resource_id: resource.id.clone(),
            resource: name,
            trigger: Trigger::Deploy,
            source,
            settings: request.settings,
            expect_plan: request.expect_plan,
            of: None,
        };
        operate::begin(&self.core, request, resource)
    }

    /// One deployment.
    #[must_use]
    pub fn deployment(&self, id: &DeploymentId) -> Option<Deployment> {
        if let Some(run) = lock(&self.core.turns).find(id) {
            return Some(run.view());
        }
        self.core.ledger.deployment(id).ok().flatten()
    }

    /// Deployments, newest first.
    #[must_use]
    pub fn deployments(&self, resource: Option<&Name>, limit: usize) -> Vec<Deployment> {
        self.core.ledger.deployments(resource, limit).unwrap_or_default()
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
        let profile = resource.releases.first().map(|r| r.profile.clone()).unwrap_or_default();
        let latest = self.core.ledger.deployments(Some(&resource.name), 1).unwrap_or_default().pop();
        ResourceView {
            urls: if resource.serving.is_some() { self.core.routes.urls(&resource.name, &profile) } else { Vec::new() },
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
        Ok(match kind {
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
        })
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
        operate::rollback(&self.core, name, request)
    }

    /// Repeats a deployment: same snapshot, same plan.
    pub fn retry(&self, id: &DeploymentId) -> Result<DeploymentId, Failure> {
        operate::retry(&self.core, id)
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
        operate::removal_list(&self.core, name)
    }

    /// Stops and removes everything of a resource; the answer is what went.
    pub fn remove(&self, name: &Name) -> Result<Vec<String>, Failure> {
        operate::remove(&self.core, name)
    }

    /// Stops drivers and the router; apps keep running, and the next start goes on with what is unfinished.
    pub fn shutdown(&self) {
        self.core.closing.store(true, Ordering::Relaxed);
        for run in lock(&self.core.turns).all_active() {
            // Ends a running build; its driver sees that the host is closing and writes no end.
            run.live.cancel.store(true, Ordering::Relaxed);
        }
        let threads = lock(&self.core.turns).take_threads();
        for thread in threads {
            let _ = thread.join();
        }
        self.core.routes.router().shutdown(Duration::from_secs(5));
    }

    /// Stops every app, for `up`. The resources stay: the next start of a host starts them again.
    pub fn stop_all(&self) {
        for instance in self.core.target.instances() {
            if self.core.target.observe(&instance).running {
                if let Err(error) = self.core.target.stop(&instance, crate::phase::back::GRACE) {
                    tracing::error!(%instance, %error, "it could not be stopped");
                }
            }
        }
    }
}

fn unreadable(error: &LedgerError) -> Failure {
    failures::internal(Phase::Detect, "the journal cannot be read", error)
}

/// The state directory holds logs and builds of other people's apps: nobody else looks into it.
fn private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}
