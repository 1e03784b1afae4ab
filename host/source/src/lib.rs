//! Sources: a folder becomes a bounded, read-only [`Tree`] that detection reads, and an immutable, content-addressed
//! [`Snapshot`] in a [`Store`] that every phase of a deployment reads.
//!
//! Nothing here executes anything, and nothing here trusts the folder: paths never leave the root, special files never
//! block, every figure has a bound that its error names.

mod beneath;
mod bounds;
mod entry;
mod error;
mod index;
mod junk;
mod links;
mod listing;
mod manifest;
mod parallel;
mod paths;
mod relative;
mod rules;
mod snapshot;
mod store;
mod tree;
mod walk;

pub use bounds::{Bounds, TakeOptions};
pub use entry::{Entry, Kind, MAX_READ, Read, ReadFault};
pub use error::SourceError;
pub use junk::{SKIPPED_DIRECTORIES, SKIPPED_TARGET_BESIDE};
pub use snapshot::{FileEntry, LinkEntry, Snapshot, Work};
pub use store::{Store, digest};
pub use tree::Tree;
