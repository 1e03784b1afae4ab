//! Reading a log page by page. A cursor is the position of a byte in everything that was ever written; it survives
//! rotation, and a reader that was too slow is told of the gap.

use super::{record::decode, segments::list};
use model::view::{LogLine, LogPage};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// The most that one page reads, in bytes.
const PAGE: u64 = 1024 * 1024;
/// The most lines of one page, whatever is asked for.
const MAX_LINES: usize = 10_000;

/// Bytes without a line end that are too many for one record.
const DAMAGED: usize = 4 * super::MAX_LINE;

/// What so many lines take at most, one more because the first may be cut.
fn room(lines: usize) -> u64 {
    PAGE.min((lines as u64 + 1) * (super::MAX_LINE as u64 + 64))
}

/// A page of a segmented log.
pub(crate) fn page(dir: &Path, cursor: u64, limit: usize) -> LogPage {
    // A segment may be deleted between the listing and the reading; then the second look finds what there is.
    read(&list(dir), cursor, limit).or_else(|| read(&list(dir), cursor, limit)).unwrap_or_else(|| empty(cursor))
}

/// A page of a log that is one file.
pub(crate) fn page_of_file(path: &Path, cursor: u64, limit: usize) -> LogPage {
    read(&[(0, path.to_owned())], cursor, limit).unwrap_or_else(|| empty(cursor))
}

fn empty(cursor: u64) -> LogPage {
    LogPage { lines: Vec::new(), cursor: if cursor == u64::MAX { 0 } else { cursor }, gap: false }
}

/// `None` when there is nothing that can be read.
fn read(segments: &[(u64, PathBuf)], cursor: u64, limit: usize) -> Option<LogPage> {
    let limit = limit.clamp(1, MAX_LINES);
    let mut open = Vec::new();
    for (start, path) in segments {
        let file = File::open(path).ok()?;
        let end = start + file.metadata().ok()?.len();
        open.push(Segment { start: *start, end, file });
    }
    let (first, end) = (open.first()?.start, open.last()?.end);
    if cursor == u64::MAX {
        return tail(&mut open, end, limit);
    }
    // Beyond the end: the log that the cursor belongs to is gone and this is another one.
    let gap = cursor < first || cursor > end;
    let mut at = if gap { first } else { cursor };
    let mut lines = Vec::new();
    let mut budget = room(limit);
    for segment in &mut open {
        if at >= segment.end || lines.len() >= limit || budget == 0 {
            continue;
        }
        at = at.max(segment.start);
        let bytes = segment.bytes(at, budget)?;
        budget -= bytes.len() as u64;
        let mut rest = bytes.as_slice();
        if !segment.begins_line(at)? {
            let skip = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
            rest = &rest[skip..];
            at += skip as u64;
        }
        while lines.len() < limit
            && let Some(n) = rest.iter().position(|b| *b == b'\n')
        {
            lines.push(decode(&rest[..n]));
            rest = &rest[n + 1..];
            at += n as u64 + 1;
        }
        if lines.len() < limit && rest.len() > DAMAGED {
            // No writer of ours makes such a line: shown once, cut, and passed by rather than met again for ever.
            lines.push(decode(&rest[..super::MAX_LINE]));
            at += rest.len() as u64;
        }
    }
    Some(LogPage { lines, cursor: at, gap })
}

fn tail(open: &mut [Segment], end: u64, limit: usize) -> Option<LogPage> {
    let mut lines: Vec<LogLine> = Vec::new();
    let mut cursor = end;
    for (nth, segment) in open.iter_mut().rev().enumerate() {
        let missing = limit - lines.len();
        if missing == 0 {
            break;
        }
        let from = segment.start.max(segment.end.saturating_sub(room(missing)));
        let bytes = segment.bytes(from, PAGE)?;
        let skip =
            if segment.begins_line(from)? { 0 } else { bytes.iter().position(|b| *b == b'\n').map_or(0, |n| n + 1) };
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(skip, |n| n + 1).max(skip);
        if nth == 0 {
            cursor = from + whole as u64;
        }
        let all: Vec<&[u8]> = bytes[skip..whole].split_inclusive(|b| *b == b'\n').collect();
        let newest = all[all.len().saturating_sub(missing)..].iter();
        let mut earlier: Vec<LogLine> = newest.map(|l| decode(l.strip_suffix(b"\n").unwrap_or(l))).collect();
        earlier.append(&mut lines);
        lines = earlier;
    }
    Some(LogPage { lines, cursor, gap: false })
}

struct Segment {
    start: u64,
    end: u64,
    file: File,
}

impl Segment {
    fn bytes(&mut self, at: u64, most: u64) -> Option<Vec<u8>> {
        self.file.seek(SeekFrom::Start(at - self.start)).ok()?;
        let mut bytes = Vec::new();
        (&self.file).take(most.min(self.end - at)).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
    fn begins_line(&mut self, at: u64) -> Option<bool> {
        if at == self.start {
            return Some(true);
        }
        Some(self.bytes(at - 1, 1)?.first() == Some(&b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Segments, Stream, encode};
    use super::*;

    fn write(log: &mut Segments, text: &str) {
        let mut record = Vec::new();
        encode(&mut record, 1, Stream::Out, text.as_bytes());
        log.append(&record);
    }
    fn texts(page: &LogPage) -> Vec<&str> {
        page.lines.iter().map(|l| l.text.as_str()).collect()
    }

    #[test]
    fn every_line_is_read_once_in_order_across_rotations() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Segments::with_limit(dir.path(), 200).unwrap();
        let (mut cursor, mut read) = (0, Vec::new());
        for n in 0..100 {
            write(&mut log, &format!("line {n}"));
            if n % 5 == 0 {
                loop {
                    let page = page(dir.path(), cursor, 2);
                    assert!(!page.gap);
                    if page.lines.is_empty() {
                        assert_eq!(page.cursor, cursor);
                        break;
                    }
                    cursor = page.cursor;
                    read.extend(page.lines.into_iter().map(|l| l.text));
                }
            }
        }
        assert_eq!(read, (0..=95).map(|n| format!("line {n}")).collect::<Vec<_>>());
        assert!(list(dir.path()).len() <= 2);
    }

    #[test]
    fn a_reader_that_was_too_slow_is_told_of_the_gap() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Segments::with_limit(dir.path(), 200).unwrap();
        (0..100).for_each(|n| write(&mut log, &format!("line {n}")));
        let first = page(dir.path(), 0, 1);
        assert!(first.gap && first.lines.len() == 1);
        let next = page(dir.path(), first.cursor, 1000);
        assert!(!next.gap);
        assert_eq!(*texts(&next).last().unwrap(), "line 99");
        let beyond = page(dir.path(), u64::MAX - 1, 1);
        assert!(beyond.gap, "a cursor of another log");
    }

    #[test]
    fn the_tail_is_the_last_lines_and_a_cursor_to_go_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Segments::with_limit(dir.path(), 100).unwrap();
        (0..50).for_each(|n| write(&mut log, &format!("line {n}")));
        let tail = page(dir.path(), u64::MAX, 6);
        assert_eq!(texts(&tail), ["line 44", "line 45", "line 46", "line 47", "line 48", "line 49"]);
        write(&mut log, "more");
        assert_eq!(texts(&page(dir.path(), tail.cursor, 10)), ["more"]);
    }

    #[test]
    fn a_torn_record_is_ended_and_a_cursor_inside_a_line_finds_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Segments::open(dir.path()).unwrap();
        write(&mut log, "whole");
        let path = list(dir.path())[0].1.clone();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"2 o torn");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(texts(&page(dir.path(), 0, 10)), ["whole"], "an unfinished line is not shown yet");
        let mut log = Segments::open(dir.path()).unwrap();
        write(&mut log, "after");
        assert_eq!(texts(&page(dir.path(), 0, 10)), ["whole", "torn", "after"]);
        assert_eq!(texts(&page(dir.path(), 3, 10)), ["torn", "after"]);
    }

    #[test]
    fn no_log_is_an_empty_page() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(page(&dir.path().join("none"), 7, 10), LogPage { lines: vec![], cursor: 7, gap: false });
        assert_eq!(page(&dir.path().join("none"), u64::MAX, 10).cursor, 0);
    }
}
