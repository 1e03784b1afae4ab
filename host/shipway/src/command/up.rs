//! `shipway up`: the first-run experience. A folder becomes a running app in one command, in the foreground.

use super::deploy::{self, NameArg};
use super::logs;
use super::to_the_end;
use crate::context::{Context, Ended, Stop};
use crate::embedded::{self, Embedded};
use crate::exit;
use crate::input::SourceArgs;
use crate::log;
use crate::render::text;
use crate::report::End;
use crate::signals::Interrupt;
use api::Client;
use api::client::{LogKind, Subject};
use model::view::DeployRequest;
use model::{Code, Deployment, DeploymentId, Status};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long Ctrl-C waits for a deployment that still runs to be cleaned up.
const CANCEL: Duration = Duration::from_secs(30);

/// Run an app in the foreground: deploy it, serve it, follow its logs; Ctrl-C stops it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway up                         the app in this folder
  shipway up ./shop --name shop      under another name
  shipway up ./dist --static         files that are already built

When a host runs already, the app is deployed there and stays when this command ends.
When none runs, this command is the host: other terminals can use `shipway status`, `logs`, `deploy` meanwhile.
The first Ctrl-C stops the app and cleans up; a second one leaves at once.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    name: NameArg,
    /// Where the app is reachable [default: 127.0.0.1:7080, or a free port when that is taken]
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let request = deploy::request(&self.source, &self.name, None)?;
        let client = context.client()?;
        match client.about() {
            Ok(about) => {
                context.screen.note(&format!("using the host at {} (pid {})", client.socket().display(), about.pid));
                if self.http.is_some() {
                    context.screen.note(&format!("--http is not used: that host's router is at {}", about.router));
                }
                on_running_host(context, &client, &request)
            }
            Err(failure) if failure.code == Code::HostUnreachable && !context.place.named => {
                self.as_the_host(context, &request)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    fn as_the_host(&self, context: &Context, request: &DeployRequest) -> Ended {
        let interrupt = Interrupt::listen()?;
        log::start(context.screen, "warn");
        let http = self.http.unwrap_or_else(embedded::usual_or_free);
        let embedded = Embedded::open(&context.place, http)?;
        let ended = deploy_and_serve(context, &embedded, request, &interrupt);
        context.screen.note("stopping …");
        embedded.stop();
        ended
    }
}

/// The host stays; only this command ends with Ctrl-C.
fn on_running_host(context: &Context, client: &Client, request: &DeployRequest) -> Ended {
    let interrupt = Interrupt::listen()?;
    let id = client.deploy(request)?;
    match to_the_end::follow(context, client, &id, &interrupt)? {
        End::Over(deployment) => {
            to_the_end::show(context, client, &deployment)?;
            if deployment.status == Status::Succeeded {
                follow_app(context, client, &deployment, &interrupt)?;
                let name = &deployment.resource;
                context.screen.note(&format!("{name} keeps running on the host; stop it with: shipway stop {name}"));
            }
            Ok(exit::of_deployment(&deployment))
        }
        End::Left => {
            context.screen.alarm(&format!("deployment {id} goes on; cancel it with: shipway cancel {id}"));
            Ok(exit::DETACHED)
        }
    }
}

/// Everything stops with this command.
fn deploy_and_serve(context: &Context, embedded: &Embedded, request: &DeployRequest, interrupt: &Interrupt) -> Ended {
    let client = embedded.client()?;
    let id = client.deploy(request)?;
    match to_the_end::follow(context, &client, &id, interrupt)? {
        End::Over(deployment) => {
            to_the_end::show(context, &client, &deployment)?;
            if deployment.status == Status::Succeeded {
                context.screen.note(&text::faint("Ctrl-C stops it"));
                follow_app(context, &client, &deployment, interrupt)?;
            }
            Ok(exit::of_deployment(&deployment))
        }
        End::Left => cancel(context, &client, &id),
    }
}

/// Ctrl-C came while the deployment ran: it is ended properly before the host ends.
fn cancel(context: &Context, client: &Client, id: &DeploymentId) -> Ended {
    context.screen.note("canceling the deployment …");
    client.cancel(id)?;
    let begun = Instant::now();
    let mut deployment = client.deployment(id)?;
    while !deployment.status.is_terminal() && begun.elapsed() < CANCEL {
        std::thread::sleep(Duration::from_millis(100));
        deployment = client.deployment(id)?;
    }
    to_the_end::show(context, client, &deployment)?;
    Ok(exit::CANCELED)
}

/// The app's log until Ctrl-C. With `--json` it goes to stderr: stdout has its one document already.
fn follow_app(context: &Context, client: &Client, deployment: &Deployment, interrupt: &Interrupt) -> Result<(), Stop> {
    let of = Subject::Resource(deployment.resource.clone());
    let stream = client.follow_logs(&of, LogKind::Run, 0);
    logs::follow(context.screen, stream, interrupt, context.screen.json)?;
    interrupt.wait();
    Ok(())
}
