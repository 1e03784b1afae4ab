//! `shipway health`: the checks of what serves, run now.

use crate::context::{Context, Ended};
use crate::exit;
use crate::render;
use model::{Name, Outcome, Phase};

/// Run the checks of what serves, now: process, health policy, route, access
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway health web
  shipway health web --json | jq -r .overall

Exit status 0 only when every part passed; 13 when one failed or is unknown.")]
pub(crate) struct Args {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    resource: Name,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let report = context.client()?.health(&self.resource)?;
        context.screen.answer(&report, || render::health::report(&report))?;
        Ok(if report.overall == Outcome::Passed { exit::OK } else { Phase::Verify.exit_code() })
    }
}
