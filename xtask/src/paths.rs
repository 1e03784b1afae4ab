//! Where things are. Everything that is made lies in the one target directory.

use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> &'static Path {
    // xtask/ is one level below it.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The target directory, where cargo itself would put it.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The finished plugins: `NAME.wasm`, `NAME.cwasm`, `NAME.json`.
pub(crate) fn plugins() -> PathBuf {
    target().join("plugins")
}

/// Stamps: what a finished file was made from.
pub(crate) fn stamps() -> PathBuf {
    target().join("plugins-build").join("stamps")
}

/// Cargo's target directory for the Wasm build: apart from the host's, because another compiler may fill it.
pub(crate) fn guest_target() -> PathBuf {
    target().join("plugins-build")
}

/// Cargo's target directory for the plugins' native tests.
pub(crate) fn native_target() -> PathBuf {
    target().join("plugins-native")
}
