//! A source in memory that answers as the host's does, and remembers what was asked and logged.

use crate::{App, Entry, EntryKind, Level, Log, Overview, ReadFault, Source};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A small tree of files.
#[derive(Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
    asked: RefCell<BTreeSet<String>>,
    log: RefCell<Vec<String>>,
}

impl Memory {
    /// From paths and contents.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
        Self { files, ..Self::default() }
    }

    /// From a folder on disk, without its `expect.json`.
    pub fn load(dir: &Path) -> std::io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut open = vec![dir.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                } else if let Ok(inside) = path.strip_prefix(dir) {
                    let name = inside.to_string_lossy().replace('\\', "/");
                    if name != cases::EXPECT {
                        files.insert(name, std::fs::read(&path)?);
                    }
                }
            }
        }
        Ok(Self { files, ..Self::default() })
    }

    /// The app, as a detector sees it.
    #[must_use]
    pub fn app(&self) -> App<'_> {
        let entries = self.list("").unwrap_or_default();
        self.asked.borrow_mut().extend(entries.iter().map(|e| e.name.clone()));
        App::with_overview(self, self, Overview { entries, truncated: false })
    }

    /// The app, as a planner sees it.
    #[must_use]
    pub fn app_to_plan(&self) -> App<'_> {
        App::new(self, self)
    }

    /// What was logged, and forgets it.
    #[must_use]
    pub fn take_log(&self) -> Vec<String> {
        self.log.take()
    }

    /// Which paths may be named in evidence, and forgets them.
    #[must_use]
    pub fn take_asked(&self) -> BTreeSet<String> {
        self.asked.take()
    }

    /// Does a path match one of these globs?
    #[must_use]
    pub fn triggers(&self, globs: &[&str]) -> bool {
        globs.iter().any(|g| self.files.keys().any(|f| matcher(g).is_some_and(|m| m.is_match(f))))
    }

    fn list(&self, dir: &str) -> Option<Vec<Entry>> {
        let prefix =
            if dir.is_empty() || dir == "." { String::new() } else { format!("{}/", dir.trim_end_matches('/')) };
        let mut found: BTreeMap<String, Entry> = BTreeMap::new();
        for (path, bytes) in self.files.range(prefix.clone()..).take_while(|(p, _)| p.starts_with(&prefix)) {
            let rest = &path[prefix.len()..];
            let (name, kind, size) = match rest.split_once('/') {
                Some((first, _)) => (first, EntryKind::Directory, 0),
                None => (rest, EntryKind::File, bytes.len() as u64),
            };
            found.entry(name.to_owned()).or_insert(Entry { name: name.to_owned(), kind, size });
        }
        if found.is_empty() && !prefix.is_empty() { None } else { Some(found.into_values().collect()) }
    }

    fn ask(&self, path: &str) {
        self.asked.borrow_mut().insert(path.to_owned());
    }
}

fn matcher(glob: &str) -> Option<globset::GlobMatcher> {
    globset::GlobBuilder::new(glob).literal_separator(true).build().ok().map(|g| g.compile_matcher())
}

impl Source for Memory {
    fn read(&self, path: &str, max: u32) -> Result<Vec<u8>, ReadFault> {
        self.ask(path);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.iter().copied().take(max).collect()),
            None if self.list(path).is_some() => Err(ReadFault::NotAFile),
            None => Err(ReadFault::NotFound),
        }
    }
    fn read_text(&self, path: &str, max: u32) -> Result<String, ReadFault> {
        let bytes = self.read(path, max)?;
        if self.files.get(path).is_some_and(|whole| whole.len() > bytes.len()) {
            return Err(ReadFault::TooLarge);
        }
        let text = String::from_utf8(bytes).map_err(|_| ReadFault::NotText)?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }
    fn stat(&self, path: &str) -> Option<Entry> {
        self.ask(path);
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        match self.files.get(path) {
            Some(bytes) => Some(Entry { name, kind: EntryKind::File, size: bytes.len() as u64 }),
            None => self.list(path).map(|_| Entry { name, kind: EntryKind::Directory, size: 0 }),
        }
    }
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        let found = self.list(dir).ok_or(ReadFault::NotFound)?;
        let prefix =
            if dir.is_empty() || dir == "." { String::new() } else { format!("{}/", dir.trim_end_matches('/')) };
        self.asked.borrow_mut().extend(found.iter().map(|e| format!("{prefix}{}", e.name)));
        Ok(found)
    }
    fn find(&self, glob: &str, limit: u32) -> Result<Vec<String>, ReadFault> {
        let matcher = matcher(glob).ok_or(ReadFault::BadPath)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let found: Vec<String> = self.files.keys().filter(|p| matcher.is_match(p)).take(limit).cloned().collect();
        self.asked.borrow_mut().extend(found.iter().cloned());
        Ok(found)
    }
}

impl Log for Memory {
    fn write(&self, _level: Level, message: &str) {
        self.log.borrow_mut().push(message.to_owned());
    }
}
