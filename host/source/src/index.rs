//! The shape of a source in memory: directories, names, kinds, link targets. Built once, by a walk or from a manifest,
//! and never changed. Every question about a path is answered here, so a link can lead only to what was listed.
//!
//! Names in a directory are kept in the order in which whole paths sort (a directory counts as `name/`), as git keeps
//! its trees: going through it in depth gives all paths sorted, without sorting them.

use crate::{Kind, relative};
use std::cmp::Ordering;

/// Links followed for one path before it counts as a loop; the kernel's own figure.
const MOST_LINKS: u32 = 40;

/// One name in a directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    start: usize,
    len: u16,
    pub(crate) kind: Kind,
    /// Directory: its number. Symlink: the number of its target. File: whatever the builder counts.
    pub(crate) link: u32,
}

/// The root is directory 0.
#[derive(Debug, Default)]
pub(crate) struct Index {
    names: String,
    dirs: Vec<Vec<Node>>,
    targets: Vec<Option<Box<str>>>,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// The directory of that number, and its path without links.
    Directory(u32, String),
    /// A file, a special file, or a link that was not followed, and its path without links on the way.
    Leaf(Kind, u32, String),
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// A part of it is not listed.
    Missing,
    /// A part of it is a file.
    NotADirectory,
    /// A link on the way leaves the root, is absolute, or has an unreadable target.
    Leaves,
    /// Links that lead to each other.
    Loop,
}

/// The order of two names in one directory.
pub(crate) fn order(a: (&str, Kind), b: (&str, Kind)) -> Ordering {
    let (x, y) = (a.0.as_bytes(), b.0.as_bytes());
    let shared = x.len().min(y.len());
    let after = |name: &[u8], kind| match name.get(shared) {
        Some(byte) => Some(*byte),
        None => (kind == Kind::Directory).then_some(b'/'),
    };
    x[..shared].cmp(&y[..shared]).then_with(|| after(x, a.1).cmp(&after(y, b.1)))
}

impl Index {
    pub(crate) fn new() -> Self {
        Self { dirs: vec![Vec::new()], ..Self::default() }
    }

    /// Adds an empty directory and gives its number.
    pub(crate) fn add_directory(&mut self) -> u32 {
        self.dirs.push(Vec::new());
        (self.dirs.len() - 1) as u32
    }

    /// Adds a link's target and gives its number. `None`: it is not UTF-8.
    pub(crate) fn add_target(&mut self, target: Option<Box<str>>) -> u32 {
        self.targets.push(target);
        (self.targets.len() - 1) as u32
    }

    /// Appends a name to a directory; names come in [`order`].
    pub(crate) fn push(&mut self, dir: u32, name: &str, kind: Kind, link: u32) {
        let start = self.names.len();
        self.names.push_str(name);
        self.dirs[dir as usize].push(Node { start, len: name.len() as u16, kind, link });
    }

    /// The same for names that somebody else put in order. The error is for a person.
    pub(crate) fn push_checked(&mut self, dir: u32, name: &str, kind: Kind, link: u32) -> Result<(), String> {
        let last = self.directory(dir).last();
        if last.is_some_and(|last| order((self.name(*last), last.kind), (name, kind)) != Ordering::Less) {
            return Err(format!("{name:?} is out of order or there twice"));
        }
        if self.lookup(dir, name).is_some() {
            return Err(format!("{name:?} is a file and a directory"));
        }
        self.push(dir, name, kind, link);
        Ok(())
    }

    /// Takes directories out of their parents again.
    pub(crate) fn drop_directories(&mut self, dropped: &std::collections::HashSet<u32>) {
        if dropped.is_empty() {
            return;
        }
        for dir in &mut self.dirs {
            dir.retain(|node| node.kind != Kind::Directory || !dropped.contains(&node.link));
        }
    }

    pub(crate) fn directory(&self, dir: u32) -> &[Node] {
        &self.dirs[dir as usize]
    }

    pub(crate) fn name(&self, node: Node) -> &str {
        &self.names[node.start..node.start + usize::from(node.len)]
    }

    pub(crate) fn target(&self, link: u32) -> Option<&str> {
        self.targets[link as usize].as_deref()
    }

    /// The entry of that name, whatever its kind.
    fn lookup(&self, dir: u32, name: &str) -> Option<Node> {
        let nodes = self.directory(dir);
        let search = |kind| {
            let at = nodes.binary_search_by(|node| order((self.name(*node), node.kind), (name, kind)));
            at.ok().map(|at| nodes[at])
        };
        search(Kind::File).or_else(|| search(Kind::Directory))
    }

    /// Walks from `root` along `path`, which is normal. Links are followed within `root` only; the last part is followed
    /// when `follow` says so.
    pub(crate) fn resolve(&self, root: u32, path: &str, follow: bool) -> Result<Found, Lost> {
        let mut at: Vec<(u32, &str)> = Vec::new();
        let mut rest: Vec<&str> = path.split('/').rev().collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            match part {
                "" | "." => continue,
                ".." => {
                    at.pop().ok_or(Lost::Leaves)?;
                    continue;
                }
                _ => {}
            }
            let here = at.last().map_or(root, |(dir, _)| *dir);
            let node = self.lookup(here, part).ok_or(Lost::Missing)?;
            let name = self.name(node);
            match node.kind {
                Kind::Directory => at.push((node.link, name)),
                Kind::Symlink if follow || !rest.is_empty() => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(Lost::Loop);
                    }
                    let target = self.target(node.link).ok_or(Lost::Leaves)?;
                    if target.starts_with('/') {
                        return Err(Lost::Leaves);
                    }
                    rest.extend(target.split('/').rev());
                }
                _ if rest.is_empty() => return Ok(Found::Leaf(node.kind, node.link, spell(&at, Some(name)))),
                _ => return Err(Lost::NotADirectory),
            }
        }
        Ok(Found::Directory(at.last().map_or(root, |(dir, _)| *dir), spell(&at, None)))
    }

    /// Calls `each` with the path, the kind and the link of everything below `dir`, in the order of the paths.
    /// A directory comes before what is in it.
    pub(crate) fn visit(&self, dir: u32, mut each: impl FnMut(&str, Node)) {
        let mut path = String::new();
        let mut above = vec![(self.directory(dir).iter(), 0)];
        while let Some((nodes, cut)) = above.last_mut() {
            path.truncate(*cut);
            let Some(node) = nodes.next() else {
                above.pop();
                continue;
            };
            path.push_str(self.name(*node));
            each(&path, *node);
            if node.kind == Kind::Directory {
                path.push('/');
                above.push((self.directory(node.link).iter(), path.len()));
            }
        }
    }
}

fn spell(at: &[(u32, &str)], leaf: Option<&str>) -> String {
    at.iter().map(|(_, name)| *name).chain(leaf).fold(String::new(), |dir, name| relative::join(&dir, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Index {
        let mut index = Index::new();
        let a = index.add_directory();
        let up = index.add_target(Some("../a/x".into()));
        let out = index.add_target(Some("../../x".into()));
        let me = index.add_target(Some("loop".into()));
        let root = [
            ("a-b", Kind::File, 0),
            ("a", Kind::Directory, a),
            ("a0", Kind::File, 0),
            ("dir", Kind::Symlink, index.add_target(Some("a/.".into()))),
            ("loop", Kind::Symlink, me),
        ];
        for (name, kind, link) in root {
            index.push(0, name, kind, link);
        }
        for (name, kind, link) in [("out", Kind::Symlink, out), ("up", Kind::Symlink, up), ("x", Kind::File, 7)] {
            index.push(a, name, kind, link);
        }
        index
    }

    #[test]
    fn a_walk_in_depth_gives_the_paths_sorted() {
        let index = sample();
        let mut paths = Vec::new();
        index.visit(0, |path, node| {
            if node.kind != Kind::Directory {
                paths.push(path.to_owned());
            }
        });
        assert_eq!(paths, ["a-b", "a/out", "a/up", "a/x", "a0", "dir", "loop"]);
        assert!(paths.is_sorted());
    }

    #[test]
    fn links_lead_only_to_what_is_listed() {
        let index = sample();
        assert_eq!(index.resolve(0, "a/up", true), Ok(Found::Leaf(Kind::File, 7, "a/x".into())));
        assert_eq!(index.resolve(0, "dir/x", true), Ok(Found::Leaf(Kind::File, 7, "a/x".into())));
        assert_eq!(index.resolve(0, "dir", true), Ok(Found::Directory(1, "a".into())));
        assert!(matches!(index.resolve(0, "dir", false), Ok(Found::Leaf(Kind::Symlink, ..))));
        assert_eq!(index.resolve(0, "a/out", true), Err(Lost::Leaves));
        assert_eq!(index.resolve(0, "loop", true), Err(Lost::Loop));
        assert_eq!(index.resolve(0, "a-b/x", true), Err(Lost::NotADirectory));
        assert_eq!(index.resolve(0, "b", true), Err(Lost::Missing));
        // Seen from `a` as the root, the link that goes up and comes back leaves it.
        assert_eq!(index.resolve(1, "up", true), Err(Lost::Leaves));
    }
}
