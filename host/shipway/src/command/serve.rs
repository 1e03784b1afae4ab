//! `shipway serve`: the host, until it is asked to end. Apps keep running without it.

use crate::context::{Context, Ended};
use crate::embedded::{self, Embedded};
use crate::exit;
use crate::log;
use crate::render::text;
use crate::signals::Interrupt;
use model::resource::Desired;
use serde::Serialize;
use std::net::SocketAddr;

/// Run the host: API on a Unix socket, router on --http
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway serve                                state in the default place, apps at http://NAME.localhost:7080
  shipway serve --http 0.0.0.0:80              reachable from other machines
  shipway serve --state /srv/shipway           state somewhere else; give the same --state to the other commands
  SHIPWAY_LOG=debug shipway serve              a more talkative log on stderr

SIGTERM and Ctrl-C end the host and not the apps: the next `shipway serve` takes them up again.")]
pub(crate) struct Args {
    /// Where the router listens
    #[arg(long, value_name = "ADDR", default_value_t = embedded::HTTP)]
    http: SocketAddr,
}

/// What `--json` prints once the host is ready.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    state: String,
    socket: String,
    router: String,
    pid: u32,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let interrupt = Interrupt::listen()?;
        log::start(context.screen, "info");
        let embedded = Embedded::open(&context.place, self.http)?;
        let ready = Ready {
            state: context.place.state.display().to_string(),
            socket: embedded.socket().display().to_string(),
            router: format!("http://{}", embedded.host.router_addr()),
            pid: std::process::id(),
        };
        let told = context.screen.answer(&ready, || {
            text::pairs(&[("state", &ready.state), ("socket", &ready.socket), ("router", &ready.router)])
        });
        if let Err(fault) = told {
            // A host outlives whoever started it; that nobody reads this line is no reason to end.
            tracing::warn!(%fault, "the first lines could not be printed");
        }
        interrupt.wait();
        let running =
            embedded.host.resources().iter().filter(|r| r.desired == Desired::Running && r.serving.is_some()).count();
        embedded.leave();
        match running {
            0 => context.screen.note("the host has ended; no app was running"),
            n => context.screen.note(&format!(
                "the host has ended; {n} {} running, and the next `shipway serve` takes over",
                if n == 1 { "app keeps" } else { "apps keep" }
            )),
        }
        Ok(exit::OK)
    }
}
