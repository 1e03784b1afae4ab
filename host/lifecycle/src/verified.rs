//! The proof of success. It can be made only from a complete set of passing verdicts.

use crate::State;
use model::{DeploymentId, Outcome, Stage};

/// Every required check of this deployment passed, before and after the switch. There is no other way to make one
/// than [`State::verified`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    deployment: DeploymentId,
}

impl Verified {
    /// Of which deployment.
    #[must_use]
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }
}

/// What is missing for success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The verifiers were not asked yet.
    #[error("no check was declared yet")]
    NothingDeclared,
    /// No required check speaks for a stage: nothing would be proved.
    #[error("no required check covers the stage {0:?}")]
    StageUncovered(Stage),
    /// A required check has no answer, or another than `passed`.
    #[error("the check {name} at {stage:?} has not passed")]
    NotPassed {
        /// Which.
        name: String,
        /// When.
        stage: Stage,
    },
    /// The route does not lead to this deployment.
    #[error("the route does not lead to this deployment")]
    NotSwitched,
}

impl State {
    /// The proof of success, or what is missing for it.
    pub fn verified(&self) -> Result<Verified, Unverified> {
        for stage in [Stage::Candidate, Stage::Route, Stage::Serving] {
            self.passed(stage)?;
        }
        if !self.switched {
            return Err(Unverified::NotSwitched);
        }
        Ok(Verified { deployment: self.id().clone() })
    }

    /// Did every required check of a stage pass? At least one must be required: no evidence is no proof.
    pub fn passed(&self, stage: Stage) -> Result<(), Unverified> {
        let declared = self.declared.as_ref().ok_or(Unverified::NothingDeclared)?;
        let mut required = declared.iter().filter(|c| c.required && c.stage == stage).peekable();
        if required.peek().is_none() {
            return Err(Unverified::StageUncovered(stage));
        }
        for check in required {
            let passed = self.view.checks.iter().any(|r| {
                r.name == check.name
                    && r.plugin == check.plugin
                    && r.stage == check.stage
                    && r.verdict == Outcome::Passed
            });
            if !passed {
                return Err(Unverified::NotPassed { name: check.name.clone(), stage });
            }
        }
        Ok(())
    }
}
