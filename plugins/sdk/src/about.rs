//! What a plugin is: its own description, and the roles it can play.

use crate::{App, Check, Claim, Context, Description, Plan, Probes, Problem, Request, Role, Verdict};

/// What a plugin says of itself. The host reads it once per component and keeps it.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// `publisher/plugin`.
    pub name: &'static str,
    /// Semantic version, usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One line for a list of plugins.
    pub summary: &'static str,
    /// The app types that it claims and plans.
    pub app_types: &'static [&'static str],
    /// Globs over the paths below a base directory; the detector is called when at least one matches.
    pub triggers: &'static [&'static str],
    /// Call the detector for every source. Only for claims on the absence of something.
    pub always: bool,
}

impl About {
    pub(crate) fn describe(&self, roles: Vec<Role>) -> Description {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Description {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            summary: self.summary.to_owned(),
            roles,
            app_types: owned(self.app_types),
            triggers: owned(self.triggers),
            always: self.always,
        }
    }
}

/// Every plugin describes itself.
pub trait Plugin {
    /// The description.
    const ABOUT: About;
}

/// Says what an app is.
pub trait Detector: Plugin {
    /// No claim: an empty list, and a word to [`App::why_not`]. A file that is broken: a problem, see [`crate::malformed`].
    fn detect(app: &App<'_>) -> Result<Vec<Claim>, Problem>;
}

/// Says how an app is built and run.
pub trait Planner: Plugin {
    /// The same request and the same source always give the same plan.
    fn plan(app: &App<'_>, ask: &Request) -> Result<Plan, Problem>;
}

/// Asks whether a deployment is really healthy.
pub trait Verifier: Plugin {
    /// The questions that this plan raises.
    fn checks(plan: &Plan) -> Vec<Check>;
    /// One look. The host decides when to look again: a verifier never sleeps and keeps nothing in mind.
    fn evaluate(probes: &dyn Probes, check: &Check, context: &Context) -> Verdict;
}
