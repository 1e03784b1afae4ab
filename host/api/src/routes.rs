//! The routes, and what every handler shares: the host, the limits, and the way from a blocking call to an answer.

mod ask;
mod deployments;
mod events;
mod logs;
mod resources;
mod stream;

use crate::problem::{self, Problem};
use crate::wire::About;
use crate::{peer, routes::ask::MAX_BODY};
use axum::extract::DefaultBodyLimit;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use conductor::Host;
use model::{Code, Failure, Phase};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Streams that may be followed at the same time; each holds a thread. The 65th is told to come back.
pub(crate) const MAX_STREAMS: usize = 64;

/// What every handler has.
#[derive(Clone)]
pub(crate) struct App {
    host: Arc<Host>,
    about: Arc<About>,
    stopping: watch::Receiver<bool>,
    streams: Arc<Semaphore>,
}

impl App {
    /// For one host.
    pub(crate) fn new(host: Arc<Host>, about: About, stopping: watch::Receiver<bool>) -> Self {
        Self { host, about: Arc::new(about), stopping, streams: Arc::new(Semaphore::new(MAX_STREAMS)) }
    }

    /// Runs a call of the host on a thread that may block.
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Host) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Problem> {
        let host = Arc::clone(&self.host);
        match tokio::task::spawn_blocking(move || call(&host)).await {
            Ok(answer) => answer.map_err(Problem::new),
            Err(fault) => {
                tracing::error!(%fault, "a call of the host panicked");
                Err(Problem::new(problem::internal("a call of the host ended in a panic; its log has more")))
            }
        }
    }
}

/// Everything.
pub(crate) fn all(app: App) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/v1/deployments", get(deployments::list).post(deployments::deploy))
        .route("/v1/deployments/{id}", get(deployments::one))
        .route("/v1/deployments/{id}/plan", get(deployments::plan))
        .route("/v1/deployments/{id}/events", get(events::events))
        .route("/v1/deployments/{id}/logs", get(logs::of_deployment))
        .route("/v1/deployments/{id}/retry", post(deployments::retry))
        .route("/v1/deployments/{id}/cancel", post(deployments::cancel))
        .route("/v1/resources", get(resources::list))
        .route("/v1/resources/{name}", get(resources::one).delete(resources::remove))
        .route("/v1/resources/{name}/removal", get(resources::removal))
        .route("/v1/resources/{name}/health", get(resources::health))
        .route("/v1/resources/{name}/logs", get(logs::of_resource))
        .route("/v1/resources/{name}/rollback", post(resources::rollback))
        .route("/v1/resources/{name}/stop", post(resources::stop))
        .route("/v1/resources/{name}/start", post(resources::start))
        .fallback(no_such_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(never_stored))
        .layer(middleware::from_fn(told))
        .layer(middleware::from_fn(peer::only_owner))
        .with_state(app)
}

async fn healthz(State(app): State<App>) -> Json<About> {
    Json(About::clone(&app.about))
}

async fn no_such_route(request: Request) -> Problem {
    let asked = format!("{} {}", request.method(), request.uri().path());
    Problem::new(Failure::new(Phase::Detect, Code::NotFound, "the API has no such route", asked))
}

async fn wrong_method(request: Request) -> Problem {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let failure = Failure::new(Phase::Detect, Code::UsageInvalid, "this route does not take that method", asked);
    Problem::with_status(failure, StatusCode::METHOD_NOT_ALLOWED)
}

/// Answers are true for a moment only.
async fn never_stored(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One line for every request in the host's log, at debug level.
async fn told(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), millis = begun.elapsed().as_millis(), "api");
    response
}
