//! An offer as JSON. By hand, not derived: the derived form is a tenth of the size of a small plugin.

use super::{Offer, OfferedStep, OfferedTool};
use crate::Evidence;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Only what is not empty is written.
pub(super) fn write(offer: &Offer) -> Value {
    let mut object = Object::default();
    object.list("install", offer.install.iter().map(write_step));
    object.list("build", offer.build.iter().map(write_step));
    object.list("tools", offer.tools.iter().map(write_tool));
    object.texts("path", &offer.path);
    object.vars("buildEnv", &offer.build_env);
    object.vars("runEnv", &offer.run_env);
    object.0.into()
}

fn write_step(step: &OfferedStep) -> Value {
    let mut object = Object::default();
    object.text("name", Some(&step.name));
    object.texts("argv", &step.argv);
    object.text("shell", step.shell.as_ref());
    object.texts("inputs", &step.inputs);
    object.texts("outputs", &step.outputs);
    object.texts("caches", &step.caches);
    if step.network {
        object.0.insert("network".to_owned(), true.into());
    }
    object.text("why", Some(&step.why));
    object.seen(step.seen.as_ref());
    object.0.into()
}

fn write_tool(tool: &OfferedTool) -> Value {
    let mut object = Object::default();
    object.text("name", Some(&tool.name));
    object.text("requested", tool.requested.as_ref());
    object.seen(tool.seen.as_ref());
    object.0.into()
}

#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn text(&mut self, key: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.as_str().into());
        }
    }
    fn texts(&mut self, key: &str, values: &[String]) {
        self.list(key, values.iter().map(|v| v.as_str().into()));
    }
    fn list(&mut self, key: &str, values: impl Iterator<Item = Value>) {
        let values: Vec<Value> = values.collect();
        if !values.is_empty() {
            self.0.insert(key.to_owned(), values.into());
        }
    }
    fn vars(&mut self, key: &str, vars: &BTreeMap<String, String>) {
        if !vars.is_empty() {
            let map: Map<String, Value> = vars.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
            self.0.insert(key.to_owned(), map.into());
        }
    }
    fn seen(&mut self, evidence: Option<&Evidence>) {
        if let Some(e) = evidence {
            let mut object = Object::default();
            object.text("path", Some(&e.path));
            if let Some(line) = e.line {
                object.0.insert("line".to_owned(), line.into());
            }
            object.text("note", Some(&e.note));
            self.0.insert("seen".to_owned(), object.0.into());
        }
    }
}

/// What is missing or of another type counts as not said.
pub(super) fn read(v: &Value) -> Offer {
    Offer {
        install: list(&v["install"], read_step),
        build: list(&v["build"], read_step),
        tools: list(&v["tools"], |t| OfferedTool {
            name: text(&t["name"]).unwrap_or_default(),
            requested: text(&t["requested"]),
            seen: seen(&t["seen"]),
        }),
        path: texts(&v["path"]),
        build_env: vars(&v["buildEnv"]),
        run_env: vars(&v["runEnv"]),
    }
}

fn read_step(v: &Value) -> OfferedStep {
    OfferedStep {
        name: text(&v["name"]).unwrap_or_default(),
        argv: texts(&v["argv"]),
        shell: text(&v["shell"]),
        inputs: texts(&v["inputs"]),
        outputs: texts(&v["outputs"]),
        caches: texts(&v["caches"]),
        network: v["network"] == true,
        why: text(&v["why"]).unwrap_or_default(),
        seen: seen(&v["seen"]),
    }
}

fn seen(v: &Value) -> Option<Evidence> {
    let line = v["line"].as_u64().and_then(|n| u32::try_from(n).ok());
    Some(Evidence { path: text(&v["path"])?, line, note: text(&v["note"]).unwrap_or_default() })
}
fn text(v: &Value) -> Option<String> {
    v.as_str().map(str::to_owned)
}
fn texts(v: &Value) -> Vec<String> {
    v.as_array().into_iter().flatten().filter_map(text).collect()
}
fn list<T>(v: &Value, one: fn(&Value) -> T) -> Vec<T> {
    v.as_array().into_iter().flatten().map(one).collect()
}
fn vars(v: &Value) -> BTreeMap<String, String> {
    v.as_object().into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), text(v)?))).collect()
}
