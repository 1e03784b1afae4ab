//! A JSON document that knows its lines.

use crate::{Evidence, Problem, line_at, malformed, seen_at};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A parsed JSON file with its path and text.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    path: String,
    text: String,
    value: Value,
}

impl Json {
    /// Parses; the problem names path and line.
    pub fn parse(path: impl Into<String>, text: String) -> Result<Self, Problem> {
        let path = path.into();
        match serde_json::from_str(&text) {
            Ok(value) => Ok(Self { path, text, value }),
            Err(e) => Err(broken(&path, &e)),
        }
    }
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
    /// The whole document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
    /// The whole file as a type of your own; the problem names path and line.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(&self.text).map_err(|e| broken(&self.path, &e))
    }
    /// The value under nested keys; a number picks from an array.
    #[must_use]
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        at(&self.value, keys)
    }
    /// The text under nested keys.
    #[must_use]
    pub fn string(&self, keys: &[&str]) -> Option<&str> {
        self.get(keys)?.as_str()
    }
    /// The one-based line on which the last of the keys stands.
    #[must_use]
    pub fn line(&self, keys: &[&str]) -> Option<u32> {
        let offset = Scanner { text: self.text.as_bytes(), at: 0 }.locate(keys)?;
        Some(line_at(&self.text, offset))
    }
    /// Evidence at a key.
    #[must_use]
    pub fn seen(&self, keys: &[&str], note: impl Into<String>) -> Evidence {
        seen_at(&self.path, self.line(keys), note)
    }
}

/// The value under nested keys.
pub(crate) fn at<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(map) => map.get(*key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn broken(path: &str, e: &serde_json::Error) -> Problem {
    let text = e.to_string();
    // serde_json ends its message with " at line 3 column 7"; the line is said before it, by us.
    let what = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
    malformed(path, u32::try_from(e.line()).ok().filter(|l| *l > 0), what)
}

/// Walks the text of a document that was already parsed: it only has to tell strings from structure.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The offset of the last of the keys, or of the array item.
    fn locate(&mut self, keys: &[&str]) -> Option<usize> {
        let (first, rest) = keys.split_first()?;
        self.space();
        let mut index = 0_usize;
        let object = match self.next()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        let mut found = None;
        loop {
            self.space();
            let start = self.at;
            if matches!(self.peek()?, b'}' | b']') {
                // A key that is there twice counts where it is last, as it does for the parser.
                return found;
            }
            let ours = if object {
                let key = self.string()?;
                self.space();
                self.next()?; // the colon
                key == *first
            } else {
                first.parse() == Ok(index)
            };
            self.space();
            if ours {
                let value = self.at;
                found = if rest.is_empty() { Some(start) } else { self.locate(rest) };
                self.at = value;
            }
            self.value()?;
            self.space();
            index += 1;
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }
    /// A string with its quotes; escapes are undone.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.next()?;
        loop {
            match self.next()? {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }
    /// Skips one value of any kind.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    while self.peek().is_some_and(|b| !b" \t\r\n,]}".contains(&b)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(text: &str) -> Json {
        Json::parse("package.json", text.to_owned()).unwrap()
    }
    #[test]
    fn a_key_is_found_on_its_line() {
        let text = "{\n \"name\": \"start\",\n \"x\": [1, {\"scripts\": {\"start\": 0}}, \"a\\\"}\"],\n \"scripts\": {\n  \
                    \"build\": \"vite build\",\n  \"start\": \"node .\"\n },\n \"n\": -1.5e3, \"b\": true\n}\n";
        let doc = doc(text);
        assert_eq!(doc.line(&["scripts", "start"]), Some(6));
        assert_eq!(doc.line(&["name"]), Some(2));
        assert_eq!(doc.line(&["x", "1", "scripts"]), Some(3));
        assert_eq!(doc.line(&["b"]), Some(8));
        assert_eq!(doc.line(&["scripts", "test"]), None);
        assert_eq!(doc.line(&["name", "deeper"]), None);
    }
    #[test]
    fn every_document_that_parses_can_be_searched_to_its_end() {
        for text in ["{}", "[]", "[[],{}]", "{\"a\":{}}", "3", "\"x\"", "{\"a\":\"\\\\\",\"b\":[null,false]}"] {
            assert_eq!(doc(text).line(&["zz"]), None, "{text}");
        }
        assert_eq!(doc("{\"a\":\"\\\\\",\n\"b\":[null,false]}").line(&["b"]), Some(2));
        assert_eq!(doc("{\"a\":1,\n\"a\":2}").line(&["a"]), Some(2));
    }
    #[test]
    fn a_broken_file_is_a_problem_with_its_line() {
        let problem = Json::parse("package.json", "{\n \"a\": 1,\n}".to_owned()).unwrap_err();
        assert_eq!(problem.evidence[0].line, Some(3));
        assert!(problem.message.starts_with("package.json line 3: "), "{}", problem.message);
        assert!(!problem.message.contains("column"), "{}", problem.message);
    }
}
