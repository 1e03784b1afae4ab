//! The end of a pipe that a child writes to, read without waiting and cut into lines.

use crate::logs::Lines;
use rustix::{
    event::{PollFd, PollFlags},
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
};
use std::{
    io::{self, Read},
    os::fd::AsFd,
};

/// The most that is taken before anything else is looked at: a flood keeps nothing waiting.
const MOUTHFUL: usize = 64 * 1024;

pub(crate) struct Pipe<R> {
    /// `None` when its other end was closed.
    from: Option<R>,
    lines: Lines,
}

impl<R: Read + AsFd> Pipe<R> {
    pub(crate) fn new(from: Option<R>) -> io::Result<Self> {
        if let Some(from) = &from {
            // The flag is on our end only: the child's end waits as usual.
            fcntl_setfl(from, fcntl_getfl(from)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { from, lines: Lines::default() })
    }

    pub(crate) fn poll_fd(&self) -> Option<PollFd<'_>> {
        self.from.as_ref().map(|from| PollFd::new(from, PollFlags::IN))
    }

    /// Somebody may still write.
    pub(crate) const fn open(&self) -> bool {
        self.from.is_some()
    }

    /// Takes one mouthful, if there is any; true when there was.
    pub(crate) fn read(&mut self, emit: &mut dyn FnMut(&[u8])) -> bool {
        let Some(from) = &mut self.from else { return false };
        let mut bytes = vec![0; MOUTHFUL];
        match from.read(&mut bytes) {
            Ok(0) => self.from = None,
            Ok(n) => {
                self.lines.feed(&bytes[..n], emit);
                return true;
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.from = None,
        }
        false
    }

    /// Is there text without a line end?
    pub(crate) fn pending(&self) -> bool {
        self.lines.pending()
    }

    /// Hands out text without a line end.
    pub(crate) fn flush(&mut self, emit: &mut dyn FnMut(&[u8])) {
        self.lines.flush(emit);
    }
}
