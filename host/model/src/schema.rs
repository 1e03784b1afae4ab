//! The JSON schemas of the documents that scripts read. That of `shipway.toml` is [`crate::profile::schema`].

use crate::Deployment;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// Of the deployment document: `shipway status ID --json`, `GET /v1/deployments/{id}`.
#[must_use]
pub fn deployment() -> Value {
    of::<Deployment>("deployment", "Deployment", "One attempt to bring a resource to a state, whole.")
}

/// The schema of what is written out, which is stricter than of what is read: every field that is always there is required.
fn of<T: JsonSchema>(name: &str, title: &str, description: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<T>());
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), json!(format!("urn:shipway:{name}:{}", env!("CARGO_PKG_VERSION"))));
        root.insert("title".into(), json!(title));
        root.insert("description".into(), json!(description));
    }
    schema
}
