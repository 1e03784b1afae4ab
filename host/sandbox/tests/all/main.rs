//! The promises of the sandbox, each kept against real components. One binary: linking the engine is the dear part.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod catalogue;
mod hostile;
mod imports;
mod loading;
mod support;
