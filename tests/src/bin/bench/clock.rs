//! Runs programs and takes their time, from before they are started until the kernel says that they are over. Every
//! program is bounded: one that hangs is killed and ends the benchmark.

use crate::samples::Samples;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tests::Answer;

/// No program here needs a tenth of it.
const LONGEST: Duration = Duration::from_secs(60);

/// Something that is measured many times, with its name.
pub(crate) type Subject<'a> = (String, Box<dyn FnMut() -> Duration + 'a>);

/// Each subject `rounds` times, in turn and never twice in the same order, so that whatever disturbs the machine
/// disturbs all of them; one round before it is not counted.
pub(crate) fn interleaved(rounds: usize, subjects: &mut [Subject<'_>]) -> Vec<(String, Samples)> {
    let mut taken: Vec<Vec<Duration>> = subjects.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..=rounds {
        for turn in 0..subjects.len() {
            let which = (round + turn) % subjects.len();
            let length = subjects[which].1();
            if round > 0 {
                taken[which].push(length);
            }
        }
    }
    subjects.iter().zip(taken).map(|((name, _), lengths)| (name.clone(), Samples::millis(lengths))).collect()
}

/// How long a program takes that must succeed and whose output nobody reads.
pub(crate) fn wall(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (status, wall) = timed(command);
    assert!(status.success(), "{command:?} ended with {status}");
    wall
}

/// How long a program takes, and what it says.
pub(crate) fn answer(command: &mut Command) -> (Answer, Duration) {
    let (mut out, mut err) = (scratch(), scratch());
    let handle = |file: &File| Stdio::from(file.try_clone().expect("a second handle"));
    command.stdin(Stdio::null()).stdout(handle(&out)).stderr(handle(&err));
    let (status, wall) = timed(command);
    let answer = Answer { exit: status.code().unwrap_or(-1), stdout: text(&mut out), stderr: text(&mut err) };
    (answer, wall)
}

fn timed(command: &mut Command) -> (ExitStatus, Duration) {
    let began = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?} cannot be run: {e}"));
    let over = ended(&child);
    let wall = began.elapsed();
    if !over {
        let _ = child.kill();
    }
    let status = child.wait().expect("a child can be waited for");
    assert!(over, "{command:?} took longer than {LONGEST:?}");
    (status, wall)
}

/// Waits until it is over; false when it takes too long.
fn ended(child: &Child) -> bool {
    let pid = Pid::from_raw(child.id() as i32).expect("a child has a pid");
    let fd = pidfd_open(pid, PidfdFlags::empty()).expect("the kernel has pidfds (Linux 5.3)");
    let limit = Timespec { tv_sec: LONGEST.as_secs() as i64, tv_nsec: 0 };
    loop {
        match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&limit)) {
            Ok(ready) => return ready > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("a child cannot be waited for: {error}"),
        }
    }
}

fn scratch() -> File {
    tempfile::tempfile().expect("a temporary file")
}

fn text(file: &mut File) -> String {
    let mut bytes = vec![];
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a temporary file can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}
