//! Streams that are followed to their end, over breaks: when the host restarts, the stream goes on after the last
//! event that was seen. Nothing is lost and nothing comes twice; when that cannot be kept, it is said.

use super::sse::{Frame, Frames};
use super::{Client, unreachable};
use crate::problem::{self, Problem};
use crate::wire::ReleaseChanged;
use model::event::Recorded;
use model::view::LogPage;
use model::{Code, DeploymentId, Failure};
use reqwest::Method;
use reqwest::blocking::Response;
use std::io::{BufReader, ErrorKind};
use std::time::{Duration, Instant};

/// How long a host may be away before a stream is given up: a restart with recovery fits well.
const AWAY: Duration = Duration::from_secs(15);

/// Between two tries to reach it again.
const PAUSE: Duration = Duration::from_millis(200);

/// One stream over as many connections as it takes.
#[derive(Debug)]
struct Stream {
    client: Client,
    path: String,
    last_id: Option<String>,
    frames: Option<Frames<BufReader<Response>>>,
    /// It answered at least once: a host that was there may come back.
    met: bool,
    away_since: Option<Instant>,
}

impl Stream {
    fn new(client: Client, path: String, last_id: Option<String>) -> Self {
        Self { client, path, last_id, frames: None, met: false, away_since: None }
    }

    /// The next event; none after `end`.
    fn next(&mut self) -> Result<Option<Frame>, Failure> {
        loop {
            let frames = match &mut self.frames {
                Some(frames) => frames,
                None => match self.connect() {
                    Ok(frames) => {
                        self.met = true;
                        self.frames.insert(frames)
                    }
                    Err(failure) => {
                        self.wait_or_give_up(failure)?;
                        continue;
                    }
                },
            };
            match frames.next() {
                Ok(Some(frame)) => {
                    self.away_since = None;
                    if frame.id.is_some() {
                        self.last_id.clone_from(&frame.id);
                    }
                    return match frame.event.as_str() {
                        "end" => Ok(None),
                        "problem" => Err(read::<Problem>(&frame).map(|p| *p.failure).unwrap_or_else(|f| f)),
                        _ => Ok(Some(frame)),
                    };
                }
                broken => {
                    self.frames = None;
                    let fault = broken.err().unwrap_or_else(|| ErrorKind::UnexpectedEof.into());
                    self.wait_or_give_up(unreachable::failure(&self.client.socket, &fault))?;
                }
            }
        }
    }

    fn connect(&self) -> Result<Frames<BufReader<Response>>, Failure> {
        let mut request = self.client.request(Method::GET, &self.path).header("accept", "text/event-stream");
        if let Some(id) = &self.last_id {
            request = request.header("last-event-id", id);
        }
        Ok(Frames::new(BufReader::new(self.client.send(request)?)))
    }

    /// Waits for a host that went away; what the host itself refuses stays refused.
    fn wait_or_give_up(&mut self, failure: Failure) -> Result<(), Failure> {
        let since = *self.away_since.get_or_insert_with(Instant::now);
        if failure.code != Code::HostUnreachable || !self.met || since.elapsed() > AWAY {
            return Err(failure);
        }
        std::thread::sleep(PAUSE);
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(frame: &Frame) -> Result<T, Failure> {
    serde_json::from_str(&frame.data)
        .map_err(|e| problem::internal(format!("the host sent an event that this shipway cannot read: {e}")))
}

/// A timeline as it happens. Ends when the deployment is over and everything of it was given.
#[derive(Debug)]
pub struct EventStream {
    stream: Stream,
    after: u64,
    over: bool,
}

impl EventStream {
    pub(super) fn new(client: Client, id: &DeploymentId, after: u64) -> Self {
        let path = format!("/v1/deployments/{id}/events");
        Self { stream: Stream::new(client, path, Some(after.to_string())), after, over: false }
    }

    fn step(&mut self) -> Result<Option<Recorded>, Failure> {
        while let Some(frame) = self.stream.next()? {
            let recorded: Recorded = read(&frame)?;
            if recorded.seq <= self.after {
                continue;
            }
            if recorded.seq != self.after + 1 {
                let gap = format!("the timeline has a gap: after event {} came event {}", self.after, recorded.seq);
                return Err(problem::internal(gap));
            }
            self.after = recorded.seq;
            return Ok(Some(recorded));
        }
        Ok(None)
    }
}

impl Iterator for EventStream {
    type Item = Result<Recorded, Failure>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step().transpose();
        self.over = !matches!(step, Some(Ok(_)));
        step
    }
}

/// A part of a followed log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPart {
    /// Lines, with a gap before them when the page says so.
    Lines(LogPage),
    /// What follows comes from this release; none when the app was stopped.
    Release(Option<DeploymentId>),
}

/// A log as it is written.
#[derive(Debug)]
pub struct LogStream {
    stream: Stream,
    over: bool,
}

impl LogStream {
    pub(super) fn new(client: Client, path: String) -> Self {
        Self { stream: Stream::new(client, path, None), over: false }
    }

    fn step(&mut self) -> Result<Option<LogPart>, Failure> {
        while let Some(frame) = self.stream.next()? {
            match frame.event.as_str() {
                "lines" => return read(&frame).map(|page| Some(LogPart::Lines(page))),
                "release" => {
                    return read::<ReleaseChanged>(&frame).map(|news| Some(LogPart::Release(news.deployment)));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

impl Iterator for LogStream {
    type Item = Result<LogPart, Failure>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step().transpose();
        self.over = !matches!(step, Some(Ok(_)));
        step
    }
}
