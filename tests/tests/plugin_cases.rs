//! The plugins' own cases, on the real components in the real sandbox over the real source: what a plugin answers
//! natively in its own tests it must answer as a component too, and every plan must pass the firewall.

use cases::{Case, differences};
use model::{Checked, Claim, Profile};
use sandbox::{Call, CallError, Catalogue, Limits, Plugin, Problem, Sandbox, TargetFacts};
use serde_json::{Value, json};
use source::{TakeOptions, Tree};
use std::path::{Path, PathBuf};
use tests::View;

#[test]
fn node_answers_its_cases_as_a_component() {
    run("node");
}
#[test]
fn python_answers_its_cases_as_a_component() {
    run("python");
}
#[test]
fn static_answers_its_cases_as_a_component() {
    run("static");
}
#[test]
fn procfile_answers_its_cases_as_a_component() {
    run("procfile");
}
#[test]
fn commands_answers_its_cases_as_a_component() {
    run("commands");
}

/// The components, made by `cargo xtask plugins`.
fn components() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    std::env::var_os("SHIPWAY_PLUGINS_DIR").map_or_else(usual, PathBuf::from)
}

fn run(name: &str) {
    let component = components().join(format!("{name}.wasm"));
    assert!(component.exists(), "there is no {}: cargo xtask plugins", component.display());
    let sandbox = Sandbox::new(Limits::default()).unwrap();
    let catalogue = Catalogue::new(&sandbox, &[], vec![component]).unwrap();
    let plugin = catalogue.get(&format!("shipway/{name}")).expect("the component says who it is");

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name).join("cases");
    let all = Case::all(&folder).unwrap();
    assert!(!all.is_empty(), "no case in {}", folder.display());
    let mut report = String::new();
    for case in &all {
        for line in one(case, &catalogue, &plugin) {
            report.push_str(&format!("\n  {name}/{} {line}", case.name));
        }
    }
    assert!(report.is_empty(), "{report}");
}

fn one(case: &Case, catalogue: &Catalogue, plugin: &Plugin) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    copy(&case.dir, home.path());
    let tree = Tree::open(home.path(), &TakeOptions::default()).unwrap();
    let triggered = catalogue.detectors_for(tree.paths()).iter().any(|hit| hit.plugin.info() == plugin.info());

    let mut found = vec![];
    let mut claim = None;
    if triggered || case.expect.get("detect").is_some() {
        let asked = || if triggered { Some(plugin.detect(View::of(&tree))) } else { None };
        let (shown, claims) = detected(asked());
        if detected(asked()) != (shown.clone(), claims.clone()) {
            found.push("detect: two calls, two answers".to_owned());
        }
        claim = claims.into_iter().next();
        if let Some(expected) = case.expect.get("detect") {
            found.extend(differences(expected, &shown).into_iter().map(|d| format!("detect{d}")));
        }
    }
    if let Some(expected) = case.expect.get("plan") {
        let claim = case.expect.get("claim").map(claim_from).or(claim).expect("a case has a claim to plan");
        let shown = planned(case, plugin, &claim, &tree);
        found.extend(differences(expected, &shown).into_iter().map(|d| format!("plan{d}")));
        if shown.get("problem").is_some() != expected.get("problem").is_some() {
            found.push(format!("plan: a problem was expected or came: {shown}"));
        }
    }
    found
}

fn detected(call: Option<Call<Vec<Claim>>>) -> (Value, Vec<Claim>) {
    let Some(call) = call else { return (json!({ "claims": [], "problem": null, "notes": [] }), vec![]) };
    let notes = call.receipt.log;
    match call.result {
        Ok(claims) => (json!({ "claims": claims, "problem": null, "notes": notes }), claims),
        Err(CallError::Problem(p)) => (json!({ "claims": [], "problem": problem(&p), "notes": notes }), vec![]),
        Err(CallError::Fault(fault)) => panic!("{}: {}", fault.code, fault.message),
    }
}

fn planned(case: &Case, plugin: &Plugin, claim: &Claim, tree: &Tree) -> Value {
    let given = |key: &str| case.expect.get(key).cloned().unwrap_or_else(|| json!({}));
    let profile: Profile = serde_json::from_value(given("profile")).expect("a case's profile is one of shipway.toml");
    let contributions: Vec<Claim> = given("contributions").as_array().into_iter().flatten().map(claim_from).collect();
    let target = given("target");
    let words = |v: &Value| v.as_array().map(|l| l.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect());
    let target = TargetFacts {
        target: target["target"].as_str().unwrap_or("process").to_owned(),
        os: "linux".to_owned(),
        arch: "x86_64".to_owned(),
        capabilities: words(&target["capabilities"])
            .unwrap_or_else(|| vec!["commands".to_owned(), "static".to_owned()]),
    };
    match plugin.plan(claim, &contributions, &profile, &target, View::of(tree)).result {
        Ok(plan) => {
            let checked = Checked::new(plan).unwrap_or_else(|fault| panic!("{}: the firewall says {fault}", case.name));
            serde_json::to_value(checked).unwrap()
        }
        Err(CallError::Problem(p)) => json!({ "problem": problem(&p) }),
        Err(CallError::Fault(fault)) => panic!("{}: {}: {}", case.name, fault.code, fault.message),
    }
}

fn problem(p: &Problem) -> Value {
    json!({
        "kind": format!("{:?}", p.kind).to_lowercase(), "message": p.message, "field": p.field,
        "evidence": p.evidence, "remedy": p.remedy,
    })
}

/// A claim from what a case says of it; a fact that is not a text is its JSON.
fn claim_from(said: &Value) -> Claim {
    let mut whole = json!({
        "plugin": "case@0", "appType": "", "framework": null, "confidence": "likely", "contributes": false,
        "install": null, "build": null, "start": null, "packageManager": null, "port": null, "publish": null,
        "evidence": [], "facts": {},
    });
    for (key, value) in said.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    for (_, fact) in whole["facts"].as_object_mut().into_iter().flatten() {
        if !fact.is_string() {
            *fact = fact.to_string().into();
        }
    }
    serde_json::from_value(whole).expect("a case's claim is one")
}

/// The source of a case: everything in its folder but what it expects.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&path, &target);
        } else if path.file_name().is_some_and(|n| n != cases::EXPECT) {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
