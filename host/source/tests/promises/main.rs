//! What the crate promises to those who use it, on real folders.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod bounds;
mod crash;
mod folder;
mod ignoring;
mod refusing;
mod same;
mod snapshots;
mod store;
mod trees;
