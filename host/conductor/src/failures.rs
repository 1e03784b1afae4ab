//! Turning the errors of the lower floors into failures that a person can act on.

use model::plugin::Receipt;
use model::{Code, Failure, Phase, Remedy, Responsibility};
use sandbox::{CallError, Problem, ProblemKind};
use targets::TargetError;

/// A source that could not be read or taken.
pub(crate) fn source(error: &source::SourceError) -> Failure {
    let failure = Failure::new(Phase::Detect, error.code(), error.to_string(), error.input());
    match error.code() {
        Code::BaseDirectoryMissing => failure
            .remedy(Remedy::safe("Name a directory that exists in the source.", "shipway deploy SOURCE --base DIR")),
        Code::SourceTooLarge => failure.remedy(Remedy::advice(
            "Leave out what is not needed: list it in .shipwayignore, or deploy a smaller base directory.",
        )),
        _ => failure.remedy(Remedy::advice("Check that the path exists and that the host's user may read it.")),
    }
}

/// A plugin that faulted or could not answer, in the phase that asked it.
pub(crate) fn plugin(phase: Phase, receipt: &Receipt, error: &CallError, input: &str) -> Failure {
    match error {
        CallError::Fault(fault) => {
            let message = format!("the plugin {} failed: {}", receipt.plugin, fault.message);
            Failure::new(phase, fault.code, message, input)
                .detail(receipt.log.iter().map(|line| format!("log: {line}")))
                .remedy(Remedy::advice(format!(
                    "Report it to the author of {} with `shipway events` of this deployment.",
                    receipt.plugin
                )))
        }
        CallError::Problem(problem) => told(phase, &receipt.plugin, problem, input),
    }
}

/// What a plugin said it cannot do: the user's move, not the plugin's fault.
fn told(phase: Phase, plugin: &str, problem: &Problem, input: &str) -> Failure {
    let code = match (phase, problem.kind) {
        (Phase::Detect, _) => Code::AppTypeUndetected,
        (_, ProblemKind::Incomplete) => Code::PlanIncomplete,
        (_, ProblemKind::Conflict) => Code::ProfileConflict,
        (_, ProblemKind::Unsupported) => Code::PlanUnsupportedByTarget,
        (_, ProblemKind::Malformed | ProblemKind::Other) => Code::PlanInvalid,
    };
    let input = problem.field.as_deref().unwrap_or(input);
    let mut failure = Failure::new(phase, code, problem.message.clone(), input)
        .detail([format!("said by {plugin}")])
        .evidence(problem.evidence.iter().cloned());
    failure.responsibility = Responsibility::User;
    if let Some(remedy) = &problem.remedy {
        failure = failure.remedy(Remedy::advice(remedy.clone()));
    }
    if let Some(field) = &problem.field {
        failure = failure.remedy(Remedy::safe(
            format!("Say it in shipway.toml: {field}"),
            format!("shipway deploy SOURCE --set {field}=VALUE"),
        ));
    }
    failure
}

/// A target that could not do something.
pub(crate) fn target(phase: Phase, error: &TargetError) -> Failure {
    let failure =
        Failure::new(phase, error.code(), error.to_string(), error.input()).detail(error.details().iter().cloned());
    match error.code() {
        Code::BuildFailed => {
            failure.remedy(Remedy::advice("Read the last output above; run the step by hand in a copy of the source."))
        }
        Code::ToolMissing => {
            failure.remedy(Remedy::safe("Install the program on this server, then deploy again.", "shipway doctor"))
        }
        Code::PortConflict => failure.remedy(Remedy::advice(
            "Stop the process that holds the port, or remove `port` from [network]: the host then chooses a free one.",
        )),
        Code::ResourceExhausted => {
            failure.remedy(Remedy::safe("Free space in the state directory or move it.", "shipway doctor"))
        }
        Code::BuildTimeout => failure.remedy(Remedy::advice(
            "See in the last output what it waits for: a question, a network that is not there?",
        )),
        Code::StartFailed => failure
            .remedy(Remedy::safe("See what the plan starts, and why.", "shipway plan SOURCE"))
            .remedy(Remedy::safe("Say another start command.", "shipway deploy SOURCE --set runtime.start=COMMAND")),
        Code::PlanUnsupportedByTarget => failure.remedy(Remedy::safe("See the plan.", "shipway plan SOURCE")),
        Code::ReleaseMissing => failure.remedy(Remedy::safe("Deploy the source again.", "shipway deploy SOURCE")),
        Code::TargetUnreachable => failure.remedy(Remedy::advice(
            "See with `ps` what the process waits for; one in state D waits for a disk or a network mount.",
        )),
        Code::StateUnusable => failure
            .remedy(Remedy::safe("Check that the host's user may write to the state directory.", "shipway doctor")),
        _ => failure,
    }
}

/// A fault of Shipway itself.
pub(crate) fn internal(phase: Phase, what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(phase, Code::HostInternal, format!("{what}: {error}"), "the host's own state")
        .remedy(Remedy::safe("Look at what the server says.", "shipway doctor"))
}

/// Puts the source that was asked for where a remedy says SOURCE, so that its command can be pasted.
pub(crate) fn aimed(mut failure: Box<Failure>, locator: &str) -> Box<Failure> {
    let quoted = model::plan::Command::Argv(vec![locator.to_owned()]).display();
    for remedy in &mut failure.remedies {
        if let Some(command) = &mut remedy.command {
            *command = command.replace("SOURCE", &quoted);
        }
    }
    failure
}
