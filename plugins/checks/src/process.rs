//! Does it run, and does it listen where it was told to?

use crate::judge;
use shipway_sdk::{Context, Endpoint, Fault, Probes, ProcessState, Stage, Verdict};

/// An app may open a port of its own (metrics, a debugger) just before the one it was told.
const SETTLING_MS: u64 = 5_000;

/// A restart this long ago is history.
const RECENT_MS: u64 = 60_000;

/// One look at the process.
pub(crate) fn evaluate(probes: &dyn Probes, context: &Context) -> Verdict {
    let state = probes.process();
    if !state.running {
        return judge::failed(Fault::ProcessExited, "the process keeps running", ended(probes, &state));
    }
    let mut warnings = vec![];
    if state.restarts > 0 {
        let times = if state.restarts == 1 { "once".to_owned() } else { format!("{} times", state.restarts) };
        let observed = format!("it ended and was started again {times}, the last time {} ago", span(state.uptime_ms));
        if context.stage != Stage::Serving || state.uptime_ms < RECENT_MS {
            return judge::failed(Fault::ProcessExited, "the process keeps running", with_last_words(probes, observed));
        }
        warnings.push(observed);
    }
    let Some(port) = state.expected_port else {
        return judge::passed(
            "the process keeps running",
            format!("it runs since {}", span(state.uptime_ms)),
            warnings,
        );
    };
    let expected = format!("the process listens on port {port}, as PORT says");
    if state.listening.contains(&port) {
        return match probes.tcp(Endpoint::Instance) {
            Ok(()) => judge::passed(expected, format!("it runs and accepts connections on port {port}"), warnings),
            Err(e) => {
                let observed = format!("it listens on port {port} and accepts no connection: {}", e.message);
                judge::nothing(context, Fault::PortNotListening, expected, observed)
            }
        };
    }
    if state.listening.is_empty() {
        // Not every target can see who listens; a connection is proof enough.
        if probes.tcp(Endpoint::Instance).is_ok() {
            return judge::passed(expected, format!("port {port} accepts connections"), warnings);
        }
        let observed = with_last_words(probes, "it runs and listens on no port".to_owned());
        return judge::nothing(context, Fault::PortNotListening, expected, observed);
    }
    let others: Vec<String> = state.listening.iter().map(u16::to_string).collect();
    let observed = format!("it runs and listens on {} instead", others.join(", "));
    if judge::starting(context) && context.elapsed_ms < SETTLING_MS {
        return judge::nothing(context, Fault::PortNotListening, expected, observed);
    }
    judge::wrong(context, Fault::PortNotListening, expected, observed)
}

/// How it ended.
pub(crate) fn ended(probes: &dyn Probes, state: &ProcessState) -> String {
    let how = match (state.exit_code, state.signal) {
        (Some(code), _) => format!("it exited with code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it does not run".to_owned(),
    };
    with_last_words(probes, how)
}

/// The last line that it wrote says most about why.
fn with_last_words(probes: &dyn Probes, observed: String) -> String {
    let lines = probes.recent_logs(20);
    match lines.iter().rev().map(|l| l.trim()).find(|l| !l.is_empty()) {
        Some(line) => format!("{observed}; its last words: {}", line.chars().take(200).collect::<String>()),
        None => observed,
    }
}

fn span(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{} s", ms / 1000) }
}
