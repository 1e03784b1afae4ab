//! A failure: which phase, which code, on what input, whose move it is, and how to go on.

use crate::{Code, Evidence, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Responsibility {
    /// The person deploying: source or profile.
    User,
    /// The person running the server.
    Operator,
    /// Shipway itself.
    Host,
    /// The author of a plugin.
    Plugin,
}

/// One way on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    /// What it does, as an imperative sentence.
    pub label: String,
    /// A command or a line of configuration that does it, ready to paste.
    pub command: Option<String>,
    /// True: it cannot make anything worse.
    pub safe: bool,
}

impl Remedy {
    /// A remedy that reads or tries, and cannot make anything worse.
    pub fn safe(label: impl Into<String>, command: impl Into<String>) -> Self {
        Self { label: label.into(), command: Some(command.into()), safe: true }
    }
    /// A remedy without a command.
    pub fn advice(label: impl Into<String>) -> Self {
        Self { label: label.into(), command: None, safe: true }
    }
}

/// Why a phase failed. Complete on its own: a person who sees only this can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The first phase that failed; a rollback never overwrites it.
    pub phase: Phase,
    /// The stable code.
    pub code: Code,
    /// One sentence for a person.
    pub message: String,
    /// The input that the phase used: a path, a command, an address, a setting.
    pub input: String,
    /// Can the same input succeed another time?
    pub retryable: bool,
    /// Whose move it is.
    pub responsibility: Responsibility,
    /// More, line by line: last output, candidates, what was expected and observed.
    pub details: Vec<String>,
    /// Where the decisive thing was seen, when it was seen in the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Ways on.
    pub remedies: Vec<Remedy>,
    /// How to read more: `shipway explain CODE`.
    pub docs: String,
}

impl Failure {
    /// A failure with the defaults of its code; the builder methods say the rest.
    pub fn new(phase: Phase, code: Code, message: impl Into<String>, input: impl Into<String>) -> Self {
        let (retryable, responsibility) = defaults(code);
        Self {
            phase,
            code,
            message: message.into(),
            input: input.into(),
            retryable,
            responsibility,
            details: Vec::new(),
            evidence: Vec::new(),
            remedies: Vec::new(),
            docs: format!("shipway explain {code}"),
        }
    }
    /// Adds lines of detail.
    #[must_use]
    pub fn detail(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }
    /// Adds a way on.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }
    /// Adds evidence.
    #[must_use]
    pub fn evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

impl std::fmt::Display for Failure {
    /// One line: code, message, input. The edge renders the rest.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.message, self.input)
    }
}

/// Whether a retry can help and whose move it is, unless a failure knows better.
#[must_use]
pub const fn defaults(code: Code) -> (bool, Responsibility) {
    use Code as C;
    use Responsibility as R;
    match code {
        C::ResourceExhausted | C::TargetUnreachable | C::CredentialsRejected | C::ImagePullFailed => {
            (true, R::Operator)
        }
        C::ToolMissing | C::PortConflict | C::StateLocked | C::StateUnusable | C::HostUnreachable => {
            (true, R::Operator)
        }
        C::BuildTimeout | C::HealthTimeout | C::RouteFailed | C::AccessUrlUnreachable | C::ProcessExited => {
            (true, R::User)
        }
        C::RouteWrongRelease | C::HostInternal | C::Canceled => (true, R::Host),
        C::PluginTrapped
        | C::PluginTimeout
        | C::PluginMemory
        | C::PluginOutputInvalid
        | C::PluginIncompatible
        | C::PluginUntrusted => (false, R::Plugin),
        C::ReleaseMissing | C::ReleaseStartFailed | C::ReleaseVerifyFailed => (false, R::Operator),
        _ => (false, R::User),
    }
}
