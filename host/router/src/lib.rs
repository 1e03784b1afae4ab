//! The reverse proxy of the host, and its route table.
//!
//! It moves requests to the instance that a route leads to, changes where a route leads in one atomic step, and can
//! say which deployment answered. It does not know why a route changes.
//!
//! Built on Pingora as a library: HTTP parsing, framing, connection pools and body streaming are Pingora's; the
//! process is not. Its `Server` (signals, daemon, exit) is never made: the socket, the runtime and the accept loop are
//! the router's own, inside the host's process.

mod compiled;
mod conn;
mod error;
mod flight;
mod forward;
mod front;
mod header;
mod holder;
mod host;
mod listen;
mod options;
mod page;
mod probe;
mod refuse;
mod retry;
mod router;
mod state;
mod stats;
mod table;
mod trouble;
mod worker;

pub use error::RouterError;
pub use holder::{Holder, holder};
pub use options::{Limits, RouterOptions};
pub use probe::{PROBE, PROBE_TARGET, STAMP};
pub use router::Router;
pub use stats::{LATENCY_BOUNDS_MS, ResourceStats, RouterStats};
pub use table::{Overlap, Route, Table, Upstream};
pub use trouble::{ErrorKind, ErrorRecord, Side};
