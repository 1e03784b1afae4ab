//! What a snapshot refuses, each time by name.

use crate::folder::Folder;
use model::{Code, SourceKind};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use source::{SourceError, TakeOptions, Tree};
use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

fn refused(folder: &Folder) -> SourceError {
    folder.take().unwrap_err()
}

#[test]
fn a_special_file_is_refused_at_once() {
    let started = Instant::now();
    let folder = Folder::with("a/x");
    folder.fifo("a/pipe");
    let error = refused(&folder);
    assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "a/pipe"));
    assert!(error.to_string().contains("FIFO"), "{error}");

    let folder = Folder::with("a/x");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("sock")).unwrap();
    assert_eq!(refused(&folder).input(), "sock");
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn a_name_that_is_not_text_is_refused_and_shown_escaped() {
    let folder = Folder::with("a/x");
    fs::write(folder.path("a").join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    let error = refused(&folder);
    assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "a/caf\\xe9"));
    let error = Tree::open(&folder.root(), &TakeOptions::default()).err().unwrap();
    assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "a/caf\\xe9"));
}

#[test]
fn a_name_that_would_control_a_terminal_is_text_and_shown_escaped() {
    let folder = Folder::new();
    folder.fifo("red\u{1b}[31m");
    assert_eq!(refused(&folder).input(), "red\\u{1b}[31m");
}

#[test]
fn links_that_would_not_mean_the_same_elsewhere_are_refused() {
    for (target, part) in [
        ("/etc/passwd", "absolute"),
        ("../../secret", "leaves"),
        ("../sub/../../secret", "leaves"),
        ("nothing", "nothing in the source"),
        ("../x/y", "nothing in the source"),
        ("../ignored", "ignored"),
        ("../.git/config", "nothing in the source"),
        ("link", "itself"),
    ] {
        let folder = Folder::with("x sub/y ignored .git/config");
        folder.write(".gitignore", "ignored\n").link("sub/link", target);
        let error = refused(&folder);
        assert!(matches!(&error, SourceError::Link { path, .. } if path == "sub/link"), "{target}: {error}");
        assert_eq!(error.code(), Code::SourceUnreadable);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_file_or_directory_without_permission_is_refused_by_name() {
    // Root may read everything; without this capability it is held to the mode bits like everybody else.
    let mut sets = capabilities(None).unwrap();
    sets.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    set_capabilities(None, sets).unwrap();

    let folder = Folder::with("a/x a/closed");
    fs::set_permissions(folder.path("a/closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let error = refused(&folder);
    assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "a/closed"));
    // A listing does not need to read it.
    let tree = folder.tree(&TakeOptions::default());
    assert!(matches!(tree.read("a/closed", 1), Err(source::ReadFault::Unreadable(_))));

    let folder = Folder::with("d/x");
    fs::set_permissions(folder.path("d"), fs::Permissions::from_mode(0o000)).unwrap();
    for error in [refused(&folder), Tree::open(&folder.root(), &TakeOptions::default()).err().unwrap()] {
        assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "d"));
    }
    fs::set_permissions(folder.path("d"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_that_is_written_to_all_the_time_is_refused_by_name() {
    let folder = Folder::with("x");
    folder.write("live.db", vec![1; 16 << 20]);
    let stop = AtomicBool::new(false);
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let file = fs::File::options().write(true).open(folder.path("live.db")).unwrap();
            let mut n = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                std::os::unix::fs::FileExt::write_all_at(&file, &n.to_le_bytes(), (n % 1000) * 8).unwrap();
            }
        });
        let outcome = folder.take();
        stop.store(true, Ordering::Relaxed);
        outcome.unwrap_err()
    });
    assert_eq!(error, SourceError::Changed { path: "live.db".into() });
    assert_eq!(error.code(), Code::SourceUnreadable);
    // And once nobody writes, it is taken.
    folder.take().unwrap();
}

#[test]
fn sources_of_other_kinds_are_refused_by_name() {
    let folder = Folder::with("x");
    let options = TakeOptions { kind: SourceKind::GitRepository, ..TakeOptions::default() };
    let error = folder.store().take(&folder.root(), &options).unwrap_err();
    assert_eq!((error.code(), error.input().as_str()), (Code::SourceUnreadable, "git-repository"));
}
