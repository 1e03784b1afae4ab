//! What a request may say, checked before the host is asked: names, ids, cursors, bodies. Every refusal is a problem
//! document that names what was said.

use crate::problem::{self, Problem};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use model::{Code, DeploymentId, Failure, Name, Phase};
use serde::de::DeserializeOwned;

/// The largest body. Sources do not travel in bodies, only their place and some settings.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// The deployment that the path names; nonsense is a deployment that does not exist.
pub(crate) fn deployment_id(text: &str) -> Result<DeploymentId, Problem> {
    text.parse().map_err(|_| Problem::new(problem::not_found("deployment", text)))
}

/// The resource that the path names; nonsense is a resource that does not exist.
pub(crate) fn name(text: &str) -> Result<Name, Problem> {
    text.parse().map_err(|_| Problem::new(problem::not_found("resource", text)))
}

/// A JSON body.
pub(crate) fn body<T: DeserializeOwned>(bytes: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let bytes = bytes.map_err(unread)?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Problem::usage(format!("the body is not the expected JSON: {e}"), "body"))
}

/// A JSON body that may be left out.
pub(crate) fn body_or_default<T: DeserializeOwned + Default>(
    bytes: Result<Bytes, BytesRejection>,
) -> Result<T, Problem> {
    match bytes {
        Ok(bytes) if bytes.is_empty() => Ok(T::default()),
        other => body(other),
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = format!("the body is larger than {MAX_BODY} bytes");
        let failure = Failure::new(Phase::Detect, Code::UsageInvalid, message, "body");
        return Problem::with_status(failure, StatusCode::PAYLOAD_TOO_LARGE);
    }
    Problem::usage(format!("the body cannot be read: {rejection}"), "body")
}

/// A query string, refused with a problem document instead of plain text.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match query {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(e) => Err(Problem::usage(e.body_text(), parts.uri.query().unwrap_or_default())),
        }
    }
}

/// Does the client want a stream?
pub(crate) fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|media| media.split(';').next().is_some_and(|m| m.trim().eq_ignore_ascii_case("text/event-stream")))
}

/// The id of the last event that the client has, from a stream that broke.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::trim).filter(|id| !id.is_empty())
}

/// How many to give: what was asked for, within bounds.
pub(crate) fn within(asked: Option<usize>, default: usize, max: usize) -> usize {
    asked.unwrap_or(default).clamp(1, max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_stream_is_sent_only_to_who_asks_for_one() {
        let accept = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            wants_stream(&headers)
        };
        assert!(accept("text/event-stream"));
        assert!(accept("application/json, Text/Event-Stream;q=0.9"));
        assert!(!accept("application/json"));
        assert!(!accept("*/*"), "a plain curl gets a page that ends");
        assert!(!wants_stream(&HeaderMap::new()));
    }
}
