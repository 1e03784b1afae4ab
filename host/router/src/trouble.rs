//! Requests that the router itself had to answer or give up: what happened, on which side, and a memory of the latest
//! ones by request id. The client sees the kind and the id; the details stay here.

use crate::page;
use jiff::Timestamp;
use model::{DeploymentId, Name};
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Which side of the router a request failed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// What the client sent or did.
    Client,
    /// The app behind the route.
    App,
    /// The host: what it was told to serve, or the router itself.
    Host,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $side:ident, $title:literal, $says:literal;)*) => {
        /// What the router answered instead of an app.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }
        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name,)*];
            /// The word for it, as in the answer and in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// The HTTP status. 499 is never sent: the client was gone.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }
            /// The side that failed.
            #[must_use]
            pub const fn side(self) -> Side { match self { $(Self::$name => Side::$side,)* } }
            /// A few words.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title,)* } }
            /// One sentence for the person in front of the client. Nothing of the inside.
            #[must_use]
            pub const fn says(self) -> &'static str { match self { $(Self::$name => $says,)* } }
        }
    };
}

kinds! {
    /// No route for the host and path.
    UnknownHost = "unknown-host", 404, Client, "No app here", "No app is deployed under this address.";
    /// The request names no host.
    MissingHost = "missing-host", 400, Client, "No host", "The request does not say which host it is for.";
    /// The request is not HTTP as it should be.
    BadRequest = "bad-request", 400, Client, "Bad request", "The request could not be understood.";
    /// CONNECT or TRACE.
    MethodRefused = "method-refused", 405, Client, "Method not allowed", "This method is not passed on to apps.";
    /// The client stopped sending in the middle of its request.
    ClientTimeout = "client-timeout", 408, Client, "Request timeout", "The request did not arrive completely in time.";
    /// The header is larger than allowed.
    HeaderTooLarge = "header-too-large", 431, Client, "Header too large", "The header of the request is too large.";
    /// The client left before its answer was complete.
    ClientGone = "client-gone", 499, Client, "Client gone", "The client closed the connection.";
    /// The owner stopped the resource.
    Stopped = "stopped", 503, Host, "Stopped", "This app is stopped at the moment.";
    /// The resource has no verified release.
    NoRelease = "no-release", 503, Host, "Not available yet", "This app has no working release yet.";
    /// A probe asked for a candidate, and there is none.
    NoCandidate = "no-candidate", 503, Host, "No candidate", "There is no candidate to probe.";
    /// Nothing accepts connections where the app should listen.
    AppUnreachable = "app-unreachable", 502, App, "App unreachable", "The app does not accept connections.";
    /// The app closed the connection before its answer was complete.
    AppClosed = "app-closed", 502, App, "App failed", "The app closed the connection before its answer was complete.";
    /// What the app sent is not an HTTP answer.
    AppInvalid = "app-invalid", 502, App, "App failed", "The app sent an answer that is not valid HTTP.";
    /// The app was silent for too long.
    AppTimeout = "app-timeout", 504, App, "App timeout", "The app did not answer in time.";
    /// A fault of the router, or of the machine that it runs on.
    RouterFault = "router-fault", 500, Host, "Router failed", "The host could not pass the request on.";
}

/// One such request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorRecord {
    /// The id that the client was given in `x-request-id`.
    pub request_id: String,
    /// When the request was given up.
    pub at: Timestamp,
    /// What happened.
    pub kind: ErrorKind,
    /// On which side.
    pub side: Side,
    /// The status that was sent, or [`ErrorKind::status`] when an answer had already begun.
    pub status: u16,
    /// The resource, if a route was found.
    pub resource: Option<Name>,
    /// The deployment that it was sent to, if it came so far.
    pub deployment: Option<DeploymentId>,
    /// The method.
    pub method: String,
    /// The host as the client named it, at most 255 bytes.
    pub host: String,
    /// The path without its query (which may hold secrets), at most 512 bytes.
    pub path: String,
    /// How often the request was sent to an app.
    pub tries: u32,
    /// Had the answer begun, so that it was cut instead of replaced?
    pub cut: bool,
    /// What the library said; for the operator only. At most 512 bytes.
    pub detail: String,
}

/// The latest errors. What strangers can cause at will (unknown hosts, bad requests) has a ring of its own, so that a
/// scanner cannot push out the failures of apps.
pub(crate) struct Troubles {
    ours: Mutex<VecDeque<ErrorRecord>>,
    theirs: Mutex<VecDeque<ErrorRecord>>,
}

impl Troubles {
    /// Failures of apps and of the host that are remembered.
    pub(crate) const OURS: usize = 1000;
    /// Failures of clients that are remembered.
    pub(crate) const THEIRS: usize = 250;

    pub(crate) fn new() -> Self {
        Self { ours: Mutex::default(), theirs: Mutex::default() }
    }

    pub(crate) fn add(&self, record: ErrorRecord) {
        let (ring, most) = match record.side {
            Side::Client => (&self.theirs, Self::THEIRS),
            Side::App | Side::Host => (&self.ours, Self::OURS),
        };
        let mut ring = hold(ring);
        if ring.len() >= most {
            ring.pop_front();
        }
        ring.push_back(record);
    }

    pub(crate) fn find(&self, request_id: &str) -> Option<ErrorRecord> {
        let of = |ring: &Mutex<VecDeque<ErrorRecord>>| {
            hold(ring).iter().rev().find(|r| r.request_id.eq_ignore_ascii_case(request_id)).cloned()
        };
        of(&self.ours).or_else(|| of(&self.theirs))
    }
}

fn hold(ring: &Mutex<VecDeque<ErrorRecord>>) -> MutexGuard<'_, VecDeque<ErrorRecord>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first `most` bytes of a text, at a character's border, with an ellipsis when something was cut.
pub(crate) fn short(text: &[u8], most: usize) -> String {
    let cut = text.get(..most).unwrap_or(text);
    let mut out = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < text.len() {
        out.push('…');
    }
    out
}

impl ErrorKind {
    /// The answer to a client with that `Accept` header: its content type and its body.
    pub(crate) fn page(self, request_id: &str, accept: &[u8]) -> (&'static str, String) {
        if page::wants_html(accept) { page::html(self, request_id) } else { page::problem(self, request_id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: usize, kind: ErrorKind) -> ErrorRecord {
        ErrorRecord {
            request_id: format!("ID{id}"),
            at: Timestamp::UNIX_EPOCH,
            kind,
            side: kind.side(),
            status: kind.status(),
            resource: None,
            deployment: None,
            method: "GET".to_owned(),
            host: String::new(),
            path: "/".to_owned(),
            tries: 0,
            cut: false,
            detail: String::new(),
        }
    }

    #[test]
    fn the_latest_failures_are_found_and_a_scanner_cannot_push_them_out() {
        let troubles = Troubles::new();
        troubles.add(record(0, ErrorKind::AppClosed));
        for id in 1..=Troubles::OURS {
            troubles.add(record(id, ErrorKind::AppTimeout));
        }
        for id in 10_000..20_000 {
            troubles.add(record(id, ErrorKind::UnknownHost));
        }
        assert_eq!(troubles.find("ID0"), None);
        assert_eq!(troubles.find("id1").unwrap().kind, ErrorKind::AppTimeout);
        assert_eq!(troubles.find("ID10000"), None);
        assert_eq!(troubles.find("ID19999").unwrap().kind, ErrorKind::UnknownHost);
    }

    #[test]
    fn every_kind_serialises_as_its_word() {
        for kind in ErrorKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
