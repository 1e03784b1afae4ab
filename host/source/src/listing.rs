//! One directory, read once: what is in it, of what kind, and what of that belongs to the source.

use crate::{
    Bounds, Kind, SourceError,
    beneath::Beneath,
    error::shown,
    index, junk,
    rules::{Chain, Decision, GIT_IGNORE, Rules, SHIPWAY_IGNORE},
};
use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{AtFlags, FileType, RawDir, Stat, readlinkat, statat},
    io::Errno,
};
use std::{io::Read, sync::Arc};

/// What a snapshot needs to know of a file before it reads it. Equal: not written to in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) size: u64,
    /// Executable by its owner: the one bit of the mode that a snapshot keeps.
    pub(crate) executable: bool,
    /// Nanoseconds since the epoch.
    pub(crate) modified: i64,
    /// Nanoseconds since the epoch. Nobody can set it back, so it is what raciness is judged by.
    pub(crate) changed: i64,
    pub(crate) inode: u64,
}

impl Meta {
    // The widths of `Stat`'s fields differ between architectures.
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless)]
    pub(crate) fn of(stat: &Stat) -> Self {
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            executable: stat.st_mode & 0o100 != 0,
            modified: nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            inode: stat.st_ino as u64,
        }
    }
}

/// A directory that is to be listed.
pub(crate) struct Job {
    /// Relative to the root of the source.
    pub(crate) path: String,
    /// Its number in the index.
    pub(crate) dir: u32,
    /// Directories above what is in it.
    pub(crate) depth: u32,
    /// Somebody asked for it by name: its content is not judged.
    pub(crate) kept: bool,
    /// The ignore files above it.
    pub(crate) chain: Option<Arc<Chain>>,
}

/// What was found.
pub(crate) enum Listing {
    /// What belongs to the source.
    Entries(Listed),
    /// The directory itself turned out not to be source.
    Junk,
    /// More names than one directory may hold.
    TooManyNames,
    /// Not looked at, because the directories before it probably filled the bound.
    NotYet,
}

/// The entries of one directory, in [`index::order`].
pub(crate) struct Listed {
    pub(crate) names: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) metas: Vec<Meta>,
    pub(crate) targets: Vec<Option<Box<str>>>,
    /// The ignore files that apply below.
    pub(crate) chain: Option<Arc<Chain>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Row {
    start: usize,
    len: usize,
    pub(crate) kind: FileType,
    pub(crate) kept: bool,
    /// The number of its meta or target.
    pub(crate) extra: usize,
}

impl Listed {
    pub(crate) fn name(&self, row: Row) -> &str {
        &self.names[row.start..row.start + row.len]
    }
}

/// What a thread keeps from one directory to the next.
pub(crate) struct Scratch {
    dents: Vec<u8>,
    names: Vec<u8>,
    raw: Vec<(usize, usize, FileType)>,
    path: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { dents: Vec::with_capacity(32 << 10), names: Vec::new(), raw: Vec::new(), path: Vec::new() }
    }

    fn names(&self) -> impl Iterator<Item = (&[u8], FileType)> {
        self.raw.iter().map(|(start, len, kind)| (&self.names[*start..start + len], *kind))
    }

    fn has(&self, name: &str) -> bool {
        self.names().any(|(other, kind)| other == name.as_bytes() && kind != FileType::Directory)
    }
}

/// The part of a walk that is the same for every directory.
pub(crate) struct Lister<'a> {
    pub(crate) root: &'a Beneath,
    pub(crate) rules: &'a Rules,
    pub(crate) bounds: &'a Bounds,
    /// Also asks for each file's size and times.
    pub(crate) stats: bool,
}

pub(crate) fn kind(raw: FileType) -> Kind {
    match raw {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }
}

impl Lister<'_> {
    pub(crate) fn list(&self, job: &Job, scratch: &mut Scratch) -> Result<Listing, SourceError> {
        let fd = self.root.directory(&job.path).map_err(|e| gone(&job.path, &e))?;
        if !self.read_names(&fd, job, scratch)? {
            return Ok(Listing::TooManyNames);
        }
        let judged = self.rules.judges_content() && !job.kept && !self.rules.leads_to_base(&job.path);
        if judged && self.is_junk_inside(job, scratch) {
            return Ok(Listing::Junk);
        }
        let chain = self.rules.enter(
            self.root,
            &job.path,
            job.chain.as_ref(),
            scratch.has(GIT_IGNORE),
            scratch.has(SHIPWAY_IGNORE),
        )?;
        let mut listed =
            Listed { names: String::new(), rows: Vec::new(), metas: Vec::new(), targets: Vec::new(), chain };
        let mut path = std::mem::take(&mut scratch.path);
        path.clear();
        path.extend_from_slice(job.path.as_bytes());
        if !path.is_empty() {
            path.push(b'/');
        }
        let cut = path.len();
        for (name, kind) in scratch.names() {
            path.truncate(cut);
            path.extend_from_slice(name);
            let is_dir = kind == FileType::Directory;
            let decision = self.rules.decide(listed.chain.as_deref(), &path, name, is_dir, |other| scratch.has(other));
            if decision != Decision::Out {
                self.add(&fd, &path, name, kind, decision == Decision::Kept, &mut listed)?;
            }
        }
        scratch.path = path;
        let mut rows = std::mem::take(&mut listed.rows);
        rows.sort_unstable_by(|a, b| index::order((listed.name(*a), kind(a.kind)), (listed.name(*b), kind(b.kind))));
        listed.rows = rows;
        Ok(Listing::Entries(listed))
    }

    /// False: more names than the bound.
    fn read_names(&self, fd: &OwnedFd, job: &Job, scratch: &mut Scratch) -> Result<bool, SourceError> {
        scratch.names.clear();
        scratch.raw.clear();
        let mut dir = RawDir::new(fd, scratch.dents.spare_capacity_mut());
        while let Some(entry) = dir.next() {
            let entry = entry.map_err(|e| gone(&job.path, &e.into()))?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            if scratch.raw.len() as u64 >= self.bounds.max_names_per_directory {
                return Ok(false);
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => match statat(fd, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                kind => kind,
            };
            scratch.raw.push((scratch.names.len(), name.len(), kind));
            scratch.names.extend_from_slice(name);
        }
        Ok(true)
    }

    fn is_junk_inside(&self, job: &Job, scratch: &Scratch) -> bool {
        if scratch.has(junk::VIRTUAL_ENVIRONMENT) {
            return true;
        }
        if !scratch.has(junk::CACHE_TAG) {
            return false;
        }
        let mut begin = Vec::new();
        let tag = self.root.file(&crate::relative::join(&job.path, junk::CACHE_TAG));
        tag.is_ok_and(|(file, _)| {
            let read = file.take(junk::CACHE_SIGNATURE.len() as u64).read_to_end(&mut begin);
            read.is_ok() && begin == junk::CACHE_SIGNATURE
        })
    }

    fn add(
        &self,
        fd: &OwnedFd,
        path: &[u8],
        name: &[u8],
        raw: FileType,
        kept: bool,
        listed: &mut Listed,
    ) -> Result<(), SourceError> {
        let Ok(text) = str::from_utf8(name) else {
            return Err(SourceError::Unreadable { path: shown(path), why: "its name is not UTF-8".into() });
        };
        let mut extra = 0;
        match raw {
            FileType::RegularFile if self.stats => {
                let stat = statat(fd.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW).map_err(|e| lost(path, e))?;
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                    return Err(SourceError::Changed { path: shown(path) });
                }
                extra = listed.metas.len();
                listed.metas.push(Meta::of(&stat));
            }
            FileType::Symlink => {
                let target = readlinkat(fd.as_fd(), name, Vec::new()).map_err(|e| lost(path, e))?;
                extra = listed.targets.len();
                listed.targets.push(target.into_string().ok().map(String::into_boxed_str));
            }
            _ => {}
        }
        listed.rows.push(Row { start: listed.names.len(), len: text.len(), kind: raw, kept, extra });
        listed.names.push_str(text);
        Ok(())
    }
}

/// An entry that was listed a moment ago and is not there now: the source is being written to.
fn lost(path: &[u8], error: Errno) -> SourceError {
    match error {
        Errno::NOENT | Errno::INVAL => SourceError::Changed { path: shown(path) },
        e => SourceError::Unreadable { path: shown(path), why: std::io::Error::from(e).kind().to_string() },
    }
}

fn gone(path: &str, error: &std::io::Error) -> SourceError {
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if !path.is_empty() => {
            SourceError::Changed { path: shown(path.as_bytes()) }
        }
        _ => SourceError::source(path, error),
    }
}
