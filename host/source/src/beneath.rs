//! A directory from which nothing leads out: every open goes through its descriptor, follows no link, and never blocks.
//!
//! The kernel enforces it (`openat2` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`), so a folder that is rearranged while
//! it is read cannot redirect a read. Where `openat2` is missing or filtered, the same is done part by part.

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2},
    io::Errno,
};
use std::{fs::File, io, path::Path, sync::Arc};

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Opening a FIFO for reading waits for a writer unless told not to; a terminal must not become ours.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const CREATE: OFlags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::CLOEXEC);

/// An open directory and the way down from it.
#[derive(Debug, Clone)]
pub(crate) struct Beneath(Arc<OwnedFd>);

/// Why a file was not opened.
#[derive(Debug)]
pub(crate) enum Closed {
    /// It is something else; in words.
    NotAFile(&'static str),
    /// The system refused.
    Io(io::Error),
}

impl Beneath {
    /// The directory itself may be reached over links: the person named it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(openat(CWD, path, DIRECTORY, Mode::empty())?)))
    }

    /// The same from a directory below (the empty path is the directory itself, opened anew).
    pub(crate) fn below(&self, path: &str) -> io::Result<Self> {
        Ok(Self(Arc::new(self.directory(path)?)))
    }

    /// Opens a directory for listing.
    pub(crate) fn directory(&self, path: &str) -> io::Result<OwnedFd> {
        open(self.0.as_fd(), path, DIRECTORY.union(OFlags::NOFOLLOW), Mode::empty())
    }

    /// Opens a regular file for reading; anything else is turned away without waiting for it.
    pub(crate) fn file(&self, path: &str) -> Result<(File, Stat), Closed> {
        let fd = match open(self.0.as_fd(), path, FILE.union(OFlags::NOFOLLOW), Mode::empty()) {
            Ok(fd) => fd,
            Err(e) => {
                return Err(match Errno::from_io_error(&e) {
                    Some(Errno::LOOP) => Closed::NotAFile("it is a symbolic link"),
                    Some(Errno::NXIO | Errno::NODEV) => Closed::NotAFile("it is a socket or a device"),
                    _ => Closed::Io(e),
                });
            }
        };
        let stat = fstat(&fd).map_err(|e| Closed::Io(e.into()))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok((File::from(fd), stat)),
            other => Err(Closed::NotAFile(special(other))),
        }
    }

    /// Creates a file that must not exist yet, readable by its owner only until its mode is set.
    pub(crate) fn create(&self, path: &str) -> io::Result<File> {
        open(self.0.as_fd(), path, CREATE.union(OFlags::NOFOLLOW), Mode::RUSR | Mode::WUSR).map(File::from)
    }
}

impl AsFd for Beneath {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a special file is, as a reason for turning it away.
pub(crate) fn special(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "it is a directory",
        FileType::Symlink => "it is a symbolic link",
        FileType::Fifo => "it is a FIFO (a named pipe)",
        FileType::Socket => "it is a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "it is a device",
        _ => "it is not a regular file",
    }
}

fn open(root: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    let path = if path.is_empty() { "." } else { path };
    // EAGAIN: something was renamed while the kernel was resolving; it asks to be asked again.
    for _ in 0..16 {
        return match openat2(root, path, flags, mode, RESOLVE) {
            Ok(fd) => Ok(fd),
            Err(Errno::AGAIN | Errno::INTR) => continue,
            Err(Errno::NOSYS | Errno::PERM) => part_by_part(root, path, flags, mode),
            Err(e) => Err(e.into()),
        };
    }
    Err(Errno::AGAIN.into())
}

/// Every part but the last must be a real directory, opened from the one before.
fn part_by_part(root: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    if !crate::relative::is_normal(path) && path != "." {
        return Err(Errno::XDEV.into());
    }
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut above: Option<OwnedFd> = None;
    let mut rest = path;
    while let Some((part, tail)) = rest.split_once('/') {
        let from = above.as_ref().map_or(root, |fd| fd.as_fd());
        above = Some(openat(from, part, step, Mode::empty())?);
        rest = tail;
    }
    let from = above.as_ref().map_or(root, |fd| fd.as_fd());
    Ok(openat(from, rest, flags, mode)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::symlink, time::Instant};

    fn both(root: &Beneath, path: &str) -> [bool; 2] {
        let flags = FILE.union(OFlags::NOFOLLOW);
        [root.file(path).is_ok(), part_by_part(root.as_fd(), path, flags, Mode::empty()).is_ok()]
    }

    #[test]
    fn with_and_without_openat2_nothing_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("root");
        std::fs::create_dir_all(inner.join("sub")).unwrap();
        std::fs::write(dir.path().join("secret"), "s").unwrap();
        std::fs::write(inner.join("sub/f"), "f").unwrap();
        symlink("../secret", inner.join("out")).unwrap();
        symlink("..", inner.join("up")).unwrap();
        symlink("sub", inner.join("in")).unwrap();
        let root = Beneath::open(&inner).unwrap();
        assert_eq!(both(&root, "sub/f"), [true, true]);
        for path in ["../secret", "out", "up/secret", "in/f", "/etc/passwd", "sub/../../secret"] {
            assert_eq!(both(&root, path), [false, false], "{path}");
        }
    }

    #[test]
    fn special_files_are_turned_away_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = Beneath::open(dir.path()).unwrap();
        rustix::fs::mkfifoat(&root, "fifo", Mode::RUSR).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        let started = Instant::now();
        for name in ["fifo", "socket"] {
            assert!(matches!(root.file(name), Err(Closed::NotAFile(_))), "{name}");
        }
        assert!(started.elapsed().as_secs() < 5);
    }
}
