//! A host in this process: what `serve` is, and what `up` has when no host runs.

use crate::builtin;
use crate::context::Stop;
use crate::exit;
use crate::place::Place;
use api::{Client, Server};
use conductor::{Host, HostError, HostOptions};
use model::{Code, Failure, Phase};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Where the router listens unless told.
pub(crate) const HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7080);

/// A host with its API.
pub(crate) struct Embedded {
    pub(crate) host: Arc<Host>,
    server: Server,
}

impl Embedded {
    /// Opens the state directory, recovers what a host before it left, and listens.
    pub(crate) fn open(place: &Place, http: SocketAddr) -> Result<Self, Stop> {
        // Told before a journal is made for nothing.
        Client::unix(&api::socket_path(&place.state))?;
        let exe = std::env::current_exe().map_err(|e| {
            Failure::new(Phase::Detect, Code::HostInternal, format!("our own binary cannot be found: {e}"), "")
        })?;
        let options = HostOptions { state: place.state.clone(), http, exe, plugins: builtin::PLUGINS };
        let host = Host::open(options).map_err(|fault| refused(place, &fault))?;
        match Server::start(Arc::clone(&host), &place.state) {
            Ok(server) => Ok(Self { host, server }),
            Err(fault) => {
                host.shutdown();
                Err(Stop::Failure(Box::new(fault.failure()), Some(exit::HOST)))
            }
        }
    }

    /// A client over its own socket, so that `up` sees what every other terminal sees.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Client::unix(self.server.socket())
    }

    /// Where its API is.
    pub(crate) fn socket(&self) -> &std::path::Path {
        self.server.socket()
    }

    /// Ends the host; apps keep running under their supervisors.
    pub(crate) fn leave(self) {
        self.server.shutdown();
        self.host.shutdown();
    }

    /// Ends the host and every app with it.
    pub(crate) fn stop(self) {
        self.server.shutdown();
        // Drivers first: one that watches its candidate would take the stop for a crash.
        self.host.shutdown();
        self.host.stop_all();
    }
}

/// Why there is no host: never the exit status of a deployment's phase.
fn refused(place: &Place, fault: &HostError) -> Stop {
    let mut failure = Failure::new(Phase::Detect, fault.code, &*fault.message, place.state.display().to_string());
    failure.remedies.clone_from(&fault.remedies);
    let status = if fault.code == Code::HostInternal { exit::INTERNAL } else { exit::HOST };
    Stop::Failure(Box::new(failure), Some(status))
}

/// The usual address, or a free port when somebody else holds it and nobody insists on it.
pub(crate) fn usual_or_free() -> SocketAddr {
    match TcpListener::bind(HTTP) {
        Ok(_) => HTTP,
        Err(_) => SocketAddr::new(HTTP.ip(), 0),
    }
}
