//! `shipway explain`: the page of a code. Needs no host, no network and no state.

use crate::context::{Context, Ended, usage};
use crate::exit;
use crate::render::text::{bold, faint, pairs, table, wrap};
use model::explain::{self, Page};
use model::{Code, Failure, Remedy};
use serde::Serialize;

/// What a code means: cause, where to look, what to do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway explain health-failed
  shipway explain                    every code in one line")]
pub(crate) struct Args {
    /// The code; none for a list of all
    code: Option<String>,
}

/// Width of the prose: comfortable to read, and fits a terminal of a hundred columns.
const COLUMNS: usize = 84;

#[derive(Debug, Serialize)]
struct Explained {
    code: Code,
    #[serde(flatten)]
    page: &'static Page,
}

impl Explained {
    fn of(code: Code) -> Self {
        Self { code, page: explain::page(code) }
    }
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        match &self.code {
            None => {
                let all: Vec<Explained> = Code::ALL.iter().copied().map(Explained::of).collect();
                context.screen.answer(&all, || list(&all))?;
            }
            Some(text) => {
                let explained = Explained::of(parse(text)?);
                context.screen.answer(&explained, || page(&explained))?;
            }
        }
        Ok(exit::OK)
    }
}

fn parse(text: &str) -> Result<Code, Failure> {
    let wanted = text.trim().to_ascii_lowercase().replace('_', "-");
    wanted.parse().map_err(|near: String| {
        usage(format!("{text:?} is not a code; did you mean {near:?}?"), text)
            .remedy(Remedy::safe("Read that one", format!("shipway explain {near}")))
            .remedy(Remedy::safe("See all of them", "shipway explain"))
    })
}

fn list(all: &[Explained]) -> String {
    let rows: Vec<Vec<String>> = all.iter().map(|e| vec![e.code.to_string(), e.page.title.to_owned()]).collect();
    table(&["CODE", "MEANS"], &rows)
}

fn page(explained: &Explained) -> String {
    let about = explained.page;
    let mut out = format!("{}  {}\n", bold(explained.code), about.title);
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (label, texts) in [("cause", &[about.cause][..]), ("look at", about.look), ("then", about.remedies)] {
        let lines = texts.iter().flat_map(|text| wrap(text, COLUMNS));
        rows.extend(lines.enumerate().map(|(at, line)| (if at == 0 { label } else { "" }, line)));
    }
    out.push_str(&pairs(&rows));
    out.push_str(&faint("every code: shipway explain\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_is_answered_with_the_nearest() {
        let failure = parse("helth-failed").unwrap_err();
        assert_eq!(failure.code, Code::UsageInvalid);
        assert_eq!(failure.remedies[0].command.as_deref(), Some("shipway explain health-failed"));
        assert_eq!(parse("Health_Failed"), Ok(Code::HealthFailed));
    }
}
