//! The app as a plugin sees it: the source, with the questions that every plugin asks.

use crate::{Entry, EntryKind, Json, Level, Log, Overview, Problem, ReadFault, Source, Text, Toml, malformed};

/// More than any manifest of a real project has; lock files are looked at by name only.
const MAX_TEXT: u32 = 1024 * 1024;

/// The app below the base directory.
pub struct App<'a> {
    source: &'a dyn Source,
    log: &'a dyn Log,
    overview: Option<Overview>,
}

impl<'a> App<'a> {
    /// Without an overview: every question goes to the source.
    #[must_use]
    pub fn new(source: &'a dyn Source, log: &'a dyn Log) -> Self {
        Self { source, log, overview: None }
    }

    /// With the host's listing of the base directory, which answers for everything that lies there.
    #[must_use]
    pub fn with_overview(source: &'a dyn Source, log: &'a dyn Log, overview: Overview) -> Self {
        Self { source, log, overview: Some(overview) }
    }

    /// Is there a file at this path?
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.look(path) == Some(EntryKind::File)
    }

    /// Is there a directory at this path?
    #[must_use]
    pub fn has_dir(&self, path: &str) -> bool {
        self.look(path) == Some(EntryKind::Directory)
    }

    /// The first of these that is a file.
    #[must_use]
    pub fn first_file<'p>(&self, paths: &[&'p str]) -> Option<&'p str> {
        paths.iter().copied().find(|p| self.has_file(p))
    }

    fn look(&self, path: &str) -> Option<EntryKind> {
        match &self.overview {
            Some(overview) if !overview.truncated && !path.contains('/') => {
                overview.entries.iter().find(|e| e.name == path).map(|e| e.kind)
            }
            _ => self.source.stat(path).map(|e| e.kind),
        }
    }

    /// One directory, sorted by name; the empty path is the base directory. Empty when there is none.
    #[must_use]
    pub fn entries(&self, dir: &str) -> Vec<Entry> {
        match &self.overview {
            Some(overview) if dir.is_empty() && !overview.truncated => overview.entries.clone(),
            _ => self.source.entries(dir).unwrap_or_default(),
        }
    }

    /// Files that match a glob, sorted by path, at most `limit`.
    #[must_use]
    pub fn find(&self, glob: &str, limit: u32) -> Vec<String> {
        self.source.find(glob, limit).unwrap_or_default()
    }

    /// The beginning of a file, invalid UTF-8 replaced: to look for a word in a file that is not ours to understand.
    #[must_use]
    pub fn peek(&self, path: &str, max: u32) -> Option<String> {
        self.source.read(path, max).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A text file; `None` when there is none.
    pub fn text(&self, path: &str) -> Result<Option<Text>, Problem> {
        if !self.has_file(path) {
            return Ok(None);
        }
        match self.source.read_text(path, MAX_TEXT) {
            Ok(text) => Ok(Some(Text::new(path, text))),
            Err(ReadFault::NotFound) => Ok(None),
            Err(fault) => Err(malformed(path, None, why(fault))),
        }
    }

    /// A JSON file; `None` when there is none, a problem with its line when it is broken.
    pub fn json(&self, path: &str) -> Result<Option<Json>, Problem> {
        self.text(path)?.map(|text| Json::parse(path, text.into_string())).transpose()
    }

    /// A TOML file; `None` when there is none, a problem with its line when it is broken.
    pub fn toml(&self, path: &str) -> Result<Option<Toml>, Problem> {
        self.text(path)?.map(|text| Toml::parse(path, text.into_string())).transpose()
    }

    /// Why this plugin does not claim, or claims less than one would think; shown by `detect --explain`.
    pub fn why_not(&self, message: impl AsRef<str>) {
        self.log.write(Level::Info, message.as_ref());
    }

    /// Something that the owner should know.
    pub fn warn(&self, message: impl AsRef<str>) {
        self.log.write(Level::Warn, message.as_ref());
    }

    /// Something for the author of the plugin.
    pub fn debug(&self, message: impl AsRef<str>) {
        self.log.write(Level::Debug, message.as_ref());
    }
}

fn why(fault: ReadFault) -> &'static str {
    match fault {
        ReadFault::NotFound => "it is not there",
        ReadFault::NotAFile => "it is not a file",
        ReadFault::NotADirectory => "it is not a directory",
        ReadFault::TooLarge => "it is larger than 1 MiB",
        ReadFault::NotText => "it is not UTF-8 text",
        ReadFault::BadPath => "its path is not one below the base directory",
        ReadFault::OverBudget => "the plugin has read as much as it may",
    }
}
