//! Looking for literals in JavaScript and TypeScript without running it: enough to read `output: 'export'` in a
//! configuration or a port in `app.listen(3000)`.
//!
//! A tokeniser, not a parser: comments are skipped, strings are one token. What is computed stays unknown, and the
//! caller says that it was not understood. Bounded by the text that the caller reads.

use crate::harmless::harmless;
use shipway_sdk::{App, Evidence, line_at, seen_at};

/// Configurations and entry files are small; of a bundle the beginning is enough.
const MAX_BYTES: u32 = 128 * 1024;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    /// A string or a template without substitutions; its text is the content.
    Text,
    /// A number, as written.
    Number,
    /// One other character.
    Mark,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text; for strings without the quotes.
    pub(crate) text: &'a str,
    at: usize,
}

impl Token<'_> {
    /// Is it this punctuation mark?
    #[must_use]
    pub(crate) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
    /// Is it this identifier?
    #[must_use]
    pub(crate) fn names(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// A file that was read to be looked through.
pub(crate) struct Script {
    /// Where it lies.
    pub(crate) path: String,
    text: String,
}

/// What stands behind a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A text.
    Literal(String, u32),
    /// `true` or `false`.
    Flag(bool, u32),
    /// Something that has to be run to be known; the line.
    Computed(u32),
}

impl Found {
    /// The text, when it is one.
    #[must_use]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Found::Literal(text, _) => Some(text),
            Found::Flag(..) | Found::Computed(_) => None,
        }
    }
    /// The line of the key.
    #[must_use]
    pub(crate) fn line(&self) -> u32 {
        match self {
            Found::Literal(_, line) | Found::Flag(_, line) | Found::Computed(line) => *line,
        }
    }
}

impl Script {
    /// Reads the beginning of a file; `None` when there is none.
    #[must_use]
    pub(crate) fn open(app: &App<'_>, path: &str) -> Option<Self> {
        if !app.has_file(path) {
            return None;
        }
        Some(Self { path: path.to_owned(), text: app.peek(path, MAX_BYTES)? })
    }

    /// The first of these files that is there.
    #[must_use]
    pub(crate) fn open_first(app: &App<'_>, paths: &[&str]) -> Option<Self> {
        paths.iter().find_map(|path| Self::open(app, path))
    }

    /// From a text that is there already.
    #[cfg(test)]
    pub(crate) fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// All tokens.
    #[must_use]
    pub(crate) fn tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.text)
    }

    /// The one-based line of a token.
    #[must_use]
    pub(crate) fn line(&self, token: &Token<'_>) -> u32 {
        line_at(&self.text, token.at)
    }

    /// Is this string somewhere in the code (an imported package)?
    #[must_use]
    pub(crate) fn says(&self, text: &str) -> Option<u32> {
        self.tokens().iter().find(|t| t.kind == Kind::Text && t.text == text).map(|t| self.line(t))
    }

    /// Evidence on a line of this file.
    #[must_use]
    pub(crate) fn seen(&self, line: u32, note: impl Into<String>) -> Evidence {
        seen_at(&self.path, line, note)
    }

    /// What stands behind `key:` or `key =`, anywhere.
    #[must_use]
    pub(crate) fn value(&self, key: &str) -> Option<Found> {
        let tokens = self.tokens();
        self.value_in(&tokens, key)
    }

    /// What stands behind `key:` directly inside `outer: { … }`.
    #[must_use]
    pub(crate) fn value_inside(&self, outer: &str, key: &str) -> Option<Found> {
        let tokens = self.tokens();
        let start = tokens.windows(3).position(|w| is_key(&w[0], outer) && w[1].is(":") && w[2].is("{"))? + 3;
        let mut depth = 0_usize;
        for (i, token) in tokens.iter().enumerate().skip(start) {
            if token.is("{") || token.is("[") || token.is("(") {
                depth += 1;
            } else if token.is("}") || token.is("]") || token.is(")") {
                if depth == 0 {
                    return None;
                }
                depth -= 1;
            } else if depth == 0 && is_key(token, key) {
                let slice = tokens.get(i..)?;
                if let Some(found) = self.after_key(slice) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn value_in(&self, tokens: &[Token<'_>], key: &str) -> Option<Found> {
        let found = tokens.iter().enumerate().filter(|(_, token)| is_key(token, key));
        let found: Vec<Found> = found.filter_map(|(i, _)| self.after_key(tokens.get(i..)?)).collect();
        // The same key may stand elsewhere in the file with something computed behind it: what can be read wins.
        found.iter().find(|f| !matches!(f, Found::Computed(_))).or(found.first()).cloned()
    }

    fn after_key(&self, tokens: &[Token<'_>]) -> Option<Found> {
        let [key, sign, value, rest @ ..] = tokens else { return None };
        let assigned = sign.is("=") && !value.is("=") && !value.is(">");
        if !sign.is(":") && !assigned {
            return None;
        }
        let line = self.line(key);
        let ends =
            rest.first().is_none_or(|t| t.is(",") || t.is("}") || t.is(";") || t.kind == Kind::Word || t.is(")"));
        Some(match (value.kind, value.text) {
            (Kind::Text, text) if ends && !text.contains("${") && harmless(text) => {
                Found::Literal(text.to_owned(), line)
            }
            (Kind::Word, "true") if ends => Found::Flag(true, line),
            (Kind::Word, "false") if ends => Found::Flag(false, line),
            _ => Found::Computed(line),
        })
    }
}

fn is_key(token: &Token<'_>, key: &str) -> bool {
    matches!(token.kind, Kind::Word | Kind::Text) && token.text == key
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let (kind, from, to) = match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = end_of(bytes, at, |b| b != b'\n');
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text.get(at + 2..).and_then(|rest| rest.find("*/")).map_or(bytes.len(), |n| at + n + 4);
                continue;
            }
            b'"' | b'\'' | b'`' => {
                let end = end_of_string(bytes, at);
                at = (end + 1).min(bytes.len());
                (Kind::Text, start + 1, end)
            }
            b'0'..=b'9' => {
                at = end_of(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
                (Kind::Number, start, at)
            }
            b if b.is_ascii_alphabetic() || b == b'_' || b == b'$' || b >= 0x80 => {
                at = end_of(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80);
                (Kind::Word, start, at)
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                (Kind::Mark, start, at)
            }
        };
        if let Some(text) = text.get(from..to) {
            out.push(Token { kind, text, at: start });
        }
    }
    out
}

fn end_of(bytes: &[u8], from: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).position(|b| !goes_on(*b)).map_or(bytes.len(), |n| from + n)
}

/// Where the string that opens at `from` closes. A quoted string ends with its line at the latest, so that a stray
/// quote in a regular expression spoils one line and not the file.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let quote = bytes.get(from).copied().unwrap_or(b'"');
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            b if b == quote => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_and_comments_are_not() {
        let s = Script::of(
            "c.ts",
            "// output: 'a'\nexport default {\n /* output: 'b' */\n output: 'export',\n x: y ? 'a' : 'b' }",
        );
        assert_eq!(s.value("output"), Some(Found::Literal("export".into(), 4)));
        assert_eq!(s.value("x"), Some(Found::Computed(5)));
        assert_eq!(s.value("zz"), None);
    }

    #[test]
    fn a_key_is_looked_for_inside_its_object_only() {
        let s = Script::of(
            "v.ts",
            "defineConfig({ server: { outDir: 'no' }, build: { lib: { outDir: 'x' }, outDir: \"../out\" } })",
        );
        assert_eq!(s.value_inside("build", "outDir"), Some(Found::Literal("../out".into(), 1)));
        assert_eq!(s.value_inside("preview", "outDir"), None);
    }

    #[test]
    fn a_stray_quote_spoils_one_line() {
        let s = Script::of("v.js", "x = /['\"]/;\noutput: 'static'");
        assert_eq!(s.value("output"), Some(Found::Literal("static".into(), 2)));
    }

    #[test]
    fn any_text_has_tokens() {
        for text in ["", "'", "`", "/*", "//", "\\", "'\\", "é'é", "/", "1e9", "${`${"] {
            let _ = Script::of("x", text).tokens();
        }
    }
}
