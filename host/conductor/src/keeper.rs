//! Keeps what should run running. An app that ends is its supervisor's to start again; this is for an app without one:
//! the supervisor was killed, or what the app needs was not there when the host started.

use crate::core::{Core, lock};
use crate::phase::instance::main_instance;
use crate::release::{self, Early, Releases};
use crate::turns;
use model::resource::Desired;
use model::{Name, Release};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks: each costs two small files per instance.
const LOOK: Duration = Duration::from_secs(2);
/// How long to wait after a start that did not help: twice as long each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LAST_PAUSE: Duration = Duration::from_secs(300);

/// When a resource is tried next, and how long to wait after that.
struct Retry {
    at: Instant,
    pause: Duration,
}

/// Looks after all resources until the host closes.
pub(crate) fn start(core: &Arc<Core>) {
    let in_thread = Arc::clone(core);
    let spawned = std::thread::Builder::new().name("keeper".to_owned()).spawn(move || keep(&in_thread));
    match spawned {
        Ok(thread) => lock(&core.turns).keep(thread),
        Err(error) => tracing::error!(%error, "nobody looks after apps whose supervisor is killed"),
    }
}

fn keep(core: &Arc<Core>) {
    let mut retries: BTreeMap<Name, Retry> = BTreeMap::new();
    while rest(core) {
        let names: Vec<Name> = lock(&core.resources).keys().cloned().collect();
        retries.retain(|name, _| names.contains(name));
        for name in names {
            if is_well(core, &name) {
                retries.remove(&name);
                continue;
            }
            let retry = retries.entry(name.clone()).or_insert(Retry { at: Instant::now(), pause: FIRST_PAUSE });
            if Instant::now() >= retry.at {
                retry.at = Instant::now() + retry.pause;
                retry.pause = (retry.pause * 2).min(LAST_PAUSE);
                revive(core, &name);
            }
        }
    }
}

/// Sleeps; false when the host closes.
fn rest(core: &Core) -> bool {
    let until = Instant::now() + LOOK;
    while Instant::now() < until && !core.is_closing() {
        std::thread::sleep(Duration::from_millis(50));
    }
    !core.is_closing()
}

/// Nothing is to be done: it is stopped, a deployment looks after it, or every instance has its supervisor.
fn is_well(core: &Core, name: &Name) -> bool {
    if !lock(&core.turns).of(name).is_empty() {
        return true;
    }
    let Some(release) = should_run(core, name) else { return true };
    release::down(&*core.target, &release).map_or(true, |down| down.is_empty())
}

/// The release that should run. Only one that succeeded: after a way back that failed a person decides.
fn should_run(core: &Core, name: &Name) -> Option<Release> {
    let resource = core.resource(name).filter(|r| r.desired == Desired::Running)?;
    resource.serving.as_ref().and_then(|serving| resource.release(serving)).cloned()
}

fn revive(core: &Arc<Core>, name: &Name) {
    // Whatever else is done to the resource comes first.
    let Ok((_turn, _, _)) = turns::claim(core, name, |_| {}) else { return };
    let Some(release) = should_run(core, name) else { return };
    tracing::warn!(resource = %name, release = %release.deployment, "it does not run, and nobody starts it: starting it");
    if let Err(failure) = release::start_all(&*core.target, &release, Early::Again) {
        tracing::error!(resource = %name, code = %failure.code, "{}", failure.message);
    }
    let address = main_instance(&release.deployment, &release.plan).ok().and_then(|main| core.target.address(&main));
    if let Some(address) = address {
        core.routes.switch(name, &release.deployment, &release.profile, address);
    }
}
