//! `shipway remove`: a resource goes with everything of it, after it was said what that is.

use crate::context::{Context, Ended, usage};
use crate::exit;
use crate::render::text;
use api::wire::Removal;
use model::{Name, Remedy};
use std::io::Write;

/// Take a resource away with everything of it; lists what goes and asks
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway remove web                 lists what goes, and asks
  shipway remove web --yes           does not ask; needed where nobody can be asked")]
pub(crate) struct Args {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    resource: Name,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        if !self.yes {
            let removal = client.removal(&self.resource)?;
            if !context.screen.can_ask() {
                return Err(unconfirmed(&removal).into());
            }
            if !agreed(context, &removal)? {
                context.screen.alarm("nothing was removed");
                return Ok(exit::OK);
            }
        }
        let removed = client.remove(&self.resource)?;
        context.screen.answer(&removed, || {
            let mut out = format!("{} is removed\n", removed.resource);
            removed.removed.iter().for_each(|thing| out.push_str(&format!("  {}\n", text::clean(thing))));
            out
        })?;
        Ok(exit::OK)
    }
}

/// Nobody can be asked: says what would go and how to mean it.
fn unconfirmed(removal: &Removal) -> model::Failure {
    usage(format!("removing {} takes all of this away; say --yes", removal.resource), removal.resource.as_str())
        .detail(removal.removes.iter().cloned())
        .remedy(Remedy {
            label: "Remove it".to_owned(),
            command: Some(format!("shipway remove {} --yes", removal.resource)),
            safe: false,
        })
}

fn agreed(context: &Context, removal: &Removal) -> std::io::Result<bool> {
    context.screen.alarm(&format!("removing {} takes away:", text::bold(&removal.resource)));
    for thing in &removal.removes {
        context.screen.alarm(&format!("  {}", text::clean(thing)));
    }
    let mut err = std::io::stderr();
    write!(err, "Remove it? [y/N] ")?;
    err.flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
