//! What a component needs and offers, read from its type: nothing of it runs before every import is known here and every
//! export has a version that this host speaks. Refusals name the import and say which side has to be upgraded.

use crate::LoadError;
use model::plugin::Role;
use std::collections::BTreeSet;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

/// The package of the contract.
const PACKAGE: &str = "shipway:plugin/";

/// The versions that this host speaks. While the major is 0, every minor is a track of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Track {
    V0_1,
}

impl Track {
    const NEWEST: (u64, u64) = (0, 1);

    fn of(version: (u64, u64)) -> Option<Self> {
        (version == (0, 1)).then_some(Track::V0_1)
    }

    /// What plugins of this track may import, function by function. `types` has none.
    fn imports(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Track::V0_1 => &[
                ("types", &[]),
                ("source", &["read", "read-text", "stat", "entries", "find"]),
                ("log", &["write"]),
                ("probe", &["http", "tcp", "process", "recent-logs"]),
            ],
        }
    }
}

/// A component as this host can use it.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) track: Track,
    pub(crate) roles: Vec<Role>,
}

/// Reads a component's type, and refuses what does not fit.
pub(crate) fn read(engine: &Engine, component: &Component) -> Result<Surface, LoadError> {
    let ty = component.component_type();
    let surface = exports(ty.exports(engine).map(|(name, _)| name))?;
    for (name, import) in ty.imports(engine) {
        let functions: Vec<&str> = match &import.ty {
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
                .map(|(function, _)| function)
                .collect(),
            _ => Vec::new(),
        };
        import_is_known(name, &functions, &surface)?;
    }
    Ok(surface)
}

fn exports<'a>(names: impl Iterator<Item = &'a str>) -> Result<Surface, LoadError> {
    let mut track = None;
    let mut offered = BTreeSet::new();
    let mut foreign = None;
    for name in names {
        let Some((interface, version)) = ours(name) else { continue };
        match version.and_then(Track::of) {
            Some(known) => {
                track = Some(known);
                offered.insert(interface);
            }
            None => foreign = Some((name, version)),
        }
    }
    let refused = |why: String| Err(LoadError::Exports { why });
    if let Some((name, version)) = foreign {
        return refused(format!("it exports {name}; {}", advice(version)));
    }
    let Some(track) = track.filter(|_| offered.contains("about")) else {
        return refused(
            "it does not export shipway:plugin/about; build it for one of the worlds of the contract (detector-plugin, \
             planner-plugin, app-plugin, verifier-plugin)"
                .to_owned(),
        );
    };
    let all = [("detector", Role::Detector), ("planner", Role::Planner), ("verifier", Role::Verifier)];
    let roles: Vec<Role> = all.into_iter().filter(|(name, _)| offered.contains(name)).map(|(_, role)| role).collect();
    if roles.is_empty() {
        return refused("it exports none of shipway:plugin/{detector, planner, verifier}".to_owned());
    }
    Ok(Surface { track, roles })
}

fn import_is_known(name: &str, functions: &[&str], surface: &Surface) -> Result<(), LoadError> {
    let refused = |import: String, why: String| Err(LoadError::Import { import, why });
    let Some((interface, version)) = ours(name) else {
        let why = if name.starts_with("wasi:") {
            "and plugins get no WASI here: build it without (for Rust wasm32-unknown-unknown, for other languages the \
             option that stubs WASI)"
        } else {
            "which no host of this contract has: a plugin may import shipway:plugin/source, log and probe"
        };
        return refused(name.to_owned(), why.to_owned());
    };
    if version.and_then(Track::of) != Some(surface.track) {
        return refused(name.to_owned(), format!("which this host does not speak; {}", advice(version)));
    }
    let Some((_, known)) = surface.track.imports().iter().find(|(known, _)| *known == interface) else {
        return refused(name.to_owned(), "which this host does not have yet: upgrade the host".to_owned());
    };
    if let Some(function) = functions.iter().find(|function| !known.contains(function)) {
        let why = "which this host does not have yet: upgrade the host".to_owned();
        return refused(format!("{name}#{function}"), why);
    }
    let verifies = surface.roles.contains(&Role::Verifier);
    let reads = surface.roles.iter().any(|role| matches!(role, Role::Detector | Role::Planner));
    match interface {
        "probe" if !verifies => refused(name.to_owned(), "and only a verifier may probe a deployment".to_owned()),
        "source" if !reads => refused(name.to_owned(), "and a verifier is shown no source".to_owned()),
        _ => Ok(()),
    }
}

/// `shipway:plugin/source@0.1.0` → (`source`, (0, 1)). The version is absent when it cannot be read.
fn ours(name: &str) -> Option<(&str, Option<(u64, u64)>)> {
    let rest = name.strip_prefix(PACKAGE)?;
    let Some((interface, version)) = rest.split_once('@') else { return Some((rest, None)) };
    let mut parts = version.split('.');
    let major = parts.next().and_then(|n| n.parse().ok());
    let minor = parts.next().and_then(|n| n.parse().ok());
    // A pre-release is a promise to nobody; it never stands for its release.
    let released = !version.contains('-');
    Some((interface, major.zip(minor).filter(|_| released)))
}

fn advice(version: Option<(u64, u64)>) -> &'static str {
    match version {
        Some(version) if version > Track::NEWEST => "this host speaks up to 0.1: upgrade the host",
        Some(_) => "this host speaks 0.1: upgrade the plugin",
        None => "that is no released version: build the plugin against shipway:plugin@0.1.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<Surface, String> {
        exports(names.iter().copied()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_components_own_exports_are_its_roles() {
        let surface =
            of(&["shipway:plugin/about@0.1.0", "shipway:plugin/planner@0.1.7", "other:thing/x@1.0.0"]).unwrap();
        assert_eq!(surface.roles, [Role::Planner]);
        assert!(of(&["shipway:plugin/about@0.1.0"]).is_err());
        assert!(of(&["shipway:plugin/detector@0.1.0"]).is_err());
    }

    #[test]
    fn another_version_says_which_side_to_upgrade() {
        assert!(of(&["shipway:plugin/about@0.2.0"]).unwrap_err().contains("upgrade the host"));
        assert!(of(&["shipway:plugin/about@1.0.0"]).unwrap_err().contains("upgrade the host"));
        assert!(of(&["shipway:plugin/about@0.0.9"]).unwrap_err().contains("upgrade the plugin"));
        assert!(of(&["shipway:plugin/about@0.1.0-rc1"]).unwrap_err().contains("no released version"));
    }

    #[test]
    fn every_import_is_known_or_named() {
        let detector = of(&["shipway:plugin/about@0.1.0", "shipway:plugin/detector@0.1.0"]).unwrap();
        let verifier = of(&["shipway:plugin/about@0.1.0", "shipway:plugin/verifier@0.1.0"]).unwrap();
        let import = |name: &str, functions: &[&str], surface: &Surface| match import_is_known(name, functions, surface)
        {
            Err(LoadError::Import { import, .. }) => Some(import),
            Err(other) => panic!("{other}"),
            Ok(()) => None,
        };
        assert_eq!(import("shipway:plugin/source@0.1.0", &["read", "find"], &detector), None);
        assert_eq!(import("shipway:plugin/source@0.1.9", &["read"], &detector), None);
        assert_eq!(import("shipway:plugin/probe@0.1.0", &["http"], &verifier), None);
        for (name, functions, surface, named) in [
            ("wasi:cli/environment@0.2.6", &[][..], &detector, "wasi:cli/environment@0.2.6"),
            ("shipway:plugin/source@0.2.0", &[], &detector, "shipway:plugin/source@0.2.0"),
            ("shipway:plugin/network@0.1.0", &[], &detector, "shipway:plugin/network@0.1.0"),
            ("shipway:plugin/source@0.1.1", &["read-many"], &detector, "shipway:plugin/source@0.1.1#read-many"),
            ("shipway:plugin/probe@0.1.0", &["http"], &detector, "shipway:plugin/probe@0.1.0"),
            ("shipway:plugin/source@0.1.0", &["read"], &verifier, "shipway:plugin/source@0.1.0"),
            ("env", &[], &detector, "env"),
        ] {
            assert_eq!(import(name, functions, surface).as_deref(), Some(named));
        }
    }
}
