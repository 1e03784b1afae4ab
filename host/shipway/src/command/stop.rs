//! `shipway stop`: the app stops; everything of it stays.

use crate::context::{Context, Ended};
use crate::exit;
use model::Name;

/// Stop an app; its releases stay, and `start` brings it back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway stop web
  shipway start web                  the same release again, without building anything")]
pub(crate) struct Args {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    resource: Name,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let view = context.client()?.stop(&self.resource)?;
        context.screen.answer(&view, || format!("{} is stopped; start it again with: shipway start {0}", view.name))?;
        Ok(exit::OK)
    }
}
