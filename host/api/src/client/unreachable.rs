//! When no host answers: which socket, why as far as the system says, and the command that helps.

use model::{Code, Failure, Phase, Remedy};
use std::error::Error;
use std::io;
use std::path::Path;

/// The failure for a request that got no answer.
pub(super) fn failure(socket: &Path, fault: &(dyn Error + 'static)) -> Failure {
    explained(socket, io_kind(fault), &chain(fault))
}

fn explained(socket: &Path, kind: Option<io::ErrorKind>, cause: &str) -> Failure {
    let place = socket.display();
    let (message, why) = match kind {
        Some(io::ErrorKind::NotFound) => (format!("no host answers at {place}"), "there is no socket".to_owned()),
        Some(io::ErrorKind::ConnectionRefused) => {
            (format!("no host answers at {place}"), "a host was there and is gone".to_owned())
        }
        Some(io::ErrorKind::PermissionDenied) => {
            (format!("you may not use the host at {place}"), "only the user that runs it, and root, may".to_owned())
        }
        Some(io::ErrorKind::TimedOut) => (format!("the host at {place} does not answer in time"), cause.to_owned()),
        _ => (format!("the host at {place} did not answer"), cause.to_owned()),
    };
    let failure = Failure::new(Phase::Detect, Code::HostUnreachable, message, place.to_string()).detail([why]);
    if kind == Some(io::ErrorKind::PermissionDenied) {
        return failure.remedy(Remedy::advice("Run the command as the user that runs the host"));
    }
    let state = socket.parent().unwrap_or(socket);
    failure
        .remedy(Remedy::safe(
            "Start a host",
            format!("shipway serve --state {}", shell_word(&state.display().to_string())),
        ))
        .remedy(Remedy::safe("Or deploy without one, in the foreground", "shipway up ."))
}

/// The kind of the system's error below the library's.
fn io_kind(fault: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(fault);
    let mut found = None;
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            found = Some(io.kind());
        }
        if let Some(http) = error.downcast_ref::<reqwest::Error>()
            && http.is_timeout()
        {
            return Some(io::ErrorKind::TimedOut);
        }
        next = error.source();
    }
    found
}

fn chain(fault: &(dyn Error + 'static)) -> String {
    let mut parts = vec![fault.to_string()];
    let mut next = fault.source();
    while let Some(error) = next {
        parts.push(error.to_string());
        next = error.source();
    }
    parts.join(": ")
}

/// A word as a shell reads it.
fn shell_word(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./~+,:@%".contains(c)) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_socket_and_the_command_that_starts_a_host_for_it() {
        let failure = explained(Path::new("/srv/my ship/shipway.sock"), Some(io::ErrorKind::NotFound), "");
        assert_eq!(failure.code, Code::HostUnreachable);
        assert!(failure.message.contains("/srv/my ship/shipway.sock"));
        assert_eq!(failure.remedies[0].command.as_deref(), Some("shipway serve --state '/srv/my ship'"));
    }

    #[test]
    fn who_may_not_use_a_host_is_not_told_to_start_another() {
        let failure = explained(Path::new("/s"), Some(io::ErrorKind::PermissionDenied), "");
        assert!(failure.remedies.iter().all(|r| r.command.is_none()));
    }
}
