//! The client: blocking, typed, over the host's Unix socket. What it returns is either the answer or a
//! [`Failure`] that a person can act on: the host's own, or `host-unreachable` naming the socket.

mod follow;
mod sse;
mod unreachable;

pub use follow::{EventStream, LogPart, LogStream};

use crate::problem::{self, Problem};
use crate::wire::{About, Accepted, DeploymentList, EventPage, Removal, Removed, ResourceList};
use model::view::{DeployRequest, HealthReport, LogPage, ResourceView, RollbackRequest};
use model::{Checked, Code, Deployment, DeploymentId, Failure, Name, Phase};
use reqwest::Method;
use reqwest::blocking::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// For an answer that costs the host nothing. Streams are alive at least every ten seconds, so it fits them too.
const PATIENCE: Duration = Duration::from_secs(30);

/// For stopping, starting, removing and checking an app, which wait for the app itself.
const LONG_PATIENCE: Duration = Duration::from_secs(180);

/// Which log of a deployment or of a resource.
pub use conductor::{LogKind, Subject};

/// A client of one host. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::blocking::Client,
    socket: PathBuf,
}

impl Client {
    /// For the host that listens at this socket. Nothing is sent yet.
    pub fn unix(socket: &Path) -> Result<Self, Failure> {
        if !crate::socket::fits(socket) {
            let message = format!(
                "the socket's path has {} bytes and a socket's path has at most {}",
                socket.as_os_str().len(),
                crate::socket::MAX_PATH
            );
            return Err(Failure::new(Phase::Detect, Code::UsageInvalid, message, socket.display().to_string())
                .remedy(model::Remedy::advice("Use a shorter state directory (--state)")));
        }
        let http = reqwest::blocking::Client::builder()
            .unix_socket(socket)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|e| problem::internal(format!("the client cannot be built: {e}")))?;
        Ok(Self { http, socket: socket.to_owned() })
    }

    /// Where the host is looked for.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Is a host there, and which?
    pub fn about(&self) -> Result<About, Failure> {
        self.get("/healthz")
    }

    /// Begins a deployment.
    pub fn deploy(&self, request: &DeployRequest) -> Result<DeploymentId, Failure> {
        self.ask::<Accepted>(self.request(Method::POST, "/v1/deployments").json(request)).map(|a| a.id)
    }

    /// One deployment, whole.
    pub fn deployment(&self, id: &DeploymentId) -> Result<Deployment, Failure> {
        self.get(&format!("/v1/deployments/{id}"))
    }

    /// The newest deployments, of one resource or of all.
    pub fn deployments(&self, resource: Option<&Name>, limit: usize) -> Result<Vec<Deployment>, Failure> {
        let of = resource.map(|name| format!("&resource={name}")).unwrap_or_default();
        self.get::<DeploymentList>(&format!("/v1/deployments?limit={limit}{of}")).map(|list| list.deployments)
    }

    /// One page of a timeline.
    pub fn events(&self, id: &DeploymentId, after: u64, limit: usize) -> Result<EventPage, Failure> {
        self.get(&format!("/v1/deployments/{id}/events?after={after}&limit={limit}"))
    }

    /// A timeline from `after` on, as it happens, to its end. Survives a restart of the host.
    #[must_use]
    pub fn follow(&self, id: &DeploymentId, after: u64) -> EventStream {
        EventStream::new(self.clone(), id, after)
    }

    /// The plan that a deployment runs.
    pub fn plan(&self, id: &DeploymentId) -> Result<Checked, Failure> {
        self.get(&format!("/v1/deployments/{id}/plan"))
    }

    /// One page of a log.
    pub fn logs(&self, of: &Subject, kind: LogKind, cursor: u64, limit: usize) -> Result<LogPage, Failure> {
        self.get(&format!("{}?kind={}&cursor={cursor}&limit={limit}", log_path(of), log_kind(kind)))
    }

    /// A log from `cursor` on, as it is written.
    #[must_use]
    pub fn follow_logs(&self, of: &Subject, kind: LogKind, cursor: u64) -> LogStream {
        LogStream::new(self.clone(), format!("{}?kind={}&cursor={cursor}", log_path(of), log_kind(kind)))
    }

    /// Again, from the same snapshot.
    pub fn retry(&self, id: &DeploymentId) -> Result<DeploymentId, Failure> {
        self.ask::<Accepted>(self.request(Method::POST, &format!("/v1/deployments/{id}/retry"))).map(|a| a.id)
    }

    /// Asks a deployment to end.
    pub fn cancel(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.ask::<Accepted>(self.request(Method::POST, &format!("/v1/deployments/{id}/cancel"))).map(|_| ())
    }

    /// Every resource, by name.
    pub fn resources(&self) -> Result<Vec<ResourceView>, Failure> {
        self.get::<ResourceList>("/v1/resources").map(|list| list.resources)
    }

    /// One resource.
    pub fn resource(&self, name: &Name) -> Result<ResourceView, Failure> {
        self.get(&format!("/v1/resources/{name}"))
    }

    /// Runs the checks of what serves, now.
    pub fn health(&self, name: &Name) -> Result<HealthReport, Failure> {
        self.ask(self.request(Method::GET, &format!("/v1/resources/{name}/health")).timeout(LONG_PATIENCE))
    }

    /// Back to an earlier release.
    pub fn rollback(&self, name: &Name, request: &RollbackRequest) -> Result<DeploymentId, Failure> {
        let path = format!("/v1/resources/{name}/rollback");
        self.ask::<Accepted>(self.request(Method::POST, &path).json(request)).map(|a| a.id)
    }

    /// Stops the app; its releases stay.
    pub fn stop(&self, name: &Name) -> Result<ResourceView, Failure> {
        self.ask(self.request(Method::POST, &format!("/v1/resources/{name}/stop")).timeout(LONG_PATIENCE))
    }

    /// Starts the release that served last.
    pub fn start(&self, name: &Name) -> Result<ResourceView, Failure> {
        self.ask(self.request(Method::POST, &format!("/v1/resources/{name}/start")).timeout(LONG_PATIENCE))
    }

    /// What [`Self::remove`] would take away.
    pub fn removal(&self, name: &Name) -> Result<Removal, Failure> {
        self.get(&format!("/v1/resources/{name}/removal"))
    }

    /// Takes everything of a resource away.
    pub fn remove(&self, name: &Name) -> Result<Removed, Failure> {
        self.ask(self.request(Method::DELETE, &format!("/v1/resources/{name}")).timeout(LONG_PATIENCE))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The name is for the Host header only: every connection goes to the socket.
        self.http.request(method, format!("http://shipway{path}"))
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.ask(self.request(Method::GET, path))
    }

    fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let response = self.send(request)?;
        let bytes = response.bytes().map_err(|e| unreachable::failure(&self.socket, &e))?;
        serde_json::from_slice(&bytes).map_err(|e| self.foreign(&e.to_string()))
    }

    /// Sends, and turns a refusal into the failure that it carries.
    fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().map_err(|e| unreachable::failure(&self.socket, &e))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = response.bytes().map_err(|e| unreachable::failure(&self.socket, &e))?;
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(*problem.failure),
            Err(_) => Err(self.foreign(&format!("status {status} without a problem document"))),
        }
    }

    /// Something answers that does not speak as this version does.
    fn foreign(&self, what: &str) -> Failure {
        problem::internal(format!(
            "the host at {} gave an answer that this shipway cannot read: {what}",
            self.socket.display()
        ))
        .remedy(model::Remedy::advice("Use the same version of shipway for the host and for the command"))
    }
}

fn log_path(of: &Subject) -> String {
    match of {
        Subject::Resource(name) => format!("/v1/resources/{name}/logs"),
        Subject::Deployment(id) => format!("/v1/deployments/{id}/logs"),
    }
}

const fn log_kind(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Build => "build",
        LogKind::Run => "run",
    }
}
