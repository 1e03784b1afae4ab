//! The digest of a snapshot depends on the tree and on nothing else.

use crate::folder::{Folder, walk_plainly};
use proptest::prelude::*;
use source::{Snapshot, TakeOptions};
use std::{collections::BTreeMap, fs};

fn digest(folder: &Folder) -> String {
    folder.take().unwrap().digest.to_string()
}

#[test]
fn each_thing_that_a_deployment_sees_changes_the_digest() {
    let make = || {
        let folder = Folder::with("a b/c");
        folder.link("l", "a").write("run", "");
        folder
    };
    let original = digest(&make());
    assert_eq!(digest(&make()), original);
    type Change = (&'static str, fn(&Folder));
    let changes: [Change; 8] = [
        ("content", |f| {
            f.write("a", "A");
        }),
        ("a new file", |f| {
            f.write("d", "");
        }),
        ("a file gone", |f| fs::remove_file(f.path("b/c")).unwrap()),
        ("a name", |f| fs::rename(f.path("a"), f.path("run")).unwrap()),
        ("the executable bit", |f| {
            f.executable("run");
        }),
        ("a link's target", |f| {
            fs::remove_file(f.path("l")).unwrap();
            f.link("l", "run");
        }),
        ("a link instead of a file", |f| {
            fs::remove_file(f.path("run")).unwrap();
            f.link("run", "a");
        }),
        ("an empty directory", |f| fs::create_dir(f.path("e")).unwrap()),
    ];
    for (what, change) in changes {
        let folder = make();
        change(&folder);
        if what == "a name" {
            folder.link("x", "run");
            fs::remove_file(folder.path("l")).unwrap();
        }
        assert_ne!(digest(&folder), original, "{what}");
    }
}

#[test]
fn times_owners_places_and_the_rest_of_the_mode_do_not_change_it() {
    let one = Folder::with("a b/c");
    let other = Folder::new();
    // Another order of creation, so other inodes and another order in the directory.
    other.write("b/c", "b/c").write("a", "a");
    let times = fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
    fs::File::options().write(true).open(other.path("a")).unwrap().set_times(times).unwrap();
    std::os::unix::fs::chown(other.path("b/c"), Some(12345), Some(12345)).ok();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o604);
    fs::set_permissions(other.path("a"), mode).unwrap();
    assert_eq!(digest(&one), digest(&other));
}

#[test]
fn names_that_differ_in_case_only_are_two_files() {
    let folder = Folder::with("readme README");
    let snapshot = folder.take().unwrap();
    folder.store().materialise(&snapshot, &folder.beside("out")).unwrap();
    assert_eq!(fs::read(folder.beside("out/README")).unwrap(), b"README");
    assert_eq!(fs::read(folder.beside("out/readme")).unwrap(), b"readme");
}

fn lay_out_and_take_again(folder: &Folder, snapshot: &Snapshot) -> Snapshot {
    let out = folder.beside("out");
    folder.store().materialise(snapshot, &out).unwrap();
    folder.store().take(&out, &TakeOptions::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn laid_out_and_taken_again_it_is_the_same(
        files in prop::collection::btree_map(
            prop::collection::vec("[a-c.ü -]{1,3}", 1..4).prop_map(|parts| parts.join("/")),
            (prop::collection::vec(any::<u8>(), 0..40), any::<bool>()),
            0..30,
        )
    ) {
        let folder = Folder::new();
        let mut made: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (path, (content, executable)) in &files {
            let part = |p: &str| p == "." || p == "..";
            let above = folder.path(path);
            if path.split('/').any(part) || fs::create_dir_all(above.parent().unwrap()).is_err() || above.is_dir() {
                continue;
            }
            folder.write(path, content);
            if *executable {
                folder.executable(path);
            }
            made.insert(path.clone(), content.clone());
        }
        let snapshot = folder.take().unwrap();
        let listed: Vec<&str> = snapshot.files.iter().map(|f| f.path.as_str()).collect();
        prop_assert_eq!(&listed, &made.keys().map(String::as_str).collect::<Vec<_>>());
        let tree = folder.tree(&TakeOptions::default());
        prop_assert_eq!(&listed, &tree.paths().collect::<Vec<_>>());
        prop_assert_eq!(lay_out_and_take_again(&folder, &snapshot).digest, snapshot.digest.clone());
        prop_assert_eq!(walk_plainly(&folder.beside("out")).len(), made.len());
        let stored = folder.store().tree(&snapshot, "").unwrap();
        for (path, content) in &made {
            prop_assert_eq!(&stored.read(path, 100).unwrap().bytes, content);
        }
    }
}
