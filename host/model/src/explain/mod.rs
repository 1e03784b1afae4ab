//! The pages of `shipway explain CODE`: cause, what to look at, remedies. One for every code: [`page`] is an
//! exhaustive match, so a code without a page does not compile. The pages stand by the phase that emits the code.
//!
//! `NAME` stands for a resource, `ID` for a deployment, `SOURCE` for the folder that is deployed.

mod detect;
mod execute;
mod host;
mod plan;
mod plugin;
mod rollback;
mod verify;

use crate::Code;
use schemars::JsonSchema;
use serde::Serialize;

/// One page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// What it means, in one line.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// Where to look, in order.
    pub look: &'static [&'static str],
    /// What to do, in order.
    pub remedies: &'static [&'static str],
}

/// The page of a code.
#[must_use]
pub const fn page(code: Code) -> &'static Page {
    match code {
        Code::SourceUnreadable => &detect::SOURCE_UNREADABLE,
        Code::SourceTooLarge => &detect::SOURCE_TOO_LARGE,
        Code::GitRefNotFound => &detect::GIT_REF_NOT_FOUND,
        Code::GitAuthFailed => &detect::GIT_AUTH_FAILED,
        Code::ArchiveUnsafe => &detect::ARCHIVE_UNSAFE,
        Code::BaseDirectoryMissing => &detect::BASE_DIRECTORY_MISSING,
        Code::AppTypeUndetected => &detect::APP_TYPE_UNDETECTED,
        Code::AppTypeAmbiguous => &detect::APP_TYPE_AMBIGUOUS,
        Code::PlanIncomplete => &plan::PLAN_INCOMPLETE,
        Code::ProfileConflict => &plan::PROFILE_CONFLICT,
        Code::PlanUnsupportedByTarget => &plan::PLAN_UNSUPPORTED_BY_TARGET,
        Code::PlanInvalid => &plan::PLAN_INVALID,
        Code::PlanChanged => &plan::PLAN_CHANGED,
        Code::BuildFailed => &execute::BUILD_FAILED,
        Code::BuildTimeout => &execute::BUILD_TIMEOUT,
        Code::ToolMissing => &execute::TOOL_MISSING,
        Code::ImagePullFailed => &execute::IMAGE_PULL_FAILED,
        Code::StartFailed => &execute::START_FAILED,
        Code::ExitedEarly => &execute::EXITED_EARLY,
        Code::PortConflict => &execute::PORT_CONFLICT,
        Code::ResourceExhausted => &execute::RESOURCE_EXHAUSTED,
        Code::TargetUnreachable => &execute::TARGET_UNREACHABLE,
        Code::CredentialsRejected => &execute::CREDENTIALS_REJECTED,
        Code::RouteFailed => &execute::ROUTE_FAILED,
        Code::ProcessExited => &verify::PROCESS_EXITED,
        Code::HealthFailed => &verify::HEALTH_FAILED,
        Code::HealthTimeout => &verify::HEALTH_TIMEOUT,
        Code::PortNotListening => &verify::PORT_NOT_LISTENING,
        Code::RouteWrongRelease => &verify::ROUTE_WRONG_RELEASE,
        Code::AccessUrlUnreachable => &verify::ACCESS_URL_UNREACHABLE,
        Code::CheckFailed => &verify::CHECK_FAILED,
        Code::ReleaseMissing => &rollback::RELEASE_MISSING,
        Code::ReleaseStartFailed => &rollback::RELEASE_START_FAILED,
        Code::ReleaseVerifyFailed => &rollback::RELEASE_VERIFY_FAILED,
        Code::PluginTrapped => &plugin::PLUGIN_TRAPPED,
        Code::PluginTimeout => &plugin::PLUGIN_TIMEOUT,
        Code::PluginMemory => &plugin::PLUGIN_MEMORY,
        Code::PluginOutputInvalid => &plugin::PLUGIN_OUTPUT_INVALID,
        Code::PluginIncompatible => &plugin::PLUGIN_INCOMPATIBLE,
        Code::PluginUntrusted => &plugin::PLUGIN_UNTRUSTED,
        Code::ConfigInvalid => &host::CONFIG_INVALID,
        Code::UsageInvalid => &host::USAGE_INVALID,
        Code::NotFound => &host::NOT_FOUND,
        Code::NotAllowed => &host::NOT_ALLOWED,
        Code::HostUnreachable => &host::HOST_UNREACHABLE,
        Code::StateLocked => &host::STATE_LOCKED,
        Code::StateUnusable => &host::STATE_UNUSABLE,
        Code::Canceled => &host::CANCELED,
        Code::HostInternal => &host::HOST_INTERNAL,
    }
}
