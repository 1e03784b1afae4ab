//! Looking at an instance: two small files and a question about a lock.

use super::ProcessTarget;
use crate::{
    Observation, contain, durable,
    layout::Instance,
    supervise::{Phase, Spec, State},
};
use model::InstanceName;
use std::time::Duration;

impl ProcessTarget {
    pub(super) fn look(&self, name: &InstanceName) -> Observation {
        let instance = self.layout.instance(name);
        // First the lock, then the state: a supervisor writes its last word before it lets go. The other way round,
        // an end between the two questions would look like a supervisor that was killed.
        let supervised = contain::holder(&instance.lock()).is_some();
        let Some(spec) = durable::read::<Spec>(&instance.spec()) else {
            return Observation { exists: instance.dir.is_dir(), ..Observation::default() };
        };
        let Some(state) = state(&instance) else {
            return Observation { exists: true, supervised, port: spec.port, ..Observation::default() };
        };
        let running = supervised && state.phase == Phase::Running;
        let exit = state.exit.as_ref();
        Observation {
            exists: true,
            running,
            supervised,
            stopped: state.stopped,
            exit_code: exit.and_then(|e| e.code),
            signal: exit.and_then(|e| e.signal),
            restarts: state.restarts,
            pid: state.pid.filter(|_| running).and_then(|pid| u32::try_from(pid).ok()),
            port: spec.port,
            listening: Vec::new(),
            uptime: if running { state.uptime() } else { Duration::ZERO },
            oom: exit.is_some_and(|e| e.oom),
            error: state.error.clone().or_else(|| lost(&state, supervised)),
        }
    }

    pub(super) fn look_closely(&self, name: &InstanceName) -> Observation {
        let mut seen = self.look(name);
        if let Some(supervisor) = contain::holder(&self.layout.instance(name).lock()).filter(|_| seen.running) {
            let family = contain::procs::descendants(supervisor);
            let pids: Vec<i32> = family.iter().filter(|p| !p.zombie).map(|p| p.pid).collect();
            seen.listening = contain::ports::listening(&pids);
        }
        seen
    }

    /// Every instance that has a directory, sorted.
    pub(super) fn names(&self) -> Vec<InstanceName> {
        let entries = std::fs::read_dir(self.layout.instances()).into_iter().flatten().flatten();
        let mut names: Vec<InstanceName> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        names.sort();
        names
    }
}

/// Why an instance does not run although nobody says that it ended.
fn lost(state: &State, supervised: bool) -> Option<String> {
    if supervised || state.phase == Phase::Ended {
        None
    } else if state.boot == contain::procs::boot_id() {
        Some("its supervisor was killed".into())
    } else {
        Some("the server was restarted".into())
    }
}

/// The state; on a full disk it is written over in place, and may be met halfway.
fn state(instance: &Instance) -> Option<State> {
    for _ in 0..3 {
        match State::read(&instance.state()) {
            None if instance.state().exists() => std::thread::sleep(Duration::from_micros(200)),
            found => return found,
        }
    }
    None
}
