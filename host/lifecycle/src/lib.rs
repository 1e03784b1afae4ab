//! The state machine of a deployment: pure functions over [`model`].
//!
//! [`decide`] says whether a command is legal now and which events it means; [`State::evolve`] applies an event;
//! [`State::next`] says what is owed. No I/O, no clock: the conductor performs, the journal keeps.
//!
//! What this crate guarantees, and its tests check on every reachable state:
//! a terminal status never changes; `succeeded` implies that every required check passed for this candidate;
//! no path from a failed phase reaches `succeeded`; the incumbent is removed only after the candidate succeeded.

mod command;
mod decide;
mod evolve;
mod hint;
mod next;
mod state;
mod verified;

pub use command::{Carried, Command, Refusal};
pub use decide::decide;
pub use next::Next;
pub use state::{Ending, ReplayError, State};
pub use verified::{Unverified, Verified};
