//! What is wrong with a configuration: where, which key, and what would be right.

use crate::Code;
use std::fmt;

/// One thing that is wrong. Its text is complete on a terminal: place, key, what was expected, and the nearest key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file as shown to the person; `None` when it came by `--set`.
    pub file: Option<String>,
    /// One-based.
    pub line: Option<u32>,
    /// The dotted key; empty when the file as a whole is meant.
    pub key: String,
    /// What is wrong, without place and key.
    pub message: String,
    /// The known key, or the allowed value, that was probably meant.
    pub nearest: Option<String>,
}

impl ConfigError {
    /// Always `config-invalid`.
    #[must_use]
    pub const fn code(&self) -> Code {
        Code::ConfigInvalid
    }

    /// `shipway.toml:7`, or `--set`.
    #[must_use]
    pub fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.clone(),
            (None, _) => "--set".to_owned(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place())?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}
