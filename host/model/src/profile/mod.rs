//! The profile: what the owner declared about a resource (`shipway.toml` and `--set`). Explicit always beats detected.
//!
//! Strict: an unknown key is an error that names the nearest known one, and every error says where it is.

mod defaults;
mod duration;
mod error;
mod keys;
mod load;
mod origin;
mod rules;
mod schema;
mod sections;
mod value;

pub use defaults::{Fallback, fallback};
pub use duration::Duration;
pub use error::ConfigError;
pub use load::{MAX_FILE, check, load};
pub use origin::{Effective, Layered, SettingOrigin, effective};
pub use schema::{Kind, KnownKey, known_keys, schema};
pub use sections::{
    Access, Health, Network, Plugins, Profile, RollbackMode, RollbackPolicy, Runtime, Source, Strategy,
};
