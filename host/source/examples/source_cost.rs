//! What trees and snapshots cost, beside a plain listing of the same folder.
//! `cargo run -p source --example source_cost -- [FILES]` (default 20,000), or `-- DIR` for a folder of your own.
#![allow(clippy::unwrap_used)]

use source::{Store, TakeOptions, Tree};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

fn main() {
    let scratch = std::env::temp_dir().join(format!("shipway-cost-{}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    let argument = std::env::args().nth(1).unwrap_or_else(|| "20000".to_owned());
    let root = match argument.parse::<usize>() {
        Ok(files) => made(&scratch.join("app"), files),
        Err(_) => PathBuf::from(&argument),
    };
    let options = TakeOptions::default();
    let tree = Tree::open(&root, &options).unwrap();
    println!("{} files, {} bytes", tree.len(), tree.bytes());
    report("plain listing", 7, || _ = plain(&root));
    report("Tree::open", 7, || drop(Tree::open(&root, &options).unwrap()));
    report("find **/package.json", 7, || drop(tree.find("**/package.json", 1000).unwrap()));
    report("find **/*.{ts,js}", 7, || drop(tree.find("**/*.{ts,js}", 1000).unwrap()));
    report("read 100 bytes", 7, || drop(tree.paths().next().map(|path| tree.read(path, 100))));

    std::thread::sleep(Duration::from_millis(100));
    let store = Store::open(&scratch.join("state")).unwrap();
    report("take, cold", 1, || drop(store.take(&root, &options).unwrap()));
    report("take, nothing changed", 5, || drop(store.take(&root, &options).unwrap()));
    if root.starts_with(&scratch) {
        for name in ["one", "two", "three"] {
            fs::write(root.join(name), format!("{:?}", Instant::now())).unwrap();
        }
        report("take, three files changed", 1, || drop(store.take(&root, &options).unwrap()));
    }
    let snapshot = store.take(&root, &options).unwrap();
    report("load", 3, || drop(store.load(&snapshot.digest).unwrap()));
    report("tree of the snapshot", 3, || drop(store.tree(&snapshot, "").unwrap()));
    report("verify", 1, || store.verify(&snapshot).unwrap());
    report("materialise", 1, || store.materialise(&snapshot, &scratch.join("out")).unwrap());
    drop(snapshot);
    report("collect everything", 1, || _ = store.collect(&Default::default()).unwrap());
    fs::remove_dir_all(&scratch).unwrap();
}

fn report(what: &str, times: u32, mut work: impl FnMut()) {
    let best = (0..times)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!("{what:28} {:9.3} ms", best.as_secs_f64() * 1000.0);
}

/// Names and kinds of everything, as the standard library lists it.
fn plain(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries.map(|e| if e.file_type().unwrap().is_dir() { 1 + plain(&e.path()) } else { 1 }).sum()
}

/// Twenty files in a directory, some levels deep, with a usual `.gitignore`.
fn made(root: &Path, files: usize) -> PathBuf {
    for i in 0..files {
        let (a, b) = (i / 20 % 100, i / 2000);
        let dir = root.join(format!("packages/p{a}/src/m{b}"));
        if i % 20 == 0 || i < 20 {
            fs::create_dir_all(&dir).unwrap();
        }
        fs::write(dir.join(format!("file{i}.ts")), format!("export const value{i} = {i};\n").repeat(20)).unwrap();
    }
    let lines =
        "*.log\nlogs/\ndist/\nbuild\n.env*\n!.env.example\n*.py[cod]\ncoverage/\n.DS_Store\n/tmp\n**/cache/**\n";
    fs::write(root.join(".gitignore"), lines).unwrap();
    root.to_owned()
}
