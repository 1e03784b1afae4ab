//! The stabilisation window: after the switch the host keeps looking, with the incumbent still warm.

use super::checks::{Woken, failed, pause, record};
use super::instance::how_it_ended;
use super::questions::{Asked, Questions};
use crate::run::{Run, Stop};
use model::{Code, Failure, Outcome, Phase, Remedy, Stage};
use std::time::{Duration, Instant};

/// Looks until the window is over: an exit is seen at once, the serving checks are asked at the policy's interval.
pub(crate) fn stabilise(run: &Run, questions: &Questions, window: Duration) -> Result<(), Stop> {
    if window.is_zero() {
        return Ok(());
    }
    let state = run.state();
    let urls = state.profile.as_ref().map(|profile| run.core.routes.urls(&state.view.resource, profile));
    let place = urls.as_deref().and_then(<[String]>::first).map_or(String::new(), |url| format!(" at {url}"));
    run.progress(format!("serving{place}; watching it for {} before calling it a success", spoken(window)));
    let until = Instant::now() + window;
    let mut rounds: Vec<Asked> = questions.of_stage(Stage::Serving).map(|_| Asked::new()).collect();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if pause(run, questions, left.min(questions.interval()), true)? == Woken::ByExit {
            return Err(ended(run, questions).into());
        }
        for ((plugin, check), asked) in questions.of_stage(Stage::Serving).zip(&mut rounds) {
            let verdict = run.masked(questions.evaluate(plugin, check, asked, true)?);
            if verdict.outcome == Outcome::Failed && check.required {
                record(run, check, &verdict, asked.attempts())?;
                return Err(failed(run, questions, check, &verdict).into());
            }
        }
        if Instant::now() >= until {
            return last_word(run, questions, &mut rounds);
        }
    }
}

/// The window ends with an answer of every check that passed: one that wavers right now is asked until it is final.
fn last_word(run: &Run, questions: &Questions, rounds: &mut [Asked]) -> Result<(), Stop> {
    for ((plugin, check), asked) in questions.of_stage(Stage::Serving).zip(rounds) {
        if !check.required {
            continue;
        }
        let until = Instant::now() + questions.limit();
        loop {
            let verdict = run.masked(questions.evaluate(plugin, check, asked, true)?);
            match verdict.outcome {
                Outcome::Passed => break,
                // What nobody can say for so long is not success either.
                Outcome::NotYet | Outcome::Unknown if Instant::now() >= until => {
                    record(run, check, &verdict, asked.attempts())?;
                    return Err(failed(run, questions, check, &verdict).into());
                }
                Outcome::Failed => {
                    record(run, check, &verdict, asked.attempts())?;
                    return Err(failed(run, questions, check, &verdict).into());
                }
                Outcome::NotYet | Outcome::Unknown => {
                    if pause(run, questions, questions.interval(), true)? == Woken::ByExit {
                        return Err(ended(run, questions).into());
                    }
                }
            }
        }
    }
    Ok(())
}

fn ended(run: &Run, questions: &Questions) -> Failure {
    let seen = run.core.target.observe(&questions.instance);
    Failure::new(
        Phase::Verify,
        Code::ProcessExited,
        format!("the new release ended after traffic went to it: {}", how_it_ended(&seen)),
        questions.command.clone(),
    )
    .detail(crate::logs::tail(&*run.core.target, &questions.instance, 20).into_iter().map(|l| format!("log: {l}")))
    .remedy(Remedy::safe("Read everything it wrote.", format!("shipway logs {}", run.id())))
}

fn spoken(window: Duration) -> String {
    if window.as_millis().is_multiple_of(1000) {
        format!("{} s", window.as_secs())
    } else {
        format!("{} ms", window.as_millis())
    }
}
