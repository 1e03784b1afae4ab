//! `shipway events`: a deployment's timeline, whole or as it happens.

use crate::context::{Context, Ended};
use crate::exit;
use crate::report::{self, End, Lines, Narrator};
use crate::signals::Interrupt;
use model::DeploymentId;

/// Events on one page that is fetched.
const PAGE: usize = 500;

/// A deployment's timeline: everything that was decided and done, in order
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway events dep_01…                      what happened
  shipway events dep_01… --follow             … and what happens, to the end
  shipway events dep_01… --follow --json      one line of JSON per event
  shipway events dep_01… --after 120 --json   only what came after event 120")]
pub(crate) struct Args {
    /// The deployment
    #[arg(value_name = "DEPLOYMENT")]
    deployment: DeploymentId,
    /// Go on until the deployment is over
    #[arg(long, short)]
    follow: bool,
    /// Only events after this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        let screen = context.screen;
        if self.follow {
            let interrupt = Interrupt::listen()?;
            let events = client.follow(&self.deployment, self.after);
            let end = if screen.json {
                report::drain(events, &mut Lines::new(screen), &interrupt)?
            } else {
                report::drain(events, &mut Narrator::on_stdout(screen), &interrupt)?
            };
            return Ok(if end == End::Left { exit::DETACHED } else { exit::OK });
        }
        let mut events = Vec::new();
        let mut after = self.after;
        loop {
            let page = client.events(&self.deployment, after, PAGE)?;
            if page.events.is_empty() {
                break;
            }
            after = page.next;
            events.extend(page.events);
        }
        if screen.json {
            screen.document(&events)?;
        } else {
            let mut narrator = Narrator::on_stdout(screen);
            for recorded in &events {
                report::Reporter::event(&mut narrator, recorded)?;
            }
        }
        Ok(exit::OK)
    }
}
