//! Logs of a deployment (`kind=build` or `kind=run`) and of whatever release a resource serves, as a page or as a
//! stream. A resource's stream moves on to the next release with a `release` event; a gap is in the page that has it.

use super::App;
use super::ask::{self, Asked};
use super::stream::{self, GLANCE, Sink};
use crate::problem::{self, Problem};
use crate::wire::ReleaseChanged;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use conductor::{Host, LogKind, Subject};
use model::view::LogPage;
use model::{DeploymentId, Failure, Name, Status};
use serde::Deserialize;
use std::sync::Arc;

/// Lines on one page unless told, and at most.
const PAGE: usize = 500;
const MAX_PAGE: usize = 5000;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Build,
    #[default]
    Run,
}

impl From<Kind> for LogKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Build => LogKind::Build,
            Kind::Run => LogKind::Run,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    kind: Option<Kind>,
    /// From an earlier page.
    cursor: Option<u64>,
    limit: Option<usize>,
}

/// A place in a log that a broken stream resumes from: the deployment whose log it is, and the cursor in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    deployment: DeploymentId,
    cursor: u64,
}

impl Place {
    fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::usage("Last-Event-ID is not a place in a log", text);
        let (deployment, cursor) = text.split_once(':').ok_or_else(wrong)?;
        Ok(Self { deployment: deployment.parse().map_err(|_| wrong())?, cursor: cursor.parse().map_err(|_| wrong())? })
    }
}

pub(super) async fn of_deployment(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Asked(query): Asked<Query>,
) -> Result<Response, Problem> {
    let id = ask::deployment_id(&id)?;
    let kind = LogKind::from(query.kind.unwrap_or_default());
    let resumed = ask::last_event_id(&headers).map(Place::parse).transpose()?;
    let cursor = resumed.filter(|p| p.deployment == id).map(|p| p.cursor).or(query.cursor).unwrap_or(0);
    let known = id.clone();
    app.call(move |host| {
        host.deployment(&known).map(|_| ()).ok_or_else(|| problem::not_found("deployment", known.as_str()))
    })
    .await?;
    if ask::wants_stream(&headers) {
        let host = Arc::clone(&app.host);
        return Ok(stream::respond(&app, move |sink| follow_deployment(&host, id, kind, cursor, sink)));
    }
    page(&app, Subject::Deployment(id), kind, cursor, query.limit).await
}

pub(super) async fn of_resource(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Asked(query): Asked<Query>,
) -> Result<Response, Problem> {
    let name = ask::name(&name)?;
    let kind = LogKind::from(query.kind.unwrap_or_default());
    let known = name.clone();
    app.call(move |host| {
        host.resource(&known).map(|_| ()).ok_or_else(|| problem::not_found("resource", known.as_str()))
    })
    .await?;
    if ask::wants_stream(&headers) {
        if kind == LogKind::Build {
            return Err(Problem::usage("a build is followed by its deployment's id", name.as_str()));
        }
        let place = ask::last_event_id(&headers).map(Place::parse).transpose()?;
        let host = Arc::clone(&app.host);
        return Ok(stream::respond(&app, move |sink| follow_resource(&host, &name, place, sink)));
    }
    page(&app, Subject::Resource(name), kind, query.cursor.unwrap_or(0), query.limit).await
}

async fn page(
    app: &App,
    subject: Subject,
    kind: LogKind,
    cursor: u64,
    limit: Option<usize>,
) -> Result<Response, Problem> {
    let limit = ask::within(limit, PAGE, MAX_PAGE);
    let page = app.call(move |host| host.logs(&subject, kind, cursor, limit)).await?;
    Ok(Json(page).into_response())
}

/// A build's log ends with the deployment's build; an app's log goes on while the app may write.
fn follow_deployment(host: &Host, id: DeploymentId, kind: LogKind, cursor: u64, sink: &Sink) {
    let mut place = Place { deployment: id, cursor };
    while sink.open() {
        let over = match host.deployment(&place.deployment) {
            None => true,
            Some(d) => d.status.is_terminal() && (kind == LogKind::Build || d.status != Status::Succeeded),
        };
        match send_some(host, &mut place, kind, sink) {
            Ok(0) if over => return sink.finish(),
            Ok(0) => std::thread::sleep(GLANCE),
            Ok(_) => {}
            Err(failure) => return sink.fail(failure),
        }
    }
}

/// The log of what serves, release after release, until the client leaves or the resource is removed.
fn follow_resource(host: &Host, name: &Name, mut place: Option<Place>, sink: &Sink) {
    let mut told: Option<Option<DeploymentId>> = place.as_ref().map(|p| Some(p.deployment.clone()));
    while sink.open() {
        let Some(view) = host.resource(name) else { return sink.finish() };
        if told.as_ref() != Some(&view.serving) {
            let news = ReleaseChanged { deployment: view.serving.clone() };
            let body = serde_json::to_string(&news).unwrap_or_default();
            if !sink.send(Event::default().event("release").data(body)) {
                return;
            }
            place = view.serving.clone().map(|deployment| Place { deployment, cursor: 0 });
            told = Some(view.serving);
        }
        let sent = match &mut place {
            Some(place) => send_some(host, place, LogKind::Run, sink),
            None => Ok(0),
        };
        match sent {
            Ok(0) => std::thread::sleep(GLANCE),
            Ok(_) => {}
            Err(failure) => return sink.fail(failure),
        }
    }
}

/// Sends the next page if it has anything, moves the place on, and says how many lines went.
fn send_some(host: &Host, place: &mut Place, kind: LogKind, sink: &Sink) -> Result<usize, Failure> {
    let page: LogPage = host.logs(&Subject::Deployment(place.deployment.clone()), kind, place.cursor, PAGE)?;
    if page.lines.is_empty() && !page.gap {
        place.cursor = page.cursor;
        return Ok(0);
    }
    place.cursor = page.cursor;
    let id = format!("{}:{}", place.deployment, place.cursor);
    let body = serde_json::to_string(&page).unwrap_or_default();
    sink.send(Event::default().id(id).event("lines").data(body));
    Ok(page.lines.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_in_a_log_is_read_back_and_nonsense_is_refused() {
        let id = "dep_01jabcdefghjkmnpqrstvwxyz0";
        let place = Place::parse(&format!("{id}:42")).unwrap();
        assert_eq!((place.deployment.as_str(), place.cursor), (id, 42));
        for nonsense in ["", "42", "dep_x:1", &format!("{id}:-1"), &format!("{id}:")] {
            assert!(Place::parse(nonsense).is_err(), "{nonsense}");
        }
    }
}
