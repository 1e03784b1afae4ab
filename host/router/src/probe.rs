//! The host's own requests through the route. Only a request with the token is a probe: it learns which deployment
//! answered, and it alone can reach the candidate.

use http::HeaderMap;
use subtle::ConstantTimeEq;

/// Carries the token.
pub const PROBE: &str = "shipway-probe";
/// `candidate` sends a probe to the candidate.
pub const PROBE_TARGET: &str = "shipway-probe-target";
/// On the answer to a probe: the deployment that served it.
pub const STAMP: &str = "shipway-deployment";

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// A request like any other.
    No,
    /// A probe of what users reach.
    Active,
    /// A probe of the candidate.
    Candidate,
}

impl Probe {
    /// Reads the headers. A wrong token, or more than one, makes no probe; and the time that it takes says nothing
    /// about the token.
    pub(crate) fn read(headers: &HeaderMap, token: &[u8]) -> Self {
        let mut given = headers.get_all(PROBE).iter();
        let (Some(first), None) = (given.next(), given.next()) else { return Probe::No };
        if !bool::from(first.as_bytes().ct_eq(token)) {
            return Probe::No;
        }
        match headers.get(PROBE_TARGET) {
            Some(target) if target.as_bytes().eq_ignore_ascii_case(b"candidate") => Probe::Candidate,
            _ => Probe::Active,
        }
    }
}
