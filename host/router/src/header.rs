//! What passes through the router in headers, and what does not.
//!
//! To the app: `Host` as the client sent it; `X-Forwarded-For` (the client's address), `-Proto`, `-Host` and
//! `X-Request-Id` always from the router. Whatever a client sends under those names, under any other
//! `X-Forwarded-*`, `Forwarded`, `X-Real-Ip` or `Shipway-*` is removed: an app may believe these headers. So are
//! spellings with underscores, which CGI-like app servers cannot tell from the dashed ones.
//! To the client: hop-by-hop headers of the app's connection are removed, and the deployment stamp is the host's alone.

use crate::probe::STAMP;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONNECTION, COOKIE, TRAILER, UPGRADE},
};
use pingora_core::Result;
use pingora_http::{
    RequestHeader, ResponseHeader,
    authority::{RawTargetAuthority, raw_target_authority},
};
use std::borrow::Cow;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Is the name one that only the router may use towards apps?
fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    let name = if name.contains('_') { Cow::Owned(name.replace('_', "-")) } else { Cow::Borrowed(name) };
    name.starts_with("x-forwarded-")
        || name.starts_with("shipway-")
        || matches!(&*name, "forwarded" | "x-real-ip" | "x-request-id")
}

/// The bytes of a request's header, as far as they count against the limit.
pub(crate) fn size(request: &RequestHeader) -> usize {
    let fields: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    fields + request.raw_path().len()
}

/// The host that a request is for, as sent: the authority of HTTP/2 or of an absolute target, else `Host`. The
/// library has refused requests in which these disagree.
pub(crate) fn host(request: &RequestHeader) -> Option<&[u8]> {
    let authority = request.uri.authority().map(|a| a.as_str().as_bytes());
    authority
        .or_else(|| raw_target_authority(request.raw_path()).authority())
        .or_else(|| request.headers.get(http::header::HOST).map(HeaderValue::as_bytes))
        .filter(|host| !host.is_empty())
}

/// The path and query of a request, whatever the form of its target.
pub(crate) fn path(request: &RequestHeader) -> &[u8] {
    match raw_target_authority(request.raw_path()) {
        RawTargetAuthority::Absolute { path_and_query, .. } => path_and_query,
        _ => request.raw_path(),
    }
}

/// Makes the header that the app gets.
pub(crate) fn to_app(request: &mut RequestHeader, client: &str, request_id: &str) -> Result<()> {
    let host = host(request).map(<[u8]>::to_vec);
    let foreign: Vec<HeaderName> = request.headers.keys().filter(|name| is_ours(name)).cloned().collect();
    for name in &foreign {
        request.remove_header(name);
    }
    if let Some(host) = host {
        request.insert_header(FORWARDED_HOST, host)?;
    }
    request.insert_header(FORWARDED_FOR, client)?;
    request.insert_header(FORWARDED_PROTO, "http")?;
    request.insert_header(REQUEST_ID, request_id)?;
    join_cookies(request)?;
    to_origin_form(request)
}

/// HTTP/2 clients may split cookies over several fields; HTTP/1 knows one only (RFC 9113, 8.2.3).
fn join_cookies(request: &mut RequestHeader) -> Result<()> {
    let cookies: Vec<&[u8]> = request.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1 {
        let one = cookies.join(&b"; "[..]);
        request.insert_header(COOKIE, one)?;
    }
    Ok(())
}

/// `GET http://host/path` is for proxies; apps are asked for `/path`.
fn to_origin_form(request: &mut RequestHeader) -> Result<()> {
    let path = match raw_target_authority(request.raw_path()) {
        RawTargetAuthority::Absolute { path_and_query, .. } if path_and_query.starts_with(b"/") => {
            path_and_query.to_vec()
        }
        RawTargetAuthority::Absolute { path_and_query, .. } => [b"/", path_and_query].concat(),
        _ => return Ok(()),
    };
    request.set_raw_path(&path)
}

/// Makes the header that the client gets from what the app sent.
pub(crate) fn to_client(response: &mut ResponseHeader, request_id: &str, stamp: Option<&HeaderValue>) -> Result<()> {
    response.remove_header(STAMP);
    let upgrades = response.status == StatusCode::SWITCHING_PROTOCOLS;
    if response.status.is_informational() && !upgrades {
        return Ok(());
    }
    if !upgrades {
        for name in hop_by_hop(&response.headers) {
            // 426 is about this header: it names what the client has to upgrade to.
            if name != UPGRADE || response.status != StatusCode::UPGRADE_REQUIRED {
                response.remove_header(&name);
            }
        }
    }
    response.insert_header(REQUEST_ID, request_id)?;
    if let Some(stamp) = stamp {
        response.insert_header(STAMP, stamp.clone())?;
    }
    Ok(())
}

/// What belongs to the app's connection, present in the header. The framing is the library's.
fn hop_by_hop(headers: &HeaderMap) -> Vec<HeaderName> {
    let nominated = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|token| HeaderName::from_bytes(token.trim().as_bytes()).ok());
    let framing = [http::header::CONTENT_LENGTH, http::header::TRANSFER_ENCODING];
    nominated
        .chain([CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, UPGRADE, TRAILER])
        .filter(|name| headers.contains_key(name) && !framing.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_can_believe_the_forwarding_headers() {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        request.insert_header("Host", "a.test:80").unwrap();
        for forged in
            ["X-Forwarded-For", "x_forwarded_for", "X-Forwarded_Host", "Forwarded", "X-Real-IP", "Shipway_Probe"]
        {
            request.append_header(forged, "forged").unwrap();
        }
        to_app(&mut request, "192.0.2.1", "ID").unwrap();
        assert!(request.headers.values().all(|v| v != "forged"), "{:?}", request.headers);
        assert_eq!(request.headers["x-forwarded-for"], "192.0.2.1");
        assert_eq!(request.headers["x-forwarded-host"], "a.test:80");
        assert_eq!(request.headers["host"], "a.test:80");
    }

    #[test]
    fn an_absolute_target_reaches_the_app_as_a_path() {
        for (target, path) in [("http://a.test/x?y=1", "/x?y=1"), ("http://a.test", "/"), ("http://a.test?y", "/?y")] {
            let mut request = RequestHeader::build("GET", target.as_bytes(), None).unwrap();
            assert_eq!(host(&request), Some(&b"a.test"[..]), "{target}");
            to_app(&mut request, "192.0.2.1", "ID").unwrap();
            assert_eq!(request.raw_path(), path.as_bytes());
        }
    }

    #[test]
    fn an_app_cannot_forge_the_stamp_not_even_early() {
        for status in [103, 200, 101] {
            let mut response = ResponseHeader::build(status, None).unwrap();
            response.append_header("Shipway-Deployment", "forged").unwrap();
            response.append_header("shipway-deployment", "twice").unwrap();
            to_client(&mut response, "ID", None).unwrap();
            assert!(!response.headers.contains_key(STAMP), "{status}");
        }
    }

    #[test]
    fn headers_of_the_apps_connection_stay_behind() {
        let mut response = ResponseHeader::build(200, None).unwrap();
        for (name, value) in [
            ("Connection", "close, X-Hop, Content-Length"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Content-Length", "3"),
        ] {
            response.append_header(name, value).unwrap();
        }
        to_client(&mut response, "ID", None).unwrap();
        let left: Vec<_> = response.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["content-length", "x-request-id"]);
    }
}
