//! The state directory: can it be written, is there room, does its socket fit, and is a host there.

use super::Fact;
use crate::place::Place;
use crate::render::text;
use api::Client;
use model::Code;
use std::path::Path;

/// Below this a build is likely to fail in the middle. A Node project's dependencies alone are a few hundred MB.
const LITTLE: u64 = 2_000_000_000;
/// Below this the journal itself is at risk.
const TOO_LITTLE: u64 = 100_000_000;

pub(super) fn facts(place: &Place) -> Vec<Fact> {
    let mut facts = vec![directory(&place.state)];
    facts.extend(space(&place.state));
    facts.push(host(place));
    facts
}

/// The directory, or the nearest above it: a host makes what is missing.
fn existing(state: &Path) -> &Path {
    state.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/"))
}

fn directory(state: &Path) -> Fact {
    const NAME: &str = "state directory";
    let there = existing(state);
    let shown = state.display();
    if rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_err() {
        return Fact::bad(
            NAME,
            format!("{shown}: {} cannot be written", there.display()),
            "choose another with --state",
        );
    }
    if there == state {
        Fact::good(NAME, format!("{shown}: can be written"))
    } else {
        Fact::good(NAME, format!("{shown}: does not exist yet, and can be made"))
    }
}

fn space(state: &Path) -> Option<Fact> {
    const NAME: &str = "disk";
    let stat = rustix::fs::statvfs(existing(state)).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let all = stat.f_blocks.saturating_mul(stat.f_frsize);
    let observed = format!("{} of {} are free", text::bytes(free), text::bytes(all));
    Some(match free {
        0..TOO_LITTLE => Fact::bad(NAME, observed, "make room, or choose another place with --state"),
        TOO_LITTLE..LITTLE => Fact::note(NAME, observed, "builds with many dependencies may fail"),
        _ => Fact::good(NAME, observed),
    })
}

fn host(place: &Place) -> Fact {
    const NAME: &str = "host";
    let asked = Client::unix(&place.socket).and_then(|client| client.about());
    match asked {
        Ok(about) => Fact::good(
            NAME,
            format!(
                "{} runs at {} (pid {}), router at {}",
                about.version,
                place.socket.display(),
                about.pid,
                about.router
            ),
        ),
        Err(failure) if failure.code == Code::HostUnreachable => {
            Fact::note(NAME, failure.message, "start one with: shipway serve")
        }
        Err(failure) => Fact::bad(NAME, failure.message, "see: shipway explain state-unusable"),
    }
}
