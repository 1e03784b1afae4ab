//! What a plugin was shown in one call. Evidence is checked against it: a plugin can only point at what it really saw,
//! and the digest of what it read is attached here, not believed.

use crate::Entry;
use model::{Digest, Evidence};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was shown, by canonical path.
#[derive(Default)]
pub(crate) struct Ledger {
    seen: BTreeMap<String, Option<Content>>,
    listed: BTreeMap<String, BTreeSet<String>>,
    read: BTreeSet<String>,
}

/// What was read of a file.
struct Content {
    digest: String,
    length: usize,
    /// None when nobody counted them (evidence that was handed in).
    lines: Option<u32>,
}

/// The proof behind a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Of the content, if it was read.
    pub(crate) digest: Option<String>,
    /// How many lines it had, if it was read.
    pub(crate) lines: Option<u32>,
}

impl Ledger {
    /// Content of a file was handed over. Of several reads the longest counts.
    pub(crate) fn note_read(&mut self, path: &str, bytes: &[u8]) {
        self.read.insert(path.to_owned());
        let known = self.seen.entry(path.to_owned()).or_default();
        if known.as_ref().is_some_and(|c| c.lines.is_some() && c.length >= bytes.len()) {
            return;
        }
        let breaks = bytes.iter().filter(|b| **b == b'\n').count();
        *known = Some(Content {
            digest: Digest::from_bytes(blake3::hash(bytes).as_bytes()).to_string(),
            length: bytes.len(),
            lines: Some(u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)),
        });
    }

    /// It was told that something lies there.
    pub(crate) fn note_name(&mut self, path: &str) {
        self.seen.entry(path.to_owned()).or_default();
    }

    /// It was told what lies in a directory.
    pub(crate) fn note_listing(&mut self, dir: &str, entries: &[Entry]) {
        self.listed.entry(dir.to_owned()).or_default().extend(entries.iter().map(|e| e.name.clone()));
    }

    /// It was handed evidence that an earlier call proved.
    pub(crate) fn note_given(&mut self, evidence: &Evidence) {
        let known = self.seen.entry(evidence.path.clone()).or_default();
        if let (None, Some(digest)) = (&known, &evidence.digest) {
            *known = Some(Content { digest: digest.clone(), length: 0, lines: None });
        }
    }

    /// The proof that a canonical path was shown; `None` when it was not. A directory was shown when something below
    /// it was, and the base directory always is.
    pub(crate) fn proof(&self, path: &str) -> Option<Proof> {
        if let Some(content) = self.seen.get(path) {
            let content = content.as_ref();
            return Some(Proof { digest: content.map(|c| c.digest.clone()), lines: content.and_then(|c| c.lines) });
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let below = format!("{path}/");
        let is_below = |other: &str| other.starts_with(&below);
        let shown = path.is_empty()
            || self.listed.contains_key(path)
            || self.listed.get(dir).is_some_and(|names| names.contains(name))
            || self.seen.range(below.clone()..).next().is_some_and(|(p, _)| is_below(p))
            || self.listed.range(below.clone()..).next().is_some_and(|(p, _)| is_below(p));
        shown.then_some(Proof { digest: None, lines: None })
    }

    /// The files that were read, sorted.
    pub(crate) fn files_read(&self) -> Vec<String> {
        self.read.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn entry(name: &str) -> Entry {
        Entry { name: name.into(), kind: Kind::File, size: 1 }
    }

    #[test]
    fn only_what_was_shown_has_a_proof() {
        let mut ledger = Ledger::default();
        ledger.note_listing("", &[entry("package.json")]);
        ledger.note_read("src/a.js", b"one\ntwo\n");
        ledger.note_name("cmd/web/main.go");
        for shown in ["package.json", "src/a.js", "src", "cmd", "cmd/web", "cmd/web/main.go", ""] {
            assert!(ledger.proof(shown).is_some(), "{shown}");
        }
        for not in ["package.jso", "src/b.js", "sr", "cmd/we", "etc/passwd", "package.json/x"] {
            assert_eq!(ledger.proof(not), None, "{not}");
        }
    }

    #[test]
    fn the_digest_is_of_the_longest_read() {
        let mut ledger = Ledger::default();
        ledger.note_read("a", b"one\ntwo\n");
        ledger.note_read("a", b"one");
        let proof = ledger.proof("a").unwrap();
        assert_eq!(proof.digest.unwrap(), Digest::from_bytes(blake3::hash(b"one\ntwo\n").as_bytes()).to_string());
        assert_eq!(proof.lines, Some(3));
    }
}
