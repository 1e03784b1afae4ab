//! Which release answers through the router, and through the public address? A right answer of the wrong release is a
//! failure: the router stamps who served, and only the stamp is believed.

use crate::health::get;
use crate::judge;
use crate::policy::{Answer, Policy, said};
use shipway_sdk::{Context, Endpoint, Fault, ProbeError, ProbeErrorKind, Probes, Verdict};

/// Before the switch: the router leads a probe to the candidate.
pub(crate) fn route(probes: &dyn Probes, policy: &Policy, context: &Context) -> Verdict {
    let ask = Ask { endpoint: Endpoint::Route, fault: Fault::RouteFailed, name: "the route" };
    ask.evaluate(probes, policy, context)
}

/// After the switch: the public address answers from this release.
pub(crate) fn access(probes: &dyn Probes, policy: &Policy, context: &Context) -> Verdict {
    let ask = Ask { endpoint: Endpoint::AccessUrl, fault: Fault::AccessUrlUnreachable, name: "the public address" };
    ask.evaluate(probes, policy, context)
}

struct Ask {
    endpoint: Endpoint,
    fault: Fault,
    name: &'static str,
}

impl Ask {
    fn evaluate(&self, probes: &dyn Probes, policy: &Policy, context: &Context) -> Verdict {
        let expected = format!("through {}, this release serves GET {}", self.name, policy.path());
        let response = match get(probes, self.endpoint, policy.path()) {
            Ok(response) => response,
            Err(ProbeError { kind: ProbeErrorKind::NoEndpoint, message }) => return judge::unknown(expected, message),
            Err(error) => {
                let observed = format!("{} does not answer: {}", self.name, error.message);
                return judge::wrong(context, self.fault, expected, observed);
            }
        };
        if !response.served_by_candidate {
            return match &response.served_by {
                Some(other) => {
                    let observed = format!("{other} answered instead");
                    judge::wrong(context, Fault::RouteWrongRelease, expected, observed)
                }
                None => {
                    let observed = format!("{}, and no release served it", said(&response));
                    judge::wrong(context, self.fault, expected, observed)
                }
            };
        }
        // The instance was healthy when asked directly: an app that refuses its public name shows here.
        match policy.judge(&response) {
            Answer::Right { observed, warnings } => {
                // Said once, by the health check.
                let warnings = warnings.into_iter().filter(|w| w.starts_with("GET ")).collect();
                judge::passed(expected, format!("this release answered {observed}"), warnings)
            }
            Answer::Wrong { observed } | Answer::NotReady { observed } => {
                let observed = format!("this release answered {observed} through {}", self.name);
                judge::wrong(context, self.fault, policy.expected(), observed)
            }
        }
    }
}
