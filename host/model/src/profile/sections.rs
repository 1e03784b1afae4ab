//! The sections of `shipway.toml`, one struct each. Their doc comments are the descriptions in the published schema, and
//! the schema is where [`super::known_keys`] and the type errors come from: a field added here is known everywhere.

use super::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole of `shipway.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The resource's name, a DNS label, because it becomes `NAME.localhost`; default: made from the folder's.
    pub name: Option<String>,
    /// Where it runs: `process` (default) or `docker`.
    #[schemars(extend("enum" = ["process", "docker"]))]
    pub target: Option<String>,
    /// Where the app lies in the source.
    pub source: Source,
    /// How it is built and started.
    pub runtime: Runtime,
    /// Where it listens.
    pub network: Network,
    /// What a healthy app answers.
    pub health: Health,
    /// Where it is reachable.
    pub access: Access,
    /// The way back.
    pub rollback: RollbackPolicy,
    /// Plain environment of the app.
    pub env: BTreeMap<String, String>,
    /// Secrets by name: `env:NAME` or `file:PATH`.
    pub secrets: BTreeMap<String, String>,
    /// Which plugins may take part.
    pub plugins: Plugins,
}

/// `[source]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// The app's directory inside the source; default `.`.
    pub base: Option<String>,
    /// Ignore patterns beside `.gitignore` and `.shipwayignore`.
    pub ignore: Vec<String>,
}

/// How the artifact is made and run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Strategy {
    #[default]
    Auto,
    Static,
    Dockerfile,
    Compose,
    Image,
    Commands,
}

/// `[runtime]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Runtime {
    /// `auto` asks the detectors.
    pub strategy: Strategy,
    /// Picks one of several claims by its app type ("node"): the remedy for `app-type-ambiguous`.
    #[serde(rename = "type")]
    pub app_type: Option<String>,
    /// How dependencies are installed; empty: not at all.
    pub install: Option<String>,
    /// How it is built; empty: not at all.
    pub build: Option<String>,
    /// How the web process is started.
    pub start: Option<String>,
    /// Runs once before the switch (migrations); cannot be undone.
    pub release: Option<String>,
    /// The directory to publish, for static sites.
    pub publish: Option<String>,
    /// Versions by tool: `node = "22"`.
    pub tools: BTreeMap<String, String>,
}

/// `[network]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The port the app insists on; default: the host chooses one and says so in `PORT`.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// What it speaks; `http` is the only one so far.
    #[schemars(extend("enum" = ["http"]))]
    pub protocol: Option<String>,
}

/// `[health]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// Asked with GET.
    pub path: Option<String>,
    /// The expected status; default: any below 400.
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// Text that the body holds.
    pub text: Option<String>,
    /// Between two questions; default 1 s.
    pub interval: Option<Duration>,
    /// For one answer; default 5 s.
    pub timeout: Option<Duration>,
    /// Failing answers in a row after the start period before the verdict is final; default 3.
    #[schemars(range(max = 1000))]
    pub retries: Option<u32>,
    /// Time that the app may need to come up; failing answers within it are not counted; default 30 s.
    pub start_period: Option<Duration>,
}

/// `[access]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Host names beside `NAME.localhost`.
    pub hosts: Vec<String>,
    /// Path prefix; default `/`.
    pub path: Option<String>,
}

/// What happens after a failed execute or verify.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum RollbackMode {
    #[default]
    Auto,
    Manual,
}

/// `[rollback]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RollbackPolicy {
    /// `auto` (default) or `manual`.
    pub mode: RollbackMode,
    /// Good releases that are kept to go back to; default 5.
    #[schemars(range(min = 1, max = 100))]
    pub keep: Option<u32>,
    /// The stabilisation window after the switch; default 10 s.
    pub watch: Option<Duration>,
}

/// `[plugins]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plugins {
    /// Only these may take part.
    pub allow: Option<Vec<String>>,
    /// These may not.
    pub deny: Vec<String>,
}
