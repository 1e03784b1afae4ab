//! What apps and builds write: kept bounded, read page by page, shown harmlessly.
//!
//! Kept as it came, one record a line (`record`), cut into lines of bounded length (`lines`), in segment files that
//! are named by the position of their first byte (`segments`), so that a position means the same before and after a
//! rotation. Made harmless when read (`clean`), paged by position (`pages`).

mod clean;
mod lines;
mod pages;
mod record;
mod segments;

pub(crate) use clean::clean;
pub(crate) use lines::Lines;
pub(crate) use pages::{page, page_of_file};
pub(crate) use record::{Stream, encode, now_micros};
pub(crate) use segments::Segments;

/// The longest line that is kept, in bytes; the rest of it is counted.
pub(crate) const MAX_LINE: usize = 8 * 1024;
