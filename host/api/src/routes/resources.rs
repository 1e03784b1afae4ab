//! `/v1/resources`: look at them, move them back, stop, start, remove.

use super::App;
use super::ask;
use super::deployments::accepted;
use crate::problem::{self, Problem};
use crate::wire::{Removal, Removed, ResourceList};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use conductor::Host;
use model::view::{HealthReport, ResourceView, RollbackRequest};
use model::{Failure, Name};

pub(super) async fn list(State(app): State<App>) -> Result<Json<ResourceList>, Problem> {
    let resources = app.call(|host| Ok(host.resources())).await?;
    Ok(Json(ResourceList { resources }))
}

fn view(host: &Host, name: &Name) -> Result<ResourceView, Failure> {
    host.resource(name).ok_or_else(|| problem::not_found("resource", name.as_str()))
}

pub(super) async fn one(State(app): State<App>, Path(name): Path<String>) -> Result<Json<ResourceView>, Problem> {
    let name = ask::name(&name)?;
    app.call(move |host| view(host, &name)).await.map(Json)
}

pub(super) async fn health(State(app): State<App>, Path(name): Path<String>) -> Result<Json<HealthReport>, Problem> {
    let name = ask::name(&name)?;
    app.call(move |host| view(host, &name).and_then(|_| host.health(&name))).await.map(Json)
}

pub(super) async fn removal(State(app): State<App>, Path(name): Path<String>) -> Result<Json<Removal>, Problem> {
    let resource = ask::name(&name)?;
    let answer = app.call(move |host| {
        view(host, &resource)?;
        let removes = host.removal_list(&resource)?;
        Ok(Removal { resource, removes })
    });
    answer.await.map(Json)
}

pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<Json<Removed>, Problem> {
    let resource = ask::name(&name)?;
    let answer = app.call(move |host| {
        view(host, &resource)?;
        let removed = host.remove(&resource)?;
        Ok(Removed { resource, removed })
    });
    answer.await.map(Json)
}

pub(super) async fn rollback(
    State(app): State<App>,
    Path(name): Path<String>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let name = ask::name(&name)?;
    let request: RollbackRequest = ask::body_or_default(bytes)?;
    let answer = app.call(move |host| {
        view(host, &name)?;
        host.rollback(&name, request)
    });
    answer.await.map(accepted)
}

pub(super) async fn stop(State(app): State<App>, Path(name): Path<String>) -> Result<Json<ResourceView>, Problem> {
    let name = ask::name(&name)?;
    let answer = app.call(move |host| {
        view(host, &name)?;
        host.stop(&name)?;
        view(host, &name)
    });
    answer.await.map(Json)
}

pub(super) async fn start(State(app): State<App>, Path(name): Path<String>) -> Result<Json<ResourceView>, Problem> {
    let name = ask::name(&name)?;
    let answer = app.call(move |host| {
        view(host, &name)?;
        host.start(&name)?;
        view(host, &name)
    });
    answer.await.map(Json)
}
