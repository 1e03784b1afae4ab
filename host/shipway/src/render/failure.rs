//! A failure as a person reads it: complete on its own. What failed, on what, why, whose move it is, and the commands
//! that help.

use super::text::{bad, bold, clean, evidence, faint, pairs};
use crate::exit;
use model::{Code, Failure, Responsibility};

/// Details that are shown; a build's last output can be longer than a screen.
const DETAILS: usize = 40;

/// The whole block, ended by a line end.
pub(crate) fn block(failure: &Failure) -> String {
    told(failure, &failure.details)
}

/// The block of a failure right below the output that it is about: the build's last lines are not repeated.
pub(crate) fn block_below_output(failure: &Failure) -> String {
    match failure.code {
        Code::BuildFailed | Code::BuildTimeout => told(failure, &["its output is above".to_owned()]),
        _ => block(failure),
    }
}

fn told(failure: &Failure, details: &[String]) -> String {
    let mut out = format!("{} {}\n", bad(heading(failure)), faint(failure.code));
    out.push_str(&format!("  {}\n", bold(clean(&failure.message))));
    let mut rows: Vec<(&str, String)> = Vec::new();
    if !failure.input.is_empty() {
        rows.push(("input", clean(&failure.input)));
    }
    let hidden = details.len().saturating_sub(DETAILS);
    for (at, detail) in details.iter().skip(hidden).enumerate() {
        rows.push((if at == 0 { "details" } else { "" }, clean(detail)));
    }
    if hidden > 0 {
        rows.push(("", faint(format_args!("… and {hidden} lines before these (--json has all)"))));
    }
    for (at, seen) in failure.evidence.iter().enumerate() {
        rows.push((if at == 0 { "seen in" } else { "" }, evidence(seen)));
    }
    rows.push(("whose move", whose(failure)));
    for (at, remedy) in failure.remedies.iter().enumerate() {
        let careful = if remedy.safe { "" } else { " (cannot be undone)" };
        rows.push((if at == 0 { "try" } else { "" }, format!("{}{careful}", clean(&remedy.label))));
        if let Some(command) = &remedy.command {
            rows.push(("", format!("  {}", bold(clean(command)))));
        }
    }
    rows.push(("read", failure.docs.clone()));
    out.push_str(&pairs(&rows));
    out
}

/// Names the phase when the failure is one of a phase, and not of the command line or the host.
fn heading(failure: &Failure) -> String {
    if exit::of_failure(failure) == failure.phase.exit_code() {
        format!("✗ {} failed:", failure.phase)
    } else {
        "✗".to_owned()
    }
}

fn whose(failure: &Failure) -> String {
    let who = match failure.responsibility {
        Responsibility::User => "yours: the source, its configuration, or the command",
        Responsibility::Operator => "the operator's: this server and what it reaches",
        Responsibility::Host => "Shipway's own",
        Responsibility::Plugin => "the plugin's author's",
    };
    let again = if failure.retryable { "trying again can help" } else { "trying the same again cannot help" };
    format!("{who} ({again})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Evidence, Phase, Remedy};

    fn failure() -> Failure {
        Failure::new(Phase::Verify, Code::HealthFailed, "the message", "GET /the-input")
            .detail(["expected 200".to_owned(), "observed 500".to_owned()])
            .evidence([Evidence { path: "shipway.toml".into(), line: Some(3), note: "health".into(), digest: None }])
            .remedy(Remedy::safe("the label", "shipway logs web"))
    }

    #[test]
    fn everything_that_a_person_needs_is_there() {
        let shown = block(&failure());
        for part in [
            "verify",
            "health-failed",
            "the message",
            "GET /the-input",
            "expected 200",
            "observed 500",
            "shipway.toml:3",
            "the label",
            "shipway logs web",
            "shipway explain health-failed",
        ] {
            assert!(shown.contains(part), "{part} is missing in:\n{shown}");
        }
    }

    #[test]
    fn a_failure_of_no_phase_blames_none() {
        let shown = block(&Failure::new(Phase::Detect, Code::NotFound, "no such thing", "web"));
        assert!(!shown.contains("detect"), "{shown}");
    }

    #[test]
    fn a_long_output_keeps_its_end_and_says_what_is_missing() {
        let lines = (0..100).map(|n| format!("line {n} of the build"));
        let shown = block(&Failure::new(Phase::Execute, Code::BuildFailed, "m", "i").detail(lines));
        assert!(shown.contains("line 99 of"));
        assert!(!shown.contains("line 0 of"));
        assert!(shown.contains("60 lines"));
    }

    #[test]
    fn hostile_output_reaches_the_terminal_as_text() {
        let shown = block(&Failure::new(Phase::Execute, Code::BuildFailed, "\x1b]0;owned\x07", "\x1b[2J"));
        assert!(!shown.contains("\x1b]") && !shown.contains("\x1b[2J") && !shown.contains('\x07'));
    }
}
