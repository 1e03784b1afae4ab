//! From a reading to a claim.

use crate::bins;
use crate::frameworks::Runs;
use crate::reading::Reading;
use shipway_sdk::{Claim, Confidence, Evidence, claim};

/// Evidence in its order, each place once.
#[must_use]
pub(crate) fn distinct(all: Vec<Evidence>) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    for evidence in all {
        if !out.iter().any(|seen| seen.path == evidence.path && seen.line == evidence.line) {
            out.push(evidence);
        }
    }
    out
}

impl Reading {
    /// What the detector says.
    #[must_use]
    pub(crate) fn claim(&self) -> Claim {
        let mut out = claim("node", if self.contributes_to.is_some() { Confidence::Likely } else { self.confidence });
        out.framework.clone_from(&self.framework);
        out.contributes = self.contributes_to.is_some();
        out.install.clone_from(&self.install);
        out.build.clone_from(&self.build);
        out.package_manager = self.manager.as_ref().map(|(name, _)| (*name).to_owned());
        out.port = self.port;
        out.evidence.clone_from(&self.evidence);
        match &self.runs {
            Runs::Server { words, .. } => out.start = Some(bins::said(words)),
            Runs::Files { directory, .. } => out.publish = Some(directory.clone()),
            Runs::Assets | Runs::Stuck { .. } => {}
        }
        self.offer.attach(&mut out);
        out
    }
}
