//! Reading the profile: `shipway.toml` of the base directory, else of the source's root; settings over it.

use model::profile::{self, Layered};
use model::{Code, Failure, Phase, Profile, Remedy, SourceSpec};
use source::TakeOptions;
use std::collections::BTreeMap;
use std::path::Path;

/// The file's name.
pub(crate) const FILE: &str = "shipway.toml";
/// A configuration file that is longer than this is not one.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads the profile of a folder as it is now: needed before a snapshot is taken, because `[source]` shapes it.
pub(crate) fn read(spec: &SourceSpec, settings: &BTreeMap<String, String>) -> Result<Layered, Box<Failure>> {
    let root = Path::new(&spec.locator);
    let file = |dir: &str| {
        let shown = if dir == "." { FILE.to_owned() } else { format!("{dir}/{FILE}") };
        match crate::files::text(&root.join(dir).join(FILE), MAX_BYTES) {
            Ok(Some(text)) => Ok(Some((shown, text))),
            Ok(None) => Ok(None),
            Err(error) => Err(invalid(format!("{shown}: {error}"), shown)),
        }
    };
    let asked_base = settings.get("source.base").cloned().or_else(|| spec.base_directory.clone());
    let inside = |base: &String| base != "." && !base.split('/').any(|p| p == "..") && !base.starts_with('/');
    let found = match asked_base.filter(inside) {
        Some(base) => file(&base)?.or(file(".")?),
        None => file(".")?,
    };
    load(found.as_ref().map(|(path, text)| (path.as_str(), text.as_str())), settings)
}

/// Parses a profile; the failure names file, line, key and the nearest known key.
pub(crate) fn load(file: Option<(&str, &str)>, settings: &BTreeMap<String, String>) -> Result<Layered, Box<Failure>> {
    profile::load(file, settings).map_err(|error| {
        let input = file.map_or_else(|| "--set".to_owned(), |(path, _)| path.to_owned());
        invalid(error.to_string(), input)
    })
}

fn invalid(message: String, input: String) -> Box<Failure> {
    Box::new(
        Failure::new(Phase::Detect, Code::ConfigInvalid, message, input)
            .remedy(Remedy::safe("Check the file.", "shipway config check"))
            .remedy(Remedy::safe("See every key with its meaning.", "shipway config schema")),
    )
}

/// What is taken from the source, as the request and the profile say.
pub(crate) fn take_options(spec: &SourceSpec, profile: &Profile) -> TakeOptions {
    let base = spec.base_directory.clone().or_else(|| profile.source.base.clone()).filter(|b| b != ".");
    TakeOptions { base, ignore: profile.source.ignore.clone(), kind: spec.kind, ..TakeOptions::default() }
}
