//! What the store keeps, lays out, notices and removes.

use crate::folder::{Folder, walk_plainly};
use model::{Code, Digest};
use source::{SourceError, Store, TakeOptions};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};

fn blob(folder: &Folder, digest: &Digest) -> PathBuf {
    let (fan, rest) = digest.hex().split_at(2);
    folder.beside("state/blobs").join(fan).join(rest)
}

fn overwrite(path: &PathBuf, content: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn what_is_laid_out_is_the_source_with_its_modes_and_links() {
    let folder = Folder::with("bin/run sub/x");
    folder.executable("bin/run").link("sub/run", "../bin/run").link("dir", "sub");
    fs::create_dir_all(folder.path("empty/inner")).unwrap();
    let snapshot = folder.take().unwrap();
    let out = folder.beside("deep/er/out");
    folder.store().materialise(&snapshot, &out).unwrap();
    let mode = |path: &str| fs::symlink_metadata(out.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bin/run"), mode("sub/x")), (0o755, 0o644));
    assert_eq!(fs::read_link(out.join("sub/run")).unwrap().to_str(), Some("../bin/run"));
    assert_eq!(fs::read(out.join("dir/run")).unwrap(), b"bin/run");
    assert!(out.join("empty/inner").is_dir());
}

#[test]
fn writing_to_what_is_laid_out_does_not_reach_the_store() {
    let folder = Folder::with("x");
    folder.write("big", vec![3; 400_000]);
    let store = folder.store();
    let snapshot = folder.take().unwrap();
    let out = folder.beside("out");
    store.materialise(&snapshot, &out).unwrap();
    for file in walk_plainly(&out) {
        assert_eq!(fs::metadata(&file).unwrap().nlink(), 1);
        fs::write(file, "changed").unwrap();
    }
    store.verify(&snapshot).unwrap();
}

#[test]
fn only_an_empty_place_is_laid_out_in() {
    let folder = Folder::with("x");
    let store = folder.store();
    let snapshot = folder.take().unwrap();
    let out = folder.beside("out");
    fs::create_dir(&out).unwrap();
    symlink(&out, folder.beside("link")).unwrap();
    fs::write(folder.beside("file"), "").unwrap();
    for place in ["link", "file"] {
        let error = store.materialise(&snapshot, &folder.beside(place)).unwrap_err();
        assert_eq!(error.code(), Code::StateUnusable, "{place}");
    }
    store.materialise(&snapshot, &out).unwrap();
    assert!(store.materialise(&snapshot, &out).is_err(), "it is not empty any more");
    assert_eq!(fs::read(out.join("x")).unwrap(), b"x");
}

#[test]
fn nothing_is_ever_written_outside_the_place() {
    let folder = Folder::with("x");
    folder.link("l", "x");
    let store = folder.store();
    let good = folder.take().unwrap();
    fs::create_dir(folder.beside("outside")).unwrap();
    for (file, link, target) in [
        ("../outside/evil", "l", "x"),
        ("/tmp/shipway-source-evil", "l", "x"),
        ("l/evil", "l", "../outside"),
        ("a/../../outside/evil", "l", "x"),
        ("x", "../outside/link", "x"),
    ] {
        let mut hostile = good.clone();
        let entry = source::FileEntry { path: file.into(), ..good.files[0].clone() };
        hostile.files = vec![entry].into();
        hostile.links = vec![source::LinkEntry { path: link.into(), target: target.into() }].into();
        let error = store.materialise(&hostile, &folder.beside("out")).unwrap_err();
        assert!(matches!(error, SourceError::Damaged { .. }), "{file}: {error}");
        assert_eq!(walk_plainly(&folder.beside("outside")), Vec::<PathBuf>::new());
        assert!(!PathBuf::from("/tmp/shipway-source-evil").exists());
    }
}

#[test]
fn a_failure_leaves_the_place_as_empty_as_before() {
    let folder = Folder::with("a b/c d");
    let store = folder.store();
    let snapshot = folder.take().unwrap();
    fs::remove_file(blob(&folder, &snapshot.files[2].blob)).unwrap();
    let out = folder.beside("out");
    let error = store.materialise(&snapshot, &out).unwrap_err();
    assert!(matches!(error, SourceError::Damaged { .. }), "{error}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
}

#[test]
fn a_snapshot_is_loaded_as_it_was_taken() {
    let folder = Folder::with("a b/c");
    folder.link("l", "a").executable("a");
    fs::create_dir(folder.path("e")).unwrap();
    let taken = folder.take().unwrap();
    let loaded = Store::open(&folder.beside("state")).unwrap().load(&taken.digest).unwrap();
    assert_eq!((&loaded.files, &loaded.links, &loaded.dirs), (&taken.files, &taken.links, &taken.dirs));
    assert_eq!((loaded.digest, loaded.base.as_str()), (taken.digest, "."));
}

#[test]
fn an_unknown_snapshot_is_missing_and_a_changed_manifest_damaged() {
    let folder = Folder::with("a");
    let store = folder.store();
    let unknown = Digest::from_bytes(&[9; 32]);
    assert_eq!(store.load(&unknown).unwrap_err(), SourceError::Missing { digest: unknown });
    let snapshot = folder.take().unwrap();
    let path = folder.beside(&format!("state/snapshots/{}.json", snapshot.digest.hex()));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"path\":\"a\"", "\"path\":\"b\"")).unwrap();
    assert!(matches!(store.load(&snapshot.digest), Err(SourceError::Damaged { .. })));
    // Taking it again mends it.
    folder.take().unwrap();
    store.load(&snapshot.digest).unwrap();
}

#[test]
fn a_content_of_another_size_is_noticed_and_one_of_the_same_size_when_it_is_verified() {
    let folder = Folder::with("aaaa bbbb");
    let store = folder.store();
    let snapshot = folder.take().unwrap();
    let path = blob(&folder, &snapshot.files[0].blob);
    overwrite(&path, b"aaa");
    assert!(matches!(store.load(&snapshot.digest), Err(SourceError::Damaged { .. })));
    assert!(store.materialise(&snapshot, &folder.beside("out")).is_err());
    assert!(store.tree(&snapshot, "").unwrap().read("aaaa", 10).is_err());

    overwrite(&path, b"aaab");
    store.load(&snapshot.digest).unwrap();
    let error = store.verify(&snapshot).unwrap_err();
    assert!(matches!(&error, SourceError::Damaged { path: named, .. } if *named == path.display().to_string()));

    fs::remove_file(&path).unwrap();
    assert!(matches!(store.load(&snapshot.digest), Err(SourceError::Damaged { .. })));
}

#[test]
fn collecting_keeps_what_is_named_or_held_and_removes_the_rest() {
    let folder = Folder::with("shared one");
    let store = folder.store();
    let first = folder.take_into(&store).unwrap().digest;
    fs::remove_file(folder.path("one")).unwrap();
    folder.write("two", "two");
    let second = folder.take_into(&store).unwrap().digest;
    fs::remove_file(folder.path("two")).unwrap();
    folder.write("three", "three");
    let (third, tree) = {
        let snapshot = folder.take_into(&store).unwrap();
        (snapshot.digest.clone(), store.tree(&snapshot, "").unwrap())
    };

    let freed = store.collect(&BTreeSet::from([second.clone()])).unwrap();
    assert!(freed > 3, "{freed}");
    let mut left = vec![second.clone(), third.clone()];
    left.sort();
    assert_eq!(store.snapshots().unwrap(), left);
    assert!(matches!(store.load(&first), Err(SourceError::Missing { .. })));
    store.verify(&store.load(&second).unwrap()).unwrap();
    assert_eq!(tree.read("three", 10).unwrap().bytes, b"three", "a tree holds its snapshot");
    assert_eq!(walk_plainly(&folder.beside("state/blobs")).len(), 3);

    drop(tree);
    store.collect(&BTreeSet::new()).unwrap();
    assert_eq!(store.snapshots().unwrap(), []);
    assert_eq!(walk_plainly(&folder.beside("state/blobs")).len(), 0);
    // And the store goes on.
    folder.take().unwrap();
}

#[test]
fn nothing_is_removed_when_a_kept_snapshot_cannot_be_read() {
    let folder = Folder::with("a b");
    let store = folder.store();
    let digest = folder.take().unwrap().digest;
    fs::write(folder.beside(&format!("state/snapshots/{}.json", digest.hex())), "{}").unwrap();
    assert!(matches!(store.collect(&BTreeSet::from([digest])), Err(SourceError::Damaged { .. })));
    assert_eq!(walk_plainly(&folder.beside("state/blobs")).len(), 2);
}

#[test]
fn many_threads_may_take_and_collect_at_once() {
    let folders: Vec<Folder> = (0..4).map(|i| Folder::with(&format!("same f{i}"))).collect();
    let state = tempfile::tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    std::thread::scope(|scope| {
        for folder in &folders {
            scope.spawn(|| {
                for round in 0..20 {
                    folder.write("round", format!("{round}"));
                    let snapshot = store.take(&folder.root(), &TakeOptions::default()).unwrap();
                    store.collect(&BTreeSet::new()).unwrap();
                    store.verify(&snapshot).unwrap();
                    store.load(&snapshot.digest).unwrap();
                }
            });
        }
    });
}
