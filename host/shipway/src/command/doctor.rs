//! `shipway doctor`: what this machine allows and what it lacks.

use crate::context::{Context, Ended};
use crate::doctor::{self, Fact, Grade};
use crate::exit;
use crate::render::text::{bad, clean, faint, good, table, warn};
use serde::Serialize;

/// What this machine allows and what it lacks: kernel, disk, ports, tools
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway doctor
  shipway doctor --json | jq '.facts[] | select(.grade != \"good\")'

Exit status 1 when a host cannot work here; a missing tool is only a note.")]
pub(crate) struct Args {}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    facts: Vec<Fact>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let facts = doctor::examine(&context.place);
        let report = Report { ok: facts.iter().all(|fact| fact.grade != Grade::Bad), facts };
        context.screen.answer(&report, || page(&report.facts))?;
        Ok(if report.ok { exit::OK } else { exit::INTERNAL })
    }
}

fn page(facts: &[Fact]) -> String {
    let rows: Vec<Vec<String>> = facts
        .iter()
        .map(|fact| {
            let mark = match fact.grade {
                Grade::Good => good("✓"),
                Grade::Note => warn("!"),
                Grade::Bad => bad("✗"),
            };
            let advice = faint(fact.advice.as_deref().unwrap_or_default());
            vec![format!("{mark} {}", fact.name), clean(&fact.observed), advice]
        })
        .collect();
    table(&["  what", "found", ""], &rows)
}
