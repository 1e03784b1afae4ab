//! The plan as a person reads it: every decision with where it came from, then what will run, in order.

use super::detection;
use super::failure;
use super::text::{bad, bold, clean, faint, good, place, table, warn};
use model::plan::{Decision, Origin, Plan};
use model::view::PlanReport;

/// The page of `shipway plan`.
pub(crate) fn report(report: &PlanReport) -> String {
    let Some(plan) = &report.plan else {
        // The detection's own page shows its failure; a failure of the plan comes after what was detected.
        let mut out = detection::report(&report.detect, false);
        if report.detect.detection.is_some() {
            match &report.detect.failure {
                Some(failure) => out.push_str(&failure::block(failure)),
                None => out.push_str(&format!("{}\n", bad("✗ there is no plan"))),
            }
        }
        return out;
    };
    let app = &report.detect.app;
    let mut out = format!(
        "{} {}\n",
        good("✓"),
        bold(detection::headline(&plan.app_type, plan.framework.as_deref(), app.package_manager.as_deref()))
    );
    if let Some(summary) = &report.summary {
        out.push_str(&sentences(summary));
    }
    out.push_str(&section("decisions", &decisions(&plan.decisions)));
    out.push_str(&section("runs", &what_runs(plan)));
    for warning in &plan.warnings {
        out.push_str(&format!("{} {}\n", warn("!"), clean(warning)));
    }
    for assumption in &plan.assumptions {
        out.push_str(&format!("{}\n", faint(format_args!("assumed: {}", clean(assumption)))));
    }
    if let Some(fingerprint) = &report.fingerprint {
        let source = clean(&report.detect.source.locator);
        out.push_str(&format!("{} {fingerprint}\n", bold("fingerprint")));
        out.push_str(&format!("  deploy exactly this: shipway deploy {source} --plan {fingerprint}\n"));
    }
    out
}

fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("{}\n{body}", bold(title)) }
}

/// The plan's summary, one decision a line.
pub(crate) fn sentences(summary: &str) -> String {
    summary.split("; ").map(|part| format!("  {}\n", clean(part))).collect()
}

/// Field, value, where from.
pub(crate) fn decisions(list: &[Decision]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|d| vec![format!("  {}", clean(&d.field)), clean(&d.value), faint(origin(&d.origin))])
        .collect();
    table(&["  what", "value", "why"], &rows)
}

/// Where a value came from, in a few words.
pub(crate) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Profile(key) => format!("you said so: {}", clean(key)),
        Origin::Evidence(seen) => format!("{}  {}", place(seen), clean(&seen.note)),
        Origin::Default(why) => format!("default: {}", clean(why)),
    }
}

fn what_runs(plan: &Plan) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for tool in &plan.tools {
        let wanted =
            tool.requested.as_deref().map_or_else(|| tool.name.clone(), |range| format!("{} {range}", tool.name));
        rows.push(vec!["  needs".to_owned(), clean(&wanted), faint(origin(&tool.origin))]);
    }
    for step in &plan.steps {
        rows.push(vec![format!("  {}", clean(&step.name)), clean(&step.run.display()), faint(clean(&step.why))]);
    }
    if let Some(release) = &plan.release {
        let why = "once, before the switch; cannot be undone";
        rows.push(vec!["  release".to_owned(), clean(&release.display()), warn(why)]);
    }
    for process in &plan.processes {
        let why = if process.name == "web" { "the routed process" } else { "beside it" };
        rows.push(vec![format!("  {}", clean(&process.name)), clean(&process.run.display()), faint(why)]);
    }
    if let Some(site) = &plan.publish {
        let why = site.fallback.as_deref().map(|file| format!("unknown paths answer with {}", clean(file)));
        rows.push(vec!["  files".to_owned(), clean(&site.directory), faint(why.unwrap_or_default())]);
    }
    if rows.is_empty() { String::new() } else { table(&["  step", "command", "why"], &rows) }
}
