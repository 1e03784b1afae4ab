//! What is taken as a plugin and what is not, and that each refusal says what it is about.

use crate::support::{Files, Guest, claim, load};
use model::Code;
use model::plugin::Role;
use sandbox::{Catalogue, Limits, LoadError, Sandbox, inspect};
use serde_json::json;

fn detector() -> Guest {
    Guest::of("detector-plugin").answers("detector#detect", json!({ "ok": [claim()] }))
}

fn refused(component: &[u8]) -> LoadError {
    let error = inspect(component).unwrap_err();
    assert_eq!(error.code(), Code::PluginIncompatible, "{error}");
    error
}

#[test]
fn a_component_is_what_it_exports() {
    let component = Guest::of("app-plugin").build();
    let info = inspect(&component).unwrap();
    assert_eq!(info.roles, [Role::Detector, Role::Planner]);
    assert_eq!((info.id().as_str(), info.app_types), ("test/guest@1.2.3", vec!["node".to_owned()]));
    assert!(info.digest.starts_with("sha256:") && info.digest.len() == 71);
    assert_eq!(inspect(&Guest::of("verifier-plugin").build()).unwrap().roles, [Role::Verifier]);
    assert_eq!(inspect(&Guest::of("planner-plugin").build()).unwrap().roles, [Role::Planner]);
}

#[test]
fn every_wrong_kind_of_file_has_its_own_message() {
    let core = wat::parse_str("(module (memory 1))").unwrap();
    for (bytes, word) in [
        (&b""[..], "empty"),
        (&core, "core module"),
        (b"(component)", "text"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "not WebAssembly"),
        (b"\0asm\x63\0\x01\0", "unknown version"),
        (b"\0as", "not WebAssembly"),
    ] {
        let error = refused(bytes);
        assert!(matches!(error, LoadError::NotAComponent { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_truncated_or_damaged_component_is_refused_and_never_a_panic() {
    let component = detector().build();
    for length in (9..component.len()).step_by(component.len() / 60) {
        assert!(inspect(&component[..length]).is_err(), "{length} bytes of {}", component.len());
    }
    for at in (8..component.len()).step_by(component.len() / 120) {
        let mut damaged = component.clone();
        damaged[at] ^= 0x55;
        let _ = inspect(&damaged);
    }
}

#[test]
fn a_file_is_measured_before_it_is_read() {
    let sandbox = Sandbox::new(Limits::default()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.wasm");
    std::fs::File::create(&large).unwrap().set_len((32 << 20) + 1).unwrap();
    let why = |path: &std::path::Path| match Catalogue::new(&sandbox, &[], vec![path.to_owned()]).err().unwrap() {
        LoadError::File { path: named, error } => {
            assert_eq!(named, path);
            *error
        }
        other => panic!("{other}"),
    };
    assert_eq!(why(&large), LoadError::TooLarge { size: (32 << 20) + 1, limit: 32 << 20 });
    assert!(matches!(why(dir.path()), LoadError::Unreadable { .. }));
    assert!(matches!(why(&dir.path().join("none")), LoadError::Unreadable { .. }));
    let pipe = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert!(matches!(why(&pipe), LoadError::Unreadable { .. }), "a pipe would make us wait for ever");
}

#[test]
fn an_import_that_is_not_there_is_named_before_anything_runs() {
    // Were it instantiated, the start function would be the error.
    let trapping = |guest: Guest| guest.item("(func $boom unreachable) (start $boom)");
    let named = |guest: Guest, name: &str, advice: &str| match refused(&trapping(guest).build()) {
        LoadError::Import { import, why } => {
            assert_eq!(import, name);
            assert!(why.contains(advice), "{why}");
        }
        other => panic!("{other}"),
    };
    named(
        detector()
            .wit("interface log {", "interface network { connect: func(to: string); }\ninterface log {")
            .wit("world detector-plugin {", "world detector-plugin { import network;"),
        "shipway:plugin/network@0.1.0",
        "upgrade the host",
    );
    named(
        detector().wit("stat: func", "read-many: func(paths: list<string>) -> list<string>;\n  stat: func"),
        "shipway:plugin/source@0.1.0#read-many",
        "upgrade the host",
    );
    named(
        detector()
            .dependency(
                "wasi",
                "package wasi:cli@0.2.6; interface environment { get-arguments: func() -> list<string>; }",
            )
            .wit("world detector-plugin {", "world detector-plugin { import wasi:cli/environment@0.2.6;"),
        "wasi:cli/environment@0.2.6",
        "no WASI",
    );
    named(
        detector().wit("world detector-plugin {", "world detector-plugin { import probe;"),
        "shipway:plugin/probe@0.1.0",
        "only a verifier",
    );
}

#[test]
fn another_version_says_which_side_to_upgrade() {
    let at = |version: &str| detector().wit("@0.1.0;", &format!("@{version};"));
    let plugin = at("0.1.7").load();
    assert_eq!(plugin.detect(Files::small()).result.unwrap().len(), 1, "a patch of the same minor runs unchanged");
    for (version, side) in
        [("0.2.0", "upgrade the host"), ("1.0.0", "upgrade the host"), ("0.0.3", "upgrade the plugin")]
    {
        let error = refused(&at(version).build());
        assert!(matches!(error, LoadError::Exports { .. }) && error.to_string().contains(side), "{error}");
    }
}

#[test]
fn another_contract_under_the_same_version_is_refused_when_it_is_added() {
    // An import's type is seen by linking, an export's when the component is asked about itself; neither waits for a
    // real call.
    let import = detector().wit("record entry { name: string,", "record entry { name: string, owner: string,");
    refused(&import.build());
    let export =
        detector().wit("app-type: string,\n    framework", "app-type: string,\n    colour: string,\n    framework");
    refused(&export.build());
}

#[test]
fn a_component_without_a_role_or_without_about_is_no_plugin() {
    for (from, to) in [("  export detector;\n", ""), ("  export about;\n", "")] {
        let error = refused(&detector().wit(from, to).build());
        assert!(matches!(error, LoadError::Exports { .. }), "{error}");
    }
    assert!(matches!(refused(&wat::parse_str("(component)").unwrap()), LoadError::Exports { .. }));
}

#[test]
fn what_a_plugin_says_about_itself_is_checked() {
    for (field, value) in [
        ("roles", json!(["detector", "planner"])),
        ("roles", json!(["verifier"])),
        ("roles", json!([])),
        ("name", json!("Node")),
        ("name", json!("a/../b")),
        ("version", json!("1.2")),
        ("version", json!("1.2.3\u{1b}")),
        ("app-types", json!([])),
        ("app-types", json!(["Node JS"])),
        ("app-types", json!(["node", "node"])),
        ("triggers", json!([])),
        ("triggers", json!(["src/[a"])),
        ("triggers", json!(["x".repeat(300)])),
        ("summary", json!("x".repeat(5000))),
    ] {
        let error = inspect(&detector().described(field, value.clone()).build()).unwrap_err();
        assert!(matches!(&error, LoadError::Description { why } if why.contains(field)), "{field} {value}: {error}");
        assert_eq!(error.code(), Code::PluginOutputInvalid);
    }
    let shown = detector().described("summary", json!("a \u{1b}[31mred\u{202E} plugin"));
    assert_eq!(inspect(&shown.build()).unwrap().summary, "a \u{FFFD}[31mred\u{FFFD} plugin");
}

#[test]
fn a_plugin_that_breaks_while_describing_itself_is_not_added() {
    let error = inspect(&Guest::of("detector-plugin").does("about#describe", "unreachable", json!(null)).build());
    assert!(matches!(error.unwrap_err(), LoadError::Failed { code: Code::PluginTrapped, .. }));
}

#[test]
fn proposals_that_no_guest_needs_are_off_and_the_two_that_some_need_are_on() {
    for item in [
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(tag (param i32))",
        "(type (struct (field i32)))",
        "(func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))",
        "(func (param (ref func)))",
    ] {
        let component = wat::parse_str(format!("(component (core module {item}))")).unwrap();
        let error = refused(&component);
        assert!(matches!(error, LoadError::Malformed { .. }), "{item}: {error}");
    }
    let guest = detector()
        .item("(func $a (param i32) (result i32) (return_call $b (local.get 0)))")
        .item("(func $b (param i32) (result i32) (local.get 0))")
        .item("(global i32 (i32.add (i32.const 1) (i32.const 2)))");
    load(&guest.build(), Limits::default()).unwrap();
}
