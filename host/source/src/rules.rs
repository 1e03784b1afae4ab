//! What is left out of a source. Depends on the source and the owner's patterns only: not on git being there, not on a
//! person's global git configuration, not on where the folder lies, so that the same tree has the same digest anywhere.
//!
//! In order of weight: what is always in or out (`.git`, the base directory, `shipway.toml`), the owner's patterns,
//! `.shipwayignore` files, `.gitignore` files (of each, the deeper file wins, and in a file the later line), the list of
//! [`junk`](crate::junk). As with git, nothing below an ignored directory can be brought back.

use crate::{
    SourceError,
    beneath::{Beneath, Closed},
    bounds::TakeOptions,
    error::shown,
    junk, relative,
};
use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};
use model::SourceKind;
use std::{ffi::OsStr, io::Read, os::unix::ffi::OsStrExt, path::Path, sync::Arc};

pub(crate) const GIT_IGNORE: &str = ".gitignore";
pub(crate) const SHIPWAY_IGNORE: &str = ".shipwayignore";
const CONFIG: &str = "shipway.toml";

/// The rules of one source.
pub(crate) struct Rules {
    folder: bool,
    owner: Gitignore,
    base: String,
    own_state: Option<String>,
    max_ignore_file: u64,
}

/// The ignore files that apply in a directory: its own and those above.
pub(crate) struct Chain {
    above: Option<Arc<Chain>>,
    /// Bytes of the directory's path with its slash: what is cut off before its patterns are asked.
    cut: usize,
    git: Option<Gitignore>,
    shipway: Option<Gitignore>,
}

/// Whether something belongs to the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It does not.
    Out,
    /// It does.
    In,
    /// It does because somebody says so: it is not judged by its content.
    Kept,
}

impl Rules {
    /// `base` is normal. `own_state` is the store's directory, relative to the root, when it lies in the source.
    pub(crate) fn new(options: &TakeOptions, base: &str, own_state: Option<String>) -> Result<Self, SourceError> {
        let mut owner = GitignoreBuilder::new(".");
        for pattern in &options.ignore {
            owner.add_line(None, pattern).map_err(|e| bad_pattern("source.ignore", pattern, &e))?;
        }
        Ok(Self {
            folder: options.kind != SourceKind::StaticDirectory,
            owner: owner.build().map_err(|e| SourceError::unreadable("source.ignore", e))?,
            base: base.to_owned(),
            own_state,
            max_ignore_file: options.bounds.max_ignore_file,
        })
    }

    /// Are directories judged by what they hold?
    pub(crate) fn judges_content(&self) -> bool {
        self.folder
    }

    /// The base directory and what lies above it are in, whatever the patterns say: the owner named it.
    pub(crate) fn leads_to_base(&self, path: &str) -> bool {
        relative::is_within(&self.base, path)
    }

    /// The chain in `dir`, given whether the two ignore files are there.
    pub(crate) fn enter(
        &self,
        root: &Beneath,
        dir: &str,
        above: Option<&Arc<Chain>>,
        has_git: bool,
        has_shipway: bool,
    ) -> Result<Option<Arc<Chain>>, SourceError> {
        let git = if has_git && self.folder { self.load(root, dir, GIT_IGNORE)? } else { None };
        let shipway = if has_shipway { self.load(root, dir, SHIPWAY_IGNORE)? } else { None };
        if git.is_none() && shipway.is_none() {
            return Ok(above.cloned());
        }
        let cut = if dir.is_empty() { 0 } else { dir.len() + 1 };
        Ok(Some(Arc::new(Chain { above: above.cloned(), cut, git, shipway })))
    }

    /// The chain that the directories above `base` make.
    pub(crate) fn above(&self, root: &Beneath) -> Result<Option<Arc<Chain>>, SourceError> {
        let mut chain = None;
        let mut dir = String::new();
        for part in self.base.split('/').filter(|part| !part.is_empty()) {
            chain = self.enter(root, &dir, chain.as_ref(), true, true)?;
            dir = relative::join(&dir, part);
        }
        Ok(chain)
    }

    /// `path` is relative to the root and may hold any bytes; `name` is its last part; `beside` as in [`junk`].
    pub(crate) fn decide(
        &self,
        chain: Option<&Chain>,
        path: &[u8],
        name: &[u8],
        is_dir: bool,
        beside: impl Fn(&str) -> bool,
    ) -> Decision {
        if name == b".git" {
            return Decision::Out;
        }
        if let Ok(path) = str::from_utf8(path) {
            if self.own_state.as_deref() == Some(path) {
                return Decision::Out;
            }
            let at = path.strip_suffix(CONFIG).map(|dir| dir.strip_suffix('/').unwrap_or(dir));
            let config =
                !is_dir && name == CONFIG.as_bytes() && at.is_some_and(|dir| dir.is_empty() || dir == self.base);
            if config || (is_dir && self.leads_to_base(path)) {
                return Decision::Kept;
            }
        }
        if let Some(decision) = self.patterns(chain, path, is_dir) {
            return decision;
        }
        let junk = self.folder && is_dir && str::from_utf8(name).is_ok_and(|name| junk::is_junk(name, beside));
        if junk { Decision::Out } else { Decision::In }
    }

    fn patterns(&self, chain: Option<&Chain>, path: &[u8], is_dir: bool) -> Option<Decision> {
        if let Some(decision) = ask(&self.owner, path, is_dir) {
            return Some(decision);
        }
        let mut by_git = None;
        let mut next = chain;
        while let Some(at) = next {
            let below = &path[at.cut.min(path.len())..];
            if let Some(decision) = at.shipway.as_ref().and_then(|file| ask(file, below, is_dir)) {
                return Some(decision);
            }
            if by_git.is_none() {
                by_git = at.git.as_ref().and_then(|file| ask(file, below, is_dir));
            }
            next = at.above.as_deref();
        }
        by_git
    }

    /// A malformed line of a `.gitignore` is passed over, as git does; one of a `.shipwayignore` is an error, because
    /// leaving it out would deploy what its author wanted left out.
    fn load(&self, root: &Beneath, dir: &str, name: &str) -> Result<Option<Gitignore>, SourceError> {
        let path = relative::join(dir, name);
        let mut file = match root.file(&path) {
            Ok((file, _)) => file.take(self.max_ignore_file + 1),
            // Not there, or a directory of that name: no patterns.
            Err(Closed::NotAFile(_)) => return Ok(None),
            Err(Closed::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(Closed::Io(e)) => return Err(SourceError::source(&path, &e)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| SourceError::source(&path, &e))?;
        if bytes.len() as u64 > self.max_ignore_file {
            return Err(SourceError::TooLarge {
                path: shown(path.as_bytes()),
                bound: "max_ignore_file",
                unit: "bytes",
                limit: self.max_ignore_file,
                found: bytes.len() as u64,
            });
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(".");
        for line in text.trim_start_matches('\u{feff}').lines() {
            if let Err(e) = builder.add_line(None, line)
                && name == SHIPWAY_IGNORE
            {
                return Err(bad_pattern(&path, line, &e));
            }
        }
        let built = builder.build().map_err(|e| SourceError::unreadable(&path, e))?;
        Ok((!built.is_empty()).then_some(built))
    }
}

fn ask(patterns: &Gitignore, path: &[u8], is_dir: bool) -> Option<Decision> {
    match patterns.matched(Path::new(OsStr::from_bytes(path)), is_dir) {
        Match::None => None,
        Match::Ignore(_) => Some(Decision::Out),
        Match::Whitelist(_) => Some(Decision::Kept),
    }
}

fn bad_pattern(path: &str, line: &str, error: &ignore::Error) -> SourceError {
    SourceError::unreadable(path, format!("{} is not an ignore pattern: {error}", shown(line.as_bytes())))
}
