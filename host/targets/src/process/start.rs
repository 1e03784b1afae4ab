//! Starting an instance: what runs, where, on which port, and the supervisor that keeps it.

use super::{
    ProcessTarget, env, lock, ports, programs,
    seal::{Seal, join},
};
use crate::{
    StartJob, Started, TargetError, contain, durable,
    layout::{Instance, private_dir},
    supervise::{Answer, Environment, MARK, Phase, Spec, State},
};
use model::plan::Command;
use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::{self, Read, Write},
    net::Shutdown,
    os::fd::OwnedFd,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

/// The address that instances listen on: the router is on this machine.
pub(super) const HOST: &str = "127.0.0.1";
/// A supervisor answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

impl ProcessTarget {
    pub(super) fn start_instance(&self, job: &StartJob<'_>) -> Result<Started, TargetError> {
        let _one_at_a_time = lock(&self.starts);
        self.reap();
        let instance = self.layout.instance(&job.instance);
        if let Some(started) = running(&instance) {
            return Ok(started);
        }
        let build = self.layout.build(&job.built_by);
        let seal = Seal::read(&build).ok_or(TargetError::ArtifactMissing { deployment: job.built_by.clone() })?;
        self.end_leftovers(&job.instance)?;
        let failed = |e: io::Error| TargetError::io("cannot prepare", &instance.dir, e);
        let fixed = durable::read::<Spec>(&instance.spec()).and_then(|old| old.port);
        let port = self.port(job, fixed)?;
        private_dir(&instance.home()).map_err(failed)?;
        let app_root = join(build.app(), &[&seal.base, &job.plan.app_root]);
        let what = self.what_runs(job, &app_root, port)?;
        // Our own static server has no use for the app's secrets.
        let layers = if what.own { vec![] } else { vec![&job.plan.run_env, &job.env] };
        let mut environment = env::of_run(&self.operator, &instance.home(), &app_root, &layers);
        environment.insert("HOST".into(), HOST.into());
        environment.insert(MARK.into(), job.instance.to_string());
        if let Some(port) = port {
            environment.insert("PORT".into(), port.to_string());
        }
        let path = environment.get("PATH").map(String::as_str).unwrap_or_default();
        let resolved = resolve(&what, path)?;
        let program = resolved.program.clone();
        let spec = Spec {
            version: Spec::VERSION,
            instance: job.instance.clone(),
            built_by: job.built_by.clone(),
            program: resolved.program,
            argv: resolved.argv,
            cwd: what.cwd,
            port,
        };
        for old in [instance.armed(), instance.stop(), instance.state()] {
            match std::fs::remove_file(old) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
                _ => {}
            }
        }
        durable::json(&spec).and_then(|json| durable::write(&instance.spec(), &json)).map_err(failed)?;
        match self.supervisor(&instance, Environment { env: environment }).map_err(failed)? {
            Answer::Started => Ok(Started { port }),
            Answer::Held => running(&instance)
                .ok_or_else(|| not_started(&what.shown, "another supervisor holds the instance and does not start it")),
            Answer::Failed(why) => {
                let mut error = not_started(&what.shown, &why);
                if let TargetError::StartFailed { details, .. } = &mut error {
                    details.extend(programs::lost_interpreter(&program));
                }
                Err(error)
            }
        }
    }

    fn port(&self, job: &StartJob<'_>, before: Option<u16>) -> Result<Option<u16>, TargetError> {
        match job.port {
            Some(port) => ports::claim(port).map(|()| Some(port)),
            None if job.process != "web" => Ok(None),
            None => match before {
                // The same as before, if it is still free: who knew the address need not learn another.
                Some(port) if ports::claim(port).is_ok() => Ok(Some(port)),
                _ => {
                    let specs = self.names().into_iter().filter(|name| *name != job.instance);
                    let taken: BTreeSet<u16> = specs
                        .filter_map(|name| durable::read::<Spec>(&self.layout.instance(&name).spec())?.port)
                        .collect();
                    ports::choose(job.instance.as_str(), &taken).map(Some)
                }
            },
        }
    }

    /// The words and the working directory of the process.
    fn what_runs(&self, job: &StartJob<'_>, app_root: &Path, port: Option<u16>) -> Result<What, TargetError> {
        if let Some(site) = job.plan.publish.as_ref().filter(|_| job.process == "web") {
            let root = join(app_root.to_owned(), &[&site.directory]);
            let mut argv = vec![self.exe.display().to_string(), "__static".into()];
            argv.extend(["--root".into(), root.display().to_string()]);
            argv.extend(["--listen".into(), format!("{HOST}:{}", port.unwrap_or(0))]);
            if let Some(fallback) = &site.fallback {
                argv.extend(["--fallback".into(), fallback.clone()]);
            }
            if site.clean_urls {
                argv.push("--clean-urls".into());
            }
            return Ok(What { shown: format!("static files of {}", site.directory), argv, cwd: root, own: true });
        }
        let Some(process) = job.plan.processes.iter().find(|p| p.name == job.process) else {
            return Err(not_started(&job.process, "the plan has no process of that name"));
        };
        let mut argv = programs::words(&process.run);
        if let (Command::Argv(_), Some(port)) = (&process.run, port) {
            let fill = |word: &String| word.replace("${PORT}", &port.to_string()).replace("${HOST}", HOST);
            argv = argv.iter().map(fill).collect();
        }
        Ok(What { shown: process.run.display(), argv, cwd: join(app_root.to_owned(), &[&process.cwd]), own: false })
    }

    /// Starts a supervisor, tells it the environment, and hears how the start went.
    fn supervisor(&self, instance: &Instance, environment: Environment) -> io::Result<Answer> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        ours.set_write_timeout(Some(PATIENCE))?;
        let log = OpenOptions::new().create(true).append(true).open(instance.supervisor_log())?;
        let mut command = std::process::Command::new(&self.exe);
        // Nothing of our environment: it may hold secrets of other apps, and lives in /proc as long as the supervisor.
        command.arg("__supervise").arg(&instance.dir).env_clear().current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(log);
        contain::in_own_session(&mut command);
        let child = command.spawn()?;
        // With its command our copy of the supervisor's end of the socket goes.
        drop(command);
        lock(&self.supervisors).push(child);
        (&ours).write_all(&serde_json::to_vec(&environment)?)?;
        ours.shutdown(Shutdown::Write)?;
        let mut answer = String::new();
        (&ours).take(64 * 1024).read_to_string(&mut answer)?;
        if answer.is_empty() {
            let said = std::fs::read_to_string(instance.supervisor_log()).unwrap_or_default();
            let last = said.lines().last().unwrap_or("it said nothing").to_owned();
            return Ok(Answer::Failed(format!("the supervisor ended at once: {last}")));
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

struct What {
    /// For a person.
    shown: String,
    argv: Vec<String>,
    cwd: PathBuf,
    /// Our own static server rather than a program of the app.
    own: bool,
}

fn resolve(what: &What, path: &str) -> Result<programs::Resolved, TargetError> {
    if !what.cwd.is_dir() {
        return Err(not_started(&what.shown, &format!("its working directory {} does not exist", what.cwd.display())));
    }
    let word = what.argv.first().cloned().unwrap_or_default();
    programs::resolve(what.argv.clone(), &what.cwd, path).map_err(|missing| {
        let (message, details) = missing.explain(&word);
        TargetError::StartFailed { message, command: what.shown.clone(), details }
    })
}

fn not_started(command: &str, why: &str) -> TargetError {
    TargetError::StartFailed {
        message: format!("{command} could not be started: {why}"),
        command: command.into(),
        details: Vec::new(),
    }
}

/// What an earlier start of the same instance led to, if it still runs. One that is just being started, by a host
/// that was killed meanwhile, is waited for.
fn running(instance: &Instance) -> Option<Started> {
    let until = Instant::now() + PATIENCE;
    while contain::holder(&instance.lock()).is_some() && Instant::now() < until {
        let spec: Option<Spec> = durable::read(&instance.spec());
        match (spec, State::read(&instance.state())) {
            (Some(spec), Some(state)) if matches!(state.phase, Phase::Running | Phase::Waiting) => {
                return Some(Started { port: spec.port });
            }
            // Starting, or about to be gone.
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    None
}
