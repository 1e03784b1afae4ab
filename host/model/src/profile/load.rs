//! From a file's text and the settings of a command line to a profile, strictly: nothing is skipped, nothing is
//! guessed, and every error names its place, its key and the nearest key that there is.

use super::{
    ConfigError, Kind, KnownKey, Layered, Profile, SettingOrigin,
    keys::{cut, free_entry, is_below, is_section, joined, known, nearest, split},
    known_keys, rules,
    value::{self, Misfit},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Largest configuration file, in bytes.
pub const MAX_FILE: usize = 256 * 1024;
/// Errors that are collected before the rest is left for the next run.
const MAX_ERRORS: usize = 50;

/// Reads a profile: the file's text with the path to show for it, and `--set` values by dotted key over it.
///
/// # Errors
/// The first thing that is wrong, in the order of the file.
pub fn load(file: Option<(&str, &str)>, settings: &BTreeMap<String, String>) -> Result<Layered, ConfigError> {
    check(file, settings).map_err(|errors| {
        let nothing = ConfigError { file: None, line: None, key: String::new(), message: String::new(), nearest: None };
        errors.into_iter().next().unwrap_or(nothing)
    })
}

/// The same, with everything that is wrong: for `shipway config check`.
///
/// # Errors
/// At least one; in the order of the file, settings after it.
pub fn check(file: Option<(&str, &str)>, settings: &BTreeMap<String, String>) -> Result<Layered, Vec<ConfigError>> {
    let mut reading = Reading::default();
    if let Some((path, text)) = file {
        reading.file(path, text);
    }
    reading.settings(settings);
    reading.finish()
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place<'a> {
    File(&'a str, u32),
    Setting,
}

impl Place<'_> {
    fn origin(self) -> SettingOrigin {
        match self {
            Place::File(path, line) => SettingOrigin::File { path: path.to_owned(), line },
            Place::Setting => SettingOrigin::Setting,
        }
    }
}

#[derive(Default)]
struct Reading {
    values: Map<String, Value>,
    origins: BTreeMap<String, SettingOrigin>,
    errors: Vec<ConfigError>,
}

impl Reading {
    fn file(&mut self, path: &str, text: &str) {
        let whole = |line: Option<u32>, message: String| ConfigError {
            file: Some(path.to_owned()),
            line,
            key: String::new(),
            message,
            nearest: None,
        };
        if text.len() > MAX_FILE {
            self.errors.push(whole(None, format!("{} bytes, at most {MAX_FILE} are read", text.len())));
            return;
        }
        match DeTable::parse(text) {
            Ok(table) => self.table(path, text, "", table.get_ref()),
            Err(e) => {
                let line = e.span().map(|span| line_of(text, span.start));
                self.errors.push(whole(line, e.message().lines().collect::<Vec<_>>().join(", ")));
            }
        }
    }

    fn table(&mut self, path: &str, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (name, item) in table {
            let key = joined(prefix, name.get_ref());
            let at_key = Place::File(path, line_of(text, name.span().start));
            let at_value = Place::File(path, line_of(text, item.span().start));
            match (known(&key), item.get_ref()) {
                (Some(KnownKey { kind: Kind::Free, .. }), DeValue::Table(entries)) => {
                    for (name, item) in entries {
                        let place = Place::File(path, line_of(text, item.span().start));
                        self.entry(place, &key, name.get_ref(), item);
                    }
                }
                (Some(known), value) => {
                    self.accept(at_value, &key, split(&key), value::from_toml(&known.kind, value));
                }
                (None, DeValue::Table(section)) if is_section(&key) => self.table(path, text, &key, section),
                (None, _) if is_section(&key) => {
                    self.refuse(at_value, &key, format!("is a section: write [{key}] and its keys below"), None);
                }
                (None, _) => self.unknown(at_key, &key),
            }
        }
    }

    /// One entry of a free table.
    fn entry(&mut self, place: Place<'_>, table: &str, name: &str, item: &Spanned<DeValue<'_>>) {
        let mut parts = split(table);
        parts.push(name);
        // The values of these tables may be secret, also when they have the wrong type.
        let value = value::from_toml(&Kind::Text, item.get_ref())
            .map_err(|_| Misfit::kind_only("text in quotes", item.get_ref()));
        self.accept(place, &joined(table, name), parts, value);
    }

    fn settings(&mut self, settings: &BTreeMap<String, String>) {
        for (key, text) in settings {
            let key = key.trim();
            if let Some(known) = known(key) {
                match (&known.kind, DeValue::parse(text.trim())) {
                    (Kind::Free, Ok(literal)) if literal.get_ref().is_table() => {
                        for (name, item) in literal.get_ref().as_table().into_iter().flatten() {
                            self.entry(Place::Setting, key, name.get_ref(), item);
                        }
                    }
                    _ => self.accept(Place::Setting, key, split(key), value::from_text(&known.kind, text)),
                }
            } else if let Some((table, name)) = free_entry(key) {
                let mut parts = split(table);
                parts.push(name);
                self.accept(Place::Setting, &joined(table, name), parts, value::from_text(&Kind::Text, text));
            } else if is_section(key) {
                let keys: Vec<&str> =
                    known_keys().iter().map(|k| k.key.as_str()).filter(|k| is_below(k, key)).collect();
                self.refuse(Place::Setting, key, format!("is a section: set one of {}", keys.join(", ")), None);
            } else {
                self.unknown(Place::Setting, &cut(key));
            }
        }
    }

    fn accept(&mut self, place: Place<'_>, key: &str, parts: Vec<&str>, value: Result<Value, Misfit>) {
        match value {
            Ok(value) => {
                put(&mut self.values, &parts, value);
                self.origins.insert(key.to_owned(), place.origin());
            }
            Err(misfit) => self.refuse(place, key, misfit.message, misfit.nearest),
        }
    }

    fn unknown(&mut self, place: Place<'_>, key: &str) {
        self.refuse(place, key, "unknown key".to_owned(), nearest(key));
    }

    fn refuse(&mut self, place: Place<'_>, key: &str, message: String, nearest: Option<String>) {
        self.errors.push(error(&place.origin(), key, message, nearest));
    }

    fn finish(mut self) -> Result<Layered, Vec<ConfigError>> {
        if self.errors.is_empty() {
            if self.origins.is_empty() {
                // The usual case, on the path of every cold `shipway detect`: the schema is not even looked at.
                return Ok(Layered::default());
            }
            match serde_json::from_value::<Profile>(Value::Object(self.values)) {
                Ok(mut profile) => {
                    rules::normalise(&mut profile);
                    for fault in rules::broken(&profile) {
                        let origin = self.origins.get(&fault.key).unwrap_or(&SettingOrigin::Setting);
                        self.errors.push(error(origin, &fault.key, fault.message, fault.nearest));
                    }
                    if self.errors.is_empty() {
                        return Ok(Layered { profile, origins: self.origins });
                    }
                }
                // Every key was checked against the schema of the same struct, so this is not reached.
                Err(e) => self.errors.push(error(&SettingOrigin::Setting, "", e.to_string(), None)),
            }
        }
        // In the order of the file; settings, which have no line, come last.
        self.errors.sort_by_key(|e| (e.file.is_none(), e.line));
        self.errors.truncate(MAX_ERRORS);
        Err(self.errors)
    }
}

fn error(origin: &SettingOrigin, key: &str, message: String, nearest: Option<String>) -> ConfigError {
    let (file, line) = match origin {
        SettingOrigin::File { path, line } => (Some(path.clone()), Some(*line)),
        SettingOrigin::Setting | SettingOrigin::Default => (None, None),
    };
    ConfigError { file, line, key: key.to_owned(), message, nearest }
}

fn put(values: &mut Map<String, Value>, parts: &[&str], value: Value) {
    match parts {
        [] => {}
        [name] => {
            values.insert((*name).to_owned(), value);
        }
        [section, rest @ ..] => {
            let below = values.entry(*section).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    u32::try_from(before.iter().filter(|b| **b == b'\n').count() + 1).unwrap_or(u32::MAX)
}
