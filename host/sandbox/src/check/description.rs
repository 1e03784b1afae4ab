//! What a plugin says about itself. Its roles are not believed: they must be the ones that the component exports.

use super::rules::{Invalid, Rules, at_most, shown};
use crate::Limits;
use crate::call::Ledger;
use globset::GlobBuilder;
use model::plugin::Role;
use std::collections::BTreeSet;

/// A description as it came, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) summary: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) app_types: Vec<String>,
    pub(crate) triggers: Vec<String>,
    pub(crate) always: bool,
}

/// Longest trigger in bytes: it is compiled and matched against every path.
const TRIGGER: u32 = 256;

/// Checks a description against what the component really exports.
pub(crate) fn description(limits: &Limits, exported: &[Role], mut said: Description) -> Result<Description, Invalid> {
    let ledger = Ledger::default();
    let rules = Rules { limits, ledger: &ledger };
    name("name", &said.name)?;
    version(&said.version)?;
    rules.prose("summary", &mut said.summary)?;
    let claimed: BTreeSet<_> = said.roles.iter().copied().collect();
    if claimed != exported.iter().copied().collect() {
        let why = format!("it says {}, and its component exports {}", list(&said.roles), list(exported));
        return Err(Invalid::new("roles", why));
    }
    said.roles = claimed.into_iter().collect();
    app_types(&rules, &said)?;
    triggers(&rules, &said)?;
    Ok(said)
}

fn app_types(rules: &Rules<'_>, said: &Description) -> Result<(), Invalid> {
    rules.list("app-types", said.app_types.len())?;
    let mut seen = BTreeSet::new();
    for app_type in &said.app_types {
        if !word(app_type) {
            let why = format!("{} is not a word of lower-case letters, digits and hyphens", shown(app_type));
            return Err(Invalid::new("app-types", why));
        }
        if !seen.insert(app_type) {
            return Err(Invalid::new("app-types", format!("{} is there twice", shown(app_type))));
        }
    }
    let needed = said.roles.iter().any(|r| matches!(r, Role::Detector | Role::Planner));
    if needed && said.app_types.is_empty() {
        return Err(Invalid::new("app-types", "a detector or planner names at least one"));
    }
    Ok(())
}

fn triggers(rules: &Rules<'_>, said: &Description) -> Result<(), Invalid> {
    rules.list("triggers", said.triggers.len())?;
    for trigger in &said.triggers {
        at_most("triggers", "bytes", trigger.len(), TRIGGER, "of every trigger")?;
        rules.word("triggers", trigger)?;
        if let Err(error) = GlobBuilder::new(trigger).literal_separator(true).build() {
            return Err(Invalid::new("triggers", format!("{} is not a glob: {}", shown(trigger), error.kind())));
        }
    }
    if said.roles.contains(&Role::Detector) && said.triggers.is_empty() && !said.always {
        return Err(Invalid::new("triggers", "a detector has a trigger, or says that it is always called"));
    }
    Ok(())
}

/// `shipway/node`, `my-plugin`: words with slashes between them.
fn name(field: &str, text: &str) -> Result<(), Invalid> {
    let parts: Vec<_> = text.split('/').collect();
    if text.len() <= 128 && parts.len() <= 3 && parts.iter().all(|part| word(part)) {
        return Ok(());
    }
    let why = format!("{} is not a name such as `shipway/node`", shown(text));
    Err(Invalid::new(field, why))
}

/// `1.2.3`, with a pre-release or build part if there is one.
fn version(text: &str) -> Result<(), Invalid> {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').collect();
    let ok = text.len() <= 64
        && numbers.len() == 3
        && numbers.iter().all(|n| !n.is_empty() && n.len() <= 9 && n.bytes().all(|b| b.is_ascii_digit()))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b));
    if ok { Ok(()) } else { Err(Invalid::new("version", format!("{} is not a version such as 1.2.3", shown(text)))) }
}

fn word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn list(roles: &[Role]) -> String {
    if roles.is_empty() {
        return "no role".to_owned();
    }
    let mut names: Vec<_> = roles
        .iter()
        .map(|role| match role {
            Role::Detector => "detector",
            Role::Planner => "planner",
            Role::Verifier => "verifier",
        })
        .collect();
    names.sort_unstable();
    names.join(", ")
}
