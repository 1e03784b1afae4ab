//! The durable event log: streams of events that are only ever appended to, and documents that are written in the
//! same transaction as the events they are drawn from.
//!
//! Promises: what [`Journal::append`] acknowledged survives a kill and a power cut; a stream's sequence begins at 1
//! and has no gaps; a batch is there whole or not at all; a damaged file is named and left alone. It knows nothing
//! about what an event means.

mod batch;
mod error;
mod file;
mod integrity;
mod journal;
mod migrate;
mod readers;
mod watch;
mod write;
mod writer;

pub use batch::{Batch, Document, Filter, NewEvent, Stored, StoredDocument};
pub use error::JournalError;
pub use integrity::Integrity;
pub use journal::{Journal, Settings};
