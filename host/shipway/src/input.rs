//! The SOURCE argument and what goes with it, the same for `detect`, `plan`, `deploy`, `up` and `config`: what can be
//! said of it before anybody reads it is said here, once.

use crate::context::usage;
use model::{Code, Failure, Phase, Remedy, SourceKind, SourceSpec};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

/// Endings by which an archive is known.
const ARCHIVES: &[&str] = &[".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".zip"];

/// The source and what shapes it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SourceArgs {
    /// The app's folder
    #[arg(default_value = ".")]
    pub(crate) source: String,
    /// The app's directory inside the source, for a repository with several apps
    #[arg(long, value_name = "DIR")]
    pub(crate) base: Option<String>,
    /// Branch, tag or commit, for git sources
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) git_ref: Option<String>,
    /// The folder is already built: serve its files as they are
    #[arg(long = "static")]
    pub(crate) is_static: bool,
    /// Overrides a key of shipway.toml, for example --set network.port=3000 (may be repeated)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
}

/// One `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    key: String,
    value: String,
}

impl FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("a setting is written KEY=VALUE, for example network.port=3000".to_owned()),
        }
    }
}

impl SourceArgs {
    /// Settings by key; the last one of a key wins.
    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        self.settings.iter().map(|s| (s.key.clone(), s.value.clone())).collect()
    }

    /// The source as the host is asked for it: its path is absolute. Reads nothing.
    pub(crate) fn spec(&self) -> SourceSpec {
        let kind = if self.is_static { SourceKind::StaticDirectory } else { SourceKind::LocalDirectory };
        SourceSpec {
            kind,
            locator: absolute(&self.source).to_string_lossy().into_owned(),
            git_ref: self.git_ref.clone(),
            base_directory: self.base.clone(),
        }
    }

    /// Can it be a source at all? Every command asks this first, so that all of them refuse alike.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let path = absolute(&self.source);
        let is_folder = path.is_dir();
        if !is_folder && let Some(kind) = not_yet(&self.source) {
            let message = format!("{kind} is not supported as a source yet");
            return Err(usage(message, &*self.source)
                .remedy(Remedy::advice("Put it into a folder on this machine and name the folder")));
        }
        if self.git_ref.is_some() {
            return Err(usage("--ref is for git sources, which are not supported yet", "--ref")
                .remedy(Remedy::advice("Check the ref out and deploy the folder")));
        }
        match std::fs::read_dir(&path) {
            Ok(_) if path.to_str().is_none() => Err(unreadable(&path, "its path is not valid UTF-8")),
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(unreadable(&path, "it does not exist")),
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => Err(unreadable(&path, "it is not a folder")),
            Err(e) => Err(unreadable(&path, &e.to_string())),
        }
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    let shown = path.display().to_string();
    let failure = Failure::new(
        Phase::Detect,
        Code::SourceUnreadable,
        format!("the source cannot be read: {why}: {shown}"),
        shown,
    );
    match nearest_that_exists(path) {
        Some(there) => failure.remedy(Remedy::safe("See what is there", format!("ls {}", there.display()))),
        None => failure,
    }
}

fn nearest_that_exists(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|p| p.is_dir())
}

/// What the text names that will be a source one day.
fn not_yet(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    if ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
        return Some("an archive");
    }
    let scp_like = text.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
    (lower.contains("://") || scp_like || lower.ends_with(".git")).then_some("a git repository")
}

/// Absolute, with `.` gone. Links keep their names (a folder `current` stays `current`), unless `..` has to be
/// understood, which only the file system can.
fn absolute(text: &str) -> PathBuf {
    let path = Path::new(text);
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if whole.components().any(|part| part == Component::ParentDir) {
        return whole.canonicalize().unwrap_or(whole);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(source: &str) -> SourceArgs {
        SourceArgs { source: source.to_owned(), base: None, git_ref: None, is_static: false, settings: Vec::new() }
    }

    #[test]
    fn a_path_that_does_not_exist_fails_detect_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing/app");
        let failure = args(missing.to_str().unwrap()).check().unwrap_err();
        assert_eq!((failure.phase, failure.code), (Phase::Detect, Code::SourceUnreadable));
        assert_eq!(failure.input, missing.to_str().unwrap());
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("index.html");
        std::fs::write(&file, "").unwrap();
        assert_eq!(args(file.to_str().unwrap()).check().unwrap_err().code, Code::SourceUnreadable);
    }

    #[test]
    fn sources_of_other_issues_are_refused_as_usage() {
        for source in ["https://example.com/a.git", "git@example.com:a/b", "/nowhere/app.tar.gz", "ssh://h/x"] {
            assert_eq!(args(source).check().unwrap_err().code, Code::UsageInvalid, "{source}");
        }
    }

    #[test]
    fn a_folder_named_like_a_repository_is_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("app.git");
        std::fs::create_dir(&folder).unwrap();
        args(folder.to_str().unwrap()).check().unwrap();
    }

    #[test]
    fn the_locator_is_absolute_and_has_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("a/b")).unwrap();
        let up = base.join("a/b/..");
        assert_eq!(args(up.to_str().unwrap()).spec().locator, base.join("a").to_str().unwrap());
        assert!(Path::new(&args(".").spec().locator).file_name().is_some());
    }

    #[test]
    fn a_setting_has_a_key_and_keeps_every_other_equals_sign() {
        let setting: Setting = "runtime.start=FOO=1 node .".parse().unwrap();
        assert_eq!((setting.key.as_str(), setting.value.as_str()), ("runtime.start", "FOO=1 node ."));
        assert!("runtime.start".parse::<Setting>().is_err());
        assert!("=x".parse::<Setting>().is_err());
    }
}
