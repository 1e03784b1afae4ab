//! The phases, one file each.

pub(crate) mod back;
pub(crate) mod begin;
pub(crate) mod checks;
pub(crate) mod detect;
pub(crate) mod execute;
pub(crate) mod instance;
pub(crate) mod plan;
pub(crate) mod port;
pub(crate) mod questions;
pub(crate) mod verify;
pub(crate) mod watch;
