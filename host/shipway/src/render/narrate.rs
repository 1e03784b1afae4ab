//! The timeline told to a person: one event becomes no, one or some lines. Every reporter for people uses this, so
//! that a terminal, a pipe and `shipway events` tell the same story.

use super::detection::{cost, headline};
use super::plan::{origin, sentences};
use super::text::{bytes, clean, count, evidence, place, took};
use model::event::{Effect, EffectResult, Event};
use model::{CheckRecord, Detection, Outcome, Plan, Status};
use std::time::Duration;

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A decision or a fact.
    Plain,
    /// The reason behind the line before it.
    Because,
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// Worth attention.
    Warn,
    /// What the host does right now; a live screen may replace it by the next one.
    Passing,
    /// Output of a build step or of the release command.
    Output,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

fn line(tone: Tone, text: impl Into<String>) -> Line {
    Line { tone, text: text.into() }
}

/// Tells an event. `verbose` adds every effect and plugin call. Beginning and end of a phase are the reporter's own.
pub(crate) fn tell(event: &Event, verbose: bool) -> Vec<Line> {
    use Tone::{Bad, Because, Good, Output, Passing, Plain, Warn};
    match event {
        Event::Requested(request) => {
            let source = &request.source;
            vec![line(Plain, clean(&format!("{} of {} from {}", request.id, request.resource, source.locator)))]
        }
        Event::Superseded { by } => vec![line(Warn, format!("superseded by {by}, which was asked for later"))],
        Event::SourceTaken { summary } => {
            let files = summary.files.map(|n| count(n, "file")).unwrap_or_default();
            let size = summary.bytes.map(|b| format!(", {}", bytes(b))).unwrap_or_default();
            vec![line(Plain, clean(&format!("snapshot of {}: {files}{size}", summary.locator)))]
        }
        Event::WayBack { incumbent: Some(id) } => vec![line(Plain, format!("{id} keeps serving meanwhile"))],
        Event::WayBack { incumbent: None } => vec![line(Plain, "no earlier release: nothing to go back to")],
        Event::Detected { detection } => detected(detection),
        Event::Planned { fingerprint, summary, plan } => {
            let mut lines: Vec<Line> =
                sentences(summary).lines().map(|text| line(Plain, text.trim().to_owned())).collect();
            lines.extend(decisions(plan));
            lines.push(line(Because, fingerprint.to_string()));
            lines
        }
        Event::Intended { effect } => intended(effect, verbose),
        Event::Settled { effect, result } => settled(effect, result, verbose),
        Event::StepStarted { step, command } => vec![line(Plain, clean(&format!("{step}: {command}")))],
        Event::StepFinished { step, exit_code, millis } => {
            let time = took(Duration::from_millis(*millis));
            let (tone, how) = match exit_code {
                Some(0) => (Good, format!("done in {time}")),
                Some(code) => (Bad, format!("exit status {code} after {time}")),
                None => (Bad, format!("ended by a signal after {time}")),
            };
            vec![line(tone, clean(&format!("{step}: {how}")))]
        }
        Event::Output { lines, .. } => lines.iter().map(|text| line(Output, clean(text))).collect(),
        Event::PluginCalled { receipt } => match (&receipt.fault, verbose) {
            (Some(fault), _) => {
                vec![line(Warn, clean(&format!("{} failed: {}: {}", receipt.plugin, fault.code, fault.message)))]
            }
            (None, true) => {
                vec![line(Because, format!("{} {}: {}", clean(&receipt.plugin), receipt.call, cost(receipt)))]
            }
            (None, false) => Vec::new(),
        },
        Event::CheckAnswered { record } => checked(record),
        Event::Warning { message } => vec![line(Warn, clean(message))],
        Event::Progress { message } => vec![line(Passing, clean(message))],
        Event::FailureNoted { failure } => vec![line(Bad, clean(&format!("{}: {}", failure.code, failure.message)))],
        Event::CancelRequested => vec![line(Warn, "somebody asked for it to end")],
        Event::WentBack { rollback } => {
            super::outcome::way_back(rollback).lines().take(1).map(|text| line(Plain, text.trim().to_owned())).collect()
        }
        Event::Finished { status, urls } => {
            let tone = if *status == Status::Succeeded { Good } else { Bad };
            let mut lines = vec![line(tone, status.as_str())];
            lines.extend(urls.iter().map(|url| line(Plain, clean(url))));
            lines
        }
        Event::PhaseStarted { .. }
        | Event::PhaseFinished { .. }
        | Event::ProfileRead { .. }
        | Event::ChecksDeclared { .. } => Vec::new(),
    }
}

fn detected(detection: &Detection) -> Vec<Line> {
    let claim = &detection.claim;
    let head = headline(&claim.app_type, claim.framework.as_deref(), claim.package_manager.as_deref());
    let mut lines = vec![line(Tone::Plain, head)];
    lines.extend(claim.evidence.iter().map(|seen| line(Tone::Because, evidence(seen))));
    lines.push(line(Tone::Because, clean(&detection.because)));
    for part in &detection.contributions {
        let seen = part.evidence.first().map(place).unwrap_or_default();
        lines.push(line(Tone::Plain, clean(&format!("with {} {seen}", part.app_type))));
    }
    lines.extend(detection.warnings.iter().map(|text| line(Tone::Warn, clean(text))));
    lines
}

/// Why each choice of the plan was made, and what it warns of.
fn decisions(plan: &Plan) -> Vec<Line> {
    let because = |d: &model::plan::Decision| {
        line(Tone::Because, format!("{} {}: {}", clean(&d.field), clean(&d.value), origin(&d.origin)))
    };
    let mut lines: Vec<Line> = plan.decisions.iter().map(because).collect();
    lines.extend(plan.warnings.iter().map(|text| line(Tone::Warn, clean(text))));
    lines
}

fn checked(record: &CheckRecord) -> Vec<Line> {
    let tone = match record.verdict {
        Outcome::Passed => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::NotYet => Tone::Passing,
        Outcome::Unknown => Tone::Warn,
    };
    let text = match record.verdict {
        Outcome::Passed => format!("{}: {}", record.name, record.observed),
        _ => format!("{}: expected {}; observed {}", record.name, record.expected, record.observed),
    };
    // Its warnings come as events of their own, once for the whole deployment.
    vec![line(tone, clean(&text))]
}

fn intended(effect: &Effect, verbose: bool) -> Vec<Line> {
    let text = match effect {
        Effect::Build { .. } => "building".to_owned(),
        Effect::RunRelease { .. } => "running the release command: this cannot be undone".to_owned(),
        Effect::StartInstance { instance } => format!("starting {}", instance.process()),
        Effect::OfferCandidate { .. } => "letting probes reach the candidate".to_owned(),
        Effect::SwitchRoute { to: Some(to), .. } => format!("moving the route to {to}"),
        Effect::SwitchRoute { to: None, .. } => "taking the route away".to_owned(),
        Effect::StopInstance { instance } => format!("stopping {instance}"),
        Effect::RemoveArtifact { deployment } => format!("removing the artifact of {deployment}"),
    };
    let tone = match effect {
        Effect::RunRelease { .. } => Tone::Warn,
        _ if verbose => Tone::Plain,
        _ => Tone::Passing,
    };
    vec![line(tone, text)]
}

fn settled(effect: &Effect, result: &EffectResult, verbose: bool) -> Vec<Line> {
    match (effect, result) {
        // What ends a phase is told by the failure that follows; what does not would go unsaid.
        (Effect::StopInstance { .. } | Effect::RemoveArtifact { .. }, EffectResult::Failed { code, message }) => {
            vec![line(Tone::Warn, clean(&format!("{code}: {message}")))]
        }
        (_, EffectResult::Failed { code, message }) if verbose => {
            vec![line(Tone::Bad, clean(&format!("{code}: {message}")))]
        }
        (_, EffectResult::Failed { .. }) => Vec::new(),
        (Effect::StartInstance { instance }, EffectResult::Done { port: Some(port), .. }) => {
            vec![line(Tone::Plain, format!("{} runs on port {port}", instance.process()))]
        }
        (Effect::StartInstance { instance }, _) => vec![line(Tone::Plain, format!("{} runs", instance.process()))],
        (Effect::Build { .. }, EffectResult::Done { artifact: Some(digest), .. }) if verbose => {
            vec![line(Tone::Because, format!("artifact {digest}"))]
        }
        (Effect::SwitchRoute { to: Some(to), .. }, _) => {
            vec![line(Tone::Plain, format!("the route leads to {to}"))]
        }
        (Effect::StopInstance { instance }, _) if verbose => vec![line(Tone::Plain, format!("{instance} is stopped"))],
        _ => Vec::new(),
    }
}
