//! What tests that cross crates need: a real host in a process of its own, its command line, real apps, and traffic.
//!
//! Nothing here is a mock: the binary is the one that users get, the apps are real programs, the requests real sockets.

mod apps;
mod cli;
mod host;
mod traffic;
mod view;

pub use apps::{App, npm, run_in};
pub use cli::{Answer, binary, shipway};
pub use host::TestHost;
pub use traffic::{Report, Traffic, get};
pub use view::View;
