//! A stream of bytes as lines of bounded length: memory stays small whatever a program writes.

use super::MAX_LINE;

/// Cuts at `\n` and at `\r` (progress bars); a pair of them is one end. What exceeds [`MAX_LINE`] is counted.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    held: Vec<u8>,
    /// Bytes of the present line beyond the bound.
    beyond: u64,
    after_return: bool,
}

impl Lines {
    /// Takes bytes in, hands whole lines out.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], emit: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            match bytes.iter().position(|b| *b == b'\n' || *b == b'\r') {
                None => {
                    self.hold(bytes, emit);
                    return;
                }
                Some(end) => {
                    self.hold(&bytes[..end], emit);
                    self.after_return = bytes[end] == b'\r';
                    self.end(emit);
                    bytes = &bytes[end + 1..];
                }
            }
        }
    }

    /// Hands out what has no end yet.
    pub(crate) fn flush(&mut self, emit: &mut dyn FnMut(&[u8])) {
        if self.pending() {
            self.end(emit);
        }
    }

    /// Is there something without an end?
    pub(crate) fn pending(&self) -> bool {
        !self.held.is_empty() || self.beyond > 0
    }

    fn hold(&mut self, bytes: &[u8], emit: &mut dyn FnMut(&[u8])) {
        let room = if self.beyond > 0 { 0 } else { MAX_LINE - self.held.len() };
        let (fits, rest) = bytes.split_at(room.min(bytes.len()));
        self.held.extend_from_slice(fits);
        if !rest.is_empty() {
            if self.beyond == 0 {
                emit(&self.held);
                self.held.clear();
            }
            self.beyond += rest.len() as u64;
        }
    }

    fn end(&mut self, emit: &mut dyn FnMut(&[u8])) {
        if self.beyond > 0 {
            emit(format!("[… {} more bytes of this line]", self.beyond).as_bytes());
        } else {
            emit(&self.held);
        }
        self.held.clear();
        self.beyond = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(parts: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        let mut emit = |l: &[u8]| out.push(String::from_utf8_lossy(l).into_owned());
        for part in parts {
            lines.feed(part, &mut emit);
        }
        lines.flush(&mut emit);
        out
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let text = b"one\r\ntwo\n\nbar 1\rbar 2\r\nend";
        let whole = cut(&[text]);
        assert_eq!(whole, ["one", "two", "", "bar 1", "bar 2", "end"]);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(cut(&bytes), whole);
    }

    #[test]
    fn a_line_of_a_hundred_megabytes_costs_eight_kilobytes() {
        let mut lines = Lines::default();
        let chunk = vec![b'x'; 1 << 20];
        let mut out = Vec::new();
        for _ in 0..100 {
            lines.feed(&chunk, &mut |l| out.push(l.len()));
            assert!(lines.held.capacity() <= 2 * MAX_LINE);
        }
        assert_eq!(out, [MAX_LINE]);
        let mut last = String::new();
        lines.feed(b"\nnext", &mut |l| last = String::from_utf8_lossy(l).into_owned());
        assert_eq!(last, format!("[… {} more bytes of this line]", (100 << 20) - MAX_LINE));
        lines.flush(&mut |l| last = String::from_utf8_lossy(l).into_owned());
        assert_eq!(last, "next");
    }

    #[test]
    fn a_line_of_exactly_the_bound_is_whole() {
        let line = vec![b'x'; MAX_LINE];
        let out = cut(&[&line, b"\ny"]);
        assert_eq!((out[0].len(), out[1].as_str(), out.len()), (MAX_LINE, "y", 2));
    }
}
