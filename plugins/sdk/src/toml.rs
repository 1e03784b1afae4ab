//! A TOML document that knows its lines.

use crate::{Evidence, Problem, line_at, malformed, seen_at};
use ::toml::de::{DeTable, DeValue};
use ::toml::{Spanned, Table, Value};
use serde::de::DeserializeOwned;

/// A parsed TOML file with its path and text.
#[derive(Debug, Clone)]
pub struct Toml {
    path: String,
    text: String,
    table: Table,
}

impl Toml {
    /// Parses; the problem names path and line.
    pub fn parse(path: impl Into<String>, text: String) -> Result<Self, Problem> {
        let path = path.into();
        match text.parse::<Table>() {
            Ok(table) => Ok(Self { path, text, table }),
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
    /// The whole table.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }
    /// The whole file as a type of your own; the problem names path and line.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        ::toml::from_str(&self.text)
            .map_err(|e| malformed(&self.path, e.span().map(|s| line_at(&self.text, s.start)), e.message()))
    }
    /// The value under nested keys; a number picks from an array.
    #[must_use]
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| match value {
            Value::Table(table) => table.get(*key),
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        })
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
    fn a_broken_file_is_a_problem_with_its_line() {
        let problem = Toml::parse("p.toml", "a = 1\nb = = 2\n".to_owned()).unwrap_err();
        assert_eq!(problem.evidence[0].line, Some(2));
        assert!(problem.message.starts_with("p.toml line 2: "), "{}", problem.message);
    }
}
