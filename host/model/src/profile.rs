//! The profile: what the owner declared about a resource (`shipway.toml` and `--set`). Explicit always beats detected.
//!
//! Strict: an unknown key is an error that names the nearest known one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole of `shipway.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The resource's name; default: the folder's.
    pub name: Option<String>,
    /// `process` or `docker`.
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
    /// The app's directory inside the source.
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
    /// How dependencies are installed.
    pub install: Option<String>,
    /// How it is built.
    pub build: Option<String>,
    /// How the web process is started.
    pub start: Option<String>,
    /// Runs once before the switch (migrations).
    pub release: Option<String>,
    /// The directory to publish, for static sites.
    pub publish: Option<String>,
    /// Versions by tool.
    pub tools: BTreeMap<String, String>,
}

/// `[network]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The port the app insists on; default: the host chooses one and says so in `PORT`.
    pub port: Option<u16>,
    /// `http`.
    pub protocol: Option<String>,
}

/// `[health]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// Asked with GET.
    pub path: Option<String>,
    /// The expected status; default: any below 400.
    pub status: Option<u16>,
    /// Text that the body holds.
    pub text: Option<String>,
    /// Between two questions; default 1 s.
    pub interval: Option<Duration>,
    /// For one answer; default 5 s.
    pub timeout: Option<Duration>,
    /// Failing answers in a row after the start period before the verdict is final; default 3.
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
    /// Good releases that are kept; default 5.
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

/// A span of time, written as `500ms`, `5s`, `2m` or `1h`; at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(std::time::Duration);

impl Duration {
    /// From a number of milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(std::time::Duration::from_millis(ms))
    }
    /// As the standard library's.
    #[must_use]
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}
impl std::str::FromStr for Duration {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a duration such as 500ms, 5s, 2m or 1h");
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let ms = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)?;
        if ms > 86_400_000 {
            return Err(format!("{text:?} is longer than a day"));
        }
        Ok(Self::from_millis(ms))
    }
}
impl TryFrom<String> for Duration {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl From<Duration> for String {
    fn from(d: Duration) -> String {
        let ms = d.0.as_millis();
        if ms.is_multiple_of(1000) { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
    }
}
impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" })
    }
}
