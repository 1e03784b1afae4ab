//! The host's own log: through `tracing` to stderr, set up only by the commands that are a host.

use crate::screen::Screen;
use tracing_subscriber::EnvFilter;

/// The variable that overrides the level, in the syntax of `tracing-subscriber` (`info`, `conductor=debug`).
pub(crate) const VARIABLE: &str = "SHIPWAY_LOG";

/// From now on. `usual` is the level when neither a flag nor the variable says otherwise.
pub(crate) fn start(screen: Screen, usual: &str) {
    let level = match (screen.quiet, screen.verbose) {
        (true, _) => "error",
        (_, true) => "debug",
        _ => usual,
    };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    if screen.json {
        let _set_up_already = log.json().try_init();
    } else {
        let _set_up_already = log.try_init();
    }
}
