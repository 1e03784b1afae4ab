//! The environment of an app: plain values of the profile, and secrets resolved from where the profile says.
//!
//! Secret values are read when an instance is about to start, handed to the target, and kept nowhere else.

use model::{Code, Failure, Phase, Profile, Remedy};
use std::collections::BTreeMap;

/// A secret that is longer than this is not one.
const MAX_BYTES: u64 = 64 * 1024;

/// The whole environment that the profile asks for.
pub(crate) fn of(profile: &Profile) -> Result<BTreeMap<String, String>, Box<Failure>> {
    let mut env = profile.env.clone();
    for (name, source) in &profile.secrets {
        let value = resolve(source).map_err(|why| {
            Box::new(
                Failure::new(
                    Phase::Execute,
                    Code::CredentialsRejected,
                    format!("the secret {name} cannot be read: {why}"),
                    format!("secrets.{name} = {source:?}"),
                )
                .remedy(Remedy::advice("Give the value to the host's environment or file, or correct [secrets].")),
            )
        })?;
        env.insert(name.clone(), value);
    }
    Ok(env)
}

/// The values of all secrets that can be read now: what must not appear in anything that is written down.
pub(crate) fn secret_values(profile: &Profile) -> Result<Vec<String>, String> {
    profile.secrets.values().map(|source| resolve(source)).collect()
}

fn resolve(source: &str) -> Result<String, String> {
    if let Some(name) = source.strip_prefix("env:") {
        return std::env::var(name).map_err(|_| format!("the host's environment has no {name}"));
    }
    if let Some(path) = source.strip_prefix("file:") {
        use std::io::Read;
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|f| f.take(MAX_BYTES).read_to_string(&mut text))
            .map_err(|e| format!("{path}: {e}"))?;
        return Ok(text.trim_end_matches(['\n', '\r']).to_owned());
    }
    Err("a secret comes from `env:NAME` or `file:PATH`".to_owned())
}
