//! Following a deployment: a thread reads the stream, the command's thread reports and looks whether it was asked to
//! leave. Leaving never touches the deployment.

use super::Reporter;
use crate::context::Stop;
use crate::signals::{GLANCE, Interrupt};
use api::Client;
use model::event::Recorded;
use model::{Deployment, DeploymentId, Failure};
use std::sync::mpsc::{self, RecvTimeoutError};

/// How following ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End<T = Box<Deployment>> {
    /// The deployment is over.
    Over(T),
    /// Ctrl-C: the deployment goes on.
    Left,
}

/// Reports everything from the beginning, and returns the deployment as it ended.
pub(crate) fn follow(
    client: &Client,
    id: &DeploymentId,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> Result<End, Failure> {
    match drain(client.follow(id, 0), reporter, interrupt) {
        Ok(End::Over(())) => client.deployment(id).map(|d| End::Over(Box::new(d))),
        Ok(End::Left) => Ok(End::Left),
        Err(Stop::Failure(failure, _)) => Err(*failure),
        // Progress that nobody sees is no reason to lose the outcome.
        Err(Stop::Output(_)) => drain(client.follow(id, 0), &mut super::Silent, interrupt)
            .map_err(|stop| match stop {
                Stop::Failure(failure, _) => *failure,
                Stop::Output(fault) => api::problem::internal(fault.to_string()),
            })
            .and_then(|end| match end {
                End::Over(()) => client.deployment(id).map(|d| End::Over(Box::new(d))),
                End::Left => Ok(End::Left),
            }),
    }
}

/// Reports a stream to its end.
pub(crate) fn drain(
    events: impl Iterator<Item = Result<Recorded, Failure>> + Send + 'static,
    reporter: &mut dyn Reporter,
    interrupt: &Interrupt,
) -> Result<End<()>, Stop> {
    let (sender, received) = mpsc::sync_channel(256);
    std::thread::spawn(move || {
        for event in events {
            if sender.send(event).is_err() {
                return;
            }
        }
    });
    let ended = loop {
        if interrupt.asked() {
            break Ok(End::Left);
        }
        match received.recv_timeout(GLANCE) {
            Ok(Ok(recorded)) => {
                if let Err(fault) = reporter.event(&recorded) {
                    break Err(fault.into());
                }
            }
            Ok(Err(failure)) => break Err(failure.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break Ok(End::Over(())),
        }
    };
    reporter.end();
    ended
}
