//! The wrapper's side: start, wait for the end or for the host's, leave nobody behind, report.

use super::{Order, Report};
use crate::{
    contain::{Family, Launch, Output, Signals, procs},
    durable,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::fd::AsFd,
    os::unix::net::UnixStream,
};

/// The most that an order may take.
const MAX_ORDER: u64 = 8 * 1024 * 1024;
/// Between two rounds of force, in nanoseconds.
const ROUND: i64 = 10_000_000;

pub(super) fn run() -> io::Result<()> {
    let signals = Signals::install()?;
    let host = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = Vec::new();
    BufReader::new((&host).take(MAX_ORDER)).read_until(b'\n', &mut line)?;
    let order: Order = serde_json::from_slice(&line)?;
    let family = Family::adopt_orphans()?;
    let oom_kills = procs::oom_kills();
    let launch = Launch {
        program: &order.program,
        argv: &order.argv,
        cwd: &order.cwd,
        env: &order.env,
        output: Output::Inherited,
    };
    let report = match launch.spawn() {
        Ok(child) => watch(&family, &signals, &host, i32::try_from(child.id()).map_err(io::Error::other)?, oom_kills)?,
        Err(e) => Report::NotStarted(e.raw_os_error(), e.to_string()),
    };
    // A host that is gone does not need it.
    let _ = (&host).write_all(&durable::json(&report)?);
    Ok(())
}

/// Until nobody is left. Whoever outlives the step's main process, and everybody when the host hangs up, is ended by
/// force: a step is done when its command is, and an unfinished workspace is thrown away anyhow.
fn watch(family: &Family, signals: &Signals, host: &UnixStream, main: i32, oom_kills: u64) -> io::Result<Report> {
    let mut ended = None;
    let mut over = false;
    loop {
        let reaped = family.reap(ended.is_none().then_some(main));
        ended = ended.or(reaped.main);
        if reaped.nobody_left {
            let (code, signal) = ended.map_or((None, None), |e| (e.code, e.signal));
            let oom = signal == Some(9) && !over && procs::oom_kills() > oom_kills;
            return Ok(Report::Ended { code, signal, oom });
        }
        if over || ended.is_some() {
            family.kill(main);
        }
        let round = Timespec { tv_sec: 0, tv_nsec: ROUND };
        let mut fds = [signals.poll_fd(), PollFd::new(host, PollFlags::IN)];
        let timeout = (over || ended.is_some()).then_some(&round);
        let watched = if over { 1 } else { 2 };
        match poll(&mut fds[..watched], timeout) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
        // The host sends nothing after the order: anything to read there is its end.
        let hung_up = !over && !fds[1].revents().is_empty();
        over |= signals.take_term() | hung_up;
    }
}
