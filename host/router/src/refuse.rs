//! The router's own answers: written once, remembered once, said once in the log.

use crate::{
    forward::{Forward, Request},
    header::{self, REQUEST_ID},
    trouble::{ErrorKind, ErrorRecord, Side, short},
};
use bytes::Bytes;
use http::{Method, header as name};
use jiff::Timestamp;
use pingora_core::Result;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;

impl Forward {
    /// Ends a request with an answer of the router's own. Where an answer has already begun, or nobody is there to
    /// read one, it is only remembered.
    pub(crate) async fn refuse(&self, session: &mut Session, request: &mut Request, kind: ErrorKind, detail: &str) {
        request.fault = Some(kind);
        let begun = session.response_written().is_some_and(|r| !r.status.is_informational() || r.status == 101);
        self.remember(session, request, kind, detail, begun);
        if begun || kind == ErrorKind::ClientGone {
            return;
        }
        if let Some(entry) = &request.entry {
            entry.counters.router_error();
        }
        // The client may be gone by now. Then there is nobody to tell.
        let _ = answer(session, kind, &request.id.to_string()).await;
        if request.tries > 0 && session.as_http1().is_some() {
            request.leave();
            // After a failure of the app the library closes the connection at once; unread parts of the request would
            // then destroy the answer on its way.
            session.shutdown().await;
        }
    }

    fn remember(&self, session: &Session, request: &Request, kind: ErrorKind, detail: &str, cut: bool) {
        let head = session.req_header();
        let path = header::path(head).split(|&b| b == b'?').next().unwrap_or_default();
        let record = ErrorRecord {
            request_id: request.id.to_string(),
            at: Timestamp::now(),
            kind,
            side: kind.side(),
            status: kind.status(),
            resource: request.entry.as_ref().map(|e| e.resource.clone()),
            deployment: request.lane().map(|lane| lane.deployment.clone()),
            method: short(head.method.as_str().as_bytes(), 32),
            host: short(header::host(head).unwrap_or_default(), 255),
            path: short(path, 512),
            tries: request.tries,
            cut,
            detail: short(detail.as_bytes(), 512),
        };
        let resource = record.resource.as_ref().map(ToString::to_string);
        if kind.side() == Side::Client {
            tracing::debug!(request = record.request_id, kind = kind.as_str(), resource, detail, "router: refused");
        } else {
            tracing::warn!(
                request = record.request_id,
                kind = kind.as_str(),
                resource,
                deployment = record.deployment.as_ref().map(ToString::to_string),
                tries = record.tries,
                cut,
                detail = record.detail,
                "router: request failed"
            );
        }
        self.0.troubles.add(record);
    }
}

async fn answer(session: &mut Session, kind: ErrorKind, request_id: &str) -> Result<()> {
    let (content_type, body) = kind.page(request_id, session.get_header_bytes(name::ACCEPT));
    let mut head = ResponseHeader::build(kind.status(), Some(8))?;
    head.insert_header(name::CONTENT_TYPE, content_type)?;
    head.insert_header(name::CONTENT_LENGTH, body.len())?;
    head.insert_header(name::CACHE_CONTROL, "no-store")?;
    head.insert_header(name::X_CONTENT_TYPE_OPTIONS, "nosniff")?;
    head.insert_header(name::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")?;
    head.insert_header(REQUEST_ID, request_id)?;
    if kind == ErrorKind::MethodRefused {
        head.insert_header(name::ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")?;
        // What follows a CONNECT is not HTTP.
        session.set_keepalive(None);
    }
    let body = if session.req_header().method == Method::HEAD { Bytes::new() } else { Bytes::from(body) };
    session.as_downstream_mut().write_response_header(Box::new(head)).await?;
    session.as_downstream_mut().write_response_body(body, true).await
}
