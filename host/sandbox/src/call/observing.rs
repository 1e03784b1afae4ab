//! The host's side of `probe`, free of any contract version. The request is bounded before the conductor performs it and
//! the answer is cut before the plugin gets it.

use super::breach::Breach;
use super::session::Session;
use crate::{HttpAnswer, HttpProbe, Method, ProbeError, ProbeErrorKind, Probes, ProcessState, text};
use model::Endpoint;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a body, as the contract says.
const BODY: usize = 64 << 10;
/// Header lines, and bytes of one value.
const HEADERS: (usize, usize) = (64, 4 << 10);
/// Log lines, and bytes of one.
const LOGS: (u32, usize) = (200, 4 << 10);
/// Longest path of a request, in bytes.
const PATH: usize = 2048;

type Answer<T> = Result<Result<T, ProbeError>, Breach>;

fn refused<T>(kind: ProbeErrorKind, message: &str) -> Answer<T> {
    Ok(Err(ProbeError { kind, message: message.to_owned() }))
}

impl Session {
    /// One HTTP observation.
    pub(crate) fn http(
        &mut self,
        endpoint: Endpoint,
        method: &str,
        path: &str,
        timeout: Duration,
    ) -> Answer<HttpAnswer> {
        let Some(probes) = self.begin_probe()? else {
            return refused(ProbeErrorKind::NoEndpoint, "only a verifier's evaluation may probe");
        };
        let method = match method {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => return refused(ProbeErrorKind::Other, "the method of a probe is GET or HEAD"),
        };
        if !path.starts_with('/') || path.len() > PATH || path.chars().any(|c| c == ' ' || c.is_control()) {
            return refused(ProbeErrorKind::Other, "the path of a probe begins with / and has no spaces or controls");
        }
        let left = self.limits().probe_time.saturating_sub(self.clock.waited());
        if left.is_zero() {
            return refused(
                ProbeErrorKind::Timeout,
                "no time is left for probes in this evaluation (limit probe_time)",
            );
        }
        let probe = HttpProbe { endpoint, method, path: path.to_owned(), timeout: timeout.min(left) };
        Ok(self.clock.wait(|| probes.http(probe)).map(trimmed).map_err(cleaned))
    }

    /// Does the endpoint accept a connection?
    pub(crate) fn tcp(&mut self, endpoint: Endpoint) -> Answer<()> {
        let Some(probes) = self.begin_probe()? else {
            return refused(ProbeErrorKind::NoEndpoint, "only a verifier's evaluation may probe");
        };
        if self.clock.waited() >= self.limits().probe_time {
            return refused(
                ProbeErrorKind::Timeout,
                "no time is left for probes in this evaluation (limit probe_time)",
            );
        }
        Ok(self.clock.wait(|| probes.tcp(endpoint)).map_err(cleaned))
    }

    /// The process, now.
    pub(crate) fn process(&mut self) -> Result<ProcessState, Breach> {
        let Some(probes) = self.begin_probe()? else { return Ok(ProcessState::default()) };
        let mut state = self.clock.wait(|| probes.process());
        state.listening.truncate(256);
        Ok(state)
    }

    /// The last lines that the instance wrote.
    pub(crate) fn recent_logs(&mut self, lines: u32) -> Result<Vec<String>, Breach> {
        let Some(probes) = self.begin_probe()? else { return Ok(Vec::new()) };
        let most = lines.min(LOGS.0);
        let mut lines = self.clock.wait(|| probes.recent_logs(most));
        lines.drain(..lines.len().saturating_sub(most as usize));
        Ok(lines.iter().map(|line| text::cut(line, LOGS.1)).collect())
    }

    fn begin_probe(&mut self) -> Result<Option<Arc<dyn Probes>>, Breach> {
        self.charge_call()?;
        let Some(probes) = self.probes.clone() else { return Ok(None) };
        self.probe_calls = self.probe_calls.saturating_add(1);
        let limit = self.limits().probes;
        if self.probe_calls > limit {
            return Err(Breach::Probes { used: self.probe_calls, limit });
        }
        Ok(Some(probes))
    }
}

fn trimmed(mut answer: HttpAnswer) -> HttpAnswer {
    if answer.body.len() > BODY {
        answer.body.truncate(BODY);
        answer.truncated = true;
    }
    answer.headers.truncate(HEADERS.0);
    for (_, value) in &mut answer.headers {
        *value = text::cut(value, HEADERS.1);
    }
    answer
}

fn cleaned(mut error: ProbeError) -> ProbeError {
    error.message = text::cut(&error.message, LOGS.1);
    error
}
