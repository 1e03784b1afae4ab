//! `shipway deploy`: deploy through the running host and follow to the end.

use super::to_the_end;
use crate::context::{Context, Ended, usage};
use crate::input::SourceArgs;
use model::view::DeployRequest;
use model::{Failure, Fingerprint, Name, Remedy};

/// Deploy a source through the running host, and follow to the end
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway deploy                               the app in this folder, named after the folder
  shipway deploy ./shop --name shop            under another name: http://shop.localhost:7080
  shipway deploy . --base apps/api             one app of a repository with several
  shipway deploy . --set health.path=/healthz  say what a healthy app answers
  shipway deploy ./dist --static               files that are already built
  shipway deploy . --plan sha256:…             only if the plan is the one that `shipway plan` showed

Ctrl-C leaves: the deployment goes on (exit status 130). With --json the final deployment is printed.
A failed deployment exits with the status of its phase (10 detect, 11 plan, 12 execute, 13 verify), also when the
earlier release was restored.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    name: NameArg,
    /// Refuse to execute any other plan than this one
    #[arg(long, value_name = "FINGERPRINT")]
    plan: Option<Fingerprint>,
    /// Do not follow: print the deployment's id
    #[arg(long, short)]
    detach: bool,
}

/// `--name`, for `deploy` and `up`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NameArg {
    /// The resource's name [default: `name` in shipway.toml, else the folder's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl NameArg {
    /// A valid name, or the nearest one as the remedy.
    fn checked(&self) -> Result<Option<String>, Failure> {
        let Some(text) = &self.name else { return Ok(None) };
        match text.parse::<Name>() {
            Ok(name) => Ok(Some(name.into())),
            Err(error) => {
                let failure = usage(error.to_string(), &**text);
                Err(match Name::from_text(text) {
                    Some(near) => failure.remedy(Remedy::safe("Use the nearest valid name", format!("--name {near}"))),
                    None => failure,
                })
            }
        }
    }
}

/// What the host is asked for; everything that can be refused before, is.
pub(super) fn request(
    source: &SourceArgs,
    name: &NameArg,
    expect_plan: Option<Fingerprint>,
) -> Result<DeployRequest, Failure> {
    let name = name.checked()?;
    source.check()?;
    Ok(DeployRequest { source: source.spec(), name, settings: source.settings(), expect_plan })
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let request = request(&self.source, &self.name, self.plan.clone())?;
        let client = context.client()?;
        let id = client.deploy(&request)?;
        to_the_end::or_detach(context, &client, id, self.detach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_one_is_refused_with_the_nearest() {
        let refused = NameArg { name: Some("My App".to_owned()) }.checked().unwrap_err();
        assert_eq!(refused.code, model::Code::UsageInvalid);
        assert_eq!(refused.remedies[0].command.as_deref(), Some("--name my-app"));
        assert_eq!(NameArg { name: Some("web".to_owned()) }.checked().unwrap().as_deref(), Some("web"));
    }
}
