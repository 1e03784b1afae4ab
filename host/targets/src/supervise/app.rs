//! One run of the app: its main process and the two streams that it writes.

use super::Spec;
use crate::{
    contain::{Launch, Output, Pipe},
    logs::Stream,
};
use rustix::event::PollFd;
use std::{
    collections::BTreeMap,
    io,
    process::{ChildStderr, ChildStdout},
};

pub(super) struct App {
    pid: i32,
    stdout: Pipe<ChildStdout>,
    stderr: Pipe<ChildStderr>,
}

impl App {
    pub(super) fn start(spec: &Spec, env: &BTreeMap<String, String>) -> io::Result<Self> {
        let launch = Launch { program: &spec.program, argv: &spec.argv, cwd: &spec.cwd, env, output: Output::Piped };
        let mut child = launch.spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        Ok(Self { pid, stdout: Pipe::new(child.stdout.take())?, stderr: Pipe::new(child.stderr.take())? })
    }

    /// Its main process, which is also its group and its session.
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    pub(super) fn poll_fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        self.stdout.poll_fd().into_iter().chain(self.stderr.poll_fd())
    }

    /// Takes what is there, bounded; hands out lines. True when something came.
    pub(super) fn read(&mut self, emit: &mut dyn FnMut(Stream, &[u8])) -> bool {
        let out = self.stdout.read(&mut |line| emit(Stream::Out, line));
        let err = self.stderr.read(&mut |line| emit(Stream::Err, line));
        out || err
    }

    /// Is there text without a line end?
    pub(super) fn pending(&self) -> bool {
        self.stdout.pending() || self.stderr.pending()
    }

    /// Hands out text without a line end.
    pub(super) fn flush(&mut self, emit: &mut dyn FnMut(Stream, &[u8])) {
        self.stdout.flush(&mut |line| emit(Stream::Out, line));
        self.stderr.flush(&mut |line| emit(Stream::Err, line));
    }
}
