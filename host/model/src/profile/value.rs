//! One value against the kind of its key: from TOML, or from the text after `--set key=`.

use super::{Duration, Kind};
use serde_json::Value;
use toml::de::DeValue;

/// Longest text of any value, in bytes. A start script fits; a file does not belong here.
pub(super) const MAX_TEXT: usize = 32 * 1024;
/// Most entries of a list or a free table.
pub(super) const MAX_ENTRIES: usize = 256;

/// Why a value does not fit: what was expected and found, and the word that was probably meant.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) message: String,
    pub(super) nearest: Option<String>,
}

impl Misfit {
    /// Says what was found without showing it.
    pub(super) fn kind_only(expected: &str, value: &DeValue<'_>) -> Self {
        let found = match value {
            DeValue::String(text) => return misfit(format!("{} bytes, at most {MAX_TEXT}, and no NUL", text.len())),
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        misfit(format!("expected {expected}, found {found}"))
    }
}

fn misfit(message: impl Into<String>) -> Misfit {
    Misfit { message: message.into(), nearest: None }
}

/// A value of a TOML document. [`Kind::Free`] is the caller's: its entries are [`Kind::Text`], one by one.
pub(super) fn from_toml(kind: &Kind, value: &DeValue<'_>) -> Result<Value, Misfit> {
    match (kind, value) {
        (Kind::Text | Kind::Choice(_) | Kind::Duration, DeValue::String(text)) => word(kind, text),
        (Kind::Integer(..), DeValue::Integer(number)) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
            integer(kind, parsed, &number.to_string())
        }
        (Kind::Boolean, DeValue::Boolean(yes)) => Ok(Value::Bool(*yes)),
        (Kind::List, DeValue::Array(items)) => {
            if items.len() > MAX_ENTRIES {
                return Err(misfit(format!("{} entries, at most {MAX_ENTRIES} are allowed", items.len())));
            }
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) => word(&Kind::Text, text),
                other => Err(misfit(format!("expected {}, found {} in it", kind.expected(), found(other)))),
            });
            texts.collect::<Result<_, _>>().map(Value::Array)
        }
        (Kind::Text, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_)) => {
            Err(misfit(format!("expected text, found {}: write it in quotes", found(value))))
        }
        (Kind::Integer(..) | Kind::Boolean, DeValue::String(text)) if from_text(kind, text).is_ok() => {
            Err(misfit(format!("expected {}, found {}: write it without quotes", kind.expected(), found(value))))
        }
        (Kind::List, DeValue::String(text)) => {
            Err(misfit(format!("expected {}, found {}: write [{text:?}]", kind.expected(), found(value))))
        }
        _ => Err(misfit(format!("expected {}, found {}", kind.expected(), found(value)))),
    }
}

/// The text after `--set key=`: as it stands, or a TOML literal where that is what it looks like.
pub(super) fn from_text(kind: &Kind, text: &str) -> Result<Value, Misfit> {
    match kind {
        Kind::Text | Kind::Choice(_) | Kind::Duration => {
            match literal(text, '"', '"').or_else(|| literal(text, '\'', '\'')) {
                Some(DeValue::String(quoted)) => word(kind, &quoted),
                _ => word(kind, text),
            }
        }
        Kind::Integer(..) => integer(kind, text.trim().parse().ok(), text),
        Kind::Boolean => match text.trim() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(misfit(format!("expected true or false, found {}", shown(text)))),
        },
        Kind::List => match literal(text, '[', ']') {
            Some(list) => from_toml(kind, &list),
            None if text.trim_start().starts_with('[') => {
                Err(misfit(format!("expected {} or a,b, found {}", kind.expected(), shown(text))))
            }
            None => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| word(&Kind::Text, item)).collect::<Result<_, _>>().map(Value::Array)
            }
        },
        Kind::Free => Err(misfit("set one name at a time: `--set env.NAME=value`")),
    }
}

/// The text as a TOML value when it begins and ends like one and really is one.
fn literal(text: &str, first: char, last: char) -> Option<DeValue<'_>> {
    let text = text.trim();
    if !(text.len() > 1 && text.starts_with(first) && text.ends_with(last)) {
        return None;
    }
    DeValue::parse(text).ok().map(toml::Spanned::into_inner)
}

fn word(kind: &Kind, text: &str) -> Result<Value, Misfit> {
    if text.len() > MAX_TEXT {
        return Err(misfit(format!("{} bytes, at most {MAX_TEXT} are allowed", text.len())));
    }
    if text.contains('\0') {
        return Err(misfit("holds a NUL, which no program can be given"));
    }
    match kind {
        Kind::Choice(words) if !words.iter().any(|w| w == text) => {
            let near = words.iter().min_by_key(|w| strsim::damerau_levenshtein(w, text));
            let near = near.filter(|w| strsim::damerau_levenshtein(w, text) <= 1 + w.len() / 3).cloned();
            Err(Misfit { message: format!("expected {}, found {}", kind.expected(), shown(text)), nearest: near })
        }
        Kind::Duration => match text.parse::<Duration>() {
            Ok(duration) => Ok(String::from(duration).into()),
            Err(why) if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() => {
                Err(Misfit { message: why, nearest: Some(format!("{text}s")) })
            }
            Err(why) => Err(misfit(why)),
        },
        _ => Ok(text.into()),
    }
}

fn integer(kind: &Kind, number: Option<i64>, text: &str) -> Result<Value, Misfit> {
    match (kind, number) {
        (Kind::Integer(min, max), Some(n)) if (*min..=*max).contains(&n) => Ok(n.into()),
        (_, Some(_)) => Err(misfit(format!("expected {}, found {}", kind.expected(), cut(text)))),
        (_, None) => Err(misfit(format!("expected {}, found {}", kind.expected(), shown(text)))),
    }
}

/// A value as an error shows it, bounded.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", shown(text)),
        DeValue::Integer(n) => format!("the number {}", cut(&n.to_string())),
        DeValue::Float(n) => format!("the number {}", cut(&n.to_string())),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn shown(text: &str) -> String {
    format!("{:?}", cut(text))
}
