//! `shipway detect`: what is it, and how can one tell? No effects, no host.

use super::super::builtin;
use crate::context::{Context, Ended};
use crate::exit;
use crate::input::SourceArgs;
use crate::render;
use conductor::preview::{self, PreviewOptions};
use model::view::{AppFacts, DetectOutcome, DetectReport, IndexSummary};
use model::{Code, Failure, Phase, SourceSummary};

/// Say what a source is, with the evidence; changes nothing and needs no host
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway detect                     the folder you are in
  shipway detect ./shop --explain    also why each plugin that was asked did not claim it, and what it read
  shipway detect ./shop --json       the same for a script

Exit status 10 when nothing, or more than one thing, is detected: the output names what resolves it.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// Every plugin: asked or not, why, what it said, what it read
    #[arg(long)]
    explain: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let report = match self.source.check() {
            Ok(()) => preview::detect(&options(&self.source)),
            Err(failure) if failure.code == Code::SourceUnreadable => unread(&self.source, failure),
            Err(failure) => return Err(failure.into()),
        };
        context.screen.answer(&report, || render::detection::report(&report, self.explain))?;
        Ok(status(&report))
    }
}

pub(super) fn options(source: &SourceArgs) -> PreviewOptions {
    PreviewOptions { source: source.spec(), settings: source.settings(), plugins: builtin::PLUGINS }
}

/// The report of a source that could not even be opened: scripts find `failure` where it always is.
pub(super) fn unread(source: &SourceArgs, failure: Failure) -> DetectReport {
    let spec = source.spec();
    DetectReport {
        outcome: DetectOutcome::Failed,
        source: SourceSummary {
            kind: spec.kind,
            locator: spec.locator,
            git_ref: spec.git_ref,
            revision: None,
            base_directory: spec.base_directory.unwrap_or_else(|| ".".to_owned()),
            digest: None,
            files: None,
            bytes: None,
        },
        app: AppFacts::default(),
        detection: None,
        ambiguous: Vec::new(),
        apps: Vec::new(),
        failure: Some(failure),
        calls: Vec::new(),
        index: IndexSummary::default(),
    }
}

/// The exit status of a detection: the failure's, and never 0 without a claim.
pub(super) fn status(report: &DetectReport) -> u8 {
    match (&report.failure, report.outcome) {
        (Some(failure), _) => exit::of_failure(failure),
        (None, DetectOutcome::Claimed) => exit::OK,
        (None, _) => Phase::Detect.exit_code(),
    }
}
