//! `shipway cancel`: end a deployment, and see it end.

use super::to_the_end;
use crate::context::{Context, Ended};
use crate::exit;
use crate::report::End;
use crate::signals::Interrupt;
use model::{DeploymentId, Status};

/// End a deployment that runs or waits
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway cancel dep_01…             wait until everything of it is cleaned up
  shipway cancel dep_01… --detach    only ask

Before the route has moved, a cancel takes the candidate away; after it, it is a rollback.
Exit status 0: it was canceled or rolled back. 20: it had come to another end before.")]
pub(crate) struct Args {
    /// The deployment
    #[arg(value_name = "DEPLOYMENT")]
    deployment: DeploymentId,
    /// Do not wait until it has ended
    #[arg(long, short)]
    detach: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        client.cancel(&self.deployment)?;
        if self.detach {
            context.screen.answer(&client.deployment(&self.deployment)?, || "asked to end".to_owned())?;
            return Ok(exit::OK);
        }
        let interrupt = Interrupt::listen()?;
        let End::Over(deployment) = to_the_end::follow(context, &client, &self.deployment, &interrupt)? else {
            return Ok(exit::DETACHED);
        };
        to_the_end::show(context, &client, &deployment)?;
        Ok(match deployment.status {
            Status::Canceled | Status::RolledBack | Status::Superseded => exit::OK,
            _ => exit::HOST,
        })
    }
}
