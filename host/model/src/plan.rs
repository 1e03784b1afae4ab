//! The plan: the whole, explained description of what will run. Written by a planner plugin, checked by
//! [`crate::firewall`], executed exactly as it stands or refused.

use crate::Evidence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the artifact comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum BuilderKind {
    Commands,
    Static,
    Dockerfile,
    Image,
    Compose,
}

/// A program with its arguments, or a script for `sh -c`. In argv the host replaces `${PORT}` and `${HOST}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Command {
    Argv(Vec<String>),
    Shell(String),
}

impl Command {
    /// One line for a person; words that need it are quoted as a shell would read them.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Command::Shell(script) => script.clone(),
            Command::Argv(words) => words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" "),
        }
    }

    /// The program that is started, when that can be said without running a shell.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        match self {
            Command::Argv(words) => words.first().map(String::as_str),
            Command::Shell(script) => script.split_whitespace().find(|w| !w.contains('=')),
        }
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%${}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A key of the profile.
    Profile(String),
    /// Seen in the source.
    Evidence(Evidence),
    /// Nobody said otherwise; the text says why this is the default.
    Default(String),
}

/// A program that the plan needs on the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// `node`, `npm`, `python`, …
    pub name: String,
    /// The version range, as written where it was asked for.
    pub requested: Option<String>,
    /// Where it was asked for.
    pub origin: Origin,
}

/// One build step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Unique in the plan.
    pub name: String,
    /// What runs.
    pub run: Command,
    /// Relative to the app root.
    pub cwd: String,
    /// For this step only.
    pub env: BTreeMap<String, String>,
    /// Files it needs; empty = the whole source.
    pub inputs: Vec<String>,
    /// What it leaves.
    pub outputs: Vec<String>,
    /// Caches it may keep between builds, by name.
    pub caches: Vec<String>,
    /// Does it need the network?
    pub network: bool,
    /// Why it is there.
    pub why: String,
}

/// One long-running process; `web` is the routed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// `web`, `worker`, …
    pub name: String,
    /// What runs.
    pub run: Command,
    /// Relative to the app root.
    pub cwd: String,
}

/// What a healthy app answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthPlan {
    /// The path that is asked.
    pub path: String,
    /// The expected status; none = any below 400.
    pub status: Option<u16>,
    /// Text that the body holds.
    pub text: Option<String>,
}

/// A directory of files to be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaticPlan {
    /// Relative to the app root.
    pub directory: String,
    /// Unknown paths answer with this file, status 200 (single-page apps).
    pub fallback: Option<String>,
    /// `/about` answers from `about.html`.
    pub clean_urls: bool,
}

/// One line of the explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Which field of the plan ("start", "port", "health").
    pub field: String,
    /// Its value, for a person.
    pub value: String,
    /// Why.
    pub origin: Origin,
}

/// The plan as the planner wrote it. See [`crate::Checked`] for one that may be executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The planner, attached by the host.
    pub plugin: String,
    /// Of the claim that was planned.
    pub app_type: String,
    /// Of the claim that was planned.
    pub framework: Option<String>,
    /// How the artifact comes to be.
    pub builder: BuilderKind,
    /// Relative to the base directory.
    pub app_root: String,
    /// Programs that must be there.
    pub tools: Vec<Tool>,
    /// In order.
    pub steps: Vec<Step>,
    /// For every step.
    pub build_env: BTreeMap<String, String>,
    /// For every process. `PORT` and `HOST` are the host's.
    pub run_env: BTreeMap<String, String>,
    /// Names only.
    pub required_secrets: Vec<String>,
    /// `web` first.
    pub processes: Vec<Process>,
    /// Runs once before the switch; cannot be undone.
    pub release: Option<Command>,
    /// The port an app insists on.
    pub port: Option<u16>,
    /// If known.
    pub health: Option<HealthPlan>,
    /// For static sites.
    pub publish: Option<StaticPlan>,
    /// Writable places that outlive a release.
    pub volumes: Vec<String>,
    /// Every choice with its source.
    pub decisions: Vec<Decision>,
    /// Worth telling.
    pub warnings: Vec<String>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
}

impl Plan {
    /// The process that the route leads to.
    #[must_use]
    pub fn web(&self) -> Option<&Process> {
        self.processes.iter().find(|p| p.name == "web")
    }

    /// The four decisions a person asks about, in one sentence each: build, start, health check, access routing.
    #[must_use]
    pub fn summary(&self, access: &str) -> String {
        let build = if self.steps.is_empty() {
            "nothing to build".to_owned()
        } else {
            format!("build with {}", self.steps.iter().map(|s| s.run.display()).collect::<Vec<_>>().join(", then "))
        };
        let start = match (&self.publish, self.web()) {
            (Some(site), _) => {
                format!("serve {} as static files", if site.directory == "." { "the folder" } else { &site.directory })
            }
            (None, Some(web)) => format!("start {}", web.run.display()),
            (None, None) => "start nothing on the web".to_owned(),
        };
        let health = match &self.health {
            Some(h) => format!(
                "healthy when GET {} answers {}",
                h.path,
                h.status.map_or("below 400".to_owned(), |s| s.to_string())
            ),
            None => "healthy when it accepts connections and answers HTTP at all".to_owned(),
        };
        format!("{build}; {start}; {health}; reachable at {access}")
    }
}
