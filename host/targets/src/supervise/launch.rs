//! The first moments of a supervisor: take the lock, hear the environment, start the app, answer, let go of the host.

use super::{Answer, Environment, Spec, State, app::App, machine::Machine};
use crate::{
    contain::{Family, Signals, acquire},
    durable,
    layout::Instance,
    logs::Segments,
};
use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    os::fd::AsFd,
    os::unix::net::UnixStream,
    time::Duration,
};

/// The most that an environment may take; the kernel's own bound for a program is lower.
const MAX_ENVIRONMENT: u64 = 8 * 1024 * 1024;
/// A host that was killed while it started us closes the socket; one that hangs does not.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(instance: &Instance) -> io::Result<()> {
    let signals = Signals::install()?;
    let host = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    host.set_read_timeout(Some(PATIENCE))?;
    host.set_write_timeout(Some(PATIENCE))?;
    // Held until the process ends, by whatever way it ends.
    let Some(_lock) = acquire(&instance.lock())? else { return answer(host, &Answer::Held) };
    let (spec, environment) = match hear(instance, &host) {
        Ok(both) => both,
        Err(e) => return answer(host, &Answer::Failed(format!("the supervisor was not told what to run: {e}"))),
    };
    let family = Family::adopt_orphans()?;
    let log = Segments::open(&instance.logs())?;
    let mut state = State::new();
    state.write(&instance.state())?;
    match App::start(&spec, &environment.env) {
        Ok(app) => {
            state.running(app.pid());
            state.write(&instance.state())?;
            // A host that is gone does not need the answer; the app runs, and the next host finds it by its name.
            let _ = answer(host, &Answer::Started);
            let_go()?;
            Machine::new(instance, spec, environment.env, family, signals, log, state, app).run()
        }
        Err(e) => {
            state.phase = super::Phase::Ended;
            state.error = Some(e.to_string());
            state.write(&instance.state())?;
            answer(host, &Answer::Failed(e.to_string()))
        }
    }
}

fn hear(instance: &Instance, host: &UnixStream) -> io::Result<(Spec, Environment)> {
    let spec: Spec = serde_json::from_slice(&std::fs::read(instance.spec())?)?;
    if spec.version != Spec::VERSION {
        return Err(io::Error::other("the spec is of another version"));
    }
    let mut sent = Vec::new();
    host.take(MAX_ENVIRONMENT).read_to_end(&mut sent)?;
    Ok((spec, serde_json::from_slice(&sent)?))
}

fn answer(mut host: UnixStream, answer: &Answer) -> io::Result<()> {
    host.write_all(&durable::json(answer)?)
}

/// Nothing of the host stays open: standard input was its socket.
fn let_go() -> io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}
