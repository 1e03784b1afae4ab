//! The process target with real processes, files and connections. One binary, because linking takes longer than running.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod build;
mod common;
mod end;
mod output;
mod run;
mod site;
