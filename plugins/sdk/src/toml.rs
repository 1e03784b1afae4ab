//! A TOML document that knows its lines. Its values are JSON's, so that a plugin deals with one kind of value; a date is
//! its text.

use crate::{Evidence, Problem, line_at, malformed, seen_at};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use serde_json::{Map, Value};

/// A parsed TOML file with its path and text.
#[derive(Debug, Clone, PartialEq)]
pub struct Toml {
    path: String,
    text: String,
    value: Value,
}

impl Toml {
    /// Parses; the problem names path and line.
    pub fn parse(path: impl Into<String>, text: String) -> Result<Self, Problem> {
        let path = path.into();
        let parsed = DeTable::parse(&text).map(|root| table(root.get_ref()));
        match parsed {
            Ok(value) => Ok(Self { path, text, value }),
            Err(e) => {
                let line = e.span().map(|s| line_at(&text, s.start));
                Err(malformed(&path, line, e.message()))
            }
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
    /// The value under nested keys; a number picks from an array.
    #[must_use]
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        crate::json::at(&self.value, keys)
    }
    /// The text under nested keys.
    #[must_use]
    pub fn string(&self, keys: &[&str]) -> Option<&str> {
        self.get(keys)?.as_str()
    }
    /// The one-based line on which the last of the keys stands.
    #[must_use]
    pub fn line(&self, keys: &[&str]) -> Option<u32> {
        let root = DeTable::parse(&self.text).ok()?;
        let (first, rest) = keys.split_first()?;
        let (mut at, mut value) = entry(root.get_ref(), first)?;
        for key in rest {
            (at, value) = match value.get_ref() {
                DeValue::Table(table) => entry(table, key)?,
                DeValue::Array(items) => {
                    let item = items.get(key.parse::<usize>().ok()?)?;
                    (item.span().start, item)
                }
                _ => return None,
            };
        }
        Some(line_at(&self.text, at))
    }
    /// Evidence at a key.
    #[must_use]
    pub fn seen(&self, keys: &[&str], note: impl Into<String>) -> Evidence {
        seen_at(&self.path, self.line(keys), note)
    }
}

fn table(t: &DeTable<'_>) -> Value {
    t.iter().map(|(k, v)| (k.get_ref().to_string(), value(v.get_ref()))).collect::<Map<_, _>>().into()
}

fn value(v: &DeValue<'_>) -> Value {
    match v {
        DeValue::String(s) => s.as_ref().into(),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or_else(|_| n.as_str().into(), Value::from)
        }
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or_else(|_| n.as_str().into(), Value::from),
        DeValue::Boolean(b) => (*b).into(),
        DeValue::Datetime(d) => d.to_string().into(),
        DeValue::Array(items) => items.iter().map(|i| value(i.get_ref())).collect::<Vec<_>>().into(),
        DeValue::Table(inner) => table(inner),
    }
}

fn entry<'t, 's>(table: &'t DeTable<'s>, key: &str) -> Option<(usize, &'t Spanned<DeValue<'s>>)> {
    table.iter().find(|(k, _)| k.get_ref() == key).map(|(k, v)| (k.span().start, v))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc() -> Toml {
        let text = "[project]\nname = \"x\"\ndependencies = [\n  \"flask\",\n  \"rich\",\n]\n[tool.uv]\ndev = true\n";
        Toml::parse("pyproject.toml", text.to_owned()).unwrap()
    }
    #[test]
    fn a_key_is_found_on_its_line() {
        assert_eq!(doc().line(&["project", "name"]), Some(2));
        assert_eq!(doc().line(&["project", "dependencies", "1"]), Some(5));
        assert_eq!(doc().line(&["tool", "uv", "dev"]), Some(8));
        assert_eq!(doc().line(&["tool", "poetry"]), None);
    }
    #[test]
    fn values_keep_their_kinds() {
        let text = "i = 0x1F\nf = 1.5\nb = true\nd = 2026-11-23\na = [{ x = \"y\" }]\nbig = 99999999999999999999\n";
        let doc = Toml::parse("x.toml", text.to_owned()).unwrap();
        assert_eq!(doc.get(&["i"]), Some(&31.into()));
        assert_eq!(doc.get(&["f"]), Some(&1.5.into()));
        assert_eq!(doc.get(&["b"]), Some(&true.into()));
        assert_eq!(doc.string(&["d"]), Some("2026-11-23"));
        assert_eq!(doc.string(&["a", "0", "x"]), Some("y"));
        assert_eq!(doc.get(&["nothing"]), None);
    }
    #[test]
    fn a_broken_file_is_a_problem_with_its_line() {
        let problem = Toml::parse("p.toml", "a = 1\nb = = 2\n".to_owned()).unwrap_err();
        assert_eq!(problem.evidence[0].line, Some(2));
        assert!(problem.message.starts_with("p.toml line 2: "), "{}", problem.message);
    }
}
