//! Every bound cuts a listing and refuses a snapshot, and says which bound and which figure.

use crate::folder::{Folder, bounded, paths};
use model::Code;
use source::{Bounds, SourceError, TakeOptions, Tree};

/// (path, limit, found) of the refusal.
fn refusal(folder: &Folder, options: &TakeOptions, name: &str) -> (String, u64, u64) {
    let error = folder.store().take(&folder.root(), options).unwrap_err();
    assert_eq!(error.code(), Code::SourceTooLarge);
    let text = error.to_string();
    let SourceError::TooLarge { path, bound, limit, found, .. } = error else { panic!("{error}") };
    assert_eq!(bound, name);
    assert!(text.contains(bound) && text.contains(&limit.to_string()) && text.contains(&found.to_string()), "{text}");
    (path, limit, found)
}

#[test]
fn entries_are_bounded_and_the_deepest_are_left_out_the_same_way_each_time() {
    let folder = Folder::new();
    for i in 0..300 {
        folder.write(&format!("d{i:03}/sub/file"), "x").write(&format!("f{i:03}"), "x");
    }
    let options = bounded(|b| b.max_entries = 700);
    assert_eq!(refusal(&folder, &options, "max_entries"), ("d100".into(), 700, 701));
    let first = folder.tree(&options);
    assert!(first.truncated().unwrap().contains("max_entries"));
    assert_eq!(paths(&first).len(), 300, "the files at the root are nearer than those in directories");
    for _ in 0..20 {
        let again = folder.tree(&options);
        assert_eq!(again.truncated(), first.truncated());
        assert_eq!(again.entries("d099"), first.entries("d099"));
        assert_eq!(again.entries("d100"), Ok(Vec::new()));
    }
    let exact = bounded(|b| b.max_entries = 1200);
    assert_eq!(folder.tree(&exact).truncated(), None);
    folder.store().take(&folder.root(), &exact).unwrap();
}

#[test]
fn bytes_are_bounded_and_the_largest_file_is_named() {
    let folder = Folder::new();
    folder.write("small", vec![0; 1000]).write("sub/large", vec![0; 5000]);
    let options = bounded(|b| b.max_total = 5999);
    assert_eq!(refusal(&folder, &options, "max_total"), ("sub/large".into(), 5999, 6000));
    folder.store().take(&folder.root(), &bounded(|b| b.max_total = 6000)).unwrap();
}

#[test]
fn depth_is_bounded() {
    let folder = Folder::with("a/b/c/x a/y");
    let options = bounded(|b| b.max_depth = 2);
    assert_eq!(refusal(&folder, &options, "max_depth"), ("a/b/c".into(), 2, 3));
    let tree = folder.tree(&options);
    assert_eq!(paths(&tree), ["a/y"]);
    assert!(tree.truncated().unwrap().contains("max_depth"));
}

#[test]
fn the_length_of_a_path_is_bounded() {
    let folder = Folder::with("a/bcd a/bcde");
    let options = bounded(|b| b.max_path_len = 5);
    assert_eq!(refusal(&folder, &options, "max_path_len"), ("a/bcde".into(), 5, 6));
    assert_eq!(paths(&folder.tree(&options)), ["a/bcd"]);
}

#[test]
fn the_names_in_one_directory_are_bounded_even_when_they_are_ignored() {
    let folder = Folder::with("many/a many/b many/c x");
    folder.write(".gitignore", "many/*\n");
    let options = bounded(|b| b.max_names_per_directory = 2);
    let (_, limit, found) = refusal(&folder, &options, "max_names_per_directory");
    assert_eq!((limit, found), (2, 3));
    let options = bounded(|b| b.max_names_per_directory = 3);
    assert_eq!(paths(&folder.tree(&options)), [".gitignore", "x"]);
}

#[test]
fn an_ignore_file_is_bounded() {
    let folder = Folder::with("x");
    folder.write(".gitignore", "#".repeat(200));
    let options = bounded(|b| b.max_ignore_file = 100);
    assert_eq!(refusal(&folder, &options, "max_ignore_file").0, ".gitignore");
}

#[test]
fn a_deep_chain_of_directories_does_not_hurt() {
    let folder = Folder::new();
    let deep = "d/".repeat(900);
    folder.write(&format!("{deep}x"), "");
    assert!(folder.tree(&TakeOptions::default()).truncated().unwrap().contains("max_depth"));
    let options = bounded(|b| (b.max_depth, b.max_path_len) = (2000, 4000));
    assert_eq!(folder.tree(&options).len(), 1);
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let Bounds { max_entries, max_total, max_depth, max_path_len, .. } = Bounds::default();
    assert_eq!((max_entries, max_total, max_depth, max_path_len), (200_000, 4 << 30, 64, 1024));
}

#[test]
fn an_ignore_file_full_of_expensive_patterns_is_answered_in_time() {
    let folder = Folder::with("some/path/to/a/file");
    folder.write(".gitignore", "*?a*[b-z]**/*{c,d}?*\n".repeat(12_000));
    let started = std::time::Instant::now();
    let outcome = Tree::open(&folder.root(), &TakeOptions::default());
    assert!(started.elapsed().as_secs() < 20, "{:?} {:?}", started.elapsed(), outcome.err());
}
