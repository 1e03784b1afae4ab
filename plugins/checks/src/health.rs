//! Does it answer what the policy expects, or HTTP at all? Asked directly at the instance.

use crate::judge;
use crate::policy::{Answer, Policy};
use crate::process;
use shipway_sdk::{Context, Endpoint, Fault, HttpRequest, HttpResponse, ProbeError, ProbeErrorKind, Probes, Verdict};

/// Above any limit of a host: the host's own, which is the policy's timeout, is the one that counts.
const TIMEOUT_MS: u32 = 60_000;

/// One question to the instance.
pub(crate) fn evaluate(probes: &dyn Probes, policy: &Policy, context: &Context) -> Verdict {
    let expected = policy.expected();
    let error = match get(probes, Endpoint::Instance, policy.path()) {
        Ok(response) => {
            return match policy.judge(&response) {
                Answer::Right { observed, warnings } => judge::passed(expected, observed, warnings),
                Answer::Wrong { observed } => judge::wrong(context, Fault::HealthFailed, expected, observed),
                Answer::NotReady { observed } => judge::nothing(context, Fault::HealthFailed, expected, observed),
            };
        }
        Err(error) => error,
    };
    let state = probes.process();
    if !state.running {
        return judge::failed(Fault::ProcessExited, expected, process::ended(probes, &state));
    }
    match error.kind {
        ProbeErrorKind::NoEndpoint => judge::unknown(expected, error.message),
        ProbeErrorKind::Protocol => {
            let observed = format!("something that is not HTTP: {}", error.message);
            judge::wrong(context, Fault::HealthFailed, expected, observed)
        }
        ProbeErrorKind::Refused => {
            judge::nothing(context, Fault::HealthTimeout, expected, "the connection was refused")
        }
        ProbeErrorKind::Timeout => {
            let observed = format!("no answer: {}", error.message);
            judge::nothing(context, Fault::HealthTimeout, expected, observed)
        }
        ProbeErrorKind::Reset | ProbeErrorKind::Other => {
            let observed = format!("the connection broke: {}", error.message);
            judge::nothing(context, Fault::HealthFailed, expected, observed)
        }
    }
}

/// GET a path of an endpoint.
pub(crate) fn get(probes: &dyn Probes, endpoint: Endpoint, path: &str) -> Result<HttpResponse, ProbeError> {
    let request = HttpRequest { endpoint, method: "GET".to_owned(), path: path.to_owned(), timeout_ms: TIMEOUT_MS };
    probes.http(&request)
}
