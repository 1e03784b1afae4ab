//! Which plugins there are, which of them are asked, and how the ones inside the binary are loaded.

use crate::support::{Files, Guest, claim};
use model::Code;
use sandbox::{BuiltIn, CallError, Catalogue, Limits, LoadError, Sandbox, inspect, precompile};
use serde_json::json;
use std::path::PathBuf;

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn guest(name: &str, trigger: &str) -> Guest {
    Guest::of("app-plugin")
        .answers("detector#detect", json!({ "ok": [claim()] }))
        .described("name", json!(name))
        .described("triggers", json!([trigger]))
}

fn built_in(guest: &Guest, compiled: Vec<u8>) -> BuiltIn {
    let wasm = guest.build();
    let info = serde_json::to_string(&inspect(&wasm).unwrap()).unwrap();
    BuiltIn { info: leaked(info).as_str(), wasm: leaked(wasm), compiled: leaked(compiled) }
}

fn sandbox() -> Sandbox {
    Sandbox::new(Limits::default()).unwrap()
}

fn saved(dir: &tempfile::TempDir, file: &str, guest: &Guest) -> PathBuf {
    let path = dir.path().join(file);
    std::fs::write(&path, guest.build()).unwrap();
    path
}

#[test]
fn an_artifact_made_ahead_is_loaded_and_called() {
    let guest = guest("test/node", "package.json");
    let ready = leaked([built_in(&guest, precompile(&guest.build()).unwrap())]);
    let catalogue = Catalogue::new(&sandbox(), ready, vec![]).unwrap();
    assert_eq!(catalogue.infos()[0].origin, "built-in");
    let hits = catalogue.detectors_for(["package.json", "src/x.js"]);
    assert_eq!((hits[0].trigger.as_str(), hits[0].path.as_deref()), ("package.json", Some("package.json")));
    assert_eq!(hits[0].plugin.detect(Files::small()).result.unwrap().len(), 1);
    assert!(catalogue.detectors_for(["Cargo.toml"]).is_empty());
}

#[test]
fn an_artifact_of_another_engine_costs_time_and_not_the_plugin() {
    let guest = guest("test/node", "package.json");
    // Another configuration: no epochs.
    let other = wasmtime::Engine::default().precompile_component(&guest.build()).unwrap();
    for compiled in [other, Vec::new()] {
        let catalogue = Catalogue::new(&sandbox(), leaked([built_in(&guest, compiled)]), vec![]).unwrap();
        assert!(catalogue.get("test/node").unwrap().detect(Files::small()).result.is_ok());
    }
}

#[test]
fn nothing_is_loaded_before_it_is_asked() {
    let guest = guest("test/node", "package.json");
    let info = leaked(serde_json::to_string(&inspect(&guest.build()).unwrap()).unwrap());
    let broken = leaked([BuiltIn { info: info.as_str(), wasm: b"not a component", compiled: &[] }]);
    let catalogue = Catalogue::new(&sandbox(), broken, vec![]).unwrap();
    assert_eq!(catalogue.infos().len(), 1);
    let plugin = catalogue.detectors_for(["package.json"]).remove(0).plugin;
    match plugin.detect(Files::small()).result {
        Err(CallError::Fault(fault)) => assert_eq!(fault.code, Code::PluginIncompatible),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_takes_the_place_of_a_built_in_plugin_of_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let shipped =
        leaked([built_in(&guest("test/node", "package.json"), vec![]), built_in(&guest("test/other", "a"), vec![])]);
    let own = saved(&dir, "own.wasm", &guest("test/node", "node.toml"));
    let catalogue = Catalogue::new(&sandbox(), shipped, vec![own.clone()]).unwrap();
    let names: Vec<_> = catalogue.infos().iter().map(|i| (i.name.as_str(), i.origin.clone())).collect();
    assert_eq!(names, [("test/node", own.display().to_string()), ("test/other", "built-in".to_owned())]);
    assert!(catalogue.detectors_for(["package.json"]).is_empty());
    assert_eq!(catalogue.detectors_for(["node.toml"]).len(), 1);
    // Both plan `node`; what the operator added goes first.
    let first = saved(&dir, "zzz.wasm", &guest("zzz/node", "x"));
    let catalogue = Catalogue::new(&sandbox(), shipped, vec![first]).unwrap();
    assert_eq!(catalogue.planner_for("node").unwrap().info().name, "zzz/node");
    assert!(catalogue.planner_for("python").is_none() && catalogue.verifiers().is_empty());
}

#[test]
fn two_files_of_one_name_are_refused_with_both_places() {
    let dir = tempfile::tempdir().unwrap();
    let files = ["a.wasm", "b.wasm"].map(|f| saved(&dir, f, &guest("test/node", "x")));
    match Catalogue::new(&sandbox(), &[], files.to_vec()).err().unwrap() {
        LoadError::Duplicate { name, first, second } => {
            assert_eq!(name, "test/node");
            assert!(first.ends_with("a.wasm") && second.ends_with("b.wasm"));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn verifiers_are_found_by_their_role() {
    let verifier = Guest::of("verifier-plugin").described("name", json!("test/checks"));
    let all = leaked([built_in(&verifier, vec![]), built_in(&guest("test/node", "x"), vec![])]);
    let catalogue = Catalogue::new(&sandbox(), all, vec![]).unwrap();
    assert_eq!(catalogue.verifiers().iter().map(|p| p.info().name.clone()).collect::<Vec<_>>(), ["test/checks"]);
    assert_eq!(catalogue.get("test/checks@1.2.3").unwrap().info().name, "test/checks");
}
