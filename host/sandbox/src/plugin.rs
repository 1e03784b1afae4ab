//! skeleton
use crate::{Call, Context, Probes, SourceView, TargetFacts};
use model::{Check, Claim, Plan, Profile, Verdict, plugin::PluginInfo};
use std::sync::Arc;

/// One plugin of the catalogue; loaded when it is first asked. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {}
#[allow(unused_variables)]
impl Plugin {
    /// What is known of it.
    #[must_use]
    pub fn info(&self) -> &PluginInfo {
        todo!()
    }
    /// What is this source?
    pub fn detect(&self, view: Arc<dyn SourceView>) -> Call<Vec<Claim>> {
        todo!()
    }
    /// How is it built and run?
    pub fn plan(
        &self,
        claim: &Claim,
        contributions: &[Claim],
        profile: &Profile,
        target: &TargetFacts,
        view: Arc<dyn SourceView>,
    ) -> Call<Plan> {
        todo!()
    }
    /// What has to be verified?
    pub fn checks(&self, plan: &Plan) -> Call<Vec<Check>> {
        todo!()
    }
    /// One evaluation of one check.
    pub fn evaluate(&self, check: &Check, context: &Context, probes: Arc<dyn Probes>) -> Call<Verdict> {
        todo!()
    }
}
