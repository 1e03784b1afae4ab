//! A text file whose lines are its structure: requirements.txt, Procfile, `.nvmrc`.

use crate::{Evidence, line_at, seen_at};

/// A text file with its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    path: String,
    text: String,
}

impl Text {
    /// From what was read.
    #[must_use]
    pub fn new(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), text }
    }
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// All of it.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }
    /// Lines with their one-based numbers.
    pub fn lines(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..).zip(self.text.lines())
    }
    /// Evidence on a line of this file.
    #[must_use]
    pub fn seen(&self, line: u32, note: impl Into<String>) -> Evidence {
        seen_at(&self.path, line, note)
    }
    /// Evidence on the first line that holds `needle`, if any does.
    #[must_use]
    pub fn seen_word(&self, needle: &str, note: impl Into<String>) -> Option<Evidence> {
        self.text.find(needle).map(|at| seen_at(&self.path, line_at(&self.text, at), note))
    }
}
