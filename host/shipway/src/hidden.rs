//! What our own binary is run as by the host and by the build, never by a person: told apart by the first argument,
//! before clap, because a supervisor starts with every app and must cost nothing.

use crate::builtin;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs a hidden subcommand; none when the arguments are a person's.
pub(crate) fn dispatch(args: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = args.get(1..)?.split_first()?;
    match name.to_str()? {
        "__supervise" => Some(targets::supervise(rest.to_vec())),
        "__step" => Some(targets::step(rest.to_vec())),
        "__static" => Some(targets::serve_static(rest.to_vec())),
        "__precompile" => Some(match builtin::precompile(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        }),
        _ => None,
    }
}
