//! Spans of time as a person writes them. Bounded, so that no arithmetic on one can overflow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A span of time, written as `500ms`, `5s`, `2m` or `1h`; at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(std::time::Duration);

impl Duration {
    /// How one is written, as a regular expression. Also how [`super::known_keys`] tells a duration from other text.
    pub(super) const PATTERN: &str = "^[0-9]+(ms|s|m|h)$";

    /// From a number of milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(std::time::Duration::from_millis(ms))
    }
    /// As the standard library's.
    #[must_use]
    pub const fn get(self) -> std::time::Duration {
        self.0
    }
}
impl std::str::FromStr for Duration {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a duration such as 500ms, 5s, 2m or 1h");
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let ms = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)?;
        if ms > 86_400_000 {
            return Err(format!("{text:?} is longer than a day"));
        }
        Ok(Self::from_millis(ms))
    }
}
impl TryFrom<String> for Duration {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl From<Duration> for String {
    fn from(d: Duration) -> String {
        let ms = d.0.as_millis();
        if ms.is_multiple_of(1000) { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
    }
}
impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
}
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_as_it_is_written_and_nothing_else_is_one() {
        for (text, ms) in [("0s", 0), ("500ms", 500), ("5s", 5000), ("2m", 120_000), ("24h", 86_400_000)] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration.get().as_millis(), ms);
            assert_eq!(String::from(duration).parse::<Duration>().unwrap(), duration);
        }
        for bad in
            ["", "5", "s", "5 s", "-5s", "1.5s", "5S", "25h", "99999999999999999999s", "18446744073709551615h", "５s"]
        {
            assert!(bad.parse::<Duration>().is_err(), "{bad:?}");
        }
    }
}
