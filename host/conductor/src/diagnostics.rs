//! The diagnostics bundle: one file with everything a person needs who was not there. Secrets are masked; when that
//! cannot be done the bundle is not written.

use crate::core::Run;
use crate::environment;
use std::io::Write;
use std::path::PathBuf;

/// Events and log lines of each kind that go into a bundle.
const MAX_LINES: usize = 2000;

/// Writes the bundle of a deployment into the state directory and gives its path.
pub(crate) fn save(run: &Run) -> Result<PathBuf, String> {
    let state = run.state();
    let core = &run.core;
    let id = state.id();
    let secrets = match &state.profile {
        Some(profile) => {
            environment::secret_values(profile).map_err(|why| format!("secrets cannot be masked: {why}"))?
        }
        None => Vec::new(),
    };
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
    write(core.state_dir.join("diagnostics"), &format!("{id}.json"), &masked(text, &secrets))
}

fn kernel() -> String {
    let uname = rustix::system::uname();
    format!("{} {}", uname.sysname().to_string_lossy(), uname.release().to_string_lossy())
}

/// Values, as they are and as JSON would escape them. Short ones are left: they would mask everything.
fn masked(mut text: String, secrets: &[String]) -> String {
    for secret in secrets.iter().filter(|s| s.len() >= 4) {
        let escaped = serde_json::to_string(secret).unwrap_or_default();
        for form in [secret.as_str(), escaped.trim_matches('"')] {
            text = text.replace(form, "[secret]");
        }
    }
    text
}

fn write(dir: PathBuf, name: &str, text: &str) -> Result<PathBuf, String> {
    let fault = |e: std::io::Error| format!("{}: {e}", dir.display());
    std::fs::create_dir_all(&dir).map_err(fault)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let path = dir.join(name);
    let mut file = options.open(&path).map_err(fault)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
    Ok(path)
}
