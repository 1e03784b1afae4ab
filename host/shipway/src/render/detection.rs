//! What a source is, with the evidence; and what was asked of whom to find out.

use super::failure;
use super::text::{bold, bytes, clean, count, evidence, faint, good, pairs, place, warn};
use model::plugin::Receipt;
use model::view::{AppFacts, Candidate, DetectReport, PluginNote};
use model::{Claim, Detection};

/// The page of `shipway detect`.
pub(crate) fn report(report: &DetectReport, explain: bool) -> String {
    let mut out = String::new();
    match &report.detection {
        Some(detection) => out.push_str(&decided(detection)),
        None => out.push_str(&undecided(report)),
    }
    out.push_str(&candidates("candidates", &report.ambiguous));
    out.push_str(&candidates("apps below", &report.apps));
    if let Some(cap) = &report.index.truncated {
        out.push_str(&format!("{} only a part was looked at: {}\n", warn("!"), clean(cap)));
    }
    if explain {
        out.push_str(&explained(report));
    }
    out
}

/// "node · express · npm".
pub(crate) fn headline(app_type: &str, framework: Option<&str>, manager: Option<&str>) -> String {
    let parts: Vec<String> = [Some(app_type), framework, manager].into_iter().flatten().map(clean).collect();
    parts.join(" · ")
}

fn decided(detection: &Detection) -> String {
    let claim = &detection.claim;
    let head = headline(&claim.app_type, claim.framework.as_deref(), claim.package_manager.as_deref());
    let mut out = format!("{} {}\n", good("✓"), bold(head));
    let mut rows = facts(&AppFacts::from(claim));
    rows.push(("because", clean(&detection.because)));
    for (at, seen) in claim.evidence.iter().enumerate() {
        rows.push((if at == 0 { "evidence" } else { "" }, evidence(seen)));
    }
    rows.push(("said by", format!("{} ({})", clean(&claim.plugin), confidence(claim))));
    for part in &detection.contributions {
        let seen = part.evidence.first().map(place).unwrap_or_default();
        rows.push(("with", format!("{} {}", clean(&part.app_type), faint(seen))));
    }
    out.push_str(&pairs(&rows));
    for warning in &detection.warnings {
        out.push_str(&format!("{} {}\n", warn("!"), clean(warning)));
    }
    out
}

const fn confidence(claim: &Claim) -> &'static str {
    match claim.confidence {
        model::claim::Confidence::Possible => "possible",
        model::claim::Confidence::Likely => "likely",
        model::claim::Confidence::Certain => "certain",
        model::claim::Confidence::Declared => "declared",
    }
}

fn facts(app: &AppFacts) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.as_deref().map(clean);
    [
        ("install", text(&app.install)),
        ("build", text(&app.build)),
        ("start", text(&app.start)),
        ("publish", text(&app.publish)),
        ("port", app.port.map(|port| port.to_string())),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| (label, value)))
    .collect()
}

fn undecided(report: &DetectReport) -> String {
    match &report.failure {
        Some(failure) => failure::block(failure),
        None => format!("{} nothing was detected in {}\n", warn("!"), clean(&report.source.locator)),
    }
}

fn candidates(title: &str, list: &[Candidate]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", bold(title));
    for candidate in list {
        let app_type = candidate.app.app_type.as_deref().unwrap_or("?");
        let head = headline(app_type, candidate.app.framework.as_deref(), candidate.app.package_manager.as_deref());
        let seen = candidate.app.evidence.first().map(place).unwrap_or_default();
        out.push_str(&format!("  {}  {head}  {}\n", bold(clean(&candidate.base)), faint(seen)));
        out.push_str(&format!("      pick it: {}\n", clean(&candidate.remedy)));
    }
    out
}

fn explained(report: &DetectReport) -> String {
    let mut out = format!("{}\n", bold("how"));
    let size = report.source.bytes.map(|b| format!(", {}", bytes(b))).unwrap_or_default();
    out.push_str(&format!(
        "  index  {}{size} below {}\n",
        count(report.index.files, "file"),
        clean(&report.source.base_directory)
    ));
    for call in &report.calls {
        out.push_str(&asked(call));
    }
    out
}

fn asked(call: &PluginNote) -> String {
    let name = clean(&call.plugin);
    let Some(trigger) = &call.triggered_by else {
        return format!("  {}  {}\n", name, faint("not asked: none of its triggers is there"));
    };
    let said = if call.claims == 0 { "claims nothing".to_owned() } else { count(u64::from(call.claims), "claim") };
    let mut out = format!("  {}  asked because of {}; {said}\n", bold(name), clean(trigger));
    for note in &call.notes {
        out.push_str(&format!("      {}\n", clean(note)));
    }
    if let Some(receipt) = &call.receipt {
        out.push_str(&format!("      {}\n", faint(cost(receipt))));
        for line in &receipt.log {
            out.push_str(&format!("      {}\n", faint(format_args!("log: {}", clean(line)))));
        }
        if let Some(fault) = &receipt.fault {
            out.push_str(&format!("      {} {}: {}\n", warn("!"), fault.code, clean(&fault.message)));
        }
    }
    out
}

/// "1.2 ms, 0.9 MB, 14 host calls, read 2 files (3.1 kB): package.json, package-lock.json".
pub(crate) fn cost(receipt: &Receipt) -> String {
    let files: Vec<String> = receipt.files_read.iter().map(|path| clean(path)).collect();
    let read = if files.is_empty() {
        "read nothing".to_owned()
    } else {
        format!("read {} ({}): {}", count(files.len() as u64, "file"), bytes(receipt.bytes_read), files.join(", "))
    };
    format!(
        "{}.{:01} ms, {}, {}, {read}",
        receipt.micros / 1000,
        receipt.micros % 1000 / 100,
        bytes(receipt.peak_memory),
        count(u64::from(receipt.host_calls), "host call"),
    )
}
