//! `shipway plan`: how would it be built and run? No effects, no host.

use super::detect;
use crate::context::{Context, Ended};
use crate::exit;
use crate::input::SourceArgs;
use crate::render;
use conductor::preview;
use model::Code;
use model::Phase;
use model::view::PlanReport;

/// Say how a source would be built, run and checked, and why; changes nothing and needs no host
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway plan                       the folder you are in
  shipway plan ./shop --format json  the whole plan for a script
  shipway plan . --set runtime.start='node server.js'
  shipway deploy . --plan sha256:…   then deploy exactly this plan, or nothing

The fingerprint covers the source, the profile, the plugins and the plan.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// The same as --json
    Json,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let report = match self.source.check() {
            Ok(()) => preview::plan(&detect::options(&self.source)),
            Err(failure) if failure.code == Code::SourceUnreadable => PlanReport {
                detect: detect::unread(&self.source, failure),
                fingerprint: None,
                summary: None,
                plan: None,
            },
            Err(failure) => return Err(failure.into()),
        };
        let mut screen = context.screen;
        screen.json |= self.format == Format::Json;
        screen.answer(&report, || render::plan::report(&report))?;
        Ok(status(&report))
    }
}

/// Never 0 without a plan.
fn status(report: &PlanReport) -> u8 {
    match detect::status(&report.detect) {
        exit::OK if report.plan.is_none() => Phase::Plan.exit_code(),
        status => status,
    }
}
