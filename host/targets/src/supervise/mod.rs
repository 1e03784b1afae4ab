//! The supervisor: one small process of our own binary for each instance, so that the app, its log and the way it
//! ended survive the host.
//!
//! What it promises: while it lives it holds the instance's lock; whatever the app starts dies with it; every change
//! is in `state.json` before anything else happens; how the app ended is never lost. It is told things by files and
//! SIGTERM, because both work for a host that was born after it.

mod app;
mod launch;
mod machine;
mod spec;
mod state;

pub(crate) use spec::{Answer, Environment, MARK, Spec};
pub(crate) use state::{Phase, State};

use crate::{contain, layout::Instance};
use std::{ffi::OsString, process::ExitCode};

/// `shipway __supervise DIR`: runs the instance that lies in DIR until it ends or SIGTERM comes. The environment of
/// the app comes in on standard input, which is a socket, and how the start went goes out there.
pub fn supervise(args: Vec<OsString>) -> ExitCode {
    let [dir] = args.as_slice() else {
        eprintln!("__supervise DIR: started by the host, not by hand");
        return ExitCode::from(2);
    };
    contain::close_inherited();
    match launch::run(&Instance { dir: dir.into() }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("supervisor {}: {e}", std::process::id());
            ExitCode::FAILURE
        }
    }
}
