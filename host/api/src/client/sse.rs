//! Reading server-sent events from a byte stream, as the HTML standard frames them. Bounded: a stream that never
//! ends a line or an event is an error, not a growing buffer.

use std::io::{self, BufRead};

/// The largest event. A timeline event can hold a whole plan; a log page holds up to 500 lines.
const MAX_EVENT: usize = 32 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// The last id that was seen on the stream up to here.
    pub(super) id: Option<String>,
    /// `message` when the stream did not say.
    pub(super) event: String,
    /// Its lines, joined by line ends.
    pub(super) data: String,
}

/// Events of one stream.
#[derive(Debug)]
pub(super) struct Frames<R> {
    reader: R,
    last_id: Option<String>,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, last_id: None }
    }

    /// The next event; none when the stream ended. An event that was cut off by the end is dropped, as the standard
    /// says: it will come again when the stream is resumed.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut frame = Frame::default();
        let mut has_data = false;
        loop {
            let Some(line) = self.line()? else { return Ok(None) };
            if line.is_empty() {
                if !has_data {
                    frame = Frame::default();
                    continue;
                }
                frame.id.clone_from(&self.last_id);
                if frame.event.is_empty() {
                    "message".clone_into(&mut frame.event);
                }
                return Ok(Some(frame));
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => {
                    if frame.data.len() + value.len() > MAX_EVENT {
                        return Err(too_large());
                    }
                    if has_data {
                        frame.data.push('\n');
                    }
                    frame.data.push_str(value);
                    has_data = true;
                }
                "event" => value.clone_into(&mut frame.event),
                "id" => self.last_id = Some(value.to_owned()),
                _ => {}
            }
        }
    }

    /// One line without its end; none at the end of the stream, even when text without a line end came before it.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            let available = match self.reader.fill_buf() {
                Ok([]) => return Ok(None),
                Ok(available) => available,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let end = available.iter().position(|b| *b == b'\n');
            let taken = end.map_or(available.len(), |at| at + 1);
            bytes.extend_from_slice(&available[..taken]);
            self.reader.consume(taken);
            if bytes.len() > MAX_EVENT {
                return Err(too_large());
            }
            if end.is_some() {
                bytes.pop();
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an event of the stream is larger than 32 MiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Frame> {
        let mut frames = Frames::new(io::BufReader::with_capacity(3, text.as_bytes()));
        std::iter::from_fn(|| frames.next().unwrap()).collect()
    }

    fn frame(id: Option<&str>, event: &str, data: &str) -> Frame {
        Frame { id: id.map(str::to_owned), event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_come_with_their_id_and_comments_are_no_events() {
        let text = ":\n\nid: 1\nevent: a\ndata: {}\n\n: keep-alive\n\nevent:b\r\ndata:x\r\ndata: y\r\n\r\n";
        assert_eq!(read(text), [frame(Some("1"), "a", "{}"), frame(Some("1"), "b", "x\ny")]);
    }

    #[test]
    fn an_event_that_was_cut_off_is_not_delivered() {
        assert_eq!(read("data: whole\n\ndata: cut"), [frame(None, "message", "whole")]);
        assert_eq!(read("data: cut\n"), []);
    }

    #[test]
    fn a_line_without_an_end_is_refused_instead_of_kept() {
        struct Endless;
        impl io::Read for Endless {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                buf.fill(b'x');
                Ok(buf.len())
            }
        }
        let mut frames = Frames::new(io::BufReader::with_capacity(1 << 20, Endless));
        assert_eq!(frames.next().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
