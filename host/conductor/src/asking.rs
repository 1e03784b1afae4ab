//! Asking the detectors, and making one decision of their answers. The same for a deployment and for a preview.

use crate::{arbitration, failures, tree_view::TreeView};
use model::plugin::Receipt;
use model::view::{Candidate, PluginNote};
use model::{Claim, Detection, Failure, Phase, Profile, SourceKind};
use sandbox::{Call, CallError, Catalogue, Hit, SourceView};
use source::Tree;
use std::sync::Arc;

/// What the detectors said, and what the host made of it.
pub(crate) struct Answer {
    /// The decision, or why there is none.
    pub decision: Result<Box<Detection>, Box<Failure>>,
    /// Candidates, when they do not compose.
    pub candidates: Vec<Candidate>,
    /// What each plugin was asked and said, in the catalogue's order.
    pub notes: Vec<PluginNote>,
    /// Plugins that broke: worth telling, and the others still count.
    pub warnings: Vec<String>,
}

impl Answer {
    /// The receipts of the calls, in the catalogue's order.
    pub(crate) fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.notes.iter().filter_map(|n| n.receipt.as_ref())
    }
}

/// Asks every detector with a trigger hit, in parallel, and arbitrates.
pub(crate) fn ask(catalogue: &Catalogue, tree: &Tree, profile: &Profile, kind: SourceKind, input: &str) -> Answer {
    if let Some(detection) = arbitration::declared_by_owner(profile, kind) {
        return Answer {
            decision: Ok(Box::new(detection)),
            candidates: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        };
    }
    let hits: Vec<Hit> = catalogue
        .detectors_for(tree.paths())
        .into_iter()
        .filter(|hit| admitted(profile, &hit.plugin.info().name))
        .collect();
    let calls = call_all(&hits, tree);
    let mut claims = Vec::new();
    let mut notes = Vec::new();
    let mut warnings = Vec::new();
    for (hit, call) in hits.iter().zip(calls) {
        let (found, said) = heard(&hit.plugin.info().id(), &call, &mut warnings);
        notes.push(PluginNote {
            plugin: hit.plugin.info().id(),
            triggered_by: Some(match &hit.path {
                Some(path) => format!("{} ({path})", hit.trigger),
                None => hit.trigger.clone(),
            }),
            claims: found.len() as u32,
            notes: said,
            receipt: Some(call.receipt),
        });
        claims.extend(found);
    }
    let (decision, candidates) = match arbitration::arbitrate(claims, profile, tree.base()) {
        arbitration::Verdict::Claimed(mut detection) => {
            detection.warnings.extend(warnings.iter().cloned());
            (Ok(detection), Vec::new())
        }
        arbitration::Verdict::Ambiguous(candidates) => {
            (Err(Box::new(arbitration::ambiguous(&candidates, input))), candidates)
        }
        arbitration::Verdict::Undetected => {
            let nearest: Vec<String> = notes.iter().flat_map(|n| n.notes.iter().cloned()).take(12).collect();
            (Err(Box::new(arbitration::undetected(&nearest, input))), Vec::new())
        }
    };
    Answer { decision, candidates, notes, warnings }
}

/// May this plugin take part?
pub(crate) fn admitted(profile: &Profile, name: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|n| n == name || name.ends_with(&format!("/{n}")));
    profile.plugins.allow.as_deref().is_none_or(named) && !named(&profile.plugins.deny)
}

fn call_all(hits: &[Hit], tree: &Tree) -> Vec<Call<Vec<Claim>>> {
    let view: Arc<dyn SourceView> = Arc::new(TreeView(tree.clone()));
    match hits {
        [only] => vec![only.plugin.detect(view)],
        _ => std::thread::scope(|scope| {
            let threads: Vec<_> = hits
                .iter()
                .map(|hit| {
                    let view = Arc::clone(&view);
                    (hit, scope.spawn(move || hit.plugin.detect(view)))
                })
                .collect();
            threads
                .into_iter()
                .map(|(hit, thread)| {
                    thread.join().unwrap_or_else(|_| hit.plugin.detect(Arc::new(TreeView(tree.clone()))))
                })
                .collect()
        }),
    }
}

/// A log line without its level: what a detector says when it does not claim is meant for a person.
fn spoken(line: &str) -> String {
    line.split_once(": ")
        .filter(|(level, _)| ["debug", "info", "warn"].contains(level))
        .map_or(line, |(_, rest)| rest)
        .to_owned()
}

/// The claims of one call, and what is worth saying about it. A plugin's own fault is a warning: the others count.
fn heard(plugin: &str, call: &Call<Vec<Claim>>, warnings: &mut Vec<String>) -> (Vec<Claim>, Vec<String>) {
    let mut said: Vec<String> = call.receipt.log.iter().map(|line| spoken(line)).collect();
    match &call.result {
        Ok(claims) => (claims.clone(), said),
        Err(CallError::Problem(problem)) => {
            let place = problem.evidence.first().map_or(String::new(), |e| match e.line {
                Some(line) => format!(" ({}:{line})", e.path),
                None => format!(" ({})", e.path),
            });
            said.push(format!("{}{place}", problem.message));
            warnings.push(format!("{plugin}: {}{place}", problem.message));
            (Vec::new(), said)
        }
        Err(CallError::Fault(fault)) => {
            let failure =
                failures::plugin(Phase::Detect, &call.receipt, &CallError::Fault(fault.clone()), "the source");
            said.push(failure.message.clone());
            warnings.push(format!("{}: {}", failure.code, failure.message));
            (Vec::new(), said)
        }
    }
}
