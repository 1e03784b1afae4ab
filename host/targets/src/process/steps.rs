//! Running a command to its end in a workspace, and saying what went wrong.

use super::{
    ProcessTarget,
    env::Env,
    hearing::{BuildLog, Hearing},
    preflight::Free,
    programs,
};
use crate::{
    BuildEvents, TargetError,
    contain::procs,
    error::exhausted,
    step::{self, Order, Outcome, Report, StepRun},
};
use model::{DeploymentId, plan::Command};
use rustix::process::Signal;
use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

/// What all steps of one run share.
pub(super) struct Session<'a> {
    pub(super) target: &'a ProcessTarget,
    pub(super) deployment: &'a DeploymentId,
    pub(super) log: BuildLog,
    pub(super) events: &'a dyn BuildEvents,
    pub(super) cancel: &'a AtomicBool,
    pub(super) deadline: Instant,
    pub(super) limit: Duration,
}

/// One command of it.
pub(super) struct StepJob<'a> {
    pub(super) name: &'a str,
    pub(super) run: &'a Command,
    pub(super) cwd: PathBuf,
    pub(super) env: Env,
}

/// What is known when a step did not end well.
struct Trouble<'a> {
    step: &'a str,
    command: String,
    program: &'a Path,
    place: &'a Path,
    last: Vec<String>,
}

impl Session<'_> {
    pub(super) fn run(&mut self, job: StepJob<'_>) -> Result<(), TargetError> {
        let command = job.run.display();
        self.log.note(&format!("$ {command}"));
        self.events.step_started(job.name, &command);
        let began = Instant::now();
        let millis = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let path = job.env.get("PATH").map(String::as_str).unwrap_or_default();
        let argv = programs::words(job.run);
        let word = argv.first().cloned().unwrap_or_default();
        let resolved = match programs::resolve(argv, &job.cwd, path) {
            Ok(resolved) => resolved,
            Err(missing) => {
                self.events.step_finished(job.name, None, millis());
                let (what, looked) = missing.explain(&word);
                return Err(TargetError::BuildFailed {
                    message: format!("step {:?} cannot run: {what}", job.name),
                    step: Some(job.name.into()),
                    command,
                    exit_code: None,
                    signal: None,
                    last: looked,
                });
            }
        };
        let program = resolved.program.clone();
        let order = Order { program: resolved.program, argv: resolved.argv, cwd: job.cwd.clone(), env: job.env };
        let run = StepRun {
            exe: &self.target.exe,
            order,
            mark: self.deployment.as_str(),
            deadline: self.deadline,
            cancel: self.cancel,
        };
        let mut hearing = Hearing::new(&mut self.log, self.events, job.name);
        let outcome = run.run(&mut hearing);
        let last = hearing.finish();
        let code = match &outcome {
            Ok(Outcome::Reported(Report::Ended { code, .. })) => *code,
            _ => None,
        };
        self.events.step_finished(job.name, code, millis());
        let trouble = Trouble { step: job.name, command, program: &program, place: &job.cwd, last };
        let result = match outcome {
            Ok(outcome) => trouble.judge(outcome, self.limit),
            Err(e) => Err(trouble.refused(e)),
        };
        if let Err(e) = &result {
            self.log.note(&format!("[{e}]"));
        }
        if !matches!(result, Ok(()) | Err(TargetError::BuildFailed { exit_code: Some(_), .. })) {
            end_leftovers(self.deployment);
        }
        result
    }
}

impl Trouble<'_> {
    fn judge(self, outcome: Outcome, limit: Duration) -> Result<(), TargetError> {
        let report = match outcome {
            Outcome::Reported(report) => report,
            Outcome::Canceled => return Err(TargetError::Canceled { step: Some(self.step.into()) }),
            Outcome::TimedOut => {
                let Self { step, command, last, .. } = self;
                return Err(TargetError::BuildTimeout { step: step.into(), command, limit, last });
            }
            Outcome::WrapperLost => {
                return Err(self.failed("lost its wrapper process: somebody killed it", None, None));
            }
        };
        match report {
            Report::Ended { code: Some(0), .. } => Ok(()),
            Report::NotStarted(number, text) => {
                let e = number.map_or_else(|| io::Error::other(text), io::Error::from_raw_os_error);
                Err(self.refused(e))
            }
            Report::Ended { oom: true, .. } => Err(self.ran_out("no memory is left: the kernel ended it")),
            Report::Ended { .. } if self.met_a_full_disk() => Err(self.ran_out("no space is left on the disk")),
            Report::Ended { code: Some(code), .. } => {
                let what = match code {
                    127 => "ended with exit code 127: a program that it calls is not there".to_owned(),
                    126 => "ended with exit code 126: a program that it calls cannot be executed".to_owned(),
                    _ => format!("ended with exit code {code}"),
                };
                Err(self.failed(&what, Some(code), None))
            }
            Report::Ended { code: None, signal, .. } => {
                let what = signal.map_or("ended".into(), |s| format!("was ended by signal {s}"));
                Err(self.failed(&what, None, signal))
            }
        }
    }

    /// On the disk of the workspace, or on another one (of TMPDIR): then the output says so.
    fn met_a_full_disk(&self) -> bool {
        let said = |line: &String| {
            ["No space left on device", "ENOSPC", "Disk quota exceeded"].iter().any(|s| line.contains(s))
        };
        Free::at(self.place).is_some_and(|free| free.is_nothing()) || self.last.iter().any(said)
    }

    fn refused(self, e: io::Error) -> TargetError {
        match exhausted(&e) {
            Some(what) => self.ran_out(what),
            None => {
                let mut this = self;
                this.last.extend(programs::lost_interpreter(this.program));
                this.failed(&format!("could not be started: {e}"), None, None)
            }
        }
    }

    fn failed(self, what: &str, exit_code: Option<i32>, signal: Option<i32>) -> TargetError {
        TargetError::BuildFailed {
            message: format!("step {:?} {what}", self.step),
            step: Some(self.step.into()),
            command: self.command,
            exit_code,
            signal,
            last: self.last,
        }
    }

    fn ran_out(self, what: &str) -> TargetError {
        let message = format!("{what}, in step {:?} ({})", self.step, self.command);
        TargetError::ResourceExhausted { message, place: self.place.display().to_string(), last: self.last }
    }
}

/// Ends what a build left behind when its wrapper could not: it was killed, or both it and the host were. The wrapper
/// of an earlier host carries the mark too, and is ended first of all.
pub(super) fn end_leftovers(deployment: &DeploymentId) {
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        let left = procs::marked(step::MARK, deployment.as_str());
        if left.is_empty() {
            return;
        }
        left.iter().for_each(|p| p.signal(Signal::KILL));
        std::thread::sleep(Duration::from_millis(5));
    }
}
