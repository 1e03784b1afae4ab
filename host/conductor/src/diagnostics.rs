//! The diagnostics bundle: one file with everything a person needs who was not there. Secrets are masked; when that
//! cannot be done the bundle is not written.

use crate::redact::Redactor;
use crate::run::Run;
use crate::{environment, release};
use lifecycle::State;
use std::io::Write;
use std::path::PathBuf;

/// Events and log lines of each kind that go into a bundle.
const MAX_LINES: usize = 2000;

/// Writes the bundle of a deployment into the state directory and gives its path.
pub(crate) fn save(run: &Run) -> Result<PathBuf, String> {
    let state = run.state();
    let core = &run.core;
    let id = state.id();
    let redactor = everything_secret(run, &state)?;
    let events = core.ledger.events(id, 0, MAX_LINES).map_err(|e| e.to_string())?;
    let instances: Vec<_> = core
        .target
        .instances()
        .into_iter()
        .filter(|i| i.deployment() == *id || Some(i.deployment()) == state.incumbent)
        .map(|instance| {
            let seen = core.target.observe_listening(&instance);
            serde_json::json!({
                "instance": instance,
                "observed": format!("{seen:?}"),
                "log": core.target.logs(&instance, u64::MAX, MAX_LINES).lines,
            })
        })
        .collect();
    let bundle = serde_json::json!({
        "host": { "version": env!("CARGO_PKG_VERSION"), "kernel": kernel() },
        "plugins": core.catalogue.infos(),
        "deployment": state.view,
        "plan": state.plan,
        "timeline": events,
        "instances": instances,
        "buildLog": core.target.build_log(id, u64::MAX, MAX_LINES).lines,
    });
    let text = serde_json::to_string_pretty(&bundle).map_err(|e| e.to_string())?;
    let mut text = text;
    redactor.hide(&mut text);
    write(core.state_dir.join("diagnostics"), &format!("{id}.json"), &text)
}

/// The secrets of the deployment and of the release that it was to return to: the logs of both are in the bundle.
fn everything_secret(run: &Run, state: &State) -> Result<Redactor, String> {
    let mut redactor = run.redactor();
    let incumbent = state.incumbent.as_ref().and_then(|id| {
        let resource = run.core.resource(run.name())?;
        release::find(&run.core, &resource, id)
    });
    for profile in state.profile.iter().chain(incumbent.as_ref().map(|release| &release.profile)) {
        let (values, missing) = environment::secret_values(profile);
        if let Some(why) = missing.first() {
            return Err(format!("a secret cannot be read, and so not be masked: {why}"));
        }
        redactor.add(values.iter().map(String::as_str));
    }
    Ok(redactor)
}

fn kernel() -> String {
    let uname = rustix::system::uname();
    format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy())
}

/// Whole or not at all: a kill in the middle leaves no half bundle under the name that the hint tells.
fn write(dir: PathBuf, name: &str, text: &str) -> Result<PathBuf, String> {
    let fault = |e: std::io::Error| format!("{}: {e}", dir.display());
    std::fs::create_dir_all(&dir).map_err(fault)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (path, half) = (dir.join(name), dir.join(format!("{name}.half")));
    let mut file = options.open(&half).map_err(fault)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
    std::fs::rename(&half, &path).map_err(fault)?;
    Ok(path)
}
