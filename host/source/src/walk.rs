//! The one walk over a live folder. Level by level and, within a level, in the order of the paths, so that a bound cuts
//! at the same place every time and leaves out the deepest part; a large level is listed by several threads.
//!
//! Not `ignore`'s own walker: that goes by paths (a folder can be swapped for a link while it looks), cannot stop at a
//! bound deterministically, and costs several times a plain listing. Its pattern matcher is what decides here.

use crate::{
    Bounds, Kind, SourceError,
    beneath::{Beneath, special},
    error::shown,
    index::Index,
    listing::{Job, Listed, Lister, Listing, Meta, Scratch, kind},
    parallel, relative,
    rules::Rules,
};
use rustix::{
    fs::{Dir, FileType},
    io::Errno,
};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering},
};

/// Directories that are not worth a second thread.
const SHARE: usize = 32;

/// How the walk treats what a snapshot could not carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Names and kinds; what breaks a bound is left out and said.
    Detect,
    /// With sizes and times; special files and broken bounds are errors.
    Snapshot,
}

/// What a walk found.
pub(crate) struct Walked {
    /// Directory 0 is where the walk began. A file's link is the number of its meta.
    pub(crate) index: Index,
    /// Empty when only names were wanted.
    pub(crate) metas: Vec<Meta>,
    /// Why the listing is not complete.
    pub(crate) truncated: Option<String>,
}

/// Walks from `start`, a directory below `root`.
pub(crate) fn walk(
    root: &Beneath,
    start: &str,
    rules: &Rules,
    bounds: &Bounds,
    purpose: Purpose,
) -> Result<Walked, SourceError> {
    let lister = Lister { root, rules, bounds, stats: purpose == Purpose::Snapshot };
    let chain = if start.is_empty() { None } else { rules.above(root)? };
    let depth = if start.is_empty() { 0 } else { start.split('/').count() as u32 };
    let mut walk = Walk {
        bounds,
        purpose,
        entries: 0,
        junk: HashSet::new(),
        out: Walked { index: Index::new(), metas: Vec::new(), truncated: None },
    };
    let mut level = vec![Job { path: start.to_owned(), dir: 0, depth, kept: true, chain }];
    let mut scratch = Scratch::new();
    'levels: while !level.is_empty() {
        let mut next = Vec::new();
        for (job, listing) in level.iter().zip(list_level(&lister, &level, walk.room())) {
            let listing = match listing? {
                Listing::NotYet => lister.list(job, &mut scratch)?,
                listing => listing,
            };
            if !walk.merge(job, listing, &mut next)? {
                break 'levels;
            }
        }
        level = next;
    }
    walk.out.index.drop_directories(&walk.junk);
    Ok(walk.out)
}

/// Lists a level. Directories that surely come after the bound is full are put off: the merge asks for them if it gets
/// that far after all.
fn list_level(lister: &Lister<'_>, level: &[Job], room: u64) -> Vec<Result<Listing, SourceError>> {
    let seen = AtomicU64::new(0);
    let listings = parallel::try_map(level, SHARE, Scratch::new, |scratch, job| {
        if seen.load(Ordering::Relaxed) > room {
            return Ok::<_, std::convert::Infallible>(Ok(Listing::NotYet));
        }
        let listing = lister.list(job, scratch);
        if let Ok(Listing::Entries(listed)) = &listing {
            seen.fetch_add(listed.rows.len() as u64, Ordering::Relaxed);
        }
        Ok(listing)
    });
    let Ok(listings) = listings;
    listings
}

struct Walk<'a> {
    bounds: &'a Bounds,
    purpose: Purpose,
    entries: u64,
    junk: HashSet<u32>,
    out: Walked,
}

impl Walk<'_> {
    fn room(&self) -> u64 {
        self.bounds.max_entries.saturating_sub(self.entries)
    }

    /// Takes a listing over. False: the bound on entries is full, and the walk ends before this directory.
    fn merge(&mut self, job: &Job, listing: Listing, next: &mut Vec<Job>) -> Result<bool, SourceError> {
        let listed = match listing {
            Listing::Entries(listed) => listed,
            Listing::Junk => {
                self.junk.insert(job.dir);
                self.entries = self.entries.saturating_sub(1);
                return Ok(true);
            }
            Listing::TooManyNames | Listing::NotYet => {
                let limit = self.bounds.max_names_per_directory;
                self.bound(&job.path, "max_names_per_directory", "names in one directory", limit, limit + 1)?;
                return Ok(true);
            }
        };
        let count = listed.rows.len() as u64;
        if count > self.room() {
            let found = self.entries + count;
            self.bound(&job.path, "max_entries", "entries", self.bounds.max_entries, found)?;
            return Ok(false);
        }
        for row in &listed.rows {
            let name = listed.name(*row);
            let length = (job.path.len() + usize::from(!job.path.is_empty()) + name.len()) as u64;
            if length > u64::from(self.bounds.max_path_len) {
                let path = relative::join(&job.path, name);
                self.bound(&path, "max_path_len", "bytes of path", u64::from(self.bounds.max_path_len), length)?;
                continue;
            }
            self.entries += 1;
            let kind = kind(row.kind);
            let link = match kind {
                Kind::Directory => self.descend(job, &listed, name, row.kept, next)?,
                Kind::Symlink => self.out.index.add_target(listed.targets[row.extra].clone()),
                Kind::File if self.purpose == Purpose::Snapshot => {
                    self.out.metas.push(listed.metas[row.extra]);
                    (self.out.metas.len() - 1) as u32
                }
                Kind::File => 0,
                Kind::Other => self.special(&relative::join(&job.path, name), row.kind)?,
            };
            self.out.index.push(job.dir, name, kind, link);
        }
        Ok(true)
    }

    fn descend(
        &mut self,
        job: &Job,
        listed: &Listed,
        name: &str,
        kept: bool,
        next: &mut Vec<Job>,
    ) -> Result<u32, SourceError> {
        let dir = self.out.index.add_directory();
        let path = relative::join(&job.path, name);
        let depth = job.depth + 1;
        if depth > self.bounds.max_depth {
            self.bound(&path, "max_depth", "directories deep", self.bounds.max_depth.into(), depth.into())?;
        } else {
            next.push(Job { path, dir, depth, kept, chain: listed.chain.clone() });
        }
        Ok(dir)
    }

    fn special(&self, path: &str, kind: FileType) -> Result<u32, SourceError> {
        match self.purpose {
            Purpose::Detect => Ok(0),
            Purpose::Snapshot => Err(SourceError::unreadable(path, special(kind))),
        }
    }

    /// A snapshot is refused; a listing is cut and says where.
    fn bound(
        &mut self,
        path: &str,
        bound: &'static str,
        unit: &'static str,
        limit: u64,
        found: u64,
    ) -> Result<(), SourceError> {
        let path = shown(path.as_bytes());
        match self.purpose {
            Purpose::Snapshot => return Err(SourceError::TooLarge { path, bound, unit, limit, found }),
            Purpose::Detect if self.out.truncated.is_none() => {
                self.out.truncated =
                    Some(format!("the listing ends at {path}: {found} {unit}, and the bound {bound} is {limit}"));
            }
            Purpose::Detect => {}
        }
        Ok(())
    }
}

/// Opens the root of a source.
pub(crate) fn open_root(path: &std::path::Path) -> Result<Beneath, SourceError> {
    use std::os::unix::ffi::OsStrExt;
    Beneath::open(path).map_err(|e| {
        let why = match e.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            std::io::ErrorKind::NotADirectory => "it is not a directory".to_owned(),
            _ => e.kind().to_string(),
        };
        SourceError::Unreadable { path: shown(path.as_os_str().as_bytes()), why }
    })
}

/// Checks the base directory and gives its one spelling. It must be a real directory: a link would make two names for
/// one app.
pub(crate) fn find_base(root: &Beneath, base: Option<&str>) -> Result<String, SourceError> {
    let given = base.unwrap_or_default();
    let missing =
        |why: &str, near| Err(SourceError::BaseMissing { base: shown(given.as_bytes()), why: why.to_owned(), near });
    let base = match relative::normal(given) {
        Ok(base) => base,
        Err(why) => return missing(why, Vec::new()),
    };
    if base.split('/').any(|part| part == ".git") {
        return missing("is never part of a source", Vec::new());
    }
    match root.directory(&base) {
        Ok(_) => Ok(base),
        Err(e) => match Errno::from_io_error(&e) {
            Some(Errno::NOENT) => missing("does not exist in the source", beside(root, &base)),
            Some(Errno::LOOP) => missing("is or lies behind a symbolic link; name the directory itself", Vec::new()),
            Some(Errno::NOTDIR) => missing("is not a directory", beside(root, &base)),
            _ => Err(SourceError::source(&base, &e)),
        },
    }
}

/// Some directories of the deepest directory of `base` that exists.
fn beside(root: &Beneath, base: &str) -> Vec<String> {
    const SHOWN: usize = 8;
    const LOOKED_AT: usize = 10_000;
    let mut above = base;
    let fd = loop {
        above = above.rsplit_once('/').map_or("", |(above, _)| above);
        match root.directory(above) {
            Ok(fd) => break fd,
            Err(_) if above.is_empty() => return Vec::new(),
            Err(_) => {}
        }
    };
    let Ok(dir) = Dir::read_from(fd) else { return Vec::new() };
    let mut names: Vec<String> = dir
        .take(LOOKED_AT)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type() == FileType::Directory)
        .filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned))
        .filter(|name| !name.starts_with('.') && !crate::junk::is_junk(name, |_| false))
        .map(|name| relative::join(above, &name))
        .collect();
    names.sort_unstable();
    names.truncate(SHOWN);
    names
}
