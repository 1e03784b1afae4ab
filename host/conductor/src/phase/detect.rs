//! Detect: the snapshot, the profile, the detectors' claims, and one decision.

use crate::run::{Run, Stop};
use crate::{asking, failures, profile_of};
use lifecycle::Command;
use model::SourceSummary;
use source::{Snapshot, TakeOptions};
use std::path::Path;

/// Takes the snapshot, reads the profile from it, asks the detectors, decides.
pub(crate) fn run(run: &Run) -> Result<(), Stop> {
    let request = run.state().request;
    let spec = &request.source;
    let live = profile_of::read(spec, &request.settings)?;
    let options = profile_of::take_options(spec, &live.profile);
    run.progress(format!("reading {}", spec.locator));
    let snapshot = run.core.store.take(Path::new(&spec.locator), &options).map_err(|e| failures::source(&e))?;
    // From here on only the snapshot is read: the folder may change under us.
    let profile = from_snapshot(run, &snapshot, &options, &request.settings)?;
    let summary = SourceSummary {
        kind: spec.kind,
        locator: spec.locator.clone(),
        git_ref: spec.git_ref.clone(),
        revision: None,
        base_directory: snapshot.base.clone(),
        digest: Some(snapshot.digest.clone()),
        files: Some(snapshot.files.len() as u64),
        bytes: Some(snapshot.files.iter().map(|f| f.size).sum()),
    };
    run.apply(Command::TakeSource(summary))?;
    run.apply(Command::UseProfile(Box::new(profile.clone())))?;
    run.checkpoint()?;

    let tree = run.core.store.tree(&snapshot, &snapshot.base).map_err(|e| failures::source(&e))?;
    let input = match snapshot.base.as_str() {
        "." => spec.locator.clone(),
        base => format!("{} in {}", base, spec.locator),
    };
    let answer = asking::ask(&run.core.catalogue, &tree, &profile, spec.kind, &input);
    for receipt in answer.receipts() {
        run.called(receipt);
    }
    match answer.decision {
        Ok(detection) => Ok(run.apply(Command::Detect(detection))?),
        Err(failure) => {
            for warning in &answer.warnings {
                run.warn(warning.clone());
            }
            Err(Stop::Failed(failure))
        }
    }
}

fn from_snapshot(
    run: &Run,
    snapshot: &Snapshot,
    options: &TakeOptions,
    settings: &std::collections::BTreeMap<String, String>,
) -> Result<model::Profile, Stop> {
    let root = run.core.store.tree(snapshot, ".").map_err(|e| failures::source(&e))?;
    let candidates = match &options.base {
        Some(base) => vec![format!("{base}/{}", profile_of::FILE), profile_of::FILE.to_owned()],
        None => vec![profile_of::FILE.to_owned()],
    };
    let found = candidates.into_iter().find_map(|path| {
        let read = root.read(&path, 256 * 1024).ok()?;
        Some((path, String::from_utf8_lossy(&read.bytes).into_owned()))
    });
    let layered = profile_of::load(found.as_ref().map(|(p, t)| (p.as_str(), t.as_str())), settings)?;
    Ok(layered.profile)
}
