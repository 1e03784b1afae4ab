//! What a verifier may observe: bounded looks at the endpoints of one deployment. No address ever crosses the boundary,
//! an endpoint is named and the host knows where it is.

use model::Endpoint;
use std::time::Duration;

/// Performs observations of one deployment. The sandbox has bounded the request before it asks (method, path, time);
/// the answer is cut to what the contract allows afterwards.
pub trait Probes: Send + Sync {
    /// One request, redirects not followed. Must return within `probe.timeout`.
    fn http(&self, probe: HttpProbe) -> Result<HttpAnswer, ProbeError>;
    /// Does the endpoint accept a connection? Must return within a few seconds.
    fn tcp(&self, endpoint: Endpoint) -> Result<(), ProbeError>;
    /// The instance's process, now.
    fn process(&self) -> ProcessState;
    /// The last lines that the instance wrote, oldest first, at most `lines`.
    fn recent_logs(&self, lines: u32) -> Vec<String>;
}

/// The methods that a probe may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
}

/// One HTTP observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpProbe {
    /// Where.
    pub endpoint: Endpoint,
    /// GET or HEAD.
    pub method: Method,
    /// Begins with `/`; no control characters or spaces.
    pub path: String,
    /// For the whole answer.
    pub timeout: Duration,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body; the sandbox hands on at most 64 KiB.
    pub body: Vec<u8>,
    /// There was more.
    pub truncated: bool,
    /// From the request to the end of the answer.
    pub elapsed: Duration,
    /// Which deployment answered, as stamped by the router; none when asked directly.
    pub served_by: Option<String>,
    /// Is that the deployment under verification?
    pub served_by_candidate: bool,
}

/// Why nothing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeError {
    /// Which kind.
    pub kind: ProbeErrorKind,
    /// For a person.
    pub message: String,
}

/// Kinds of [`ProbeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ProbeErrorKind {
    Refused,
    Timeout,
    Reset,
    Protocol,
    NoEndpoint,
    Other,
}

/// The instance's process, as the target sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessState {
    /// It runs now.
    pub running: bool,
    /// How it ended, if it did so by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// How often it was restarted.
    pub restarts: u32,
    /// The port it was told to use.
    pub expected_port: Option<u16>,
    /// The ports it listens on.
    pub listening: Vec<u16>,
    /// Since it was started.
    pub uptime: Duration,
}
