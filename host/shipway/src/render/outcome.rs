//! How a deployment ended: the last thing a person sees. Where it is reachable; or what failed, on what, how to go
//! on, and what serves now.

use super::failure;
use super::text::{bad, between, bold, clean, faint, good, took, warn};
use model::view::ResourceView;
use model::{Deployment, Rollback, RollbackOutcome, Status};

/// The final block. `resource` says what serves now, when the host could be asked.
pub(crate) fn block(d: &Deployment, resource: Option<&ResourceView>) -> String {
    let mut out = String::new();
    if let Some(failure) = &d.failure {
        out.push_str(&failure::block(failure));
    }
    out.push_str(&format!("{}\n", verdict(d)));
    if d.status == Status::Succeeded {
        for url in &d.urls {
            out.push_str(&format!("  {}\n", bold(clean(url))));
        }
    }
    for warning in &d.warnings {
        out.push_str(&format!("  {} {}\n", warn("!"), clean(warning)));
    }
    if let Some(rollback) = &d.rollback {
        out.push_str(&way_back(rollback));
    }
    if d.status != Status::Succeeded {
        if let Some(view) = resource {
            out.push_str(&format!("  {}\n", serves(view)));
        }
        if d.failure.is_some() && !d.recovery_hint.is_empty() {
            out.push_str(&format!("  {}\n", clean(&d.recovery_hint)));
        }
    }
    out.push_str(&format!("  {}\n", faint(format_args!("{}  shipway events {0}", d.id))));
    out
}

fn verdict(d: &Deployment) -> String {
    let time = d.finished_at.map(|end| format!(" in {}", took(between(d.created_at, end)))).unwrap_or_default();
    let name = bold(&d.resource);
    match d.status {
        Status::Succeeded => format!("{} {name} is deployed{time}", good("✓")),
        Status::RolledBack => format!("{} {name} was not deployed; the earlier release serves{time}", bad("✗")),
        Status::RollbackFailed => format!("{} {name} was not deployed, and the way back failed{time}", bad("✗")),
        Status::Failed => format!("{} {name} was not deployed{time}", bad("✗")),
        Status::Canceled => format!("{} the deployment of {name} was canceled{time}", warn("■")),
        Status::Superseded => {
            let by = d.superseded_by.as_ref().map(|id| format!(" by {id}")).unwrap_or_default();
            format!("{} the deployment of {name} was superseded{by}", warn("■"))
        }
        _ => format!("{name} is {}", d.status),
    }
}

/// What the way back did.
pub(crate) fn way_back(rollback: &Rollback) -> String {
    let to = rollback.to.as_ref().map(ToString::to_string).unwrap_or_default();
    let line = match rollback.outcome {
        RollbackOutcome::Restored => format!("went back to {to}"),
        RollbackOutcome::KeptIncumbent => format!("{to} kept serving all the time"),
        RollbackOutcome::NothingToRestore => "there was no earlier release to go back to".to_owned(),
        RollbackOutcome::Failed => "the way back failed: a person has to decide".to_owned(),
    };
    let sure = match (rollback.verified, &rollback.to) {
        (true, _) => ", and was verified",
        (false, Some(_)) => ", but could not be verified",
        (false, None) => "",
    };
    let mut out = format!("  {line}{sure}\n");
    if let Some(failure) = &rollback.failure {
        out.push_str(&failure::block(failure));
    }
    if let Some(path) = &rollback.diagnostics {
        out.push_str(&format!("  diagnostics: {}\n", clean(path)));
    }
    out
}

/// What users of the app get now.
pub(crate) fn serves(view: &ResourceView) -> String {
    match (&view.serving, view.urls.first()) {
        (Some(id), Some(url)) => format!("now serving: {id} at {}", clean(url)),
        (Some(id), None) => format!("now serving: {id}"),
        (None, _) => "now serving: nothing".to_owned(),
    }
}
