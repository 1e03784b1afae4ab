//! A supervisor's life after its app was started: take the output, watch for the end, restart or finish.
//!
//! One thread, one loop, one place that sleeps. Whatever ends, the family is gone before the next run begins and
//! before the supervisor ends: so "the lock is free" means "nothing of it lives".

use super::{Phase, Spec, State, app::App, state::Exit};
use crate::{
    contain::{Ended, Family, Signals, procs},
    layout::Instance,
    logs::{Segments, Stream, encode, now_micros},
};
use rustix::event::{Timespec, poll};
use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant},
};

/// Given to what an app leaves behind when it ends, before force.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);
/// When nobody says how long a stop may take.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);
/// Between two rounds of force.
const ROUND: Duration = Duration::from_millis(10);
/// Text without a line end is logged after so much silence.
const SILENCE: Duration = Duration::from_millis(500);
/// Restarts wait this long, twice as long each time, up to the last.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LAST_BACKOFF: Duration = Duration::from_secs(30);
/// A run of this length clears the account.
const STEADY: Duration = Duration::from_secs(30);
/// What is read from a stream after the end, in mouthfuls: a pipe holds less.
const DRAIN: usize = 32;

enum Mode {
    Running,
    /// All must end by then; after it, by force.
    Ending {
        by: Instant,
        again: bool,
    },
    /// Until the next start.
    Waiting {
        until: Instant,
    },
}

pub(super) struct Machine<'a> {
    instance: &'a Instance,
    spec: Spec,
    env: BTreeMap<String, String>,
    family: Family,
    signals: Signals,
    log: Segments,
    state: State,
    app: App,
    /// The main process has not been reaped.
    main_lives: bool,
    forced: bool,
    mode: Mode,
    backoff: Duration,
    oom_kills: u64,
    last_output: Instant,
}

impl<'a> Machine<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        instance: &'a Instance,
        spec: Spec,
        env: BTreeMap<String, String>,
        family: Family,
        signals: Signals,
        log: Segments,
        state: State,
        app: App,
    ) -> Self {
        Self {
            instance,
            spec,
            env,
            family,
            signals,
            log,
            state,
            app,
            main_lives: true,
            forced: false,
            mode: Mode::Running,
            backoff: FIRST_BACKOFF,
            oom_kills: procs::oom_kills(),
            last_output: Instant::now(),
        }
    }

    pub(super) fn run(mut self) -> io::Result<()> {
        loop {
            self.sleep()?;
            let term = self.signals.take_term();
            self.take_output();
            if term {
                self.asked_to_stop();
            }
            let reaped = self.family.reap(self.main_lives.then_some(self.app.pid()));
            if let Some(ended) = reaped.main {
                self.main_ended(ended);
            }
            let now = Instant::now();
            match self.mode {
                Mode::Ending { again: false, .. } if reaped.nobody_left => return self.finish(),
                Mode::Ending { again: true, .. } if reaped.nobody_left => {
                    self.state.clear = true;
                    self.save();
                    self.wait_for_restart();
                }
                Mode::Ending { by, again } if now >= by => {
                    self.forced |= self.main_lives;
                    self.family.kill(self.app.pid());
                    self.mode = Mode::Ending { by: now + ROUND, again };
                }
                Mode::Waiting { until } if now >= until => self.restart(),
                _ => {}
            }
        }
    }

    /// Until a signal, output, or the next thing to do.
    fn sleep(&self) -> io::Result<()> {
        let next = match self.mode {
            Mode::Running => None,
            Mode::Ending { by: at, .. } | Mode::Waiting { until: at } => Some(at),
        };
        let flush = self.app.pending().then(|| self.last_output + SILENCE);
        let timeout = [next, flush].into_iter().flatten().min().map(|at| {
            let left = at.saturating_duration_since(Instant::now()) + Duration::from_micros(200);
            Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
        });
        let mut fds = vec![self.signals.poll_fd()];
        fds.extend(self.app.poll_fds());
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// One mouthful from each stream; true when there was any.
    fn take_output(&mut self) -> bool {
        let now = now_micros();
        let mut records = Vec::new();
        let came = self.app.read(&mut |stream, line| encode(&mut records, now, stream, line));
        if came {
            self.last_output = Instant::now();
        } else if self.app.pending() && self.last_output.elapsed() >= SILENCE {
            self.app.flush(&mut |stream, line| encode(&mut records, now, stream, line));
        }
        self.log.append(&records);
        came
    }

    /// What was written before the end is in the log before the end is known.
    fn drain(&mut self) {
        for _ in 0..DRAIN {
            if !self.take_output() {
                break;
            }
        }
        let mut records = Vec::new();
        self.app.flush(&mut |stream, line| encode(&mut records, now_micros(), stream, line));
        self.log.append(&records);
    }

    fn note(&mut self, text: &str) {
        let mut record = Vec::new();
        encode(&mut record, now_micros(), Stream::Host, text.as_bytes());
        self.log.append(&record);
    }

    fn asked_to_stop(&mut self) {
        let told = std::fs::read_to_string(self.instance.stop()).ok().and_then(|ms| ms.trim().parse().ok());
        let deadline = Instant::now() + told.map_or(DEFAULT_GRACE, Duration::from_millis);
        self.state.stopped = true;
        self.save();
        let by = match self.mode {
            // A second request can only shorten it. They are not asked twice: many take that for "at once".
            Mode::Ending { by, .. } => by.min(deadline),
            // Nobody runs: the end is found at once.
            Mode::Waiting { .. } => deadline,
            Mode::Running => {
                self.family.terminate(self.app.pid());
                deadline
            }
        };
        self.mode = Mode::Ending { by, again: false };
    }

    fn main_ended(&mut self, ended: Ended) {
        self.main_lives = false;
        self.drain();
        let oom = ended.signal == Some(9) && !self.forced && procs::oom_kills() > self.oom_kills;
        self.state.exit = Some(Exit::new(ended, oom));
        let by_itself = matches!(self.mode, Mode::Running);
        if by_itself {
            let again = self.instance.armed().exists();
            self.mode = Mode::Ending { by: Instant::now() + LEFTOVER_GRACE, again };
            if self.state.uptime() >= STEADY {
                self.backoff = FIRST_BACKOFF;
            }
        }
        let again = matches!(self.mode, Mode::Ending { again: true, .. });
        self.state.phase = if again { Phase::Waiting } else { Phase::Ended };
        self.save();
        if by_itself {
            self.family.terminate(self.app.pid());
        }
    }

    fn wait_for_restart(&mut self) {
        self.mode = Mode::Waiting { until: Instant::now() + self.backoff };
        self.backoff = (self.backoff * 2).min(LAST_BACKOFF);
    }

    fn restart(&mut self) {
        self.drain();
        match App::start(&self.spec, &self.env) {
            Ok(app) => {
                self.app = app;
                self.main_lives = true;
                self.forced = false;
                self.oom_kills = procs::oom_kills();
                self.mode = Mode::Running;
                self.state.restarts += 1;
                self.state.running(self.app.pid());
                self.save();
                self.note(&format!("[started again, {} times by now]", self.state.restarts));
            }
            Err(e) => {
                self.state.error = Some(e.to_string());
                self.save();
                self.note(&format!("[could not be started again: {e}]"));
                self.wait_for_restart();
            }
        }
    }

    fn save(&self) {
        if let Err(e) = self.state.write(&self.instance.state()) {
            eprintln!("supervisor {}: cannot write the state: {e}", std::process::id());
        }
    }

    /// The last word; how it ended must not be lost, so it is tried for a while, and brought to the disk.
    fn finish(mut self) -> io::Result<()> {
        self.drain();
        self.state.phase = Phase::Ended;
        self.state.clear = true;
        let path = self.instance.state();
        let mut result = Ok(());
        for _ in 0..25 {
            result = self.state.write(&path);
            if result.is_ok() {
                return std::fs::File::open(&path)?.sync_all();
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        result
    }
}
