//! The host's API and the client for it.
//!
//! The server speaks HTTP on a Unix socket in the state directory; only the user that runs the host, and root, may
//! talk to it. It decides nothing: every answer is one call of [`conductor::Host`]. The client blocks, and is what
//! the command line is made of.

pub mod client;
pub mod problem;
pub mod server;
pub mod socket;
pub mod wire;

mod peer;
mod routes;

pub use client::Client;
pub use problem::Problem;
pub use server::{Server, ServerError};
pub use socket::socket_path;
