//! Reading a tree, live and from a snapshot.

use crate::folder::{Folder, below, paths};
use model::Code;
use source::{Entry, Kind, MAX_READ, ReadFault, SourceError, TakeOptions, Tree};
use std::{fs, os::unix::fs::symlink, path::Path, time::Instant};

fn rich() -> Folder {
    let folder = Folder::with("package.json src/a.js src/a/b.js src/a-b.js .nvmrc docs/größe.md .env");
    folder.write(".gitignore", ".env\n").write("big.bin", vec![7; 300_000]).write("empty", "");
    folder.link("alias.json", "package.json").link("source", "src").link("src/up", "../docs/größe.md");
    folder
}

/// Everything a tree answers, as text.
fn answers(tree: &Tree) -> Vec<String> {
    let mut out = vec![format!("{} {} {:?}", tree.base(), tree.len(), tree.truncated())];
    out.extend(tree.paths().map(|path| format!("{path} {:?} {:?}", tree.stat(path), tree.read(path, 1000))));
    for path in
        ["", ".", "src", "src/a", "source", "source/a", "alias.json", "nope", "package.json/x", ".env", "a/../b"]
    {
        out.push(format!("{path} {:?} {:?} {:?}", tree.entries(path), tree.stat(path), tree.read(path, 5)));
    }
    for glob in ["**/*.js", "*.json", "src/**", "{big,empty}*", "source/*"] {
        out.push(format!("{glob} {:?}", tree.find(glob, 100)));
    }
    out.push(tree.bytes().to_string());
    out
}

#[test]
fn a_live_folder_and_its_snapshot_answer_the_same() {
    let folder = rich();
    let store = folder.store();
    let snapshot = folder.take().unwrap();
    for base in [".", "src", "src/a", "docs"] {
        let live = folder.tree(&below(base));
        let stored = store.tree(&snapshot, base).unwrap();
        assert_eq!(answers(&live), answers(&stored), "{base}");
    }
}

#[test]
fn a_listing_is_sorted_and_relative_to_the_base() {
    let folder = rich();
    let tree = folder.tree(&TakeOptions::default());
    let all = paths(&tree);
    assert!(all.is_sorted());
    assert!(all.contains(&"src/a-b.js".into()) && all.contains(&"alias.json".into()) && !all.contains(&".env".into()));
    assert_eq!(tree.base(), ".");
    assert_eq!(paths(&folder.tree(&below("src"))), ["a-b.js", "a.js", "a/b.js"]);
    let names: Vec<_> = tree.entries("src").unwrap().into_iter().map(|e| (e.name, e.kind, e.size)).collect();
    let expected =
        [("a", Kind::Directory, 0), ("a-b.js", Kind::File, 10), ("a.js", Kind::File, 8), ("up", Kind::Symlink, 0)];
    assert_eq!(names, expected.map(|(name, kind, size)| (name.to_owned(), kind, size)));
}

#[test]
fn a_read_gives_what_was_asked_for_and_says_whether_the_file_goes_on() {
    let folder = rich();
    let tree = folder.tree(&TakeOptions::default());
    let read = |path, max| tree.read(path, max).map(|r| (r.bytes.len(), r.whole));
    assert_eq!(read("big.bin", 1000), Ok((1000, false)));
    assert_eq!(read("big.bin", 299_999), Ok((299_999, false)));
    assert_eq!(read("big.bin", 300_000), Ok((300_000, true)));
    assert_eq!(read("empty", 0), Ok((0, true)));
    assert_eq!(read("big.bin", 0), Ok((0, false)));
    assert_eq!(read("big.bin", MAX_READ + 1), Err(ReadFault::TooLarge));
    assert_eq!(read("src", 10), Err(ReadFault::NotAFile));
    assert_eq!(read("src/nope", 10), Err(ReadFault::NotFound));
    assert_eq!(tree.entries("package.json"), Err(ReadFault::NotADirectory));
}

#[test]
fn an_ignored_file_cannot_be_read_directly_or_over_a_link() {
    let folder = rich();
    folder.link("leak", ".env").write(".git/config", "token").link("leak2", ".git/config");
    let tree = folder.tree(&TakeOptions::default());
    for path in [".env", "leak", "leak2", ".git/config"] {
        assert_eq!(tree.read(path, 100), Err(ReadFault::NotFound), "{path}");
    }
}

#[test]
fn a_path_that_is_not_relative_and_plain_is_refused() {
    let folder = rich();
    let tree = folder.tree(&TakeOptions::default());
    for path in ["/etc/passwd", "../x", "src/../package.json", "src/", "./src", "src//a.js", "a\0b", &"x/".repeat(4000)]
    {
        assert_eq!(tree.read(path, 10), Err(ReadFault::BadPath), "{path:?}");
        assert_eq!(tree.entries(path), Err(ReadFault::BadPath), "{path:?}");
        assert_eq!(tree.stat(path), Err(ReadFault::BadPath), "{path:?}");
    }
}

#[test]
fn a_link_is_listed_as_one_and_never_leads_out() {
    let folder = rich();
    fs::write(folder.beside("secret"), "secret").unwrap();
    fs::create_dir(folder.beside("outside")).unwrap();
    fs::write(folder.beside("outside/f"), "secret").unwrap();
    folder.link("out", "../secret").link("outdir", "../outside").link("abs", "/etc/passwd").link("lost", "nothing");
    folder.link("loop", "loop").link("a", "b").link("b", "a").link("here", ".").link("dots", "src/../../secret");
    let tree = folder.tree(&TakeOptions::default());
    for path in ["out", "outdir", "abs", "lost", "loop", "a", "here", "dots"] {
        let entry = Entry { name: path.into(), kind: Kind::Symlink, size: 0 };
        assert_eq!(tree.stat(path), Ok(Some(entry)), "{path}");
        assert!(tree.read(path, 100).is_err(), "{path}");
        assert!(!paths(&tree).contains(&path.to_owned()), "{path}");
    }
    assert!(tree.read("outdir/f", 100).is_err() && tree.entries("outdir").is_err());
    assert_eq!(tree.read("alias.json", 100).unwrap().bytes, b"package.json");
    assert_eq!(tree.read("here/here/source/a.js", 100).unwrap().bytes, b"src/a.js");
    // Below `src` the link to `../docs` leaves the tree.
    assert_eq!(folder.tree(&below("src")).read("up", 10), Err(ReadFault::NotAFile));
}

#[test]
fn a_special_file_is_listed_and_never_waited_for() {
    let folder = rich();
    folder.fifo("pipe");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("sock")).unwrap();
    let started = Instant::now();
    let tree = folder.tree(&TakeOptions::default());
    for path in ["pipe", "sock"] {
        assert_eq!(tree.stat(path).unwrap().unwrap().kind, Kind::Other);
        assert_eq!(tree.read(path, 10), Err(ReadFault::NotAFile));
        assert!(!paths(&tree).contains(&path.to_owned()));
    }
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn what_is_swapped_after_the_listing_does_not_lead_out_or_block() {
    let folder = rich();
    fs::write(folder.beside("secret"), "secret").unwrap();
    fs::create_dir(folder.beside("outside")).unwrap();
    fs::write(folder.beside("outside/b.js"), "secret").unwrap();
    let tree = folder.tree(&TakeOptions::default());
    let swap = |path: &str| fs::rename(folder.path(path), folder.beside(&path.replace('/', "_"))).unwrap();
    swap("package.json");
    symlink("../secret", folder.path("package.json")).unwrap();
    swap("src/a");
    symlink("../../outside", folder.path("src/a")).unwrap();
    swap("src/a.js");
    folder.fifo("src/a.js");
    swap("empty");
    assert_eq!(tree.read("package.json", 10), Err(ReadFault::NotAFile));
    assert!(tree.read("src/a/b.js", 10).is_err());
    assert_eq!(tree.read("src/a.js", 10), Err(ReadFault::NotAFile));
    assert_eq!(tree.read("empty", 10), Err(ReadFault::NotFound));
    assert_eq!(tree.stat("src/a/b.js").unwrap().unwrap().size, 0);
}

#[test]
fn a_missing_base_directory_names_those_that_are_there() {
    let folder = Folder::with("apps/web/x apps/api/x apps/.hidden/x apps/node_modules/x readme");
    folder.link("link", "apps");
    let error = |base: &str| Tree::open(&folder.root(), &below(base)).err().unwrap();
    let missing = error("apps/wbe");
    assert_eq!(missing.code(), Code::BaseDirectoryMissing);
    assert_eq!(missing.input(), "apps/wbe");
    assert!(matches!(missing, SourceError::BaseMissing { near, .. } if near == ["apps/api", "apps/web"]));
    for base in ["/etc", "..", "apps/../..", "readme", "link", "link/web", ".git", "x\0y", "nope/deeper/still"] {
        assert_eq!(error(base).code(), Code::BaseDirectoryMissing, "{base:?}");
        let taken = folder.store().take(&folder.root(), &below(base));
        assert_eq!(taken.unwrap_err().code(), Code::BaseDirectoryMissing, "{base:?}");
    }
    let snapshot = folder.store().take(&folder.root(), &TakeOptions { ignore: vec!["link".into()], ..below("apps") });
    let stored = folder.store().tree(&snapshot.unwrap(), "apps/wbe").err().unwrap();
    assert_eq!(stored.code(), Code::BaseDirectoryMissing);
}

#[test]
fn a_missing_root_and_a_root_that_is_a_file_are_unreadable() {
    let folder = Folder::with("file");
    for path in [folder.path("nope"), folder.path("file"), folder.path("a\0b")] {
        let error = Tree::open(&path, &TakeOptions::default()).err().unwrap();
        assert_eq!(error.code(), Code::SourceUnreadable, "{error}");
        assert!(!error.input().is_empty());
    }
    // The root itself may be a link: the person named it.
    symlink(folder.root(), folder.beside("current")).unwrap();
    assert_eq!(paths(&Tree::open(&folder.beside("current"), &TakeOptions::default()).unwrap()), ["file"]);
}

#[test]
fn looking_leaves_no_trace() {
    let folder = rich();
    let before = crate::folder::walk_plainly(folder.dir.path()).len();
    answers(&folder.tree(&TakeOptions::default()));
    assert_eq!(crate::folder::walk_plainly(folder.dir.path()).len(), before);
    assert!(!Path::new(&folder.beside("state")).exists());
}
