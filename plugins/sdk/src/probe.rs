//! The observations that a verifier may ask for, as a trait: so that its logic runs natively in a test as well.

use crate::{Endpoint, HttpRequest, HttpResponse, ProbeError, ProcessState};

/// One bounded observation of the deployment under verification.
pub trait Probes {
    /// One HTTP exchange. Redirects are not followed.
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, ProbeError>;
    /// Does the endpoint accept a connection?
    fn tcp(&self, endpoint: Endpoint) -> Result<(), ProbeError>;
    /// The state of the process.
    fn process(&self) -> ProcessState;
    /// The last lines that the instance wrote, oldest first.
    fn recent_logs(&self, lines: u32) -> Vec<String>;
}

/// The host's probes.
pub(crate) struct Host;

impl Probes for Host {
    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, ProbeError> {
        world_verifier::shipway::plugin::probe::http(request)
    }
    fn tcp(&self, endpoint: Endpoint) -> Result<(), ProbeError> {
        world_verifier::shipway::plugin::probe::tcp(endpoint)
    }
    fn process(&self) -> ProcessState {
        world_verifier::shipway::plugin::probe::process()
    }
    fn recent_logs(&self, lines: u32) -> Vec<String> {
        world_verifier::shipway::plugin::probe::recent_logs(lines)
    }
}
