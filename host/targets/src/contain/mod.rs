//! Keeping hold of a process and everything it starts. Shared by the supervisor of instances and the wrapper of
//! build steps, which are processes of our own binary with one child each, and by the host that looks at them.

mod families;
mod launch;
mod lock;
mod pipe;
pub(crate) mod ports;
pub(crate) mod procs;
mod signals;

pub(crate) use families::{Ended, Family};
pub(crate) use launch::{Launch, Output, close_inherited, in_own_session};
pub(crate) use lock::{acquire, holder};
pub(crate) use pipe::Pipe;
pub(crate) use signals::Signals;
