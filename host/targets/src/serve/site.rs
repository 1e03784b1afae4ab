//! Which file answers which path. The whole policy of the server is here; sending bytes is elsewhere.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

/// A published directory.
#[derive(Debug)]
pub(super) struct Site {
    /// With every link resolved.
    root: PathBuf,
    fallback: Option<PathBuf>,
    clean_urls: bool,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This file, as what was asked for.
    File(PathBuf),
    /// The same thing goes by another path.
    Moved(String),
    /// Nothing of that name, and this page says so in the site's own words.
    MissingPage(PathBuf),
    /// Nothing of that name.
    Missing,
    /// The root of a site without an index: the names of what is there, directories with a slash.
    Listing(Vec<String>),
}

/// What is written as `%XX` in a path that we make.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

/// A name as part of a URL.
pub(super) fn escaped(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

impl Site {
    pub(super) fn open(root: &Path, fallback: Option<&str>, clean_urls: bool) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let fallback = fallback.map(|name| root.join(name.trim_start_matches("./")));
        Ok(Self { root, fallback, clean_urls })
    }

    /// Looks a path up, as it stands in a request: with its escapes, without the query.
    pub(super) fn find(&self, path: &str) -> Found {
        let found = parts(path).and_then(|parts| self.look(&parts, path.ends_with('/')));
        if let Some(found) = found {
            return found;
        }
        if let Some(fallback) = self.fallback.as_ref().filter(|f| self.file(f)) {
            return Found::File(fallback.clone());
        }
        let page = self.root.join("404.html");
        if path == "/" {
            return Found::Listing(self.names());
        }
        if self.file(&page) { Found::MissingPage(page) } else { Found::Missing }
    }

    fn look(&self, parts: &[Vec<u8>], slash: bool) -> Option<Found> {
        let path = parts.iter().fold(self.root.clone(), |path, part| path.join(OsStr::from_bytes(part)));
        let index = path.join("index.html");
        if self.file(&path) {
            return (!slash).then_some(Found::File(path));
        }
        if self.file(&index) {
            // Relative links of the page mean another place without the slash.
            return Some(if slash { Found::File(index) } else { Found::Moved(located(parts, "/")?) });
        }
        let page = path.with_file_name({
            let mut name = path.file_name()?.to_os_string();
            name.push(".html");
            name
        });
        if self.clean_urls && !parts.is_empty() && self.file(&page) {
            return Some(if slash { Found::Moved(located(parts, "")?) } else { Found::File(page) });
        }
        None
    }

    /// Is it a file that may be served? Resolved, it must lie inside and have no hidden part.
    pub(super) fn file(&self, path: &Path) -> bool {
        let Ok(real) = path.canonicalize() else { return false };
        let Ok(inside) = real.strip_prefix(&self.root) else { return false };
        let shown = inside.components().enumerate().all(|(nth, part)| match part {
            Component::Normal(name) => !hidden(name.as_bytes(), nth == 0),
            _ => false,
        });
        shown && real.is_file()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.root)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let slash = if entry.path().is_dir() { "/" } else { "" };
                (!hidden(name.as_bytes(), false)).then(|| format!("{name}{slash}"))
            })
            .take(1000)
            .collect();
        names.sort();
        names
    }
}

/// The decoded parts of a path. `None`: it is none that a file could have.
fn parts(path: &str) -> Option<Vec<Vec<u8>>> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    path.split('/')
        .enumerate()
        .map(|(nth, part)| {
            let part: Vec<u8> = percent_decode_str(part).collect();
            let bad = part.is_empty() || part.iter().any(|b| matches!(b, 0 | b'/' | b'\\')) || hidden(&part, nth == 0);
            (!bad).then_some(part)
        })
        .collect()
}

/// `.` and `..` are hidden too.
fn hidden(name: &[u8], first: bool) -> bool {
    name.starts_with(b".") && !(first && name == b".well-known")
}

/// A path on this site; one slash at its beginning, so that it cannot name another host.
fn located(parts: &[Vec<u8>], end: &str) -> Option<String> {
    let mut path = String::new();
    for part in parts {
        path.push('/');
        path.push_str(&escaped(std::str::from_utf8(part).ok()?));
    }
    path.push_str(end);
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn site(fallback: Option<&str>, clean: bool) -> (tempfile::TempDir, Site) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("public");
        for file in
            ["index.html", "about.html", "docs/index.html", "docs/a b.txt", ".env", ".well-known/x", "sub/.git/c"]
        {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        fs::write(dir.path().join("secret"), "s").unwrap();
        symlink("../secret", root.join("out")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink(".env", root.join("env")).unwrap();
        symlink("docs", root.join("in")).unwrap();
        let site = Site::open(&root, fallback, clean).unwrap();
        (dir, site)
    }
    fn file(site: &Site, name: &str) -> Found {
        Found::File(site.root.join(name))
    }

    #[test]
    fn files_indexes_and_links_inside_are_found() {
        let (_dir, site) = site(None, false);
        assert_eq!(site.find("/"), file(&site, "index.html"));
        assert_eq!(site.find("/about.html"), file(&site, "about.html"));
        assert_eq!(site.find("/docs/"), file(&site, "docs/index.html"));
        assert_eq!(site.find("/docs/a%20b.txt"), file(&site, "docs/a b.txt"));
        assert_eq!(site.find("/in/a%20b.txt"), file(&site, "in/a b.txt"));
        assert_eq!(site.find("/.well-known/x"), file(&site, ".well-known/x"));
        assert_eq!(site.find("/docs"), Found::Moved("/docs/".into()));
        assert_eq!(site.find("/about"), Found::Missing);
    }

    #[test]
    fn nothing_hidden_and_nothing_outside_is_found() {
        let (_dir, site) = site(None, true);
        let asked = [
            "/.env",
            "/env",
            "/%2eenv",
            "/out",
            "/up/secret",
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/docs/../../secret",
            "/docs%2findex.html",
            "//docs/",
            "/sub/.git/c",
            "/sub/.well-known/x",
            "/a%00b",
            "/\\..\\secret",
            "/index.html/",
            "/index.html/x",
            "",
            "*",
            "/%",
        ];
        for path in asked {
            assert_eq!(site.find(path), Found::Missing, "{path}");
        }
    }

    #[test]
    fn clean_urls_leave_out_the_ending() {
        let (_dir, site) = site(None, true);
        assert_eq!(site.find("/about"), file(&site, "about.html"));
        assert_eq!(site.find("/about/"), Found::Moved("/about".into()));
        assert_eq!(site.find("/about.html"), file(&site, "about.html"));
    }

    #[test]
    fn what_is_missing_is_answered_by_the_fallback_the_page_or_plainly() {
        let (dir, spa) = site(Some("index.html"), false);
        assert_eq!(spa.find("/some/route"), file(&spa, "index.html"));
        assert_eq!(spa.find("/.env"), file(&spa, "index.html"), "not the file itself");
        let (other, plain) = site(None, false);
        fs::write(plain.root.join("404.html"), "no").unwrap();
        assert_eq!(plain.find("/nope"), Found::MissingPage(plain.root.join("404.html")));
        fs::remove_file(plain.root.join("index.html")).unwrap();
        let Found::Listing(names) = plain.find("/") else { panic!("a root is always answered") };
        assert!(names.contains(&"docs/".into()) && !names.iter().any(|n| n.starts_with('.')), "{names:?}");
        drop((dir, other));
    }

    #[test]
    fn a_redirect_stays_on_this_site() {
        let (_dir, site) = site(None, false);
        fs::create_dir_all(site.root.join("evil.com")).unwrap();
        fs::write(site.root.join("evil.com/index.html"), "x").unwrap();
        assert_eq!(site.find("/evil.com"), Found::Moved("/evil.com/".into()));
        assert_eq!(site.find("//evil.com"), Found::Missing);
    }
}
