//! What a claim offers to any planner: how its part of the app is installed and built.
//!
//! A detector puts its offer into its claim; the planner of the *main* claim takes it, whoever that is: the plugin's own,
//! a back end whose assets are built by npm, a Procfile that only knows how to start. It travels as JSON in the fact
//! [`Offer::FACT`], so that plugins in any language can make and take one. `docs/plugins.md` shows the format.

mod json;

use crate::{Claim, Command, Evidence, Fact, Origin, Step, default_to, fact};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a part of an app is installed and built, and what it needs when it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// Steps that fetch dependencies; the profile's `runtime.install` replaces them.
    pub install: Vec<OfferedStep>,
    /// Steps that build; the profile's `runtime.build` replaces them.
    pub build: Vec<OfferedStep>,
    /// Programs that must be on the server.
    pub tools: Vec<OfferedTool>,
    /// Directories, relative to the app root, that go in front of PATH for steps and processes ("node_modules/.bin").
    pub path: Vec<String>,
    /// For every step.
    pub build_env: BTreeMap<String, String>,
    /// For every process.
    pub run_env: BTreeMap<String, String>,
}

/// One step of an offer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfferedStep {
    /// Its name in the plan; made unique there.
    pub name: String,
    /// The program with its arguments.
    pub argv: Vec<String>,
    /// Instead of `argv`: a script for `sh -c`.
    pub shell: Option<String>,
    /// Files that it needs; empty = the whole source.
    pub inputs: Vec<String>,
    /// What it leaves.
    pub outputs: Vec<String>,
    /// Caches that may be kept between builds, by name.
    pub caches: Vec<String>,
    /// Does it need the network?
    pub network: bool,
    /// Why it is there.
    pub why: String,
    /// Where that was seen.
    pub seen: Option<Evidence>,
}

/// A program that an offer needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfferedTool {
    /// `node`, `python`, …
    pub name: String,
    /// The version range, as written where it was asked for.
    pub requested: Option<String>,
    /// Where that was seen.
    pub seen: Option<Evidence>,
}

impl OfferedStep {
    /// A program with its arguments.
    #[must_use]
    pub fn run(name: &str, argv: &[&str], why: &str) -> Self {
        Self {
            name: name.to_owned(),
            argv: argv.iter().map(|w| (*w).to_owned()).collect(),
            why: why.to_owned(),
            ..Self::default()
        }
    }
    /// A script for `sh -c`.
    #[must_use]
    pub fn script(name: &str, script: &str, why: &str) -> Self {
        Self { name: name.to_owned(), shell: Some(script.to_owned()), why: why.to_owned(), ..Self::default() }
    }
    /// With the evidence behind it.
    #[must_use]
    pub fn seen(mut self, evidence: Evidence) -> Self {
        self.seen = Some(evidence);
        self
    }
    /// It fetches from the network, and may keep these caches.
    #[must_use]
    pub fn online(mut self, caches: &[&str]) -> Self {
        self.network = true;
        self.caches = caches.iter().map(|c| (*c).to_owned()).collect();
        self
    }
    /// It needs only these files.
    #[must_use]
    pub fn from_files(mut self, inputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.inputs = inputs.into_iter().map(Into::into).collect();
        self
    }
    /// It leaves these.
    #[must_use]
    pub fn leaves(mut self, outputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.outputs = outputs.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn into_step(self) -> (Step, Origin) {
        let origin = origin(self.seen, &self.why);
        let run = match self.shell {
            Some(script) => Command::Shell(script),
            None => Command::Argv(self.argv),
        };
        let step = Step {
            name: self.name,
            run,
            cwd: ".".to_owned(),
            env: vec![],
            inputs: self.inputs,
            outputs: self.outputs,
            caches: self.caches,
            network: self.network,
            why: self.why,
        };
        (step, origin)
    }
}

impl OfferedTool {
    /// Any version will do.
    #[must_use]
    pub fn any(name: &str) -> Self {
        Self { name: name.to_owned(), requested: None, seen: None }
    }
    /// This range was asked for, there.
    #[must_use]
    pub fn asked(name: &str, requested: &str, evidence: Evidence) -> Self {
        Self { name: name.to_owned(), requested: Some(requested.to_owned()), seen: Some(evidence) }
    }
    pub(crate) fn origin(&self) -> Origin {
        origin(self.seen.clone(), "any version will do: none is asked for")
    }
}

fn origin(seen: Option<Evidence>, why: &str) -> Origin {
    match seen {
        Some(e) => Origin::Evidence(e),
        None => default_to(why),
    }
}

impl Offer {
    /// The key of the fact that carries an offer.
    pub const FACT: &'static str = "offer";

    /// Puts the offer into a claim, and its evidence among the claim's, where the host checks it.
    pub fn attach(&self, claim: &mut Claim) {
        let steps = self.install.iter().chain(&self.build).filter_map(|s| s.seen.as_ref());
        for e in steps.chain(self.tools.iter().filter_map(|t| t.seen.as_ref())) {
            if !claim.evidence.iter().any(|c| c.path == e.path && c.line == e.line) {
                claim.evidence.push(e.clone());
            }
        }
        claim.facts.retain(|f| f.key != Self::FACT);
        claim.facts.push(Fact { key: Self::FACT.to_owned(), value: json::write(self).to_string() });
    }

    /// The offer of a claim; empty when it makes none or one that cannot be understood. Evidence that the claim itself
    /// does not hold was not checked by the host, and is left out.
    #[must_use]
    pub fn of(claim: &Claim) -> Self {
        let value = fact(claim, Self::FACT).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let mut offer = value.map(|v| json::read(&v)).unwrap_or_default();
        let steps = offer.install.iter_mut().chain(&mut offer.build).map(|s| &mut s.seen);
        for seen in steps.chain(offer.tools.iter_mut().map(|t| &mut t.seen)) {
            if seen.as_ref().is_some_and(|e| !claim.evidence.iter().any(|c| c.path == e.path)) {
                *seen = None;
            }
        }
        offer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Confidence, claim, seen};

    #[test]
    fn an_offer_survives_its_journey_in_a_claim() {
        let offer = Offer {
            install: vec![
                OfferedStep::run("npm-install", &["npm", "ci"], "package-lock.json is there")
                    .seen(seen("package-lock.json", "lock file"))
                    .online(&["npm"])
                    .from_files(["package.json", "package-lock.json"]),
            ],
            tools: vec![OfferedTool::any("npm")],
            path: vec!["node_modules/.bin".to_owned()],
            ..Offer::default()
        };
        let mut c = claim("node", Confidence::Certain);
        offer.attach(&mut c);
        offer.attach(&mut c);
        assert_eq!(c.facts.len(), 1);
        assert_eq!(Offer::of(&c), offer);
        assert_eq!(c.evidence, [seen("package-lock.json", "lock file")]);
    }
    #[test]
    fn evidence_that_the_host_did_not_check_is_left_out() {
        let step = OfferedStep::run("x", &["x"], "because").seen(seen("never-read", "?"));
        let mut c = claim("node", Confidence::Certain);
        Offer { build: vec![step], ..Offer::default() }.attach(&mut c);
        c.evidence.clear();
        assert_eq!(Offer::of(&c).build[0].seen, None);
    }
    #[test]
    fn a_claim_without_an_offer_or_with_a_strange_one_offers_nothing() {
        let mut c = claim("node", Confidence::Certain);
        assert_eq!(Offer::of(&c), Offer::default());
        c.facts.push(Fact { key: Offer::FACT.to_owned(), value: "[1".to_owned() });
        assert_eq!(Offer::of(&c), Offer::default());
    }
}
