//! Identifiers that cannot hold nonsense: each is parsed once, at the edge, and trusted afterwards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a text is not the identifier it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {why}")]
pub struct InvalidId {
    /// What it should have been ("deployment id").
    pub what: &'static str,
    /// The text, cut to 80 characters.
    pub value: String,
    /// The rule that it breaks.
    pub why: &'static str,
}

fn invalid(what: &'static str, value: &str, why: &'static str) -> InvalidId {
    InvalidId { what, value: value.chars().take(80).collect(), why }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(value: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(value).map_err(|why| invalid($what, value, why))?;
                Ok(Self(value.to_owned()))
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, InvalidId> {
                value.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

fn prefixed(value: &str, prefix: &str) -> Result<(), &'static str> {
    let Some(rest) = value.strip_prefix(prefix) else {
        return Err("it has another prefix");
    };
    if rest.len() != 26 || !rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err("after the prefix come 26 lower-case letters and digits");
    }
    Ok(())
}

fn hexadecimal(value: &str, prefix: &str) -> Result<(), &'static str> {
    let Some(rest) = value.strip_prefix(prefix) else {
        return Err("it names another hash");
    };
    if rest.len() != 64 || !rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err("after the hash's name come 64 lower-case hexadecimal digits");
    }
    Ok(())
}

text_id!(
    /// A deployment: `dep_` and a ULID in lower case, so that ids sort by time of creation.
    DeploymentId, "deployment id", |v| prefixed(v, "dep_")
);
text_id!(
    /// A resource: `res_` and a ULID in lower case.
    ResourceId, "resource id", |v| prefixed(v, "res_")
);
text_id!(
    /// Content, by its BLAKE3: `blake3:` and 64 hexadecimal digits. Snapshots, blobs and artifacts are named so.
    Digest, "digest", |v| hexadecimal(v, "blake3:")
);
text_id!(
    /// Everything that a plan stands on, by SHA-256: `sha256:` and 64 hexadecimal digits.
    Fingerprint, "fingerprint", |v| hexadecimal(v, "sha256:")
);
text_id!(
    /// The name of a resource: a DNS label (RFC 1123), because it becomes `NAME.localhost`.
    Name, "resource name", |v| {
        if v.is_empty() || v.len() > 63 { return Err("it has 1 to 63 characters"); }
        if !v.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err("it has only lower-case letters, digits and hyphens");
        }
        if v.starts_with('-') || v.ends_with('-') { return Err("it does not begin or end with a hyphen"); }
        Ok(())
    }
);
text_id!(
    /// One running copy on a target: `DEPLOYMENT-PROCESS`. Derived, so that recovery can ask for it by name.
    InstanceName, "instance name", |v| {
        let Some((deployment, process)) = v.split_once('-') else { return Err("it has no process part") };
        prefixed(deployment, "dep_")?;
        process.parse::<Name>().map_err(|e| e.why).map(|_| ())
    }
);

impl DeploymentId {
    /// From a ULID's text, in any case.
    pub fn from_ulid(ulid: &str) -> Result<Self, InvalidId> {
        format!("dep_{}", ulid.to_ascii_lowercase()).parse()
    }
}
impl ResourceId {
    /// From a ULID's text, in any case.
    pub fn from_ulid(ulid: &str) -> Result<Self, InvalidId> {
        format!("res_{}", ulid.to_ascii_lowercase()).parse()
    }
}
impl Digest {
    /// From the 32 bytes of a BLAKE3 hash.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(format!("blake3:{}", hex::encode(bytes)))
    }
    /// The hexadecimal digits without the hash's name: a safe file name.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("blake3:").unwrap_or(&self.0)
    }
}
impl Fingerprint {
    /// From the 32 bytes of a SHA-256.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(format!("sha256:{}", hex::encode(bytes)))
    }
}
impl Name {
    /// The nearest valid name to any text, for a folder that becomes a resource ("My App_2" → "my-app-2").
    /// `None` when nothing usable is left.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut out = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                out.push(c);
            } else if !out.ends_with('-') && !out.is_empty() {
                out.push('-');
            }
            if out.len() == 63 {
                break;
            }
        }
        out.trim_matches('-').parse().ok()
    }
}
impl InstanceName {
    /// The instance of one process of one deployment.
    pub fn of(deployment: &DeploymentId, process: &str) -> Result<Self, InvalidId> {
        format!("{deployment}-{process}").parse()
    }
    /// The deployment that it belongs to.
    #[must_use]
    pub fn deployment(&self) -> DeploymentId {
        DeploymentId(self.0.split('-').next().unwrap_or_default().to_owned())
    }
    /// The process of the plan that it runs.
    #[must_use]
    pub fn process(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, p)| p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_becomes_the_nearest_valid_name() {
        assert_eq!(Name::from_text("My App_2").unwrap().as_str(), "my-app-2");
        assert_eq!(Name::from_text("--x--").unwrap().as_str(), "x");
        assert_eq!(Name::from_text("日本"), None);
        assert_eq!(Name::from_text(&"a".repeat(100)).unwrap().as_str().len(), 63);
    }

    #[test]
    fn an_instance_name_gives_back_its_parts() {
        let dep = DeploymentId::from_ulid("01JABCDEFGHJKMNPQRSTVWXYZ0").unwrap();
        let name = InstanceName::of(&dep, "web").unwrap();
        assert_eq!(name.deployment(), dep);
        assert_eq!(name.process(), "web");
    }

    #[test]
    fn nonsense_is_refused_when_deserialised() {
        assert!(serde_json::from_str::<DeploymentId>("\"dep_../../etc\"").is_err());
        assert!(serde_json::from_str::<Digest>("\"blake3:zz\"").is_err());
        assert!(serde_json::from_str::<Name>("\"UPPER\"").is_err());
    }
}
