//! The rules that all answers share, each refusal naming the field, and used and limit where there is one.

use crate::call::Ledger;
use crate::{Limits, text};
use model::Evidence;
use std::collections::BTreeMap;

/// A rule that an answer breaks: `plugin-output-invalid`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its answer breaks the contract at {field}: {why}")]
pub(crate) struct Invalid {
    /// Which field, with its index where there are several.
    pub(crate) field: String,
    /// The rule.
    pub(crate) why: String,
}

impl Invalid {
    pub(crate) fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}

/// The rule book of one call.
pub(crate) struct Rules<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) ledger: &'a Ledger,
}

impl Rules<'_> {
    /// A list is not longer than any honest answer.
    pub(crate) fn list(&self, field: &str, length: usize) -> Result<(), Invalid> {
        at_most(field, "entries", length, self.limits.list, "list")
    }

    /// Text that a person reads: bounded and made harmless.
    pub(crate) fn prose(&self, field: &str, text: &mut String) -> Result<(), Invalid> {
        at_most(field, "bytes", text.len(), self.limits.text, "text")?;
        text::sanitise(text);
        Ok(())
    }

    /// The same for a text that may be absent.
    pub(crate) fn prose_if(&self, field: &str, text: &mut Option<String>) -> Result<(), Invalid> {
        text.as_mut().map_or(Ok(()), |text| self.prose(field, text))
    }

    /// A word that a machine acts on: bounded, nothing deceptive in it.
    pub(crate) fn word(&self, field: &str, text: &str) -> Result<(), Invalid> {
        at_most(field, "bytes", text.len(), self.limits.text, "text")?;
        plain(field, text, |_| false)
    }

    /// A script or a value: longer, and with line breaks and tabs.
    pub(crate) fn script(&self, field: &str, text: &str) -> Result<(), Invalid> {
        at_most(field, "bytes", text.len(), self.limits.script, "script")?;
        plain(field, text, white)
    }

    /// A plain name: `express`, `next.js`, `@sveltejs/kit`, `npm@10`.
    pub(crate) fn label(&self, field: &str, text: &str) -> Result<(), Invalid> {
        let ok = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+/#@:".contains(&b));
        if ok { Ok(()) } else { Err(Invalid::new(field, format!("{} is not a plain name", shown(text)))) }
    }

    /// The same for a name that may be absent.
    pub(crate) fn label_if(&self, field: &str, text: Option<&String>) -> Result<(), Invalid> {
        text.map_or(Ok(()), |text| self.label(field, text))
    }

    /// What a plugin tells itself from one call to the next: opaque to the host, so it may quote a source that writes
    /// from right to left. Controls are refused, as nothing that is shown raw may hold them.
    pub(crate) fn facts(&self, field: &str, facts: &BTreeMap<String, String>) -> Result<(), Invalid> {
        self.map(field, facts, |c| !c.is_control() || white(c))
    }

    /// Variables of an environment: a machine acts on them.
    pub(crate) fn variables(&self, field: &str, variables: &BTreeMap<String, String>) -> Result<(), Invalid> {
        self.map(field, variables, white)
    }

    fn map(
        &self,
        field: &str,
        map: &BTreeMap<String, String>,
        also: impl Fn(char) -> bool + Copy,
    ) -> Result<(), Invalid> {
        self.list(field, map.len())?;
        for (key, value) in map {
            self.word(field, key)?;
            let field = format!("{field}.{key}");
            at_most(&field, "bytes", value.len(), self.limits.script, "script")?;
            plain(&field, value, also)?;
        }
        Ok(())
    }

    /// The path was shown to the plugin in this call; its digest is attached, whatever the plugin said.
    pub(crate) fn evidence(&self, field: &str, evidence: &mut Evidence) -> Result<(), Invalid> {
        let unseen = |path: &str| {
            let why = format!("{} was not read, listed or found in this call", shown(path));
            Invalid::new(format!("{field}.path"), why)
        };
        let path = text::canonical(&evidence.path).ok_or_else(|| unseen(&evidence.path))?;
        self.word(&format!("{field}.path"), &path)?;
        let proof = self.ledger.proof(&path).ok_or_else(|| unseen(&path))?;
        if evidence.line == Some(0) {
            return Err(Invalid::new(format!("{field}.line"), "lines are counted from 1"));
        }
        if let (Some(line), Some(lines)) = (evidence.line, proof.lines)
            && line > lines
        {
            let why = format!("line {line} of {}, of which {lines} were read", shown(&path));
            return Err(Invalid::new(format!("{field}.line"), why));
        }
        self.prose(&format!("{field}.note"), &mut evidence.note)?;
        evidence.path = if path.is_empty() { ".".to_owned() } else { path };
        evidence.digest = proof.digest;
        Ok(())
    }

    /// Every piece of a list of evidence.
    pub(crate) fn all_evidence(&self, field: &str, list: &mut [Evidence]) -> Result<(), Invalid> {
        self.list(&format!("{field}.evidence"), list.len())?;
        list.iter_mut().enumerate().try_for_each(|(i, e)| self.evidence(&format!("{field}.evidence[{i}]"), e))
    }
}

/// Pairs become a map; a key that is there twice would silently lose a value.
pub(crate) fn pairs(
    field: &str,
    list: impl IntoIterator<Item = (String, String)>,
) -> Result<BTreeMap<String, String>, Invalid> {
    let mut map = BTreeMap::new();
    for (key, value) in list {
        let again = shown(&key);
        if map.insert(key, value).is_some() {
            return Err(Invalid::new(field, format!("{again} is there twice")));
        }
    }
    Ok(map)
}

/// A text from a plugin inside a message: quoted, harmless, short.
pub(crate) fn shown(text: &str) -> String {
    format!("{:?}", text::sanitised(&text::cut(text, 80)))
}

pub(crate) fn at_most(field: &str, unit: &str, used: usize, limit: u32, name: &str) -> Result<(), Invalid> {
    if used <= limit as usize {
        return Ok(());
    }
    Err(Invalid::new(field, format!("{used} {unit}, {limit} are allowed (limit {name})")))
}

fn white(c: char) -> bool {
    matches!(c, '\n' | '\t' | '\r')
}

fn plain(field: &str, text: &str, also: impl Fn(char) -> bool) -> Result<(), Invalid> {
    match text.chars().find(|c| text::deceptive(*c) && !also(*c)) {
        Some(c) => Err(Invalid::new(field, format!("it holds the deceptive character U+{:04X}", u32::from(c)))),
        None => Ok(()),
    }
}
