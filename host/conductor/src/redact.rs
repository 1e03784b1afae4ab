//! Masks the values of secrets in whatever is written down or shown: failures, checks, output, log lines.
//!
//! The value itself, and the forms in which programs print it: escaped for JSON, percent-encoded, in Base64; and each
//! long line of a value that has several. A value of fewer than four bytes is left: masking it would mask everything.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use lifecycle::Command;
use model::event::{EffectResult, Event};
use model::view::LogPage;
use model::{Failure, Verdict};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter values are not masked.
const SHORTEST: usize = 4;
/// A line of a longer value that is at least this long is a secret by itself: a line of a private key.
const LINE: usize = 16;
/// What stands in the place of a value.
const MASK: &str = "[secret]";

/// What must not be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Redactor {
    /// Longest first, so that a value is masked whole before a part of it.
    forms: Vec<String>,
}

impl Redactor {
    /// Masks these values, too.
    pub(crate) fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            let lines = value.lines().map(str::trim).filter(|line| line.len() >= LINE);
            for text in lines.chain([value]).filter(|text| text.len() >= SHORTEST) {
                self.forms.extend(forms(text));
            }
        }
        self.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
    }

    /// Nothing is masked.
    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Masks a text in place.
    pub(crate) fn hide(&self, text: &mut String) {
        for form in &self.forms {
            if text.contains(form.as_str()) {
                *text = text.replace(form.as_str(), MASK);
            }
        }
    }

    fn hide_all(&self, texts: &mut [String]) {
        texts.iter_mut().for_each(|text| self.hide(text));
    }

    /// Masks what a person reads of a failure.
    pub(crate) fn failure(&self, failure: &mut Failure) {
        self.hide(&mut failure.message);
        self.hide(&mut failure.input);
        self.hide_all(&mut failure.details);
        failure.remedies.iter_mut().for_each(|remedy| self.hide(&mut remedy.label));
    }

    /// Masks what a verifier quotes of an answer.
    pub(crate) fn verdict(&self, verdict: &mut Verdict) {
        self.hide(&mut verdict.expected);
        self.hide(&mut verdict.observed);
        self.hide_all(&mut verdict.warnings);
    }

    /// Masks lines of a log.
    pub(crate) fn page(&self, page: &mut LogPage) {
        page.lines.iter_mut().for_each(|line| self.hide(&mut line.text));
    }

    /// Masks what a command would write to the timeline in words. Plans, profiles and names stay as they are: they
    /// were made before any value was known, and what runs must not depend on what a secret happens to look like.
    pub(crate) fn command(&self, command: &mut Command) {
        if self.is_empty() {
            return;
        }
        match command {
            Command::Fail(failure) => self.failure(failure),
            Command::WentBack(rollback) => rollback.failure.iter_mut().for_each(|f| self.failure(f)),
            Command::Settle(_, EffectResult::Failed { message, .. }) => self.hide(message),
            Command::Tell(Event::Output { lines, .. }) => self.hide_all(lines),
            Command::Tell(Event::Warning { message } | Event::Progress { message }) => self.hide(message),
            Command::Tell(Event::PluginCalled { receipt }) => self.hide_all(&mut receipt.log),
            _ => {}
        }
    }
}

/// The forms in which one text is printed.
fn forms(text: &str) -> Vec<String> {
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.strip_prefix('"').and_then(|j| j.strip_suffix('"')).unwrap_or(text).to_owned();
    let mut all = vec![text.to_owned(), json, utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()];
    all.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|engine| engine.encode(text)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Code, Phase};

    const VALUE: &str = "s3cr3t \"value\"/+?";

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add([VALUE, "abc"]);
        redactor
    }

    fn hidden(text: &str) -> String {
        let mut text = text.to_owned();
        redactor().hide(&mut text);
        text
    }

    #[test]
    fn a_value_is_masked_in_every_form_that_programs_print() {
        for form in [
            VALUE.to_owned(),
            r#"s3cr3t \"value\"/+?"#.to_owned(),
            "s3cr3t%20%22value%22%2F%2B%3F".to_owned(),
            STANDARD.encode(VALUE),
            URL_SAFE_NO_PAD.encode(VALUE),
        ] {
            assert_eq!(hidden(&format!("password={form};")), "password=[secret];", "{form}");
        }
        assert_eq!(hidden("abc stays: it is too short"), "abc stays: it is too short");
    }

    #[test]
    fn a_line_of_a_value_with_several_is_masked_alone() {
        let mut redactor = Redactor::default();
        redactor.add(["-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----"]);
        let mut line = "loaded MIIEvQIBADANBgkqhkiG9w0".to_owned();
        redactor.hide(&mut line);
        assert_eq!(line, "loaded [secret]");
    }

    #[test]
    fn a_failure_is_masked_wherever_a_person_reads_it() {
        let failure = Failure::new(Phase::Execute, Code::ExitedEarly, VALUE, VALUE).detail([format!("log: {VALUE}")]);
        let mut command = Command::Fail(Box::new(failure));
        redactor().command(&mut command);
        assert!(!format!("{command:?}").contains("s3cr3t"), "{command:?}");
    }
}
