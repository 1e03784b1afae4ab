//! Starting the one child of a supervising process, so that it cannot outlive us, gain privileges or keep our files.

use rustix::process::{Pid, Resource, Rlimit, Signal};
use std::{
    collections::BTreeMap,
    io,
    os::fd::RawFd,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Where the child's output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// To us.
    Piped,
    /// Where ours goes.
    Inherited,
}

/// What is started.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    /// An absolute path.
    pub(crate) program: &'a Path,
    /// With the name it is called by; never empty.
    pub(crate) argv: &'a [String],
    pub(crate) cwd: &'a Path,
    /// All of it: nothing is inherited.
    pub(crate) env: &'a BTreeMap<String, String>,
    pub(crate) output: Output,
}

/// A freshly written program may still be open for writing in a child that another thread of the host is just
/// starting; that passes within milliseconds.
const BUSY_RETRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

impl Launch<'_> {
    /// Starts it as leader of its own session and group. To be called from the main thread of a process without
    /// other threads: the child is killed when the *thread* that started it ends.
    pub(crate) fn spawn(&self) -> io::Result<Child> {
        let mut attempt = 0;
        loop {
            match self.command().spawn() {
                Err(e) if e.kind() == io::ErrorKind::ExecutableFileBusy && attempt < BUSY_RETRIES => {
                    attempt += 1;
                    std::thread::sleep(BUSY_PAUSE);
                }
                other => return other,
            }
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        if let Some((name, rest)) = self.argv.split_first() {
            command.arg0(name).args(rest);
        }
        command.current_dir(self.cwd).env_clear().envs(self.env).stdin(Stdio::null());
        if self.output == Output::Piped {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let parent = rustix::process::getpid();
        confine(&mut command, parent);
        command
    }
}

#[allow(unsafe_code)]
fn confine(command: &mut Command, parent: Pid) {
    let prepare = move || -> io::Result<()> {
        rustix::process::setsid()?;
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have died before the line above; then nobody would ever kill this child.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        rustix::thread::set_no_new_privs(true)?;
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        rustix::process::setrlimit(Resource::Core, none)?;
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls may be made. The closure makes five system calls
    // through rustix, which issues them directly; it allocates nothing, takes no lock and touches no shared state
    // (an error without a message holds no allocation either).
    unsafe {
        command.pre_exec(prepare);
    }
}

/// Makes the command the leader of a session of its own, so that neither a terminal's Ctrl-C nor its end reaches it.
#[allow(unsafe_code)]
pub(crate) fn in_own_session(command: &mut Command) {
    // SAFETY: the closure makes one system call, directly, and nothing else: async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            Ok(())
        });
    }
}

/// Closes whatever else the host had open when it started us: a supervisor that lives for months must not hold a
/// socket or a lock of a host that is long gone. To be called before anything is opened.
#[allow(unsafe_code)]
pub(crate) fn close_inherited() {
    let numbers: Vec<RawFd> = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2)
        .collect();
    for fd in numbers {
        // The list holds the number of the descriptor that listed it, closed by now: only open ones are closed.
        // SAFETY: this process has just begun, has one thread, and has opened nothing that still lives: nobody in it
        // owns a descriptor above 2, so none is closed under its owner. The number was open when it was listed.
        unsafe {
            if rustix::io::fcntl_getfd(std::os::fd::BorrowedFd::borrow_raw(fd)).is_ok() {
                rustix::io::close(fd);
            }
        }
    }
}
