//! The JSON schema of `shipway.toml`, and the list of its keys, which is read from that schema so that it cannot rot.

use super::{Duration, Fallback, Profile, fallback};
use schemars::{Schema, transform::RecursiveTransform};
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

/// What a value of a key may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    Choice(Vec<String>),
    /// A whole number between the two, both included.
    Integer(i64, i64),
    /// `true` or `false`.
    Boolean,
    /// `500ms`, `5s`, `2m` or `1h`.
    Duration,
    /// A list of texts.
    List,
    /// A table of texts under names of one's own, such as `env`.
    Free,
}

impl Kind {
    /// What was expected, for an error and for documentation.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Kind::Text => "text".into(),
            Kind::Choice(words) if words.len() == 1 => format!("{:?}, the only choice so far", words[0]),
            Kind::Choice(words) => {
                format!("one of {}", words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", "))
            }
            Kind::Integer(min, max) if *max == i64::from(u32::MAX) => format!("a whole number from {min}"),
            Kind::Integer(min, max) => format!("a whole number from {min} to {max}"),
            Kind::Boolean => "true or false".into(),
            Kind::Duration => "a duration such as \"500ms\", \"5s\" or \"2m\"".into(),
            Kind::List => "a list of texts such as [\"a\", \"b\"]".into(),
            Kind::Free => "a table of texts such as { NAME = \"value\" }".into(),
        }
    }
}

/// One key of `shipway.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Dotted: `health.path`. For [`Kind::Free`] the table's own key: `env`.
    pub key: String,
    /// What its value may be.
    pub kind: Kind,
    /// What it is for, as in the schema.
    pub about: String,
}

/// The schema of `shipway.toml` (JSON Schema 2020-12), with descriptions and the defaults that are values.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Profile);
    schemars::transform::Transform::transform(&mut RecursiveTransform(without_null), &mut schema);
    let mut schema = Value::from(schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), json!(concat!("urn:shipway:config:", env!("CARGO_PKG_VERSION"))));
        root.insert("title".into(), json!("shipway.toml"));
        root.insert(
            "description".into(),
            json!("What the owner of an app declares about it. Every key is optional; explicit always beats detected."),
        );
    }
    for known in keys_of(&schema) {
        if let (Some(Fallback::Value(value)), Some(property)) =
            (fallback(&known.key), property(&mut schema, &known.key))
        {
            property.insert("default".into(), value);
        }
    }
    schema
}

/// Every key, in the order of the schema.
#[must_use]
pub fn known_keys() -> &'static [KnownKey] {
    static KEYS: OnceLock<Vec<KnownKey>> = OnceLock::new();
    KEYS.get_or_init(|| keys_of(&schema()))
}

/// TOML has no null: what serde calls optional is a key that may be absent.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|c| c.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.extend(only);
        }
    }
    // Of the structs, all of them empty: the real defaults are put in afterwards.
    object.remove("default");
}

fn keys_of(schema: &Value) -> Vec<KnownKey> {
    let mut keys = Vec::new();
    collect(schema, schema, "", &mut keys);
    keys
}

fn collect(root: &Value, node: &Value, prefix: &str, keys: &mut Vec<KnownKey>) {
    let Some(properties) = node.get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let target = resolve(root, property);
        if target.get("properties").is_some() {
            collect(root, target, &key, keys);
        } else {
            let about = property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            keys.push(KnownKey { key, kind: kind(target), about });
        }
    }
}

fn resolve<'a>(root: &'a Value, node: &'a Value) -> &'a Value {
    let pointer = node.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    pointer.and_then(|p| root.pointer(p)).unwrap_or(node)
}

fn kind(node: &Value) -> Kind {
    let words = |list: &Vec<Value>| list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
    if let Some(Value::Array(list)) = node.get("enum") {
        return Kind::Choice(words(list));
    }
    if let Some(Value::Array(list)) = node.get("oneOf") {
        return Kind::Choice(list.iter().filter_map(|v| v["const"].as_str().map(str::to_owned)).collect());
    }
    if node.get("pattern").and_then(Value::as_str) == Some(Duration::PATTERN) {
        return Kind::Duration;
    }
    match node.get("type").and_then(Value::as_str) {
        Some("integer") => {
            let bound = |name: &str| node.get(name).and_then(Value::as_i64);
            Kind::Integer(bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(i64::from(u32::MAX)))
        }
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::List,
        Some("object") => Kind::Free,
        _ => Kind::Text,
    }
}

/// The place of a key in the schema, to write to.
fn property<'a>(schema: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    let (section, name) = key.rsplit_once('.').map_or((None, key), |(s, n)| (Some(s), n));
    let owner = match section {
        Some(section) => {
            let pointer =
                schema.pointer(&format!("/properties/{section}/$ref"))?.as_str()?.strip_prefix('#')?.to_owned();
            schema.pointer_mut(&pointer)?
        }
        None => schema,
    };
    owner.get_mut("properties")?.get_mut(name)?.as_object_mut()
}
