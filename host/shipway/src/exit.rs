//! Exit statuses, exactly as the lifecycle design lists them, in one place.

use model::{Code, Deployment, Failure, Status};

/// Everything went well.
pub(crate) const OK: u8 = 0;
/// A fault of the host itself.
pub(crate) const INTERNAL: u8 = 1;
/// The command line or the configuration is wrong, or names something that does not exist.
pub(crate) const USAGE: u8 = 2;
/// A deployment was canceled or superseded.
pub(crate) const CANCELED: u8 = 15;
/// No host answers, or it refuses.
pub(crate) const HOST: u8 = 20;
/// Ctrl-C left a deployment that goes on (128 + SIGINT, as shells count).
pub(crate) const DETACHED: u8 = 130;

/// The status of a command that ended with this failure.
pub(crate) fn of_failure(failure: &Failure) -> u8 {
    match failure.code {
        Code::UsageInvalid | Code::ConfigInvalid | Code::NotFound => USAGE,
        Code::HostUnreachable | Code::StateLocked | Code::StateUnusable | Code::NotAllowed => HOST,
        Code::HostInternal => INTERNAL,
        Code::Canceled => CANCELED,
        _ => failure.phase.exit_code(),
    }
}

/// The status of a command that followed a deployment to its end. An invalid configuration is told as that, however
/// far the deployment came with it, so that `detect`, `plan` and `deploy` answer the same.
pub(crate) fn of_deployment(deployment: &Deployment) -> u8 {
    let by_phase = deployment.exit_code();
    match &deployment.failure {
        // Nothing failed: somebody canceled it after the route had moved.
        None if deployment.status == Status::RolledBack => CANCELED,
        Some(f) if by_phase == f.phase.exit_code() && matches!(f.code, Code::ConfigInvalid | Code::UsageInvalid) => {
            USAGE
        }
        _ => by_phase,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Phase;

    #[test]
    fn each_phase_has_the_status_that_the_design_gives_it() {
        let by_phase =
            [(Phase::Detect, 10), (Phase::Plan, 11), (Phase::Execute, 12), (Phase::Verify, 13), (Phase::Rollback, 14)];
        for (phase, status) in by_phase {
            assert_eq!(of_failure(&Failure::new(phase, Code::PluginTrapped, "", "")), status);
        }
    }

    #[test]
    fn what_is_not_about_a_phase_does_not_exit_as_one() {
        let exits = |code| of_failure(&Failure::new(Phase::Detect, code, "", ""));
        assert_eq!(exits(Code::NotFound), 2);
        assert_eq!(exits(Code::ConfigInvalid), 2);
        assert_eq!(exits(Code::HostUnreachable), 20);
        assert_eq!(exits(Code::StateLocked), 20);
        assert_eq!(exits(Code::HostInternal), 1);
        assert_eq!(exits(Code::Canceled), 15);
    }

    fn ended(status: Status, failure: Option<Failure>) -> u8 {
        let mut deployment: Deployment = serde_json::from_value(serde_json::json!({
            "id": "dep_01jabcdefghjkmnpqrstvwxyz0", "resourceId": "res_01jabcdefghjkmnpqrstvwxyz0", "resource": "web",
            "trigger": "deploy", "status": "queued", "currentPhase": "detect",
            "sourceSummary": { "kind": "local-directory", "locator": "/app", "baseDirectory": "." },
            "detection": null, "plan": null, "phases": [], "checks": [], "urls": [], "failure": null,
            "recoveryHint": "", "rollback": null, "warnings": [], "of": null, "supersededBy": null,
            "createdAt": "2026-01-01T00:00:00Z", "finishedAt": null
        }))
        .unwrap();
        deployment.status = status;
        deployment.failure = failure;
        of_deployment(&deployment)
    }

    #[test]
    fn a_deployment_exits_by_its_end_and_the_phase_that_failed() {
        let failed = |phase| Some(Failure::new(phase, Code::PluginTrapped, "", ""));
        assert_eq!(ended(Status::Succeeded, None), 0);
        assert_eq!(ended(Status::RolledBack, failed(Phase::Verify)), 13, "restored, and still a failure");
        assert_eq!(ended(Status::Failed, failed(Phase::Execute)), 12);
        assert_eq!(ended(Status::RollbackFailed, failed(Phase::Verify)), 14);
        assert_eq!(ended(Status::Canceled, None), 15);
        assert_eq!(ended(Status::Superseded, None), 15);
        assert_eq!(ended(Status::RolledBack, None), 15, "canceled after the switch");
        let config = Failure::new(Phase::Detect, Code::ConfigInvalid, "", "");
        assert_eq!(ended(Status::Failed, Some(config)), 2);
    }

    #[test]
    fn no_failure_exits_as_a_success() {
        for code in Code::ALL {
            for phase in Phase::ALL {
                assert_ne!(of_failure(&Failure::new(phase, *code, "", "")), OK, "{code}");
            }
        }
    }
}
