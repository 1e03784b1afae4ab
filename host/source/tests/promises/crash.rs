//! A process that dies while it takes snapshots leaves a store in which every snapshot is whole.

use crate::folder::{Folder, walk_plainly};
use source::{Store, TakeOptions};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const FOLDER: &str = "SHIPWAY_TEST_TAKES_FROM";

/// Not a test: what the test below runs and kills.
#[test]
#[ignore = "run by killed_at_any_moment_every_snapshot_is_whole"]
fn takes_snapshots_until_it_is_killed() {
    let Ok(dir) = std::env::var(FOLDER) else { return };
    let dir = PathBuf::from(dir);
    let store = Store::open(&dir.join("state")).unwrap();
    for round in 0.. {
        for file in 0..40 {
            std::fs::write(dir.join("app").join(format!("f{file}")), format!("{round} {file} {}", std::process::id()))
                .unwrap();
        }
        let taken = store.take(&dir.join("app"), &TakeOptions::default()).unwrap().digest;
        std::fs::write(dir.join("progress"), format!("{} {round}", std::process::id())).unwrap();
        if round % 5 == 4 {
            store.collect(&BTreeSet::from([taken])).unwrap();
        }
    }
}

#[test]
fn killed_at_any_moment_every_snapshot_is_whole() {
    let folder = Folder::new();
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::takes_snapshots_until_it_is_killed", "--ignored"])
            .env(FOLDER, folder.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let progress = || std::fs::read_to_string(folder.beside("progress")).unwrap_or_default();
        while !progress().starts_with(&format!("{} ", child.id())) {
            assert!(begun.elapsed() < Duration::from_secs(60), "it takes no snapshot");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(13 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = folder.store();
        let snapshots = store.snapshots().unwrap();
        assert!(!snapshots.is_empty());
        for digest in snapshots {
            store.verify(&store.load(&digest).unwrap()).unwrap();
        }
    }
    let store = folder.store();
    store.collect(&BTreeSet::new()).unwrap();
    let left = walk_plainly(&folder.beside("state/blobs"));
    assert_eq!(left, Vec::<PathBuf>::new(), "what the killed processes left behind is removed");
}
