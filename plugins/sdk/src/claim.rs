//! Claims: a blank one to fill in, and the facts that travel with it.

use crate::{Claim, Confidence};

/// A claim with nothing but its app type and confidence; fill in the rest.
#[must_use]
pub fn claim(app_type: &str, confidence: Confidence) -> Claim {
    Claim {
        app_type: app_type.to_owned(),
        framework: None,
        confidence,
        contributes: false,
        build: None,
        install: None,
        start: None,
        package_manager: None,
        port: None,
        publish: None,
        evidence: vec![],
        facts: vec![],
    }
}

/// The value of a claim's fact.
#[must_use]
pub fn fact<'a>(claim: &'a Claim, key: &str) -> Option<&'a str> {
    claim.facts.iter().find(|f| f.key == key).map(|f| f.value.as_str())
}
