//! Where the figures were taken: they mean nothing without it.

use serde::Serialize;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// The machine and how busy it was.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    /// Of the benchmark itself; the binary is whatever `SHIPWAY_BIN` names.
    optimised: bool,
    cores: usize,
    /// Runnable threads over the last minute, before and after: more than the cores means that others were at work.
    load_before: f64,
    load_after: f64,
    /// Of the directory for temporary files, where state directories and apps lie.
    file_system: String,
    kernel: String,
    seconds: u64,
    #[serde(skip)]
    began: Option<Instant>,
}

impl Machine {
    /// Before anything is measured.
    pub(crate) fn now() -> Self {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            optimised: !cfg!(debug_assertions),
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            load_before: load(),
            load_after: 0.0,
            file_system: file_system(&std::env::temp_dir()),
            kernel: kernel.trim().to_owned(),
            seconds: 0,
            began: Some(Instant::now()),
        }
    }

    /// After everything is measured.
    pub(crate) fn over(&mut self) {
        self.load_after = load();
        self.seconds = self.began.map_or(0, |began| began.elapsed().as_secs());
    }

    /// One line for a person.
    pub(crate) fn line(&self) -> String {
        let Self { cores, load_before, load_after, file_system, kernel, seconds, .. } = self;
        let build = if self.optimised { "release build" } else { "DEBUG BUILD: the figures mean nothing" };
        format!(
            "{build} · {cores} cores, load {load_before:.1} before and {load_after:.1} after · Linux {kernel} · \
             temporary files on {file_system} · {seconds} s in all"
        )
    }
}

fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// The type of the file system with the longest mount point above a path.
fn file_system(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or_else(|| "?".to_owned(), |(_, kind)| kind.to_owned())
}
