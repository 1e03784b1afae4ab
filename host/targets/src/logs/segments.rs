//! A log that never grows beyond two segments. Each file is named by the position of its first byte in everything
//! that was ever written, so that a reader's cursor stays true when older ones are deleted.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// A segment that takes no more; the log keeps at most this and the one before: 16 MiB.
pub(crate) const SEGMENT: u64 = 8 * 1024 * 1024;

/// The writing end. One process at a time.
#[derive(Debug)]
pub(crate) struct Segments {
    dir: PathBuf,
    file: File,
    start: u64,
    length: u64,
    limit: u64,
    /// Records that could not be written since the last that could.
    lost: u64,
}

impl Segments {
    /// Goes on where an earlier process ended; a record that it tore is given an end.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        Self::with_limit(dir, SEGMENT)
    }

    pub(crate) fn with_limit(dir: &Path, limit: u64) -> io::Result<Self> {
        crate::layout::private_dir(dir)?;
        let start = list(dir).last().map_or(0, |(start, _)| *start);
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(name(dir, start))?;
        let mut length = file.seek(SeekFrom::End(0))?;
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                length += 1;
            }
        }
        Ok(Self { dir: dir.to_owned(), file, start, length, limit, lost: 0 })
    }

    /// Appends whole records. When the disk is full they are lost and counted: the app is never held up by its log.
    pub(crate) fn append(&mut self, records: &[u8]) {
        if records.is_empty() {
            return;
        }
        if self.length >= self.limit {
            // Without a new segment the old one grows on; tried again with every record.
            let _ = self.rotate();
        }
        if self.lost > 0 {
            let mut note = Vec::new();
            let text = format!("[{} lines were lost: they could not be written]", self.lost);
            super::encode(&mut note, super::now_micros(), super::Stream::Host, text.as_bytes());
            if self.put(&note) {
                self.lost = 0;
            }
        }
        if !self.put(records) {
            self.lost += records.iter().filter(|b| **b == b'\n').count() as u64;
        }
    }

    fn put(&mut self, records: &[u8]) -> bool {
        if self.file.write_all(records).is_ok() {
            self.length += records.len() as u64;
            return true;
        }
        // No half record stays behind.
        let _ = self.file.set_len(self.length);
        let _ = self.file.seek(SeekFrom::Start(self.length));
        false
    }

    fn rotate(&mut self) -> io::Result<()> {
        let start = self.start + self.length;
        let file =
            OpenOptions::new().create(true).truncate(true).read(true).write(true).open(name(&self.dir, start))?;
        for (older, path) in list(&self.dir) {
            if older < self.start {
                fs::remove_file(path)?;
            }
        }
        (self.file, self.start, self.length) = (file, start, 0);
        Ok(())
    }
}

fn name(dir: &Path, start: u64) -> PathBuf {
    dir.join(format!("{start:020}.log"))
}

/// The segments of a log with their first positions, in order.
pub(crate) fn list(dir: &Path) -> Vec<(u64, PathBuf)> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.strip_suffix(".log")?.parse().ok()?, e.path())))
        .collect();
    found.sort();
    found
}
