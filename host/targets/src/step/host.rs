//! The host's side of a step: order it, take its output, end it when time is up or somebody asks, hear how it ended.

use super::{MARK, Order, Report};
use crate::{
    contain::{Pipe, in_own_session},
    durable,
    logs::Stream,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::fd::OwnedFd,
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// How often the cancel flag and the clock are looked at, and [`Hear::tick`] is called.
const TICK: Duration = Duration::from_millis(25);
/// What a wrapper has for ending its family by force.
const FORCE: Duration = Duration::from_secs(10);
/// What output may still take to arrive after the end.
const DRAIN: Duration = Duration::from_millis(500);

/// Listens to a running step.
pub(crate) trait Hear {
    /// One line.
    fn line(&mut self, stream: Stream, line: &[u8]);
    /// Some time passed.
    fn tick(&mut self);
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Reported(Report),
    TimedOut,
    Canceled,
    /// Somebody ended the wrapper.
    WrapperLost,
}

/// One step to run.
pub(crate) struct StepRun<'a> {
    /// Our own binary.
    pub(crate) exe: &'a Path,
    pub(crate) order: Order,
    /// The deployment, for [`MARK`].
    pub(crate) mark: &'a str,
    pub(crate) deadline: Instant,
    pub(crate) cancel: &'a AtomicBool,
}

impl StepRun<'_> {
    /// Returns when nothing that the step started lives any more.
    pub(crate) fn run(mut self, hear: &mut dyn Hear) -> io::Result<Outcome> {
        self.order.env.insert(MARK.into(), self.mark.into());
        let (ours, theirs) = UnixStream::pair()?;
        let mut child = self.wrapper(theirs)?;
        let result = self.attend(&ours, &mut child, hear);
        // Whatever happened, it does not go on: hanging up ends the family, and the wrapper after it.
        let _ = ours.shutdown(Shutdown::Both);
        if result.is_err() {
            std::thread::sleep(DRAIN);
            let _ = child.kill();
        }
        child.wait()?;
        result
    }

    fn wrapper(&self, socket: UnixStream) -> io::Result<Child> {
        let mut command = Command::new(self.exe);
        command.arg("__step").env_clear().env(MARK, self.mark).current_dir("/");
        command.stdin(OwnedFd::from(socket)).stdout(Stdio::piped()).stderr(Stdio::piped());
        in_own_session(&mut command);
        // The command, which holds the wrapper's end of the socket, is dropped here: only the wrapper has it then.
        command.spawn()
    }

    fn attend(&self, host: &UnixStream, child: &mut Child, hear: &mut dyn Hear) -> io::Result<Outcome> {
        let mut taps = Taps { stdout: Pipe::new(child.stdout.take())?, stderr: Pipe::new(child.stderr.take())? };
        host.set_write_timeout(Some(FORCE))?;
        if (&mut &*host).write_all(&durable::json(&self.order)?).is_err() {
            return Ok(Outcome::WrapperLost);
        }
        host.set_nonblocking(true)?;
        let mut answer = Vec::new();
        let mut ending: Option<(Outcome, Instant)> = None;
        loop {
            let mut fds = vec![PollFd::new(host, PollFlags::IN)];
            fds.extend(taps.stdout.poll_fd().into_iter().chain(taps.stderr.poll_fd()));
            let tick = Timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
            match poll(&mut fds, Some(&tick)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
            let answered = !fds[0].revents().is_empty();
            taps.read(hear);
            hear.tick();
            if answered && hung_up(host, &mut answer)? {
                break;
            }
            match &ending {
                None => {
                    if let Some(why) = self.over() {
                        host.shutdown(Shutdown::Write)?;
                        ending = Some((why, Instant::now() + FORCE));
                    }
                }
                Some((_, by)) if Instant::now() >= *by => {
                    return Err(io::Error::other("the step does not end, not even by force"));
                }
                Some(_) => {}
            }
        }
        taps.drain(hear);
        let report = answer.strip_suffix(b"\n").and_then(|line| serde_json::from_slice(line).ok());
        Ok(match (ending, report) {
            (Some((why, _)), _) => why,
            (None, Some(report)) => Outcome::Reported(report),
            (None, None) => Outcome::WrapperLost,
        })
    }

    /// Should it be ended?
    fn over(&self) -> Option<Outcome> {
        if self.cancel.load(Ordering::Acquire) {
            Some(Outcome::Canceled)
        } else if Instant::now() >= self.deadline {
            Some(Outcome::TimedOut)
        } else {
            None
        }
    }
}

/// Takes what the wrapper answers; true when it has ended.
fn hung_up(host: &UnixStream, answer: &mut Vec<u8>) -> io::Result<bool> {
    let mut bytes = [0; 4096];
    loop {
        match (&mut &*host).read(&mut bytes) {
            Ok(0) => return Ok(true),
            Ok(n) => answer.extend_from_slice(&bytes[..n]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return Ok(true),
            Err(e) => return Err(e),
        }
    }
}

/// Both streams of the wrapper, and through it of the step.
struct Taps {
    stdout: Pipe<ChildStdout>,
    stderr: Pipe<ChildStderr>,
}

impl Taps {
    /// One mouthful from each; true when there was any.
    fn read(&mut self, hear: &mut dyn Hear) -> bool {
        let out = self.stdout.read(&mut |line| hear.line(Stream::Out, line));
        let err = self.stderr.read(&mut |line| hear.line(Stream::Err, line));
        out || err
    }

    /// The rest. Nobody writes any more, so it is there or will not come.
    fn drain(&mut self, hear: &mut dyn Hear) {
        let until = Instant::now() + DRAIN;
        while Instant::now() < until {
            if !self.read(hear) {
                if !self.stdout.open() && !self.stderr.open() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.stdout.flush(&mut |line| hear.line(Stream::Out, line));
        self.stderr.flush(&mut |line| hear.line(Stream::Err, line));
        hear.tick();
    }
}
