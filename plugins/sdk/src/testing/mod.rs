//! Plugins without a host: an in-memory source, and a runner for a plugin's cases. Native only.
//!
//! ```ignore
//! #[test]
//! fn cases() { shipway_sdk::testing::Cases::of(env!("CARGO_MANIFEST_DIR")).app::<Node>() }
//! ```

mod memory;
mod read;
mod run;
mod show;

pub use memory::Memory;
pub use read::{claim_from, profile_from, target_from};
pub use run::Cases;
pub use show::{claim_json, plan_json, problem_json};
