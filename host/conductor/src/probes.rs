//! Observations that verifiers ask for, performed on the endpoints of one deployment and on nothing else.

use model::{DeploymentId, Endpoint, InstanceName};
use router::{PROBE, PROBE_TARGET, STAMP};
use sandbox::{HttpAnswer, HttpProbe, Method, ProbeError, ProbeErrorKind, Probes, ProcessState};
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use targets::Target;

/// How much of a body is read at most.
const MAX_BODY: u64 = 64 * 1024;
/// A connection on this machine is accepted at once or not at all.
const CONNECT: Duration = Duration::from_secs(2);

/// Everything that probes of one deployment need to know.
pub(crate) struct DeploymentProbes {
    /// Where it runs.
    pub target: Arc<dyn Target>,
    /// Whose endpoints these are.
    pub deployment: DeploymentId,
    /// The instance that answers requests.
    pub instance: InstanceName,
    /// Where the router listens.
    pub router: SocketAddr,
    /// What makes a request to the router a probe.
    pub token: String,
    /// The host name under which the app is reachable, with the router's port.
    pub host: String,
    /// The path prefix of the route, without a slash at its end.
    pub prefix: String,
    /// The route probe asks for the candidate; otherwise for whatever serves.
    pub as_candidate: bool,
    /// The profile's own bound for one answer.
    pub timeout: Duration,
    /// Plugins read the app's last words without the app's secrets.
    pub redactor: crate::redact::Redactor,
}

impl DeploymentProbes {
    fn address(&self, endpoint: Endpoint) -> Result<SocketAddr, ProbeError> {
        match endpoint {
            Endpoint::Instance => self.target.address(&self.instance).ok_or_else(|| ProbeError {
                kind: ProbeErrorKind::NoEndpoint,
                message: "the instance has no port".to_owned(),
            }),
            Endpoint::Route | Endpoint::AccessUrl => Ok(loopback(self.router)),
        }
    }
}

/// An address to connect to for an address that something listens on.
fn loopback(listen: SocketAddr) -> SocketAddr {
    match listen {
        SocketAddr::V4(a) if a.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], a.port())),
        SocketAddr::V6(a) if a.ip().is_unspecified() => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, a.port())),
        other => other,
    }
}

impl Probes for DeploymentProbes {
    fn http(&self, probe: HttpProbe) -> Result<HttpAnswer, ProbeError> {
        let address = self.address(probe.endpoint)?;
        let prefix = if probe.endpoint == Endpoint::Instance { "" } else { &self.prefix };
        let url = format!("http://{address}{prefix}{}", probe.path);
        let timeout = probe.timeout.min(self.timeout);
        // A probe is one observation: its own connection, no redirects, no retries.
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .timeout_connect(Some(CONNECT.min(timeout)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .build()
            .into();
        let mut request = match probe.method {
            Method::Get => agent.get(&url),
            Method::Head => agent.head(&url),
        }
        .header("host", &self.host)
        .header("user-agent", "shipway-probe");
        if probe.endpoint != Endpoint::Instance {
            request = request.header(PROBE, &self.token);
            if probe.endpoint == Endpoint::Route && self.as_candidate {
                request = request.header(PROBE_TARGET, "candidate");
            }
        }
        let began = Instant::now();
        let mut response = request.call().map_err(|e| refused(&e))?;
        let served_by = response
            .headers()
            .get(STAMP)
            .and_then(|v| v.to_str().ok())
            .filter(|_| probe.endpoint != Endpoint::Instance)
            .map(str::to_owned);
        let headers = response
            .headers()
            .iter()
            .take(100)
            .filter_map(|(k, v)| Some((k.as_str().to_owned(), v.to_str().ok()?.to_owned())))
            .collect();
        let mut body = Vec::new();
        response
            .body_mut()
            .as_reader()
            .take(MAX_BODY + 1)
            .read_to_end(&mut body)
            .map_err(|e| ProbeError { kind: kind(&e), message: e.to_string() })?;
        let truncated = body.len() as u64 > MAX_BODY;
        body.truncate(MAX_BODY as usize);
        Ok(HttpAnswer {
            status: response.status().as_u16(),
            headers,
            body,
            truncated,
            elapsed: began.elapsed(),
            served_by_candidate: served_by.as_deref() == Some(self.deployment.as_str()),
            served_by,
        })
    }

    fn tcp(&self, endpoint: Endpoint) -> Result<(), ProbeError> {
        TcpStream::connect_timeout(&self.address(endpoint)?, CONNECT)
            .map(|_| ())
            .map_err(|e| ProbeError { kind: kind(&e), message: e.to_string() })
    }

    fn process(&self) -> ProcessState {
        let seen = self.target.observe_listening(&self.instance);
        ProcessState {
            running: seen.running,
            exit_code: seen.exit_code,
            signal: seen.signal,
            restarts: seen.restarts,
            expected_port: seen.port,
            listening: seen.listening,
            uptime: seen.uptime,
        }
    }

    fn recent_logs(&self, lines: u32) -> Vec<String> {
        let mut tail = crate::logs::tail(&*self.target, &self.instance, lines as usize);
        tail.iter_mut().for_each(|line| self.redactor.hide(line));
        tail
    }
}

fn refused(error: &ureq::Error) -> ProbeError {
    let kind = match error {
        ureq::Error::Timeout(_) => ProbeErrorKind::Timeout,
        ureq::Error::Io(e) => kind(e),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => ProbeErrorKind::Protocol,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => ProbeErrorKind::Refused,
        _ => ProbeErrorKind::Other,
    };
    ProbeError { kind, message: error.to_string() }
}

fn kind(error: &std::io::Error) -> ProbeErrorKind {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionRefused => ProbeErrorKind::Refused,
        K::TimedOut | K::WouldBlock => ProbeErrorKind::Timeout,
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => ProbeErrorKind::Reset,
        K::InvalidData => ProbeErrorKind::Protocol,
        _ => ProbeErrorKind::Other,
    }
}
