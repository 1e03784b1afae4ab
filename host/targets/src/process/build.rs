//! From source to artifact: a fresh workspace, the plan's steps in order, the seal.

use super::{
    ProcessTarget, digest, env,
    hearing::BuildLog,
    seal::{Seal, join},
    steps::{Session, StepJob, end_leftovers},
};
use crate::{
    Artifact, BuildEvents, BuildJob, ReleaseJob, TargetError,
    layout::{Build, private_dir},
};
use model::{
    DeploymentId,
    plan::{Plan, StaticPlan},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

impl ProcessTarget {
    pub(super) fn build_artifact(
        &self,
        job: &BuildJob<'_>,
        events: &dyn BuildEvents,
        cancel: &AtomicBool,
    ) -> Result<Artifact, TargetError> {
        self.supported(job.plan)?;
        let build = self.layout.build(&job.deployment);
        if let Some(seal) = Seal::read(&build) {
            return Ok(Artifact { digest: seal.digest });
        }
        if build.dir.is_dir() {
            end_leftovers(&job.deployment);
        }
        self.layout.discard(&build.dir).map_err(|e| TargetError::io("cannot clear", &build.dir, e))?;
        let result = self.make(job, &build, events, cancel);
        if result.is_err() {
            // What is left of it then is thrown away by the next build, at the latest.
            let _ = self.layout.discard_later(&build.app());
        }
        result
    }

    fn make(
        &self,
        job: &BuildJob<'_>,
        build: &Build,
        events: &dyn BuildEvents,
        cancel: &AtomicBool,
    ) -> Result<Artifact, TargetError> {
        let mut session = self.session(&job.deployment, events, cancel, job.timeout)?;
        canceled(cancel)?;
        (job.materialise)(&build.app())?;
        canceled(cancel)?;
        let app_root = directory(build, build.app(), &[&job.source_base, &job.plan.app_root], "the app root")?;
        for step in &job.plan.steps {
            let layers = [&job.plan.build_env, &step.env, &job.env];
            session.run(StepJob {
                name: &step.name,
                run: &step.run,
                cwd: directory(build, app_root.clone(), &[&step.cwd], "the working directory of a step")?,
                env: env::of_build(&self.operator, &self.layout.cache(), &app_root, &layers),
            })?;
            canceled(cancel)?;
        }
        if let Some(site) = &job.plan.publish {
            check_publish(&build.app(), &app_root, site, job.plan)?;
        }
        let measured = digest::measure(&build.app(), cancel)
            .map_err(|e| TargetError::io("cannot read", &build.app(), e))?
            .ok_or(TargetError::Canceled { step: None })?;
        let seal = Seal {
            digest: measured.digest,
            base: job.source_base.clone(),
            files: measured.files,
            bytes: measured.bytes,
        };
        seal.write(build).map_err(|e| TargetError::io("cannot write", &build.seal(), e))?;
        Ok(Artifact { digest: seal.digest })
    }

    pub(super) fn run_release(
        &self,
        job: &ReleaseJob<'_>,
        events: &dyn BuildEvents,
        cancel: &AtomicBool,
    ) -> Result<(), TargetError> {
        let Some(command) = &job.plan.release else { return Ok(()) };
        let build = self.layout.build(&job.built_by);
        let seal = Seal::read(&build).ok_or(TargetError::ArtifactMissing { deployment: job.built_by.clone() })?;
        let app_root = directory(&build, build.app(), &[&seal.base, &job.plan.app_root], "the app root")?;
        let home = build.dir.join("home");
        private_dir(&home).map_err(|e| TargetError::io("cannot create", &home, e))?;
        let mut session = self.session(&job.deployment, events, cancel, job.timeout)?;
        canceled(cancel)?;
        session.run(StepJob {
            name: "release",
            run: command,
            env: env::of_run(&self.operator, &home, &app_root, &[&job.plan.run_env, &job.env]),
            cwd: app_root,
        })
    }

    fn session<'a>(
        &'a self,
        deployment: &'a DeploymentId,
        events: &'a dyn BuildEvents,
        cancel: &'a AtomicBool,
        limit: Duration,
    ) -> Result<Session<'a>, TargetError> {
        let build = self.layout.build(deployment);
        private_dir(&build.dir).map_err(|e| TargetError::io("cannot create", &build.dir, e))?;
        let log = BuildLog::open(&build.log()).map_err(|e| TargetError::io("cannot write", &build.log(), e))?;
        Ok(Session { target: self, deployment, log, events, cancel, deadline: Instant::now() + limit, limit })
    }
}

fn canceled(cancel: &AtomicBool) -> Result<(), TargetError> {
    if cancel.load(Ordering::Acquire) { Err(TargetError::Canceled { step: None }) } else { Ok(()) }
}

/// A directory that the plan names, which must be there and, with every link resolved, inside the workspace.
fn directory(build: &Build, from: PathBuf, parts: &[&str], what: &str) -> Result<PathBuf, TargetError> {
    let path = join(from, parts);
    if path.canonicalize().is_ok_and(|real| real.starts_with(build.app()) && real.is_dir()) {
        return Ok(path);
    }
    let name = path.strip_prefix(build.app()).unwrap_or(&path).display().to_string();
    Err(TargetError::BuildFailed {
        message: format!("{what}, {name}, is not a directory of the source"),
        step: None,
        command: name,
        exit_code: None,
        signal: None,
        last: vec![found(&build.app())],
    })
}

/// A published directory must be there and hold at least one file.
fn check_publish(app: &Path, app_root: &Path, site: &StaticPlan, plan: &Plan) -> Result<(), TargetError> {
    let path = join(app_root.to_owned(), &[&site.directory]);
    let verb = if plan.steps.is_empty() { "is not in the source" } else { "was not produced" };
    let name = &site.directory;
    let message = match path.canonicalize() {
        Ok(real) if !real.starts_with(app) => format!("publish directory {name} leads out of the source"),
        Ok(real) if !real.is_dir() => format!("publish directory {name} is a file"),
        Ok(real) if !holds_files(&real) => format!("publish directory {name} is empty"),
        Ok(_) => return Ok(()),
        Err(_) => format!("publish directory {name} {verb}"),
    };
    let found = found(app_root);
    Err(TargetError::BuildFailed {
        message: format!("{message}; {found}"),
        step: None,
        command: format!("publish = {name:?}"),
        exit_code: None,
        signal: None,
        last: vec![found],
    })
}

fn holds_files(dir: &Path) -> bool {
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(_) => return true,
                Err(_) => {}
            }
        }
    }
    false
}

/// "found a/, b/, c.json", for a person who misses something.
fn found(dir: &Path) -> String {
    const MOST: usize = 12;
    let entries = fs::read_dir(dir).and_then(|list| list.collect::<io::Result<Vec<_>>>()).unwrap_or_default();
    let mut names: Vec<String> = entries
        .iter()
        .map(|e| {
            let slash = if e.file_type().is_ok_and(|t| t.is_dir()) { "/" } else { "" };
            format!("{}{slash}", crate::logs::clean(e.file_name().as_encoded_bytes()))
        })
        .collect();
    // Directories first: one of them is what was meant.
    names.sort_by_key(|n| (!n.ends_with('/'), n.clone()));
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    match (names.is_empty(), more) {
        (true, _) => "found nothing".into(),
        (false, 0) => format!("found {}", names.join(", ")),
        (false, more) => format!("found {} and {more} more", names.join(", ")),
    }
}
