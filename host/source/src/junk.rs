//! What is never source, and is skipped even where no ignore file says so: dependency trees and caches that tools put
//! beside the source. They are the bulk of the files of most folders, are bound to the machine that made them, and are
//! made again by the build. Build *outputs* (`dist`, `.next`) are not on the list: a folder may hold nothing else.
//!
//! A pattern of any ignore file or of `[source] ignore` that un-ignores one (`!node_modules`) brings it back.
//! Static directories are taken as they are.

/// Directories of these names are skipped wherever they are.
pub const SKIPPED_DIRECTORIES: &[&str] = &[
    ".direnv",
    ".eggs",
    ".gradle",
    ".hg",
    ".jj",
    ".mypy_cache",
    ".nox",
    ".parcel-cache",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".terraform",
    ".tox",
    ".turbo",
    ".venv",
    "__pycache__",
    "node_modules",
];

/// A directory `target` is skipped when one of these files is beside it; alone the name may mean anything.
pub const SKIPPED_TARGET_BESIDE: &[&str] = &["Cargo.toml", "build.sbt", "pom.xml", "project.clj"];

/// A directory with this file in it is a Python virtual environment, whatever its name.
pub(crate) const VIRTUAL_ENVIRONMENT: &str = "pyvenv.cfg";

/// A directory with this file in it says of itself that it is a cache (<https://bford.info/cachedir/>).
pub(crate) const CACHE_TAG: &str = "CACHEDIR.TAG";

/// How the content of a [`CACHE_TAG`] must begin.
pub(crate) const CACHE_SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// Is a directory of this name skipped? `beside` says whether its directory has an entry of a name.
pub(crate) fn is_junk(name: &str, beside: impl Fn(&str) -> bool) -> bool {
    SKIPPED_DIRECTORIES.binary_search(&name).is_ok()
        || (name == "target" && SKIPPED_TARGET_BESIDE.iter().any(|manifest| beside(manifest)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_is_sorted_because_it_is_searched_so() {
        assert!(super::SKIPPED_DIRECTORIES.is_sorted());
    }
}
