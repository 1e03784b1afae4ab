//! Taking snapshots: what is read, what is remembered, what large sources cost.

use crate::folder::{Folder, files, settle, walk_plainly};
use rustix::fs::inotify;
use source::{Snapshot, TakeOptions, Work};
use std::{
    collections::BTreeSet,
    fs::{self, File, FileTimes},
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt},
    path::PathBuf,
    time::{Duration, Instant},
};

/// Which files of some directories are opened while `work` runs, as the kernel saw it.
fn opened(dirs: &[PathBuf], work: impl FnOnce()) -> BTreeSet<String> {
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    for dir in dirs {
        inotify::add_watch(&watch, dir, inotify::WatchFlags::OPEN).unwrap();
    }
    work();
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    let mut names = BTreeSet::new();
    while let Ok(event) = events.next() {
        assert!(!event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW));
        if !event.events().contains(inotify::ReadFlags::ISDIR) {
            names.extend(event.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names
}

#[test]
fn the_second_snapshot_reads_only_what_changed() {
    let folder = Folder::new();
    for i in 0..500 {
        folder.write(&format!("d{}/f{i}", i % 7), format!("content {i}"));
    }
    let dirs: Vec<PathBuf> = (0..7).map(|d| folder.path(&format!("d{d}"))).collect();
    settle();
    let mut first = None;
    assert_eq!(opened(&dirs, || first = folder.take().ok()).len(), 500);
    let first = first.unwrap();
    assert_eq!((first.work.files_read, first.work.blobs_stored), (500, 500));
    assert!(opened(&dirs, || assert_eq!(folder.take().unwrap().work, Work::default())).is_empty());

    folder.write("d0/f0", "new").write("d1/f1", "newer").write("d2/added", "content 3");
    let mut second = None;
    let names = opened(&dirs, || second = folder.take().ok());
    assert_eq!(names, BTreeSet::from(["f0", "f1", "added"].map(str::to_owned)));
    let second = second.unwrap();
    assert_eq!(second.work.files_read, 3);
    assert_eq!((second.work.blobs_stored, second.work.bytes_stored), (2, 8), "one of the three contents was known");
    assert_ne!(second.digest, first.digest);
}

#[test]
fn a_change_of_the_same_size_with_the_old_time_is_seen_however_quick() {
    let folder = Folder::new();
    let path = folder.path("x");
    let mut last: Option<Snapshot> = None;
    for i in 0..60 {
        folder.write("x", format!("{i:04}"));
        let times = FileTimes::new().set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000));
        File::options().write(true).open(&path).unwrap().set_times(times).unwrap();
        if i % 20 == 19 {
            settle();
        }
        let snapshot = folder.take().unwrap();
        assert_ne!(Some(&snapshot.digest), last.as_ref().map(|s| &s.digest), "change {i} was not seen");
        last = Some(snapshot);
    }
}

#[test]
fn a_content_that_the_store_lost_is_read_again() {
    let folder = Folder::with("a b");
    settle();
    folder.take().unwrap();
    for blob in walk_plainly(&folder.beside("state/blobs")) {
        fs::remove_file(blob).unwrap();
    }
    let again = folder.take().unwrap();
    assert_eq!((again.work.files_read, again.work.blobs_stored), (2, 2));
    folder.store().load(&again.digest).unwrap();
}

#[test]
fn a_mode_that_changed_is_seen_without_the_content() {
    let folder = Folder::with("run");
    settle();
    assert_eq!(folder.take().unwrap().files[0].mode, 0o644);
    folder.executable("run");
    let again = folder.take().unwrap();
    assert_eq!(again.files[0].mode, 0o755);
    assert_eq!(again.work.blobs_stored, 0);
}

#[test]
fn a_damaged_memory_costs_a_reading_and_nothing_else() {
    let folder = Folder::with("a b");
    settle();
    let first = folder.take().unwrap();
    for look in walk_plainly(&folder.beside("state/cache/stat")) {
        let mut bytes = fs::read(&look).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        fs::write(&look, bytes).unwrap();
    }
    let second = folder.take().unwrap();
    assert_eq!((second.work.files_read, &second.digest), (2, &first.digest));
}

#[test]
fn a_store_inside_the_source_is_not_part_of_it() {
    let folder = Folder::with("x other/.shipway/y");
    let store = source::Store::open(&folder.path(".shipway")).unwrap();
    let first = store.take(&folder.root(), &TakeOptions::default()).unwrap();
    let second = store.take(&folder.root(), &TakeOptions::default()).unwrap();
    assert_eq!(files(&second), ["other/.shipway/y", "x"]);
    assert_eq!(first.digest, second.digest);
}

#[test]
fn contents_are_private_and_cannot_be_written_to() {
    let folder = Folder::with("a b");
    folder.take().unwrap();
    for blob in walk_plainly(&folder.beside("state/blobs")) {
        assert_eq!(fs::metadata(&blob).unwrap().permissions().mode() & 0o777, 0o444);
    }
    for dir in ["state", "state/blobs", "state/snapshots"] {
        assert_eq!(fs::metadata(folder.beside(dir)).unwrap().permissions().mode() & 0o777, 0o700, "{dir}");
    }
}

#[test]
fn twenty_thousand_files_are_within_the_bounds() {
    let folder = Folder::light();
    for d in 0..200 {
        fs::create_dir_all(folder.path(&format!("d{d}"))).unwrap();
        for f in 0..100 {
            fs::write(folder.path(&format!("d{d}/f{f}")), format!("{d}/{f}")).unwrap();
        }
    }
    settle();
    let started = Instant::now();
    let snapshot = folder.take().unwrap();
    assert_eq!((snapshot.files.len(), snapshot.work.files_read), (20_000, 20_000));
    assert_eq!(folder.take().unwrap().work.files_read, 0);
    let tree = folder.tree(&TakeOptions::default());
    assert_eq!(tree.len(), 20_000);
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[test]
fn a_file_of_two_gigabytes_is_within_the_bounds_and_its_holes_stay_holes() {
    const SIZE: u64 = 2 << 30;
    let folder = Folder::with("x");
    let file = File::create(folder.path("model.bin")).unwrap();
    file.set_len(SIZE).unwrap();
    for at in [0, 700_000_001, SIZE - 5] {
        file.write_all_at(b"data!", at).unwrap();
    }
    drop(file);
    let started = Instant::now();
    let snapshot = folder.take().unwrap();
    assert_eq!(snapshot.bytes(), SIZE + 1);
    folder.store().materialise(&snapshot, &folder.beside("out")).unwrap();
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
    let out = File::open(folder.beside("out/model.bin")).unwrap();
    let mut word = [0; 5];
    for at in [0, 700_000_001, SIZE - 5] {
        out.read_exact_at(&mut word, at).unwrap();
        assert_eq!(&word, b"data!");
    }
    assert_eq!(out.metadata().unwrap().len(), SIZE);
    for path in [folder.beside("out"), folder.beside("state/blobs")] {
        let on_disk: u64 = walk_plainly(&path).iter().map(|p| fs::metadata(p).unwrap().blocks() * 512).sum();
        assert!(on_disk < 10 << 20, "{on_disk} bytes on disk in {}", path.display());
    }
}

#[test]
fn a_large_file_without_holes_arrives_whole() {
    let folder = Folder::new();
    let content: Vec<u8> = (0..5_000_003_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    folder.write("big", &content);
    let snapshot = folder.take().unwrap();
    assert_eq!(snapshot.files[0].blob, model::Digest::from_bytes(blake3::hash(&content).as_bytes()));
    folder.store().verify(&snapshot).unwrap();
    folder.store().materialise(&snapshot, &folder.beside("out")).unwrap();
    assert_eq!(fs::read(folder.beside("out/big")).unwrap(), content);
}
