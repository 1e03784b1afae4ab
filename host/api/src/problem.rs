//! Errors of the API: RFC 9457 problem details whose `code` is the failure's code, with the whole failure beside it.
//! A client that reads only `detail` and a client that wants every remedy are both served by one document.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Code, Failure, Phase};
use serde::{Deserialize, Serialize};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:shipway:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// One sentence about this occurrence.
    pub detail: String,
    /// The failure's code.
    pub code: Code,
    /// The failure, whole: input, details, remedies.
    pub failure: Box<Failure>,
}

impl Problem {
    /// The problem of a failure, with the status that its code stands for.
    #[must_use]
    pub fn new(failure: Failure) -> Self {
        let status = status_of(failure.code);
        Self::with_status(failure, status)
    }

    /// The problem of a failure that HTTP has a status of its own for (413, 405).
    #[must_use]
    pub fn with_status(failure: Failure, status: StatusCode) -> Self {
        Self {
            kind: format!("urn:shipway:{}", failure.code),
            title: model::explain::page(failure.code).title.to_owned(),
            status: status.as_u16(),
            detail: failure.message.clone(),
            code: failure.code,
            failure: Box::new(failure),
        }
    }

    /// A request that cannot be understood.
    #[must_use]
    pub fn usage(message: impl Into<String>, input: impl Into<String>) -> Self {
        Self::new(Failure::new(Phase::Detect, Code::UsageInvalid, message, input))
    }
}

/// There is no such thing on this host. `what` is `resource` or `deployment`.
#[must_use]
pub fn not_found(what: &str, name: &str) -> Failure {
    let name: String = name.chars().take(100).collect();
    Failure::new(Phase::Detect, Code::NotFound, format!("there is no {what} {name:?} on this host"), name)
        .remedy(model::Remedy::safe("See what there is", "shipway list"))
}

/// A fault of our own.
#[must_use]
pub fn internal(message: impl Into<String>) -> Failure {
    Failure::new(Phase::Detect, Code::HostInternal, message, "")
}

/// The HTTP status of a code: who has to change something, told in HTTP's words.
#[must_use]
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::UsageInvalid | Code::ConfigInvalid => StatusCode::BAD_REQUEST,
        Code::NotAllowed | Code::PlanChanged | Code::ReleaseMissing | Code::Canceled => StatusCode::CONFLICT,
        Code::HostInternal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::StateLocked | Code::StateUnusable | Code::HostUnreachable | Code::TargetUnreachable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::ResourceExhausted => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::new(failure)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_error_status() {
        for code in Code::ALL {
            assert!(status_of(*code).as_u16() >= 400, "{code}");
        }
    }

    #[test]
    fn a_problem_carries_the_whole_failure() {
        let failure = Failure::new(Phase::Verify, Code::HealthFailed, "it answered 500", "GET /health")
            .detail(["expected 200".to_owned()]);
        let json = serde_json::to_value(Problem::new(failure.clone())).unwrap();
        assert_eq!(json["code"], "health-failed");
        assert_eq!(json["detail"], failure.message);
        assert_eq!(json["failure"], serde_json::to_value(&failure).unwrap());
    }
}
