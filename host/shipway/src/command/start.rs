//! `shipway start`: the release that served last serves again.

use crate::context::{Context, Ended};
use crate::exit;
use model::Name;

/// Start a stopped app: the release that served last, without building anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway start web
  shipway health web                 see that it is well")]
pub(crate) struct Args {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    resource: Name,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let view = context.client()?.start(&self.resource)?;
        context.screen.answer(&view, || match view.urls.first() {
            Some(url) => format!("{} is started: {url}", view.name),
            None => format!("{} is started", view.name),
        })?;
        Ok(exit::OK)
    }
}
