//! The stable codes: one for everything that can go wrong, never renamed. Each has a page in [`crate::explain`].

use crate::Phase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// What went wrong, as a word that scripts can rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }
        impl Code {
            /// Every code that the host can emit.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];
            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Code::$variant => $text,)* } }
        }
    };
}

codes! {
    // detect
    /// The source is missing or a file of it cannot be read.
    SourceUnreadable = "source-unreadable",
    /// More entries or bytes than the stated bounds.
    SourceTooLarge = "source-too-large",
    /// The git ref does not exist.
    GitRefNotFound = "git-ref-not-found",
    /// The git server refused the credentials.
    GitAuthFailed = "git-auth-failed",
    /// The archive breaks a bound or tries to leave its root.
    ArchiveUnsafe = "archive-unsafe",
    /// The base directory does not exist in the source.
    BaseDirectoryMissing = "base-directory-missing",
    /// No detector claims the source and the profile does not say what it is.
    AppTypeUndetected = "app-type-undetected",
    /// Several claims that do not compose.
    AppTypeAmbiguous = "app-type-ambiguous",
    // plan
    /// A field that the plan needs could not be found.
    PlanIncomplete = "plan-incomplete",
    /// The profile contradicts itself or the source.
    ProfileConflict = "profile-conflict",
    /// The target cannot do what the plan needs.
    PlanUnsupportedByTarget = "plan-unsupported-by-target",
    /// The plan firewall refused the plan.
    PlanInvalid = "plan-invalid",
    /// The plan is not the one that was asked for (`deploy --plan`).
    PlanChanged = "plan-changed",
    // execute
    /// A build step ended with an error.
    BuildFailed = "build-failed",
    /// A build step took longer than allowed.
    BuildTimeout = "build-timeout",
    /// A program that the plan needs is not on this server.
    ToolMissing = "tool-missing",
    /// An image could not be pulled.
    ImagePullFailed = "image-pull-failed",
    /// The candidate could not be started at all.
    StartFailed = "start-failed",
    /// The candidate started and ended before it could be verified.
    ExitedEarly = "exited-early",
    /// Somebody else holds the port that the plan insists on.
    PortConflict = "port-conflict",
    /// Disk, inodes or memory ran out.
    ResourceExhausted = "resource-exhausted",
    /// The target does not answer.
    TargetUnreachable = "target-unreachable",
    /// The target or a registry refused the credentials.
    CredentialsRejected = "credentials-rejected",
    /// The route could not be prepared or moved.
    RouteFailed = "route-failed",
    // verify
    /// The candidate's process ended while it was being verified.
    ProcessExited = "process-exited",
    /// The health check answered something else than expected.
    HealthFailed = "health-failed",
    /// The health check did not answer in time.
    HealthTimeout = "health-timeout",
    /// The process runs, and does not listen where it was told to.
    PortNotListening = "port-not-listening",
    /// The route answers from another release.
    RouteWrongRelease = "route-wrong-release",
    /// The public address does not answer.
    AccessUrlUnreachable = "access-url-unreachable",
    /// A check of an installed verifier said no.
    CheckFailed = "check-failed",
    // rollback
    /// There is no release to go back to, or its artifact is gone.
    ReleaseMissing = "release-missing",
    /// The earlier release does not start any more.
    ReleaseStartFailed = "release-start-failed",
    /// The earlier release runs and fails its checks.
    ReleaseVerifyFailed = "release-verify-failed",
    // plugins
    /// The plugin trapped.
    PluginTrapped = "plugin-trapped",
    /// The plugin overran its deadline.
    PluginTimeout = "plugin-timeout",
    /// The plugin overran its memory.
    PluginMemory = "plugin-memory",
    /// The plugin's answer breaks the contract.
    PluginOutputInvalid = "plugin-output-invalid",
    /// The component does not fit this host.
    PluginIncompatible = "plugin-incompatible",
    /// The component is not trusted here.
    PluginUntrusted = "plugin-untrusted",
    // the host and its surface
    /// A configuration file or a setting is not valid.
    ConfigInvalid = "config-invalid",
    /// The command line or a request cannot be understood.
    UsageInvalid = "usage-invalid",
    /// There is no resource, deployment or release of that name.
    NotFound = "not-found",
    /// The action does not fit the present state.
    NotAllowed = "not-allowed",
    /// No host answers at the socket or address.
    HostUnreachable = "host-unreachable",
    /// Another host holds the state directory.
    StateLocked = "state-locked",
    /// The state directory cannot be used or its journal is damaged.
    StateUnusable = "state-unusable",
    /// A person or a newer request ended it.
    Canceled = "canceled",
    /// A fault of Shipway itself.
    HostInternal = "host-internal",
}

impl Code {
    /// Does the code speak of a plugin's own fault?
    #[must_use]
    pub const fn is_plugin(self) -> bool {
        matches!(
            self,
            Code::PluginTrapped
                | Code::PluginTimeout
                | Code::PluginMemory
                | Code::PluginOutputInvalid
                | Code::PluginIncompatible
                | Code::PluginUntrusted
        )
    }
}

/// The line that a recovery hint begins with after a failure of this phase.
#[must_use]
pub const fn recovery_hint(phase: Phase) -> &'static str {
    match phase {
        Phase::Detect => "Fix the source or configuration.",
        Phase::Plan => "Fix the resource profile.",
        Phase::Execute => "Inspect server, credentials, build and runtime logs before changing domains.",
        Phase::Verify => "Inspect health summary before retrying. The process may be running.",
        Phase::Rollback => "Manual intervention is required.",
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = String;
    /// The error is the nearest known code, for "did you mean".
    fn from_str(text: &str) -> Result<Self, String> {
        Code::ALL.iter().copied().find(|c| c.as_str() == text).ok_or_else(|| {
            Code::ALL
                .iter()
                .max_by(|a, b| likeness(a, text).total_cmp(&likeness(b, text)))
                .map(|c| c.as_str().to_owned())
                .unwrap_or_default()
        })
    }
}

/// By shared beginnings rather than by length: who types "helth" means "health-failed" and not "canceled".
fn likeness(code: &Code, text: &str) -> f64 {
    strsim::jaro_winkler(code.as_str(), text)
}
