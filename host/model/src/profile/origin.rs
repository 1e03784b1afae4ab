//! Where each value came from, for `shipway config show`.

use super::{Fallback, Kind, Profile, fallback, keys::joined, known_keys};
use crate::firewall::looks_secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Where a value came from. The order of strength is: setting, file, (detected), default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum SettingOrigin {
    /// A line of a file.
    File {
        /// As shown to the person.
        path: String,
        /// One-based.
        line: u32,
    },
    /// `--set` on the command line, or `settings` of a request.
    Setting,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingOrigin::File { path, line } => write!(f, "{path}:{line}"),
            SettingOrigin::Setting => f.write_str("--set"),
            SettingOrigin::Default => f.write_str("default"),
        }
    }
}

/// A profile with the origin of everything that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layered {
    /// The values.
    pub profile: Profile,
    /// By dotted key, for keys that somebody set; entries of free tables one by one (`env.LOG_LEVEL`).
    pub origins: BTreeMap<String, SettingOrigin>,
}

impl Layered {
    /// Where the value of a key came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> SettingOrigin {
        self.origins.get(key).cloned().unwrap_or(SettingOrigin::Default)
    }
}

/// One line of `shipway config show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effective {
    /// Dotted.
    pub key: String,
    /// What holds; `null` when it is decided later.
    pub value: Value,
    /// Where it came from.
    pub origin: SettingOrigin,
    /// Who decides it, when it is decided later; why it is not shown, when it is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Every key with the value that holds, defaults included, in the order of the schema. A plain variable whose name
/// looks like that of a secret is not shown.
#[must_use]
pub fn effective(layered: &Layered) -> Vec<Effective> {
    let values = serde_json::to_value(&layered.profile).unwrap_or_default();
    let mut lines = Vec::new();
    for known in known_keys() {
        let value = known.key.split('.').fold(&values, |node, part| &node[part]);
        if known.kind == Kind::Free {
            for (name, value) in value.as_object().into_iter().flatten() {
                let key = joined(&known.key, name);
                let origin = layered.origin(&key);
                let hidden = known.key == "env" && looks_secret(name);
                lines.push(Effective {
                    key,
                    value: if hidden { Value::Null } else { value.clone() },
                    origin,
                    note: hidden.then(|| "hidden: it looks like a secret, which belongs into [secrets]".to_owned()),
                });
            }
            continue;
        }
        let origin = layered.origin(&known.key);
        let (value, note) = match (&origin, fallback(&known.key)) {
            (SettingOrigin::Default, Some(Fallback::Value(default))) => (default, None),
            (SettingOrigin::Default, Some(Fallback::Decided(by))) => (Value::Null, Some(by.to_owned())),
            _ => (value.clone(), None),
        };
        lines.push(Effective { key: known.key.clone(), value, origin, note });
    }
    lines
}
