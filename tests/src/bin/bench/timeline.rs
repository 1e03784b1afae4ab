//! A real host, asked through its command line, and what the timelines of its deployments say about time.

use crate::clock;
use model::event::{Effect, EffectResult, Event, Recorded};
use model::{Deployment, DeploymentId, Phase, Status};
use std::time::{Duration, Instant};
use tests::{App, TestHost, shipway};

/// The window after the switch is a policy, not a cost.
pub(crate) const NO_WATCH: &str = "rollback.watch=0s";

/// Between two deployments.
const PAUSE: Duration = Duration::from_millis(500);

/// One deployment that was followed to its end.
pub(crate) struct Followed {
    pub(crate) deployment: Deployment,
    pub(crate) events: Vec<Recorded>,
    /// Of the whole command.
    pub(crate) wall: Duration,
}

/// `shipway deploy APP --set …`, to the end.
pub(crate) fn deploy(host: &TestHost, app: &App, settings: &[&str]) -> Followed {
    let path = app.path().display().to_string();
    let mut args = vec!["deploy", &path, "--json"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    follow(host, &args)
}

/// A command that prints the final deployment. It begins when the host has put away what an earlier one replaced: nobody
/// deploys twice in a second, and a turn that waits for the one before it would be measured with it.
pub(crate) fn follow(host: &TestHost, args: &[&str]) -> Followed {
    std::thread::sleep(PAUSE);
    let (answer, wall) = clock::answer(&mut command(host, args));
    let deployment: Deployment =
        serde_json::from_str(&answer.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {answer:?}\n{}", host.log()));
    let events = events(host, &deployment.id);
    Followed { deployment, events, wall }
}

/// The timeline.
pub(crate) fn events(host: &TestHost, id: &DeploymentId) -> Vec<Recorded> {
    let (answer, _) = clock::answer(&mut command(host, &["events", id.as_str(), "--json"]));
    serde_json::from_str(&answer.stdout).unwrap_or_else(|e| panic!("events of {id}: {e}: {answer:?}"))
}

fn command(host: &TestHost, args: &[&str]) -> std::process::Command {
    let state = host.state_dir().display().to_string();
    shipway(&[&["--state", &state], args].concat())
}

/// Takes everything away and makes sure that nothing is left running.
pub(crate) fn empty(host: &TestHost, names: &[&str]) {
    for name in names {
        let began = Instant::now();
        loop {
            let (answer, _) = clock::answer(&mut command(host, &["remove", name, "--yes"]));
            if answer.exit == 0 {
                break;
            }
            // Refused while the host still puts away what the latest deployment replaced.
            assert!(began.elapsed() < Duration::from_secs(30), "{answer:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert!(host.processes().is_empty(), "left running: {:#?}", host.processes());
}

impl Followed {
    /// It went as it should, or the figure would be one of something else.
    pub(crate) fn ended(self, status: Status) -> Self {
        let seen = &self.deployment;
        assert!(seen.status == status, "{:?} and not {status:?}: {:#?}", seen.status, seen.failure);
        self
    }

    /// From the end of the build to the moment when the route led to the new release.
    pub(crate) fn built_to_serving(&self) -> f64 {
        let built = first(&self.events, |e| matches!(e, Event::Settled { effect: Effect::Build { .. }, .. }));
        self.serving() - built
    }

    /// When the route led to this deployment, in milliseconds of the wall clock.
    pub(crate) fn serving(&self) -> f64 {
        first(&self.events, |e| route_led_to(e).is_some_and(|to| *to == self.deployment.id))
    }

    /// When it was asked for.
    pub(crate) fn requested(&self) -> f64 {
        first(&self.events, |e| matches!(e, Event::Requested(_)))
    }

    /// Writes to the journal: events that were written together say the same time.
    pub(crate) fn commits(&self) -> usize {
        let mut times: Vec<i64> = self.events.iter().map(|e| e.at.as_microsecond()).collect();
        times.dedup();
        times.len()
    }
}

/// When the failure was written down, in milliseconds of the wall clock.
pub(crate) fn verdict(events: &[Recorded]) -> f64 {
    first(events, |e| matches!(e, Event::FailureNoted { .. }))
}

/// When verify began.
pub(crate) fn verify_began(events: &[Recorded]) -> f64 {
    first(events, |e| matches!(e, Event::PhaseStarted { phase: Phase::Verify }))
}

/// When the route led back to another deployment than the one whose timeline this is.
pub(crate) fn led_back(events: &[Recorded]) -> f64 {
    let of = &events.first().expect("a timeline begins with something").deployment;
    first(events, |e| route_led_to(e).is_some_and(|to| to != of))
}

fn route_led_to(event: &Event) -> Option<&DeploymentId> {
    match event {
        Event::Settled { effect: Effect::SwitchRoute { to, .. }, result: EffectResult::Done { .. } } => to.as_ref(),
        _ => None,
    }
}

fn first(events: &[Recorded], wanted: impl Fn(&Event) -> bool) -> f64 {
    let found = events.iter().find(|recorded| wanted(&recorded.event));
    let found = found.unwrap_or_else(|| {
        let kinds: Vec<&str> = events.iter().map(|e| e.event.kind()).collect();
        panic!("the timeline lacks an event: {kinds:?}")
    });
    found.at.as_microsecond() as f64 / 1e3
}
