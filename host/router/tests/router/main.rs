//! The router against real servers and real sockets: what it promises to clients, to apps and to the host.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed setup is a failed test")]

mod answers;
mod app;
mod client;
mod h2c;
mod hostile;
mod probes;
mod retries;
mod setup;
mod start;
mod streams;
mod switch;
mod upgrades;
