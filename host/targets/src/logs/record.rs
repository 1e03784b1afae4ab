//! One line of a log file: `MICROSECONDS STREAM TEXT\n`. The text is kept as it came and made harmless when read.

use super::clean;
use jiff::Timestamp;
use model::view::LogLine;
use std::{io::Write, time::SystemTime};

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
    /// The host or the supervisor, about the log itself.
    Host,
}

impl Stream {
    const fn tag(self) -> char {
        match self {
            Self::Out => 'o',
            Self::Err => 'e',
            Self::Host => 'h',
        }
    }
    const fn name(tag: u8) -> Option<&'static str> {
        match tag {
            b'o' => Some("stdout"),
            b'e' => Some("stderr"),
            b'h' => Some("shipway"),
            _ => None,
        }
    }
}

/// Microseconds since 1970.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Appends a record. The text holds no line end.
pub(crate) fn encode(out: &mut Vec<u8>, micros: i64, stream: Stream, text: &[u8]) {
    // Writing into memory cannot fail.
    let _ = write!(out, "{micros} {} ", stream.tag());
    out.extend_from_slice(text);
    out.push(b'\n');
}

/// Reads a record without its line end. One that was torn by a crash or damaged is shown as it is.
pub(crate) fn decode(record: &[u8]) -> LogLine {
    parse(record).unwrap_or_else(|| LogLine { stream: "shipway".into(), text: clean(record), at: None })
}

fn parse(record: &[u8]) -> Option<LogLine> {
    let space = record.iter().take(24).position(|b| *b == b' ')?;
    let micros: i64 = std::str::from_utf8(&record[..space]).ok()?.parse().ok()?;
    let stream = Stream::name(*record.get(space + 1)?)?;
    let text = record.get(space + 2..)?.strip_prefix(b" ")?;
    Some(LogLine { stream: stream.into(), text: clean(text), at: Timestamp::from_microsecond(micros).ok() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_written() {
        let mut bytes = Vec::new();
        encode(&mut bytes, 1_764_000_000_123_456, Stream::Err, b" two  words ");
        let line = decode(bytes.strip_suffix(b"\n").unwrap());
        assert_eq!((line.stream.as_str(), line.text.as_str()), ("stderr", " two  words "));
        assert_eq!(line.at.unwrap().as_microsecond(), 1_764_000_000_123_456);
    }

    #[test]
    fn a_damaged_record_is_shown_and_not_lost() {
        for bad in [&b""[..], b"12", b"abc o x", b"12 q x", b"12 o", b"99999999999999999999 o x", b"\xff\xff"] {
            let line = decode(bad);
            assert_eq!((line.stream.as_str(), line.at), ("shipway", None), "{bad:?}");
        }
    }
}
