//! Ending an instance. It is ended when its lock is free and nothing that it started lives: both are looked at, not
//! taken for granted.

use super::ProcessTarget;
use crate::{
    TargetError,
    contain::{self, procs},
    durable,
    layout::Instance,
    supervise::{MARK, Phase, Spec, State},
};
use model::{DeploymentId, InstanceName};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fd::OwnedFd,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use std::{
    io,
    time::{Duration, Instant},
};

/// What a supervisor has, beyond the grace of its app, for ending everybody by force.
const FORCE: Duration = Duration::from_secs(5);
/// The grace of an instance that is removed without having been stopped.
const REMOVE_GRACE: Duration = Duration::from_secs(5);

impl ProcessTarget {
    pub(super) fn end(&self, name: &InstanceName, grace: Duration) -> Result<(), TargetError> {
        let instance = self.layout.instance(name);
        if !instance.dir.is_dir() {
            return Ok(());
        }
        let failed = |why: io::Error| TargetError::StopFailed { instance: name.clone(), why: why.to_string() };
        if let Some(supervisor) = Supervisor::of(&instance) {
            let millis = grace.as_millis().to_string();
            durable::replace(&instance.stop(), millis.as_bytes()).map_err(failed)?;
            supervisor.signal(Signal::TERM);
            if !supervisor.ended_within(grace + FORCE) {
                // It is held still or wedged. Its app dies with it, the rest is found below.
                supervisor.signal(Signal::KILL);
                if !supervisor.ended_within(FORCE) {
                    return Err(failed(io::Error::other("its supervisor does not end")));
                }
            }
        }
        self.end_leftovers(name)?;
        self.reap();
        Ok(())
    }

    /// Ends by force what lives of an instance whose supervisor does not, and notes that it is over.
    pub(super) fn end_leftovers(&self, name: &InstanceName) -> Result<(), TargetError> {
        let instance = self.layout.instance(name);
        if !instance.dir.is_dir() {
            return Ok(());
        }
        let Some(mut state) = State::read(&instance.state()) else {
            return self.end_marked(name, None);
        };
        if state.clear {
            return Ok(());
        }
        self.end_marked(name, Some(&state))?;
        state.phase = Phase::Ended;
        state.clear = true;
        state.write(&instance.state()).map_err(|e| TargetError::io("cannot write", &instance.state(), e))
    }

    fn end_marked(&self, name: &InstanceName, state: Option<&State>) -> Result<(), TargetError> {
        let until = Instant::now() + FORCE;
        loop {
            let left = leftovers(name, state);
            if left.is_empty() {
                return Ok(());
            }
            left.iter().for_each(|p| p.signal(Signal::KILL));
            if Instant::now() >= until {
                let pids = left.iter().map(|p| p.pid.to_string()).collect::<Vec<_>>().join(", ");
                return Err(TargetError::StopFailed { instance: name.clone(), why: format!("still there: {pids}") });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(super) fn forget(&self, name: &InstanceName) -> Result<(), TargetError> {
        self.end(name, REMOVE_GRACE)?;
        let dir = self.layout.instance(name).dir;
        self.layout.discard(&dir).map_err(|e| TargetError::io("cannot delete", &dir, e))
    }

    pub(super) fn forget_artifact(&self, built_by: &DeploymentId) -> Result<(), TargetError> {
        for name in self.names() {
            let instance = self.layout.instance(&name);
            let of_it = durable::read::<Spec>(&instance.spec()).is_some_and(|spec| spec.built_by == *built_by);
            if of_it && contain::holder(&instance.lock()).is_some() {
                return Err(TargetError::InUse { what: format!("the build of {built_by}"), instance: name });
            }
        }
        super::steps::end_leftovers(built_by);
        let dir = self.layout.build(built_by).dir;
        self.layout.discard(&dir).map_err(|e| TargetError::io("cannot delete", &dir, e))
    }
}

/// What carries the instance's mark, and what is in the session or the group of its last main process: an app may
/// clear its environment or leave its session, hardly both by accident.
fn leftovers(name: &InstanceName, state: Option<&State>) -> Vec<procs::Proc> {
    let mut left = procs::marked(MARK, name.as_str());
    if let Some(state) = state.filter(|s| s.boot == procs::boot_id())
        && let Some(main) = state.pid
    {
        let known: Vec<i32> = left.iter().map(|p| p.pid).collect();
        let of_it = |p: &procs::Proc| (p.session == main || p.group == main) && p.started >= state.started_ticks;
        // The number may be another's by now: then its leader began at another time than ours.
        let another = procs::Proc::of(main).is_some_and(|p| p.started != state.started_ticks);
        if !another {
            left.extend(procs::all().into_iter().filter(|p| !p.zombie && of_it(p) && !known.contains(&p.pid)));
        }
    }
    left
}

/// The process that holds an instance's lock.
struct Supervisor(OwnedFd);

impl Supervisor {
    fn of(instance: &Instance) -> Option<Self> {
        let pid = contain::holder(&instance.lock())?;
        let fd = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        // It still holds the lock: so the descriptor names it, and nobody who got its number since.
        (contain::holder(&instance.lock()) == Some(pid)).then_some(Self(fd))
    }

    fn signal(&self, signal: Signal) {
        // One that has ended needs none.
        let _ = pidfd_send_signal(&self.0, signal);
    }

    fn ended_within(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout)) {
                Ok(0) if left.is_zero() => return false,
                Ok(0) | Err(_) => {}
                Ok(_) => return true,
            }
        }
    }
}
