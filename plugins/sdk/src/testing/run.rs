//! Runs a plugin's cases natively, with the rules that the sandbox enforces: the same question twice gives the same
//! answer, and evidence names only what was looked at.

use super::{Memory, claim_from, claim_json, plan_json, problem_json, profile_from, target_from};
use crate::{Claim, Detector, Evidence, Origin, Plan, Planner, Problem, Request};
use cases::{Case, differences};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The cases of one plugin.
#[derive(Debug)]
pub struct Cases {
    folder: PathBuf,
}

impl Cases {
    /// Those beside a plugin's manifest: pass `env!("CARGO_MANIFEST_DIR")`.
    #[must_use]
    pub fn of(manifest_dir: &str) -> Self {
        Self { folder: Path::new(manifest_dir).join("cases") }
    }

    /// Runs them on a plugin that detects and plans; panics with every difference.
    pub fn app<P: Detector + Planner>(&self) {
        self.run(|case, source| {
            let (claims, mut found) = detect::<P>(case, source);
            found.extend(plan::<P>(case, source, claims.into_iter().next()));
            found
        });
    }

    /// Runs them on a plugin that only plans; each case brings its claim.
    pub fn planner<P: Planner>(&self) {
        self.run(|case, source| plan::<P>(case, source, None));
    }

    fn run(&self, one: impl Fn(&Case, &Memory) -> Vec<String>) {
        let all = Case::all(&self.folder).unwrap_or_else(|e| panic!("{e}"));
        assert!(!all.is_empty(), "no case in {}", self.folder.display());
        let mut report = String::new();
        for case in &all {
            let source = Memory::load(&case.dir).unwrap_or_else(|e| panic!("{}: {e}", case.name));
            for line in one(case, &source) {
                report.push_str(&format!("\n  {}{line}", case.name));
            }
        }
        assert!(report.is_empty(), "{report}");
    }
}

fn detect<P: Detector>(case: &Case, source: &Memory) -> (Vec<Claim>, Vec<String>) {
    let ask = || {
        let answer =
            if P::ABOUT.always || source.triggers(P::ABOUT.triggers) { P::detect(&source.app()) } else { Ok(vec![]) };
        (answer, source.take_log(), source.take_asked())
    };
    let (answer, notes, asked) = ask();
    let mut found = vec![];
    if ask().0 != answer {
        found.push(" detect: two calls, two answers".to_owned());
    }
    let shown = match &answer {
        Ok(claims) => {
            let named = claims.iter().flat_map(|c| &c.evidence);
            found.extend(unseen(" detect", named, &asked));
            json!({ "claims": claims.iter().map(claim_json).collect::<Vec<_>>(), "problem": null, "notes": notes })
        }
        Err(problem) => json!({ "claims": [], "problem": problem_json(problem), "notes": notes }),
    };
    if let Some(expected) = case.expect.get("detect") {
        found.extend(differences(expected, &shown).into_iter().map(|d| format!(" detect{d}")));
    }
    (answer.unwrap_or_default(), found)
}

fn plan<P: Planner>(case: &Case, source: &Memory, detected: Option<Claim>) -> Vec<String> {
    let Some(expected) = case.expect.get("plan") else { return vec![] };
    let Some(claim) = case.expect.get("claim").map(claim_from).or(detected) else {
        return vec![" plan: there is no claim to plan".to_owned()];
    };
    let list = |v: &Value| v.as_array().into_iter().flatten().map(claim_from).collect::<Vec<_>>();
    let request = Request {
        claim,
        contributions: list(&case.expect["contributions"]),
        profile: profile_from(&case.expect["profile"]),
        target: target_from(&case.expect["target"]),
    };
    let ask = || (P::plan(&source.app_to_plan(), &request), source.take_asked());
    let (answer, mut asked) = ask();
    let mut found = vec![];
    if ask().0 != answer {
        found.push(" plan: two calls, two answers".to_owned());
    }
    let given = std::iter::once(&request.claim).chain(&request.contributions);
    asked.extend(given.flat_map(|c| &c.evidence).map(|e| e.path.clone()));
    let shown = match &answer {
        Ok(plan) => {
            found.extend(unseen(" plan", plan_evidence(plan), &asked));
            plan_json(plan)
        }
        Err(problem) => json!({ "problem": problem_json(problem) }),
    };
    found.extend(differences(expected, &shown).into_iter().map(|d| format!(" plan{d}")));
    if let (Ok(_), None) | (Err(Problem { .. }), Some(_)) = (&answer, expected.get("problem")) {
        return found;
    }
    found.push(format!(" plan: a problem was expected or came: {shown}"));
    found
}

fn plan_evidence(plan: &Plan) -> impl Iterator<Item = &Evidence> {
    let origins = plan.tools.iter().map(|t| &t.origin).chain(plan.decisions.iter().map(|d| &d.origin));
    origins.filter_map(|o| match o {
        Origin::Evidence(e) => Some(e),
        Origin::Profile(_) | Origin::Default(_) => None,
    })
}

fn unseen<'e>(call: &'static str, named: impl Iterator<Item = &'e Evidence>, asked: &BTreeSet<String>) -> Vec<String> {
    named
        .filter(|e| !asked.contains(&e.path))
        .map(|e| format!("{call}: evidence names {}, which was never looked at in this call", e.path))
        .collect()
}
