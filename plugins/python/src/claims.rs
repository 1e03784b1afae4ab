//! From a reading to a claim.

use crate::reading::Reading;
use crate::servers::said;
use shipway_sdk::{Claim, Evidence, Offer, OfferedStep, claim};

impl Reading {
    /// What the detector says.
    pub(crate) fn claim(&self) -> Claim {
        let mut out = claim("python", self.confidence);
        out.framework = self.framework.map(str::to_owned);
        out.install = in_one_line(&self.offer.install);
        out.build = in_one_line(self.collect.as_slice());
        out.start = self.start.as_ref().ok().map(|(words, _)| said(words));
        out.package_manager = Some(self.manager.name().to_owned());
        out.port = self.port;
        out.evidence = distinct(&self.evidence);
        let mut offer = self.offer.clone();
        offer.build.extend(self.collect.clone());
        offer.attach(&mut out);
        out
    }
}

fn in_one_line(steps: &[OfferedStep]) -> Option<String> {
    let all: Vec<String> = steps.iter().map(|step| said(&step.argv)).collect();
    (!all.is_empty()).then(|| all.join(" && "))
}

/// A claim whose offer leaves out collecting static files: that has to come after what others build.
pub(crate) fn without_collecting(given: &Claim) -> Claim {
    let mut out = given.clone();
    let mut offer = Offer::of(given);
    offer.build.retain(|step| step.name != "collectstatic");
    offer.attach(&mut out);
    out
}

/// Evidence in its order, each place once.
fn distinct(all: &[Evidence]) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    for evidence in all {
        if !out.iter().any(|seen| seen.path == evidence.path && seen.line == evidence.line) {
            out.push(evidence.clone());
        }
    }
    out
}
