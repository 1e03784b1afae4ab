//! The environment of an app: plain values of the profile, and secrets resolved from where the profile says.
//!
//! Secret values are read when an instance is about to start, handed to the target, and kept nowhere else but in the
//! redactor, which looks for them in what is written down.

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
                .remedy(Remedy::advice(how_to_give(source))),
            )
        })?;
        env.insert(name.clone(), value);
    }
    Ok(env)
}

/// Where the value has to be put.
fn how_to_give(source: &str) -> String {
    match source.split_once(':') {
        Some(("env", name)) => {
            format!("Start the host with {name} in its environment (what the command line has does not reach it).")
        }
        Some(("file", path)) => format!("Put the value into {path}, readable by the host's user."),
        _ => "Correct [secrets] in shipway.toml.".to_owned(),
    }
}

/// The values of all secrets that can be read now, and why others cannot.
pub(crate) fn secret_values(profile: &Profile) -> (Vec<String>, Vec<String>) {
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    for (name, source) in &profile.secrets {
        match resolve(source) {
            Ok(value) => values.push(value),
            Err(why) => faults.push(format!("{name}: {why}")),
        }
    }
    (values, faults)
}

fn resolve(source: &str) -> Result<String, String> {
    let value = if let Some(name) = source.strip_prefix("env:") {
        std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => format!("the host's environment has no {name}"),
            std::env::VarError::NotUnicode(_) => format!("{name} in the host's environment is not UTF-8"),
        })?
    } else if let Some(path) = source.strip_prefix("file:") {
        let text = crate::files::text(std::path::Path::new(path), MAX_BYTES)
            .map_err(|why| format!("{path}: {why}"))?
            .ok_or_else(|| format!("{path} does not exist"))?;
        text.trim_end_matches(['\n', '\r']).to_owned()
    } else {
        return Err("a secret comes from `env:NAME` or `file:PATH`".to_owned());
    };
    if value.contains('\0') {
        return Err("it holds a NUL, which no variable can".to_owned());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(source: &str) -> Profile {
        let mut profile = Profile::default();
        profile.secrets.insert("TOKEN".to_owned(), source.to_owned());
        profile
    }

    #[test]
    fn a_secret_that_is_not_there_is_named_and_its_place_too() {
        let failure = of(&profile("env:SHIPWAY_TEST_NOBODY_SETS_THIS")).unwrap_err();
        assert_eq!(failure.code, Code::CredentialsRejected);
        assert!(failure.input.contains("TOKEN") && failure.input.contains("SHIPWAY_TEST_NOBODY_SETS_THIS"));
        assert!(of(&profile("file:/nowhere/at/all")).unwrap_err().message.contains("/nowhere/at/all"));
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_end_and_never_hangs_or_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "two\nlines\r\n").unwrap();
        let source = format!("file:{}", path.display());
        assert_eq!(of(&profile(&source)).unwrap()["TOKEN"], "two\nlines");
        std::fs::write(&path, vec![b'x'; MAX_BYTES as usize + 1]).unwrap();
        assert!(of(&profile(&source)).is_err(), "half a secret is none");
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        assert!(of(&profile(&source)).is_err(), "nobody writes into it: it must not be waited for");
    }
}
