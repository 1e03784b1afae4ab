//! Dotted keys as a person writes them: which there are, how one is shown, and which one was probably meant.

use super::{Kind, KnownKey, known_keys};

pub(super) fn known(key: &str) -> Option<&'static KnownKey> {
    known_keys().iter().find(|k| k.key == key)
}

/// `env.NAME` as (`env`, `NAME`).
pub(super) fn free_entry(key: &str) -> Option<(&'static str, &str)> {
    known_keys().iter().filter(|k| k.kind == Kind::Free).find_map(|k| {
        let name = key.strip_prefix(k.key.as_str())?.strip_prefix('.')?;
        (!name.is_empty()).then_some((k.key.as_str(), name))
    })
}

pub(super) fn is_section(key: &str) -> bool {
    known_keys().iter().any(|k| is_below(&k.key, key))
}

pub(super) fn is_below(key: &str, section: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

pub(super) fn split(key: &str) -> Vec<&str> {
    key.split('.').collect()
}

/// The dotted key as a person would write it: a name that is not plain stands in quotes.
pub(super) fn joined(prefix: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    let name = if plain { cut(name) } else { format!("{:?}", cut(name)) };
    if prefix.is_empty() { name } else { format!("{prefix}.{name}") }
}

/// An error quotes no more of a key than a person can use.
pub(super) fn cut(key: &str) -> String {
    key.chars().take(200).filter(|c| !c.is_control()).collect()
}

/// The known key or section that was probably meant. The same last word in another section is near, too: `port` at
/// the top means `network.port`.
pub(super) fn nearest(key: &str) -> Option<String> {
    let last = |k: &str| k.rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned();
    let wanted = last(key);
    let distance = |candidate: &str| {
        let whole = strsim::damerau_levenshtein(candidate, key);
        let have = last(candidate);
        let begins = have.len() >= 3 && wanted.starts_with(&have) || wanted.len() >= 3 && have.starts_with(&wanted);
        let word = if begins {
            1.min(strsim::damerau_levenshtein(&have, &wanted))
        } else {
            strsim::damerau_levenshtein(&have, &wanted)
        };
        (whole.min(word + 1), whole)
    };
    let mut candidates: Vec<&str> = Vec::new();
    for known in known_keys() {
        candidates.extend(known.key.split_once('.').map(|(section, _)| section));
        candidates.push(&known.key);
    }
    candidates.into_iter().min_by_key(|c| distance(c)).map(str::to_owned)
}
