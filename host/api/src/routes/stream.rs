//! A stream of server-sent events that a blocking loop feeds. The loop ends when the client leaves, when the server
//! stops, or with an `end` event, by which a client tells a finished stream from a broken one.

use super::App;
use crate::problem::Problem;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use model::{Code, Failure, Phase};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// How long a loop may wait for something new before it looks whether the client is still there.
pub(crate) const GLANCE: Duration = Duration::from_millis(250);

/// A comment is sent this often on a quiet stream, so that both ends notice a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Events that may wait for a slow client; then the loop waits too, and nothing is lost.
const BUFFER: usize = 64;

/// The loop's end of a stream.
pub(crate) struct Sink {
    events: mpsc::Sender<Event>,
    stopping: watch::Receiver<bool>,
}

impl Sink {
    /// Is there still somebody to send to?
    pub(crate) fn open(&self) -> bool {
        !self.events.is_closed() && !*self.stopping.borrow()
    }
    /// Sends; false means that the loop has to end.
    pub(crate) fn send(&self, event: Event) -> bool {
        self.open() && self.events.blocking_send(event).is_ok()
    }
    /// The stream is complete: nothing will follow.
    pub(crate) fn finish(&self) {
        self.send(Event::default().event("end").data("{}"));
    }
    /// The host cannot go on with this stream.
    pub(crate) fn fail(&self, failure: Failure) {
        let body = serde_json::to_string(&Problem::new(failure)).unwrap_or_default();
        self.send(Event::default().event("problem").data(body));
    }
}

/// Answers with a stream that `feed` fills.
pub(crate) fn respond(app: &App, feed: impl FnOnce(&Sink) + Send + 'static) -> Response {
    let Ok(permit) = std::sync::Arc::clone(&app.streams).try_acquire_owned() else {
        let message = format!("{} streams are being followed; close one", super::MAX_STREAMS);
        let failure = Failure::new(Phase::Detect, Code::ResourceExhausted, message, "");
        return Problem::with_status(failure, StatusCode::SERVICE_UNAVAILABLE).into_response();
    };
    let (events, receiver) = mpsc::channel(BUFFER);
    let sink = Sink { events, stopping: app.stopping.clone() };
    tokio::task::spawn_blocking(move || {
        feed(&sink);
        drop(permit);
    });
    Sse::new(ReceiverStream::new(receiver).map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}
