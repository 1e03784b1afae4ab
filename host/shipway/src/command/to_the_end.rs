//! What `deploy`, `rollback`, `retry` and `up` share: follow a deployment to its end, show how it ended, and exit by
//! its outcome. Ctrl-C leaves the deployment to the host and says how to look at it and how to cancel it.

use crate::context::{Context, Ended, Stop};
use crate::exit;
use crate::render;
use crate::report::{self, End};
use crate::signals::Interrupt;
use api::Client;
use api::wire::Accepted;
use model::view::ResourceView;
use model::{Code, Deployment, DeploymentId, Failure, Remedy};

/// Follows, or only says which deployment it is.
pub(super) fn or_detach(context: &Context, client: &Client, id: DeploymentId, detach: bool) -> Ended {
    if detach {
        context.screen.answer(&Accepted { id: id.clone() }, || id.to_string())?;
        context.screen.note(&format!("follow it with: shipway events {id} --follow"));
        return Ok(exit::OK);
    }
    let interrupt = Interrupt::listen()?;
    match follow(context, client, &id, &interrupt)? {
        End::Over(deployment) => {
            show(context, client, &deployment)?;
            Ok(exit::of_deployment(&deployment))
        }
        End::Left => left(context, client, &id),
    }
}

/// Follows with the reporter that fits the screen. When the host goes away meanwhile, the failure says that the
/// deployment does not.
pub(super) fn follow(
    context: &Context,
    client: &Client,
    id: &DeploymentId,
    interrupt: &Interrupt,
) -> Result<End, Stop> {
    let mut reporter = report::for_screen(context.screen);
    report::follow(client, id, reporter.as_mut(), interrupt).map_err(|failure| Stop::from(host_went(failure, id)))
}

fn host_went(failure: Failure, id: &DeploymentId) -> Failure {
    if failure.code != Code::HostUnreachable {
        return failure;
    }
    let mut failure = failure.detail([format!("deployment {id} goes on as soon as a host runs again")]);
    let look = Remedy::safe("Look at it then", format!("shipway status {id}"));
    failure.remedies.insert(failure.remedies.len().min(1), look);
    failure
}

/// The final block, or with `--json` the final document.
pub(super) fn show(context: &Context, client: &Client, deployment: &Deployment) -> std::io::Result<()> {
    context.screen.answer(deployment, || {
        let resource: Option<ResourceView> = client.resource(&deployment.resource).ok();
        render::outcome::block(deployment, resource.as_ref(), context.screen.is_one_terminal())
    })
}

fn left(context: &Context, client: &Client, id: &DeploymentId) -> Ended {
    context.screen.alarm(&format!(
        "detached: deployment {id} goes on\n  look at it:  shipway events {id} --follow\n  cancel it:   shipway cancel {id}"
    ));
    if context.screen.json {
        context.screen.document(&client.deployment(id)?)?;
    }
    Ok(exit::DETACHED)
}
