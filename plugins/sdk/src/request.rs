//! What a planner is asked.

use crate::{Claim, Profile, TargetFacts};

/// One request for a plan.
#[derive(Debug, Clone)]
pub struct Request {
    /// The claim that was chosen: this plugin's own, or the host's for `strategy` = `static` or `commands`.
    pub claim: Claim,
    /// Claims of other plugins on the same directory that have a part in this app.
    pub contributions: Vec<Claim>,
    /// What the owner declared.
    pub profile: Profile,
    /// Where it will run.
    pub target: TargetFacts,
}
