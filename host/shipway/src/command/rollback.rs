//! `shipway rollback`: back to an earlier release, without building anything.

use super::to_the_end;
use crate::context::{Context, Ended};
use model::view::RollbackRequest;
use model::{DeploymentId, Name};

/// Go back to an earlier release: no detect, no plan, no build
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway rollback web                  to the good release before the one that serves
  shipway rollback web --to dep_01…     to this one (`shipway status web` lists them)

A rollback is a deployment of its own: it is verified, and it can be looked at with status, events and logs.
Data is never rolled back.")]
pub(crate) struct Args {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    resource: Name,
    /// The release to return to, by the deployment that made it
    #[arg(long, value_name = "DEPLOYMENT")]
    to: Option<DeploymentId>,
    /// Do not follow: print the deployment's id
    #[arg(long, short)]
    detach: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        let id = client.rollback(&self.resource, &RollbackRequest { to: self.to.clone() })?;
        to_the_end::or_detach(context, &client, id, self.detach)
    }
}
