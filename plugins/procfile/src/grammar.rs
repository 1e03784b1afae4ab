//! The grammar of a Procfile, as Heroku and foreman read it: `name: command`, one a line; names of letters, digits, `-`
//! and `_`; `#` begins a comment at the start of a line only; what is no process is skipped, with a warning. Not YAML.

use shipway_sdk::prelude::*;

/// One process type.
pub(crate) struct Line {
    /// A DNS label, as the host wants its names.
    pub(crate) name: String,
    pub(crate) command: String,
    number: u32,
    written: String,
}

impl Line {
    /// Evidence for it.
    pub(crate) fn seen(&self) -> Evidence {
        seen_at("Procfile", self.number, format!("{}: {}", self.written, self.command))
    }
}

/// A whole Procfile.
pub(crate) struct Procfile {
    pub(crate) lines: Vec<Line>,
    pub(crate) warnings: Vec<String>,
}

impl Procfile {
    /// Reads the one at the root; a problem when not one line of it can be used.
    pub(crate) fn read(app: &App<'_>) -> Result<Option<Self>, Problem> {
        let Some(text) = app.text("Procfile")? else { return Ok(None) };
        let mut lines: Vec<Line> = vec![];
        let mut warnings = vec![];
        for (number, raw) in text.lines() {
            let raw = raw.trim();
            if raw.is_empty() || raw.starts_with('#') {
                continue;
            }
            let Some(line) = process(number, raw) else {
                warnings.push(format!("Procfile line {number} is not `name: command` and is skipped"));
                continue;
            };
            if let Some(earlier) = lines.iter().position(|l| l.name == line.name) {
                warnings.push(format!(
                    "Procfile line {number} replaces the {} process of line {}",
                    line.name, lines[earlier].number
                ));
                lines.remove(earlier);
            }
            lines.push(line);
        }
        if lines.is_empty() {
            return Err(malformed("Procfile", None, "it holds no process: each line is `name: command`"));
        }
        Ok(Some(Self { lines, warnings }))
    }

    /// A process by its name.
    pub(crate) fn get(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|l| l.name == name)
    }
}

fn process(number: u32, raw: &str) -> Option<Line> {
    let (written, command) = raw.split_once(':')?;
    let written = written.trim_end();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let command = command.trim();
    if written.is_empty() || !written.chars().all(plain) || command.is_empty() {
        return None;
    }
    let name = written.to_ascii_lowercase().replace('_', "-");
    let name = name.trim_matches('-');
    (!name.is_empty() && name.len() <= 63).then(|| Line {
        name: name.to_owned(),
        command: command.to_owned(),
        number,
        written: written.to_owned(),
    })
}
