//! `shipway retry`: the same snapshot again, as a new deployment.

use super::to_the_end;
use crate::context::{Context, Ended};
use model::DeploymentId;

/// Deploy the same source snapshot again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway retry dep_01…              after a fault that was not the app's: a registry, a full disk
  shipway deploy .                   to deploy the source as it is now, deploy it instead")]
pub(crate) struct Args {
    /// The deployment to repeat
    #[arg(value_name = "DEPLOYMENT")]
    deployment: DeploymentId,
    /// Do not follow: print the new deployment's id
    #[arg(long, short)]
    detach: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        let id = client.retry(&self.deployment)?;
        to_the_end::or_detach(context, &client, id, self.detach)
    }
}
