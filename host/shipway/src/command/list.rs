//! `shipway list`: every resource in one line.

use crate::context::{Context, Ended};
use crate::exit;
use crate::render;

/// Every resource in one line: what it is, what serves, where
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway list
  shipway list --json | jq -r '.[].name'")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let resources = context.client()?.resources()?;
        context.screen.answer(&resources, || render::resource::page(&resources))?;
        Ok(exit::OK)
    }
}
