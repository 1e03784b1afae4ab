//! How a deployment ended: the last thing a person sees. Where it is reachable; or what failed, on what, how to go
//! on, and what serves now.

use super::failure;
use super::text::{bad, between, bold, clean, faint, good, took, warn};
use model::deployment::Trigger;
use model::view::ResourceView;
use model::{Deployment, Rollback, RollbackOutcome, Status};

/// The final block. `resource` says what serves now, when the host could be asked; `below_output` that the build's
/// output stands right above.
pub(crate) fn block(d: &Deployment, resource: Option<&ResourceView>, below_output: bool) -> String {
    let mut out = String::new();
    if let Some(failure) = &d.failure {
        let block = if below_output { failure::block_below_output(failure) } else { failure::block(failure) };
        out.push_str(&block);
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
        Status::Succeeded if d.trigger == Trigger::Rollback => {
            let to = d.of.as_ref().map(|id| format!(" to {id}")).unwrap_or_default();
            format!("{} {name} went back{to}{time}; data was not rolled back", good("✓"))
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Code, Failure, Phase, Remedy};

    fn deployment(status: &str) -> Deployment {
        serde_json::from_value(serde_json::json!({
            "id": "dep_01jabcdefghjkmnpqrstvwxyz0", "resourceId": "res_01jabcdefghjkmnpqrstvwxyz0", "resource": "web",
            "trigger": "deploy", "status": status, "currentPhase": "verify",
            "sourceSummary": { "kind": "local-directory", "locator": "/app", "baseDirectory": "." },
            "detection": null, "plan": null, "phases": [], "checks": [], "urls": ["http://web.localhost:7080/"],
            "failure": null, "recoveryHint": "the hint", "rollback": null, "warnings": ["the warning"], "of": null,
            "supersededBy": null, "createdAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:04Z"
        }))
        .unwrap()
    }

    fn serving() -> ResourceView {
        serde_json::from_value(serde_json::json!({
            "id": "res_01jabcdefghjkmnpqrstvwxyz0", "name": "web", "desired": "running",
            "serving": "dep_01jabcdefghjkmnpqrstvwxyz9", "urls": ["http://web.localhost:7080/"], "latest": null,
            "releases": [], "source": { "kind": "local-directory", "locator": "/app" },
            "createdAt": "2026-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn a_success_ends_with_where_it_is_reachable() {
        let shown = block(&deployment("succeeded"), Some(&serving()), false);
        assert!(shown.contains("http://web.localhost:7080/") && shown.contains("the warning"), "{shown}");
        assert!(!shown.contains("the hint"), "nothing has to be recovered: {shown}");
    }

    #[test]
    fn a_rolled_back_deployment_tells_the_failure_the_hint_and_what_serves_now() {
        let mut d = deployment("rolled-back");
        d.failure = Some(
            Failure::new(Phase::Verify, Code::HealthFailed, "the message", "the input")
                .remedy(Remedy::safe("the remedy", "shipway logs web")),
        );
        d.rollback = Some(Rollback {
            outcome: RollbackOutcome::KeptIncumbent,
            to: serving().serving,
            verified: true,
            failure: None,
            diagnostics: None,
        });
        let shown = block(&d, Some(&serving()), false);
        for part in [
            "verify",
            "health-failed",
            "the message",
            "the input",
            "shipway logs web",
            "the hint",
            "dep_01jabcdefghjkmnpqrstvwxyz9",
            "http://web.localhost:7080/",
        ] {
            assert!(shown.contains(part), "{part} is missing in:\n{shown}");
        }
    }

    #[test]
    fn a_way_back_that_failed_shows_its_own_failure_and_where_the_diagnostics_are() {
        let mut d = deployment("rollback-failed");
        d.failure = Some(Failure::new(Phase::Verify, Code::HealthFailed, "first", "i"));
        d.rollback = Some(Rollback {
            outcome: RollbackOutcome::Failed,
            to: None,
            verified: false,
            failure: Some(Failure::new(Phase::Rollback, Code::ReleaseStartFailed, "second", "i")),
            diagnostics: Some("/var/lib/shipway/diagnostics/x".to_owned()),
        });
        let shown = block(&d, None, false);
        for part in ["first", "second", "release-start-failed", "/var/lib/shipway/diagnostics/x"] {
            assert!(shown.contains(part), "{part} is missing in:\n{shown}");
        }
    }
}
