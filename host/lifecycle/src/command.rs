//! What can be asked of a deployment, and why it may be refused.

use crate::Verified;
use model::event::{Effect, EffectResult, Event};
use model::{
    Check, CheckRecord, Checked, DeploymentId, Detection, Failure, Fingerprint, Profile, Rollback, SourceSummary,
    Status,
};

/// What a rollback or a retry takes over from the deployment that it repeats: no detect, no plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// The snapshot.
    pub source: SourceSummary,
    /// The profile.
    pub profile: Box<Profile>,
    /// What it is.
    pub detection: Option<Box<Detection>>,
    /// Of the plan.
    pub fingerprint: Fingerprint,
    /// The plan in one sentence.
    pub summary: String,
    /// The plan.
    pub plan: Box<Checked>,
}

/// What can be asked of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// It is this deployment's turn.
    Begin {
        /// The release that serves now: the way back.
        incumbent: Option<DeploymentId>,
        /// For a rollback or a retry.
        carried: Option<Box<Carried>>,
    },
    /// The snapshot exists.
    TakeSource(SourceSummary),
    /// The profile is read.
    UseProfile(Box<Profile>),
    /// The app type is decided: ends the detect phase.
    Detect(Box<Detection>),
    /// The plan stands: ends the plan phase.
    Plan {
        /// What execute compares.
        fingerprint: Fingerprint,
        /// In one sentence.
        summary: String,
        /// The plan.
        plan: Box<Checked>,
    },
    /// Something outside the host is about to be done.
    Intend(Effect),
    /// It was done, or it failed.
    Settle(Effect, EffectResult),
    /// Every instance runs: ends the execute phase.
    Executed,
    /// What will be asked before success.
    DeclareChecks(Vec<Check>),
    /// A check was answered.
    Answer(Box<CheckRecord>),
    /// Every required check passed.
    Succeed {
        /// The proof.
        verified: Verified,
        /// Where it is reachable.
        urls: Vec<String>,
    },
    /// The phase that runs failed.
    Fail(Box<Failure>),
    /// The cancellation that was asked for takes effect.
    Abort,
    /// Everything that was owed after a failure or a cancellation is done, or it failed.
    WentBack(Box<Rollback>),
    /// Somebody wants it to end.
    Cancel,
    /// A newer deployment of the same resource was queued.
    Supersede {
        /// Which.
        by: DeploymentId,
    },
    /// Something worth telling that changes nothing.
    Tell(Event),
}

/// Why a command does not fit the present state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing follows a terminal status.
    #[error("the deployment is over: {0}")]
    Over(Status),
    /// The command belongs to another status.
    #[error("this is not possible while the deployment is {0}")]
    NotNow(Status),
    /// The deployment already failed or was canceled and only goes back.
    #[error("the deployment is already ending")]
    Ending,
    /// Somebody asked for its end, and was told that it will: it does not succeed after that.
    #[error("somebody asked for its end: it cannot succeed any more")]
    Canceling,
    /// The effect was never intended, or was settled before.
    #[error("the effect is not under way")]
    NotIntended,
    /// The plan is not the one that was asked for.
    #[error("the plan differs from the one that was asked for")]
    PlanChanged,
    /// Success without a complete set of passing verdicts.
    #[error(transparent)]
    Unverified(#[from] crate::Unverified),
    /// Something that must come first has not come yet.
    #[error("{0}")]
    TooEarly(&'static str),
    /// A part of the command contradicts the deployment.
    #[error("{0}")]
    Mismatch(&'static str),
}
