//! What belongs to a source and what does not.

use crate::folder::{Folder, below, files, paths};
use model::SourceKind;
use source::{SKIPPED_DIRECTORIES, SourceError, TakeOptions, Tree};

fn listed(folder: &Folder) -> Vec<String> {
    paths(&folder.tree(&TakeOptions::default()))
}

#[test]
fn hidden_files_are_part_of_the_source_and_git_never_is() {
    let folder = Folder::with(".python-version .nvmrc .env.example .github/ci.yml .git/config sub/.git x");
    assert_eq!(listed(&folder), [".env.example", ".github/ci.yml", ".nvmrc", ".python-version", "x"]);
    let all = TakeOptions { ignore: vec!["!.git".into()], kind: SourceKind::StaticDirectory, ..TakeOptions::default() };
    assert!(!paths(&folder.tree(&all)).iter().any(|path| path.contains(".git/")));
}

#[test]
fn gitignore_is_honoured_outside_a_git_repository_and_below_where_it_lies() {
    let folder = Folder::with("a.log keep.log sub/a.log sub/b.txt sub/deep/b.txt build/x other/build/y b.txt");
    folder.write(".gitignore", "\u{feff}*.log\n!keep.log\n/build/\n# b.txt\n");
    folder.write("sub/.gitignore", "b.txt\n!a.log\n");
    assert_eq!(listed(&folder), [".gitignore", "b.txt", "keep.log", "other/build/y", "sub/.gitignore", "sub/a.log"]);
}

#[test]
fn nothing_below_an_ignored_directory_comes_back() {
    let folder = Folder::with("out/keep/x y");
    folder.write(".gitignore", "out/\n!out/keep/x\n");
    assert_eq!(listed(&folder), [".gitignore", "y"]);
}

#[test]
fn shipwayignore_weighs_more_than_gitignore_and_the_owner_more_than_both() {
    let folder = Folder::with("a b c");
    folder.write("sub/.gitignore", "!a\n").write("sub/a", "");
    folder.write(".gitignore", "a\nb\nc\n").write(".shipwayignore", "a\n!b\n!c\n");
    assert_eq!(listed(&folder), [".gitignore", ".shipwayignore", "b", "c", "sub/.gitignore"]);
    let owner = TakeOptions { ignore: vec!["c".into(), "!/a".into(), ".*".into()], ..TakeOptions::default() };
    assert_eq!(paths(&folder.tree(&owner)), ["a", "b"]);
}

#[test]
fn dependency_trees_and_caches_are_skipped_until_somebody_asks_for_them() {
    let folder = Folder::with("x node_modules/a/index.js sub/node_modules/b.js web/node_modules");
    for name in SKIPPED_DIRECTORIES {
        folder.write(&format!("deep/{name}/file"), "");
    }
    // A file of such a name is not a dependency tree.
    assert_eq!(listed(&folder), ["web/node_modules", "x"]);
    folder.write(".gitignore", "!/node_modules/\n");
    assert_eq!(listed(&folder), [".gitignore", "node_modules/a/index.js", "web/node_modules", "x"]);
}

#[test]
fn a_virtual_environment_is_known_by_what_is_in_it_whatever_its_name() {
    let folder = Folder::with("env/pyvenv.cfg env/lib/x.py app.py env2/x cache/x tagged/x");
    folder.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# by cargo\n");
    folder.write("tagged/CACHEDIR.TAG", "something else");
    assert_eq!(listed(&folder), ["app.py", "env2/x", "tagged/CACHEDIR.TAG", "tagged/x"]);
    folder.write(".shipwayignore", "!env/\n");
    assert!(listed(&folder).contains(&"env/lib/x.py".to_owned()));
    // It is the base directory itself: then it is what the person asked for.
    assert_eq!(paths(&folder.tree(&below("cache"))), ["CACHEDIR.TAG", "x"]);
}

#[test]
fn target_is_skipped_beside_a_build_manifest_only() {
    let folder = Folder::with("rust/Cargo.toml rust/target/debug/x java/pom.xml java/target/x words/target/x");
    assert_eq!(listed(&folder), ["java/pom.xml", "rust/Cargo.toml", "words/target/x"]);
}

#[test]
fn a_static_directory_is_taken_as_it_is_but_for_git_and_shipwayignore() {
    let folder = Folder::with("dist/index.html node_modules/x __pycache__/y .git/config drafts/z");
    folder.write(".gitignore", "dist/\n*.html\n").write(".shipwayignore", "drafts/\n");
    let options = TakeOptions { kind: SourceKind::StaticDirectory, ..TakeOptions::default() };
    let expected = [".gitignore", ".shipwayignore", "__pycache__/y", "dist/index.html", "node_modules/x"];
    assert_eq!(paths(&folder.tree(&options)), expected);
    assert_eq!(files(&folder.store().take(&folder.root(), &options).unwrap()), expected);
}

#[test]
fn the_base_directory_is_in_whatever_the_patterns_say() {
    let folder = Folder::with("dist/index.html target/site/x.html Cargo.toml dist/a.log");
    folder.write(".gitignore", "dist/\n*.log\n");
    assert_eq!(paths(&folder.tree(&below("dist"))), ["index.html"]);
    assert_eq!(paths(&folder.tree(&below("./target//site/"))), ["x.html"]);
    let snapshot = folder.store().take(&folder.root(), &below("dist")).unwrap();
    assert_eq!(files(&snapshot), [".gitignore", "Cargo.toml", "dist/index.html"]);
    assert_eq!(snapshot.base, "dist");
}

#[test]
fn the_configuration_of_the_root_and_of_the_base_is_always_there() {
    let folder = Folder::with("shipway.toml apps/web/shipway.toml apps/other/shipway.toml apps/web/x");
    folder.write(".shipwayignore", "shipway.toml\n");
    let snapshot = folder.store().take(&folder.root(), &below("apps/web")).unwrap();
    assert_eq!(files(&snapshot), [".shipwayignore", "apps/web/shipway.toml", "apps/web/x", "shipway.toml"]);
    assert_eq!(paths(&folder.tree(&below("apps/web"))), ["shipway.toml", "x"]);
}

#[test]
fn a_malformed_pattern_is_passed_over_in_gitignore_and_refused_where_it_is_ours() {
    let folder = Folder::with("x");
    folder.write(".gitignore", "{a\nx\n");
    assert_eq!(listed(&folder), [".gitignore"]);
    folder.write(".shipwayignore", "x\n{a\n");
    let error = Tree::open(&folder.root(), &TakeOptions::default()).err().unwrap();
    assert!(matches!(&error, SourceError::Unreadable { path, .. } if path == ".shipwayignore"), "{error}");
    let owner = TakeOptions { ignore: vec!["{a".into()], ..TakeOptions::default() };
    let error = Tree::open(&folder.root(), &owner).err().unwrap();
    assert!(matches!(&error, SourceError::Unreadable { path, .. } if path == "source.ignore"), "{error}");
}

#[test]
fn what_is_ignored_is_not_looked_at() {
    // Each of these would be refused if it were part of the source.
    let folder = Folder::with("x");
    folder.fifo("pipe").link("abs", "/etc/passwd").write(".gitignore", "pipe\nabs\nbad*\n");
    let bad = std::os::unix::ffi::OsStrExt::from_bytes(b"bad\xff");
    std::fs::write(folder.root().join::<&std::ffi::OsStr>(bad), "").unwrap();
    assert_eq!(files(&folder.take().unwrap()), [".gitignore", "x"]);
}
