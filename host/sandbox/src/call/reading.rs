//! The host's side of `source`, free of any contract version: charge first, bound, then look; what was shown goes into
//! the ledger. A path that is not canonical is made so or refused before the view hears of it.

use super::breach::Breach;
use super::session::Session;
use crate::text::canonical;
use crate::{Entry, Kind, ReadFault, SourceView};
use std::sync::Arc;

/// Why a plugin does not get what it asked for. An answer, not the end of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotFound,
    NotAFile,
    NotADirectory,
    TooLarge,
    NotText,
    BadPath,
    OverBudget,
}

impl From<ReadFault> for Refusal {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::NotFound => Refusal::NotFound,
            ReadFault::NotAFile => Refusal::NotAFile,
            ReadFault::NotADirectory => Refusal::NotADirectory,
            ReadFault::TooLarge => Refusal::TooLarge,
            ReadFault::BadPath => Refusal::BadPath,
        }
    }
}

/// The outer error ends the call, the inner one is told to the plugin.
type Answer<T> = Result<Result<T, Refusal>, Breach>;

/// Longest glob that is compiled for a plugin, in bytes.
const GLOB: usize = 1024;

impl Session {
    /// At most `max` bytes from the beginning of a file.
    pub(crate) fn read(&mut self, path: &str, max: u32) -> Answer<Vec<u8>> {
        Ok(self.take(path, max)?.map(|(bytes, _)| bytes))
    }

    /// The whole file as text.
    pub(crate) fn read_text(&mut self, path: &str, max: u32) -> Answer<String> {
        let (bytes, whole) = match self.take(path, max)? {
            Ok(read) => read,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !whole {
            return Ok(Err(Refusal::TooLarge));
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Err(Refusal::NotText));
        };
        Ok(Ok(match text.strip_prefix('\u{FEFF}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }))
    }

    fn take(&mut self, path: &str, max: u32) -> Answer<(Vec<u8>, bool)> {
        let (view, path) = match self.begin(path)? {
            Ok(both) => both,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let most = u64::from(max).min(self.limits().read_each);
        let read = match view.read(&path, most) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let mut bytes = read.bytes;
        let whole = read.whole && bytes.len() as u64 <= most;
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        if !self.charge_bytes(bytes.len()) {
            return Ok(Err(Refusal::OverBudget));
        }
        self.ledger.note_read(&path, &bytes);
        Ok(Ok((bytes, whole)))
    }

    /// What lies at a path; `None` when nothing does.
    pub(crate) fn stat(&mut self, path: &str) -> Result<Option<Entry>, Breach> {
        let Ok((view, path)) = self.begin(path)? else { return Ok(None) };
        if path.is_empty() {
            return Ok(Some(Entry { name: String::new(), kind: Kind::Directory, size: 0 }));
        }
        let entry = view.stat(&path).ok().flatten();
        if let Some(entry) = &entry
            && self.charge_bytes(entry.name.len())
        {
            self.ledger.note_name(&path);
        }
        Ok(entry)
    }

    /// The content of a directory.
    pub(crate) fn entries(&mut self, dir: &str) -> Answer<Vec<Entry>> {
        let (view, dir) = match self.begin(dir)? {
            Ok(both) => both,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let entries = match view.entries(&dir) {
            Ok(entries) => entries,
            Err(fault) => return Ok(Err(fault.into())),
        };
        if entries.len() > self.limits().listing as usize {
            return Ok(Err(Refusal::TooLarge));
        }
        if !self.charge_bytes(entries.iter().map(|e| e.name.len()).sum()) {
            return Ok(Err(Refusal::OverBudget));
        }
        self.ledger.note_listing(&dir, &entries);
        Ok(Ok(entries))
    }

    /// Files that match a glob.
    pub(crate) fn find(&mut self, glob: &str, limit: u32) -> Answer<Vec<String>> {
        let view = match self.begin("")? {
            Ok((view, _)) => view,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if glob.len() > GLOB || glob.contains('\0') {
            return Ok(Err(Refusal::BadPath));
        }
        let most = limit.min(self.limits().listing) as usize;
        let mut paths = match view.find(glob, most) {
            Ok(paths) => paths,
            Err(fault) => return Ok(Err(fault.into())),
        };
        paths.truncate(most);
        if !self.charge_bytes(paths.iter().map(String::len).sum()) {
            return Ok(Err(Refusal::OverBudget));
        }
        for path in &paths {
            self.ledger.note_name(path);
        }
        Ok(Ok(paths))
    }

    fn begin(&mut self, path: &str) -> Answer<(Arc<dyn SourceView>, String)> {
        self.charge_call()?;
        // A call without a source (`describe`, a verifier's) sees an empty one.
        let Some(view) = &self.view else { return Ok(Err(Refusal::NotFound)) };
        Ok(canonical(path).map(|path| (Arc::clone(view), path)).ok_or(Refusal::BadPath))
    }
}
