//! `/v1/deployments`: begin one, look at them, retry, cancel.

use super::App;
use super::ask::{self, Asked};
use crate::problem::{self, Problem};
use crate::wire::{Accepted, DeploymentList};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::view::DeployRequest;
use model::{Checked, Deployment, DeploymentId, SourceKind};
use serde::Deserialize;

/// Deployments in one list unless told, and at most.
const LIST: usize = 50;
const MAX_LIST: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Only of this resource.
    resource: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(State(app): State<App>, Asked(query): Asked<Query>) -> Result<Json<DeploymentList>, Problem> {
    let resource = query.resource.as_deref().map(ask::name).transpose()?;
    let limit = ask::within(query.limit, LIST, MAX_LIST);
    let deployments = app
        .call(move |host| match &resource {
            Some(name) if host.resource(name).is_none() => Err(problem::not_found("resource", name.as_str())),
            _ => Ok(host.deployments(resource.as_ref(), limit)),
        })
        .await?;
    Ok(Json(DeploymentList { deployments }))
}

pub(super) async fn deploy(State(app): State<App>, bytes: Result<Bytes, BytesRejection>) -> Result<Response, Problem> {
    let request: DeployRequest = ask::body(bytes)?;
    let folder = matches!(request.source.kind, SourceKind::LocalDirectory | SourceKind::StaticDirectory);
    if folder && !std::path::Path::new(&request.source.locator).is_absolute() {
        let message = "a folder is named by its absolute path: the host does not know where you are";
        return Err(Problem::usage(message, request.source.locator));
    }
    app.call(move |host| host.deploy(request)).await.map(accepted)
}

pub(super) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Deployment>, Problem> {
    let id = ask::deployment_id(&id)?;
    app.call(move |host| host.deployment(&id).ok_or_else(|| problem::not_found("deployment", id.as_str())))
        .await
        .map(Json)
}

pub(super) async fn plan(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Checked>, Problem> {
    let id = ask::deployment_id(&id)?;
    app.call(move |host| host.plan(&id)).await.map(Json)
}

pub(super) async fn retry(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = ask::deployment_id(&id)?;
    app.call(move |host| host.retry(&id)).await.map(accepted)
}

/// 202: it will end; `canceled` is its status only once its cleanup is confirmed.
pub(super) async fn cancel(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = ask::deployment_id(&id)?;
    app.call(move |host| host.cancel(&id).map(|()| id)).await.map(accepted)
}

/// 202 with the place to look at.
pub(super) fn accepted(id: DeploymentId) -> Response {
    let place = format!("/v1/deployments/{id}");
    (StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(Accepted { id })).into_response()
}
