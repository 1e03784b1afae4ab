//! `shipway status`: the host, one resource, or one deployment, whole.

use crate::context::{Context, Ended};
use crate::exit;
use crate::render;
use api::client::Subject;
use api::problem;
use api::wire::About;
use model::Failure;
use model::view::ResourceView;
use serde::Serialize;

/// The host, a resource, or a deployment, whole
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway status                     the host and its resources
  shipway status web                 what serves, its releases, its latest deployment
  shipway status dep_01… --json      a deployment with every field

The exit status tells whether it could be looked at, not how it fares; see `shipway health`.")]
pub(crate) struct Args {
    /// A resource's name or a deployment's id
    #[arg(value_name = "RESOURCE|DEPLOYMENT")]
    subject: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    host: About,
    resources: Vec<ResourceView>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        match self.subject.as_deref().map(subject).transpose()? {
            None => {
                let overview = Overview { host: client.about()?, resources: client.resources()? };
                context.screen.answer(&overview, || render::resource::overview(&overview.host, &overview.resources))?;
            }
            Some(Subject::Resource(name)) => {
                let view = client.resource(&name)?;
                context.screen.answer(&view, || {
                    let latest = view.latest.as_ref().and_then(|brief| client.deployment(&brief.id).ok());
                    render::resource::whole(&view, latest.as_ref())
                })?;
            }
            Some(Subject::Deployment(id)) => {
                let deployment = client.deployment(&id)?;
                context.screen.answer(&deployment, || render::deployment::whole(&deployment))?;
            }
        }
        Ok(exit::OK)
    }
}

/// A deployment's id or a resource's name; nonsense is something that does not exist.
pub(super) fn subject(text: &str) -> Result<Subject, Failure> {
    if text.starts_with("dep_") {
        return text.parse().map(Subject::Deployment).map_err(|_| problem::not_found("deployment", text));
    }
    text.parse().map(Subject::Resource).map_err(|_| problem::not_found("resource", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Code;

    #[test]
    fn an_id_is_a_deployment_and_a_name_a_resource() {
        assert!(matches!(subject("dep_01jabcdefghjkmnpqrstvwxyz0"), Ok(Subject::Deployment(_))));
        assert!(matches!(subject("web"), Ok(Subject::Resource(_))));
        for nonsense in ["dep_x", "Web App", "", "../etc"] {
            assert_eq!(subject(nonsense).unwrap_err().code, Code::NotFound, "{nonsense}");
        }
    }
}
