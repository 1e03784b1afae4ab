//! One request from its header to its end, as the proxy library asks for it step by step.
//!
//! A request is bound to one instance when it is routed and stays with it, whatever the table says later. It is sent
//! again only when that cannot be noticed: nothing of an answer has come, and the app cannot have acted on it.

use crate::{
    compiled::{Entry, Lane},
    flight::{InFlight, Leash},
    front, header,
    probe::Probe,
    retry,
    state::{Bound, State, Unbound},
    trouble::ErrorKind,
};
use async_trait::async_trait;
use http::{
    HeaderValue, Method,
    header::{ACCEPT, UPGRADE},
};
use pingora_core::{Error, ErrorType, Result, modules::http::HttpModules, upstreams::peer::HttpPeer};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{FailToProxy, ProxyHttp, ProxyWarnLogContext, Session};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};
use ulid::Ulid;

/// From here on, numbers of connection pools are used once (see [`Lane::pool`]).
const FRESH: u64 = 1 << 63;

/// The proxy's side of a request.
pub(crate) struct Forward(pub(crate) Arc<State>);

/// What is known of one request.
pub(crate) struct Request {
    pub(crate) id: Ulid,
    started: Instant,
    leash: Option<Arc<Leash>>,
    probe: Probe,
    /// WebSockets and event streams: silence is no failure.
    quiet: bool,
    upgraded: bool,
    paused: bool,
    pub(crate) tries: u32,
    pub(crate) entry: Option<Arc<Entry>>,
    flight: Option<InFlight>,
    /// Why it cannot go on, when the reason is known better here than from the library's error.
    pub(crate) fault: Option<ErrorKind>,
}

impl Request {
    pub(crate) fn lane(&self) -> Option<&Arc<Lane>> {
        self.flight.as_ref().map(InFlight::lane)
    }

    /// Its instance has nothing more to do with it.
    pub(crate) fn leave(&mut self) {
        self.flight = None;
    }
}

impl Forward {
    /// Everything that is decided from the header alone.
    fn admit(&self, session: &mut Session, request: &mut Request) -> Result<(), ErrorKind> {
        let limits = &self.0.limits;
        // The library keeps connections for ever by default. What it wants to close (HTTP/1.0, two framings) stays so.
        if session.get_keepalive().is_some() {
            session.set_keepalive(Some(limits.idle.as_secs().max(1)));
        }
        session.set_pipelining_enabled(true);
        session.set_write_timeout(Some(limits.write_timeout));
        let head = session.req_header();
        if header::size(head) > limits.header_bytes {
            return Err(ErrorKind::HeaderTooLarge);
        }
        if head.method == Method::CONNECT || head.method == Method::TRACE {
            return Err(ErrorKind::MethodRefused);
        }
        request.probe = Probe::read(&head.headers, &self.0.token);
        request.quiet = is_quiet(head);
        let host = header::host(head).ok_or(ErrorKind::MissingHost)?;
        let bound = self.0.bind(host, header::path(head), request.probe);
        match bound {
            Ok(Bound { entry, flight }) => {
                request.entry = Some(entry);
                request.flight = Some(flight);
            }
            Err(Unbound { kind, entry }) => {
                request.entry = entry;
                return Err(kind);
            }
        }
        if request.quiet {
            session.set_read_timeout(Some(limits.quiet_timeout));
        }
        Ok(())
    }

    /// Looks the route up again: it may lead elsewhere by now. An instance that refuses gets one pause.
    async fn bind_again(&self, session: &Session, request: &mut Request) -> Result<()> {
        let refused = request.fault == Some(ErrorKind::AppUnreachable);
        let head = session.req_header();
        let (host, path) = (header::host(head).unwrap_or_default(), header::path(head));
        let look = || self.0.bind(host, path, request.probe);
        let same = |bound: &Bound| request.lane().is_some_and(|lane| lane.same(bound.flight.lane()));
        let mut bound = look();
        if refused && bound.as_ref().is_ok_and(same) {
            if request.paused {
                return Error::err(ErrorType::ConnectRefused);
            }
            // Not counted as in flight twice while it waits.
            drop(bound);
            tokio::time::sleep(self.0.limits.refused_pause).await;
            bound = look();
            request.paused = true;
        }
        match bound {
            Ok(Bound { entry, flight }) => {
                entry.counters.retried();
                request.entry = Some(entry);
                request.flight = Some(flight);
                request.fault = None;
                Ok(())
            }
            Err(Unbound { kind, .. }) => {
                request.fault = Some(kind);
                Error::err(ErrorType::HTTPStatus(kind.status()))
            }
        }
    }

    fn peer(&self, lane: &Lane, request: &Request) -> HttpPeer {
        let limits = &self.0.limits;
        let silence = if request.quiet { limits.quiet_timeout } else { limits.app_timeout };
        let mut peer = HttpPeer::new(lane.addr, false, String::new());
        // A second try must not meet a second stale connection.
        peer.group_key =
            if request.tries == 0 { lane.pool } else { FRESH | self.0.fresh.fetch_add(1, Ordering::Relaxed) };
        peer.options.total_connection_timeout = Some(limits.connect_timeout);
        peer.options.connection_timeout = Some(limits.connect_timeout);
        peer.options.read_timeout = Some(silence);
        peer.options.write_timeout = Some(silence);
        peer.options.idle_timeout = Some(limits.app_idle);
        peer
    }
}

/// Is the answer one that is silent by nature?
fn is_quiet(head: &RequestHeader) -> bool {
    let events = b"text/event-stream";
    let asks = |accept: &HeaderValue| accept.as_bytes().windows(events.len()).any(|p| p.eq_ignore_ascii_case(events));
    head.headers.contains_key(UPGRADE) || head.headers.get(ACCEPT).is_some_and(asks)
}

#[async_trait]
impl ProxyHttp for Forward {
    type CTX = Request;

    fn new_ctx(&self) -> Request {
        let leash = front::leash();
        if let Some(leash) = &leash {
            leash.set_arrived();
        }
        Request {
            id: Ulid::new(),
            started: Instant::now(),
            leash,
            probe: Probe::No,
            quiet: false,
            upgraded: false,
            paused: false,
            tries: 0,
            entry: None,
            flight: None,
            fault: None,
        }
    }

    fn init_downstream_modules(&self, _: &mut HttpModules) {
        // No compression: apps decide about that.
    }

    async fn request_filter(&self, session: &mut Session, request: &mut Request) -> Result<bool> {
        match self.admit(session, request) {
            Ok(()) => Ok(false),
            Err(kind) => {
                self.refuse(session, request, kind, "").await;
                Ok(true)
            }
        }
    }

    async fn upstream_peer(&self, session: &mut Session, request: &mut Request) -> Result<Box<HttpPeer>> {
        if request.tries > 0 {
            self.bind_again(session, request).await?;
        }
        let Some(lane) = request.lane() else { return Error::err(ErrorType::InternalError) };
        let peer = self.peer(lane, request);
        request.tries += 1;
        Ok(Box::new(peer))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        to_app: &mut RequestHeader,
        request: &mut Request,
    ) -> Result<()> {
        let client = session.client_addr().and_then(|a| a.as_inet()).map(|a| a.ip().to_canonical().to_string());
        let mut room = [0; ulid::ULID_LEN];
        header::to_app(to_app, client.as_deref().unwrap_or("unknown"), request.id.array_to_str(&mut room))
    }

    async fn response_filter(
        &self,
        _: &mut Session,
        to_client: &mut ResponseHeader,
        request: &mut Request,
    ) -> Result<()> {
        let mut room = [0; ulid::ULID_LEN];
        let id = request.id.array_to_str(&mut room);
        let stamp = (request.probe != Probe::No).then(|| request.lane().map(|lane| &lane.stamp)).flatten();
        header::to_client(to_client, id, stamp)?;
        if to_client.status == 101 && !request.upgraded {
            request.upgraded = true;
            if let (Some(flight), Some(leash)) = (&mut request.flight, &request.leash) {
                flight.upgrade(leash.clone());
            }
            if let (Some(entry), Probe::No) = (&request.entry, request.probe) {
                entry.counters.upgraded();
            }
        }
        Ok(())
    }

    fn fail_to_connect(
        &self,
        _: &mut Session,
        _: &HttpPeer,
        request: &mut Request,
        mut error: Box<Error>,
    ) -> Box<Error> {
        let kind = retry::connect_fault(&error);
        request.fault = Some(kind);
        error.set_retry(kind == ErrorKind::AppUnreachable);
        error
    }

    fn error_while_proxy(
        &self,
        _: &HttpPeer,
        session: &mut Session,
        mut error: Box<Error>,
        _: &mut Request,
        reused: bool,
    ) -> Box<Error> {
        let again = reused && retry::unnoticed(&error, session);
        error.set_retry(again);
        error
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, request: &mut Request) -> FailToProxy {
        let kind = request.fault.unwrap_or_else(|| retry::fault(error));
        self.refuse(session, request, kind, &error.to_string()).await;
        FailToProxy { error_code: kind.status(), can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, _: Option<&Error>, request: &mut Request) {
        let Some(entry) = &request.entry else {
            self.0.unrouted.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if request.probe == Probe::No && !request.upgraded {
            let gone = request.fault == Some(ErrorKind::ClientGone);
            let status = session.response_written().map(|r| r.status.as_u16()).filter(|_| !gone);
            entry.counters.ended(status, request.started.elapsed());
        }
    }

    // What goes wrong is said once, with the request's id, in `refuse`.
    fn suppress_error_log(&self, _: &Session, _: &Request, _: &Error) -> bool {
        true
    }

    fn suppress_proxy_warn_log(&self, _: &Session, _: &Request, _: &Error, _: ProxyWarnLogContext) -> bool {
        true
    }
}
