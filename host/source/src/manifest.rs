//! The manifest: a snapshot as bytes. JSON with one spelling (sorted, no spaces), so that its BLAKE3 names the snapshot.
//! Reading one trusts nothing: it may have been uploaded, and its paths become paths on this machine.

use crate::{FileEntry, Kind, LinkEntry, index::Index, links, relative};
use model::Digest;
use serde::{Deserialize, Serialize};

/// Raised when the bytes of the same snapshot change.
const FORMAT: u32 = 1;
/// What a file system takes as one name.
const LONGEST_NAME: usize = 255;

#[derive(Serialize)]
struct Out<'a> {
    format: u32,
    files: Vec<OutFile<'a>>,
    links: Vec<OutLink<'a>>,
    dirs: &'a [String],
}
#[derive(Serialize)]
struct OutFile<'a> {
    path: &'a str,
    size: u64,
    blob: &'a Digest,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    executable: bool,
}
#[derive(Serialize)]
struct OutLink<'a> {
    path: &'a str,
    target: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    format: u32,
    files: Vec<InFile>,
    links: Vec<InLink>,
    dirs: Vec<String>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    path: String,
    size: u64,
    blob: Digest,
    #[serde(default)]
    executable: bool,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InLink {
    path: String,
    target: String,
}

/// What a manifest says.
pub(crate) struct Contents {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) links: Vec<LinkEntry>,
    pub(crate) dirs: Vec<String>,
}

impl Contents {
    /// The bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, String> {
        let files = self.files.iter().map(|f| OutFile {
            path: &f.path,
            size: f.size,
            blob: &f.blob,
            executable: f.mode & 0o100 != 0,
        });
        let links = self.links.iter().map(|l| OutLink { path: &l.path, target: &l.target });
        let out = Out { format: FORMAT, files: files.collect(), links: links.collect(), dirs: &self.dirs };
        serde_json::to_vec(&out).map_err(|e| e.to_string())
    }

    /// From bytes whose digest was checked. The error is for a person.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let read: In = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if read.format != FORMAT {
            return Err(format!("its format is {}, this host reads {FORMAT}", read.format));
        }
        let files = read.files.into_iter().map(|f| FileEntry {
            path: f.path,
            mode: if f.executable { 0o755 } else { 0o644 },
            size: f.size,
            blob: f.blob,
        });
        let links = read.links.into_iter().map(|l| LinkEntry { path: l.path, target: l.target });
        let contents = Self { files: files.collect(), links: links.collect(), dirs: read.dirs };
        let index = index(&contents.files, &contents.links, &contents.dirs)?;
        links::check(&index).map_err(|e| e.to_string())?;
        Ok(contents)
    }
}

/// The digest of a manifest's bytes, which is the snapshot's.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(blake3::hash(bytes).as_bytes())
}

/// The shape of a snapshot. A file's link is its number in `files`. The error says what makes it impossible: a path
/// that is not normal, one out of order, one that is a file and a directory.
pub(crate) fn index(files: &[FileEntry], links: &[LinkEntry], dirs: &[String]) -> Result<Index, String> {
    if !files.is_sorted_by(|a, b| a.path < b.path) || !links.is_sorted_by(|a, b| a.path < b.path) {
        return Err("its paths are not sorted".to_owned());
    }
    let mut all: Vec<(&str, Kind, usize)> = Vec::with_capacity(files.len() + links.len() + dirs.len());
    all.extend(files.iter().enumerate().map(|(i, f)| (f.path.as_str(), Kind::File, i)));
    all.extend(links.iter().enumerate().map(|(i, l)| (l.path.as_str(), Kind::Symlink, i)));
    all.extend(dirs.iter().enumerate().map(|(i, d)| (d.as_str(), Kind::Directory, i)));
    // An empty directory sorts as if something were in it, like every other directory.
    let key = |(path, kind, _): &(&str, Kind, usize)| {
        let slash = if *kind == Kind::Directory { "/" } else { "" };
        path.bytes().chain(slash.bytes()).collect::<Vec<u8>>()
    };
    if !links.is_empty() || !dirs.is_empty() {
        all.sort_by_cached_key(key);
    }
    let mut index = Index::new();
    let mut above: Vec<(&str, u32)> = Vec::new();
    let mut empty: Vec<u32> = Vec::new();
    for (path, kind, number) in all {
        if path.is_empty() || !relative::is_normal(path) || path.split('/').any(|part| part.len() > LONGEST_NAME) {
            return Err(format!("{path:?} is not a path relative to the source"));
        }
        while above.last().is_some_and(|(dir, _)| !path.strip_prefix(*dir).is_some_and(|rest| rest.starts_with('/'))) {
            above.pop();
        }
        let mut from = above.last().map_or(0, |(dir, _)| dir.len() + 1);
        while let Some(slash) = path[from..].find('/') {
            let parent = above.last().map_or(0, |(_, dir)| *dir);
            let dir = index.add_directory();
            index.push_checked(parent, &path[from..from + slash], Kind::Directory, dir)?;
            above.push((&path[..from + slash], dir));
            from += slash + 1;
        }
        let parent = above.last().map_or(0, |(_, dir)| *dir);
        let link = match kind {
            Kind::Directory => index.add_directory(),
            Kind::Symlink => index.add_target(Some(links[number].target.as_str().into())),
            Kind::File | Kind::Other => u32::try_from(number).map_err(|e| e.to_string())?,
        };
        index.push_checked(parent, &path[from..], kind, link)?;
        if kind == Kind::Directory {
            above.push((path, link));
            empty.push(link);
        }
    }
    if empty.iter().any(|dir| !index.directory(*dir).is_empty()) {
        return Err("a directory that is said to be empty is not".to_owned());
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(files: &str, links: &str, dirs: &str) -> Result<Contents, String> {
        let blob = Digest::from_bytes(&[7; 32]);
        let files: Vec<String> =
            files.split_whitespace().map(|path| format!(r#"{{"path":{path:?},"size":1,"blob":"{blob}"}}"#)).collect();
        let links: Vec<String> = links
            .split_whitespace()
            .filter_map(|link| link.split_once('='))
            .map(|(path, target)| format!(r#"{{"path":{path:?},"target":{target:?}}}"#))
            .collect();
        let dirs: Vec<String> = dirs.split_whitespace().map(|dir| format!("{dir:?}")).collect();
        let (files, links, dirs) = (files.join(","), links.join(","), dirs.join(","));
        Contents::decode(format!(r#"{{"format":1,"files":[{files}],"links":[{links}],"dirs":[{dirs}]}}"#).as_bytes())
    }

    #[test]
    fn a_manifest_gives_back_what_went_into_it() {
        let contents = decode("a-b a/x a0", "a/l=../a0", "a/empty z").unwrap();
        let bytes = contents.encode().unwrap();
        let again = Contents::decode(&bytes).unwrap();
        assert_eq!((again.files, again.links, again.dirs), (contents.files, contents.links, contents.dirs));
    }

    #[test]
    fn a_hostile_manifest_is_refused() {
        for files in ["../x", "/etc/passwd", "a//b", "a/./b", "b a", "a a", "a a/b", "a a-b a/b"] {
            assert!(decode(files, "", "").is_err(), "{files}");
        }
        for links in ["l=/etc", "l=../x", "l=nowhere", "l=l", "x=y"] {
            assert!(decode("x", links, "").is_err(), "{links}");
        }
        assert!(decode("d", "", "d").is_err());
        assert!(decode("d/x", "", "d").is_err());
        assert!(decode(&"n".repeat(256), "", "").is_err());
        assert!(Contents::decode(br#"{"format":2,"files":[],"links":[],"dirs":[]}"#).is_err());
    }
}
