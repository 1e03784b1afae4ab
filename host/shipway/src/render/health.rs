//! `shipway health`: every part with what was expected and what came.

use super::deployment::mark;
use super::text::{bold, clean, table};
use model::Outcome;
use model::view::HealthReport;

/// The page.
pub(crate) fn report(report: &HealthReport) -> String {
    let overall = match report.overall {
        Outcome::Passed => "is well",
        Outcome::Failed => "is not well",
        Outcome::NotYet => "is not ready yet",
        Outcome::Unknown => "could not be looked at in every part",
    };
    let serving = report.serving.as_ref().map_or_else(|| "nothing serves".to_owned(), ToString::to_string);
    let mut out = format!("{} {} {overall}  {serving}\n", mark(report.overall), bold(&report.resource));
    let rows: Vec<Vec<String>> = report
        .checks
        .iter()
        .map(|part| {
            vec![
                format!("  {} {}", mark(part.verdict), clean(&part.name)),
                clean(&part.expected),
                clean(&part.observed),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str(&table(&["  part", "expected", "observed"], &rows));
    }
    out
}
