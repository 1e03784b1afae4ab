//! One deployment, whole: `shipway status DEPLOYMENT`.

use super::outcome;
use super::plan::sentences;
use super::text::{ago, bad, between, bold, bytes, clean, count, evidence, faint, good, pairs, table, took, warn};
use super::{detection, failure};
use model::{CheckRecord, Deployment, Outcome, PhaseOutcome, PhaseRecord, Status};

/// The page.
pub(crate) fn whole(d: &Deployment) -> String {
    let mut out = format!("{} {}  {}\n", bold(&d.resource), d.id, status(d.status));
    out.push_str(&pairs(&facts(d)));
    if let Some(plan) = &d.plan {
        out.push_str(&format!("{} {}\n{}", bold("plan"), faint(&plan.fingerprint), sentences(&plan.summary)));
    }
    if !d.phases.is_empty() {
        out.push_str(&format!("{}\n", bold("phases")));
        d.phases.iter().for_each(|phase| out.push_str(&phase_line(phase)));
    }
    if !d.checks.is_empty() {
        out.push_str(&format!("{}\n{}", bold("checks"), checks(&d.checks)));
    }
    for warning in &d.warnings {
        out.push_str(&format!("{} {}\n", warn("!"), clean(warning)));
    }
    if let Some(fault) = &d.failure {
        out.push_str(&failure::block(fault));
    }
    if let Some(rollback) = &d.rollback {
        out.push_str(&outcome::way_back(rollback));
    }
    if !d.recovery_hint.is_empty() {
        out.push_str(&format!("{}\n", clean(&d.recovery_hint)));
    }
    out
}

fn facts(d: &Deployment) -> Vec<(&'static str, String)> {
    let source = &d.source_summary;
    let mut rows = vec![("asked for", format!("{} ({})", trigger(d), ago(d.created_at)))];
    let base = if source.base_directory == "." { String::new() } else { format!(", in {}", source.base_directory) };
    rows.push(("source", clean(&format!("{} {}{base}", source.kind.as_str(), source.locator))));
    if let (Some(digest), Some(files)) = (&source.digest, source.files) {
        let size = source.bytes.map(|b| format!(", {}", bytes(b))).unwrap_or_default();
        rows.push(("snapshot", format!("{}{size}  {}", count(files, "file"), faint(digest))));
    }
    if let Some(found) = &d.detection {
        let claim = &found.claim;
        rows.push((
            "is",
            detection::headline(&claim.app_type, claim.framework.as_deref(), claim.package_manager.as_deref()),
        ));
        claim.evidence.iter().for_each(|seen| rows.push(("", evidence(seen))));
    }
    for url in &d.urls {
        rows.push(("url", clean(url)));
    }
    if let Some(by) = &d.superseded_by {
        rows.push(("superseded", format!("by {by}")));
    }
    rows
}

fn trigger(d: &Deployment) -> String {
    use model::deployment::Trigger;
    match (d.trigger, &d.of) {
        (Trigger::Deploy, _) => "deploy".to_owned(),
        (Trigger::Rollback, Some(of)) => format!("rollback to {of}"),
        (Trigger::Rollback, None) => "rollback".to_owned(),
        (Trigger::Retry, Some(of)) => format!("retry of {of}"),
        (Trigger::Retry, None) => "retry".to_owned(),
    }
}

/// The status in its colour.
pub(crate) fn status(status: Status) -> String {
    match status {
        Status::Succeeded => good(status),
        Status::Failed | Status::RolledBack | Status::RollbackFailed => bad(status),
        Status::Canceled | Status::Superseded => warn(status),
        _ => bold(status),
    }
}

fn phase_line(record: &PhaseRecord) -> String {
    let mark = match record.outcome {
        PhaseOutcome::Running => faint("…"),
        PhaseOutcome::Succeeded => good("✓"),
        PhaseOutcome::Failed => bad("✗"),
        PhaseOutcome::Canceled => warn("■"),
    };
    let time = record.finished_at.map(|end| took(between(record.started_at, end))).unwrap_or_default();
    format!("  {mark} {:8}  {}\n", record.phase.as_str(), faint(time))
}

/// Verdict, expected and observed of each.
fn checks(list: &[CheckRecord]) -> String {
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|c| {
            let name = format!("  {} {}", mark(c.verdict), clean(&c.name));
            vec![name, clean(&c.expected), clean(&c.observed), faint(clean(&c.plugin))]
        })
        .collect();
    table(&["  check", "expected", "observed", "asked by"], &rows)
}

/// A verdict's sign.
pub(crate) fn mark(outcome: Outcome) -> String {
    match outcome {
        Outcome::Passed => good("✓"),
        Outcome::Failed => bad("✗"),
        Outcome::NotYet => faint("…"),
        Outcome::Unknown => warn("?"),
    }
}
