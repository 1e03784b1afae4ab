//! How instances end: asked, by themselves, by force, with or without their host and supervisor; nothing of them stays.

use crate::common::*;
use rustix::process::Signal;
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::Stdio,
    time::{Duration, Instant},
};
use targets::Target;

#[test]
fn a_stop_gives_time_and_then_takes_everything() {
    let place = Place::new();
    let (gentle, _) = place.run(&script("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done"));
    place.said(&gentle, "up");
    let began = Instant::now();
    place.target.stop(&gentle, Duration::from_secs(10)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let seen = place.target.observe(&gentle);
    assert_eq!((seen.exit_code, seen.stopped), (Some(7), true));
    assert!(place.lines(&gentle).contains(&"bye".into()));

    let seconds = unique_seconds();
    let family = format!(
        "trap '' TERM; sleep {seconds} & setsid sh -c 'trap \"\" TERM; (setsid sleep {seconds} &); env -i sleep {seconds}; :' & echo up; while :; do sleep 0.1; done"
    );
    let (stubborn, _) = place.run(&script(&family));
    until("the family", || (sleeping(&seconds) == 3).then_some(()));
    let began = Instant::now();
    place.target.stop(&stubborn, Duration::from_millis(300)).unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(3), "{took:?}");
    assert_eq!(living(&seconds), [""; 0], "the ignoring, the orphaned and the nameless");
    let seen = place.target.observe(&stubborn);
    assert_eq!((seen.signal, seen.oom), (Some(9), false));
}

#[test]
fn a_stop_asks_once_and_waits_for_those_that_finish_their_work() {
    let place = Place::new();
    let worker = "n=0; trap 'n=$((n+1)); echo asked $n' TERM; echo up; i=0; \
        while [ $i -lt 100 ]; do sleep 0.02; [ $n -gt 0 ] && i=$((i+10)); done; echo finished";
    let main = format!("sh -c '{}' & trap 'exit 0' TERM; wait", worker.replace('\'', "'\\''"));
    let (web, _) = place.run(&script(&main));
    place.said(&web, "up");
    place.target.stop(&web, Duration::from_secs(10)).unwrap();
    let lines = place.lines(&web);
    assert!(lines.contains(&"asked 1".into()) && lines.contains(&"finished".into()), "{lines:?}");
    assert!(!lines.contains(&"asked 2".into()), "{lines:?}");
    assert_eq!(place.target.observe(&web).exit_code, Some(0));
}

#[test]
fn what_an_app_leaves_behind_ends_with_it() {
    let place = Place::new();
    let seconds = unique_seconds();
    let (web, _) = place.run(&script(&format!("setsid sleep {seconds} & sleep {seconds} & exit 0")));
    assert_eq!(place.ended(&web).exit_code, Some(0));
    until("nobody to be left", || living(&seconds).is_empty().then_some(()));
}

#[test]
fn an_app_outlives_its_host_and_the_next_host_finds_it() {
    let place = Place::new();
    let (dep, plan) = (deployment(), listener());
    place.build(&dep, &plan);
    let file = place.dir.path().join("plan.json");
    fs::write(&file, serde_json::to_string(&plan).unwrap()).unwrap();
    let mut host = std::process::Command::new(TESTBED)
        .args(["host", place.state().to_str().unwrap(), "start", dep.as_str(), file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().unwrap();
    let pid = get(port, "/").text();
    // As a terminal's Ctrl-C and a `kill -9` of the whole job would.
    let group = rustix::process::Pid::from_raw(i32::try_from(host.id()).unwrap()).unwrap();
    rustix::process::kill_process_group(group, Signal::INT).unwrap();
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
    host.wait().unwrap();
    assert_eq!(get(port, "/").text(), pid);
    let (web, next) = (web(&dep), place.again());
    assert_eq!(next.instances(), std::slice::from_ref(&web));
    assert!(next.observe(&web).running);
    assert_eq!(next.start(&start_job(&dep, &plan, None, &[])).unwrap().port, Some(port));
    assert_eq!(get(port, "/").text(), pid, "it was adopted, not started again");
    next.stop(&web, Duration::from_secs(5)).unwrap();
    assert!(!alive(pid.parse().unwrap()) && living(web.as_str()).is_empty());
}

#[test]
fn a_killed_supervisor_takes_its_app_with_it_and_a_stop_finds_the_rest() {
    let place = Place::new();
    let seconds = unique_seconds();
    let plan = script(&format!("sleep {seconds} & (setsid sleep {seconds} &) ; echo up; exec sleep {seconds}"));
    let (web, _) = place.run(&plan);
    until("the family", || (sleeping(&seconds) == 3).then_some(()));
    let main = place.target.observe(&web).pid.unwrap();
    kill(supervisor(&web), Signal::KILL);
    until("the app's end", || (!alive(main)).then_some(()));
    let seen = place.target.observe(&web);
    assert!(seen.exists && !seen.running && seen.exit_code.is_none());
    assert_eq!(seen.error.as_deref(), Some("its supervisor was killed"));
    assert_eq!(sleeping(&seconds), 2, "its children could not be reached");
    place.again().stop(&web, Duration::ZERO).unwrap();
    assert_eq!(living(&seconds), [""; 0]);
    // And a start does not build upon the remains either.
    place.start(&web.deployment(), &plan, None, &[]).unwrap();
    until("the family", || (sleeping(&seconds) == 3).then_some(()));
    kill(supervisor(&web), Signal::KILL);
    until("the app's end", || (sleeping(&seconds) == 2).then_some(()));
    place.start(&web.deployment(), &plan, None, &[]).unwrap();
    until("the family alone", || (sleeping(&seconds) == 3).then_some(()));
    place.target.stop(&web, Duration::ZERO).unwrap();
    assert_eq!(living(&seconds), [""; 0]);
}

#[test]
fn a_supervisor_that_is_held_still_does_not_keep_an_instance_alive() {
    let place = Place::new();
    let (web, _) = place.run(&listener());
    let (app, supervisor) = (place.target.observe(&web).pid.unwrap(), supervisor(&web));
    kill(supervisor, Signal::STOP);
    place.target.stop(&web, Duration::from_millis(100)).unwrap();
    assert!(!alive(app) && !alive(supervisor));
}

#[test]
fn a_candidate_that_ends_stays_ended_and_an_armed_one_comes_back() {
    let place = Place::new();
    let (candidate, _) = place.run(&script("exit 1"));
    place.ended(&candidate);
    place.target.arm(&candidate).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let seen = place.target.observe(&candidate);
    assert_eq!((seen.running, seen.restarts, seen.exit_code), (false, 0, Some(1)));

    let (web, port) = place.run(&listener());
    let port = port.unwrap();
    let first = get(port, "/").text();
    place.target.arm(&web).unwrap();
    place.target.arm(&web).unwrap();
    kill(first.parse().unwrap(), Signal::KILL);
    let second = until("another", || ask(port, "GET", "/", &[]).ok().map(|a| a.text()).filter(|pid| *pid != first));
    let seen = until("it to be noted", || Some(place.target.observe(&web)).filter(|seen| seen.running));
    assert_eq!((seen.restarts, seen.signal), (1, Some(9)));
    assert_eq!(seen.pid.unwrap().to_string(), second);
    place.target.stop(&web, Duration::from_secs(5)).unwrap();
    assert!(living(web.as_str()).is_empty(), "a stop is final");
    let started = place.start(&web.deployment(), &listener(), None, &[]).unwrap();
    let third = get(started.port.unwrap(), "/").text();
    kill(third.parse().unwrap(), Signal::KILL);
    place.ended(&web);
    until("its end", || living(web.as_str()).is_empty().then_some(()));
    assert_eq!(place.target.observe(&web).restarts, 0, "a new start is a candidate again");
}

#[test]
fn a_crash_loop_slows_down_and_can_be_stopped() {
    let place = Place::new();
    let (web, _) = place.run(&script("sleep 0.3; echo run; exit 1"));
    place.target.arm(&web).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let restarts = place.target.observe(&web).restarts;
    // Without waiting it would be nine: after 0.1, 0.2, 0.4, 0.8 s the fifth run begins in the third second.
    assert!((2..=5).contains(&restarts), "{restarts}");
    until("a pause", || Some(place.target.observe(&web)).filter(|seen| !seen.running && seen.supervised));
    let began = Instant::now();
    place.target.stop(&web, Duration::from_secs(5)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(3));
    let seen = place.target.observe(&web);
    assert!(!seen.running && !seen.supervised && seen.stopped && living(web.as_str()).is_empty());
}
