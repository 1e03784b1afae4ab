//! `GET /v1/deployments/{id}/events`: the timeline, as a page or as a stream. A stream resumes after `Last-Event-ID`,
//! which is the event's number on the timeline, so nothing is lost and nothing comes twice.

use super::App;
use super::ask::{self, Asked};
use super::stream::{self, GLANCE, Sink};
use crate::problem::{self, Problem};
use crate::wire::EventPage;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse;
use axum::response::{IntoResponse, Response};
use conductor::Host;
use model::event::{Event, Recorded};
use model::{DeploymentId, Failure};
use serde::Deserialize;
use std::sync::Arc;

/// Events on one page unless told, and at most. One event can be a plan, so a page stays below some megabytes.
const PAGE: usize = 200;
const MAX_PAGE: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// Events after this one.
    after: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn events(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Asked(query): Asked<Query>,
) -> Result<Response, Problem> {
    let id = ask::deployment_id(&id)?;
    let resumed = match ask::last_event_id(&headers) {
        Some(text) => Some(text.parse().map_err(|_| Problem::usage("Last-Event-ID is not an event's number", text))?),
        None => None,
    };
    let after = resumed.or(query.after).unwrap_or(0);
    if ask::wants_stream(&headers) {
        let known = id.clone();
        app.call(move |host| exists(host, &known)).await?;
        let host = Arc::clone(&app.host);
        return Ok(stream::respond(&app, move |sink| follow(&host, &id, after, sink)));
    }
    let limit = ask::within(query.limit, PAGE, MAX_PAGE);
    let events = app
        .call(move |host| {
            exists(host, &id)?;
            host.events(&id, after, limit)
        })
        .await?;
    let next = events.last().map_or(after, |last| last.seq);
    Ok(Json(EventPage { events, next }).into_response())
}

fn exists(host: &Host, id: &DeploymentId) -> Result<(), Failure> {
    host.deployment(id).map(|_| ()).ok_or_else(|| problem::not_found("deployment", id.as_str()))
}

/// Sends what there is, then what comes, until the deployment is over and everything of it was sent.
fn follow(host: &Host, id: &DeploymentId, mut after: u64, sink: &Sink) {
    let mut over = false;
    while sink.open() {
        // Asked before reading: an event that is written between the two is read in the next round.
        over = over || host.deployment(id).is_none_or(|d| d.status.is_terminal());
        let batch = match host.events(id, after, PAGE) {
            Ok(batch) => batch,
            Err(failure) => return sink.fail(failure),
        };
        for recorded in &batch {
            if !sink.send(framed(recorded)) {
                return;
            }
            after = recorded.seq;
            // The event itself is the earliest word of the end.
            over = over || matches!(recorded.event, Event::Finished { .. } | Event::Superseded { .. });
        }
        if batch.is_empty() {
            if over {
                return sink.finish();
            }
            let _either_way_it_is_read_again = host.wait_event(id, after, GLANCE);
        }
    }
}

fn framed(recorded: &Recorded) -> sse::Event {
    let body = serde_json::to_string(recorded).unwrap_or_default();
    sse::Event::default().id(recorded.seq.to_string()).event(recorded.event.kind()).data(body)
}
