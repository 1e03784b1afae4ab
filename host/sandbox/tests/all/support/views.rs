//! Sources and probes for tests: a small tree in memory that behaves as the contract says, and probes that see nothing.

use globset::GlobBuilder;
use model::Endpoint;
use sandbox::{
    Entry, HttpAnswer, HttpProbe, Kind, ProbeError, ProbeErrorKind, Probes, ProcessState, Read, ReadFault, SourceView,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A tree in memory.
#[derive(Default)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    pub fn of<const N: usize>(files: [(&str, &[u8]); N]) -> Arc<dyn SourceView> {
        Arc::new(Self(files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()))
    }

    /// The one that most tests read.
    pub fn small() -> Arc<dyn SourceView> {
        Self::of([("package.json", b"{\n  \"name\": \"x\"\n}\n"), ("src/index.js", b"1"), ("README.md", b"# x")])
    }
}

impl SourceView for Files {
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut names = BTreeSet::new();
        for rest in self.0.keys().filter_map(|path| path.strip_prefix(&prefix)) {
            names.insert(
                rest.split_once('/').map_or((rest, Kind::File), |(name, _)| (name, Kind::Directory)).0.to_owned(),
            );
        }
        if names.is_empty() && !dir.is_empty() {
            return Err(ReadFault::NotADirectory);
        }
        Ok(names.into_iter().filter_map(|name| self.stat(&format!("{prefix}{name}")).ok().flatten()).collect())
    }
    fn stat(&self, path: &str) -> Result<Option<Entry>, ReadFault> {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        if let Some(bytes) = self.0.get(path) {
            return Ok(Some(Entry { name, kind: Kind::File, size: bytes.len() as u64 }));
        }
        let below = self.0.keys().any(|p| p.starts_with(&format!("{path}/")));
        Ok(below.then_some(Entry { name, kind: Kind::Directory, size: 0 }))
    }
    fn read(&self, path: &str, max: u64) -> Result<Read, ReadFault> {
        let bytes = self.0.get(path).ok_or(ReadFault::NotFound)?;
        let max = usize::try_from(max).unwrap().min(bytes.len());
        Ok(Read { bytes: bytes[..max].to_vec(), whole: max == bytes.len() })
    }
    fn find(&self, glob: &str, limit: usize) -> Result<Vec<String>, ReadFault> {
        let glob = GlobBuilder::new(glob).literal_separator(true).build().map_err(|_| ReadFault::BadPath)?;
        let glob = glob.compile_matcher();
        Ok(self.0.keys().filter(|path| glob.is_match(path)).take(limit).cloned().collect())
    }
}

/// Probes of a deployment where nothing answers.
pub struct Nothing;

impl Probes for Nothing {
    fn http(&self, _: HttpProbe) -> Result<HttpAnswer, ProbeError> {
        Err(ProbeError { kind: ProbeErrorKind::Refused, message: "nobody listens".into() })
    }
    fn tcp(&self, _: Endpoint) -> Result<(), ProbeError> {
        Err(ProbeError { kind: ProbeErrorKind::Refused, message: "nobody listens".into() })
    }
    fn process(&self) -> ProcessState {
        ProcessState::default()
    }
    fn recent_logs(&self, _: u32) -> Vec<String> {
        Vec::new()
    }
}
