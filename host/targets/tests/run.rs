//! Instances with real processes: how they start, what is seen of them, how they end, and that nothing of them stays.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use model::{Code, InstanceName};
use rustix::process::Signal;
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::Stdio,
    time::{Duration, Instant},
};
use targets::{Target, TargetError};

/// An app that answers HTTP.
fn listener() -> model::Checked {
    argv(&[TESTBED, "listen"])
}

#[test]
fn an_app_is_started_seen_reached_and_stopped() {
    let place = Place::new();
    let plan = listener();
    let (web, port) = place.run(&plan);
    let port = port.unwrap();
    assert_eq!(place.target.address(&web).unwrap(), ([127, 0, 0, 1], port).into());
    let pid: u32 = get(port, "/").text().parse().unwrap();
    let seen = place.target.observe_listening(&web);
    assert!(seen.exists && seen.running && !seen.stopped && seen.restarts == 0);
    assert_eq!((seen.pid, seen.port, seen.listening.as_slice()), (Some(pid), Some(port), &[port][..]));
    assert!(seen.uptime > Duration::ZERO && seen.uptime < Duration::from_secs(20));
    assert_eq!(place.target.instances(), std::slice::from_ref(&web));

    let again = place.start(&web.deployment(), &plan, None, &[]).unwrap();
    assert_eq!(again.port, Some(port), "the same name is the same instance");
    assert_eq!(get(port, "/").text(), pid.to_string());

    place.target.stop(&web, Duration::from_secs(5)).unwrap();
    let seen = place.target.observe(&web);
    assert!(seen.exists && !seen.running && seen.stopped && seen.pid.is_none());
    assert!(!alive(pid) && living(web.as_str()).is_empty());
    place.target.stop(&web, Duration::ZERO).unwrap();

    let again = place.start(&web.deployment(), &plan, None, &[]).unwrap();
    assert_eq!(again.port, Some(port), "a started one keeps its port");
    assert_ne!(get(port, "/").text(), pid.to_string());
    let error = place.target.remove_artifact(&web.deployment()).unwrap_err();
    assert_eq!(error.code(), Code::NotAllowed);
    place.target.remove(&web).unwrap();
    assert_eq!(place.target.observe(&web), targets::Observation::default());
    assert!(place.target.instances().is_empty() && place.target.address(&web).is_none());
    place.target.remove(&web).unwrap();
    place.target.remove_artifact(&web.deployment()).unwrap();
}

#[test]
fn an_app_sees_what_it_was_given_and_no_secret_touches_the_disk() {
    let place = Place::new();
    let plan = plan(|p| {
        p.app_root = "app".into();
        p.steps = vec![step(
            "b",
            model::plan::Command::Shell(
                "mkdir bin; printf '#!/bin/sh\\necho prepended' > bin/mine; chmod +x bin/mine".into(),
            ),
        )];
        p.run_env = [("FROM_PLAN", "1"), ("SHIPWAY_PATH_PREPEND", "bin")].map(|(k, v)| (k.into(), v.into())).into();
        p.processes[0].cwd = "inner".into();
        p.processes[0].run = model::plan::Command::Shell("mine; pwd; env | sort; touch $HOME/x; exec sleep 600".into());
    });
    let dep = deployment();
    place.build_with(&dep, &plan, &[("app/inner/f", "")], BuildOptions::default()).unwrap();
    let port = place.start(&dep, &plan, None, &[("SECRET", "hunter2-of-the-app")]).unwrap().port.unwrap();
    let web = web(&dep);
    place.said(&web, "SHIPWAY_INSTANCE=");
    let lines = place.lines(&web);
    assert_eq!(
        (lines[0].as_str(), lines[1].as_str()),
        ("prepended", place.app(&dep).join("app/inner").to_str().unwrap())
    );
    let home = place.state().join("instances").join(web.as_str()).join("home");
    for expected in [
        format!("PORT={port}"),
        "HOST=127.0.0.1".into(),
        "FROM_PLAN=1".into(),
        "SECRET=hunter2-of-the-app".into(),
        format!("HOME={}", home.display()),
    ] {
        assert!(lines.contains(&expected), "{expected} in {lines:?}");
    }
    assert!(!lines.iter().any(|l| l.starts_with("CARGO")), "the host's environment is not the app's: {lines:?}");
    let logs = place.state().join("instances").join(web.as_str()).join("log");
    let found = std::process::Command::new("grep").args(["-rl", "hunter2"]).arg(place.state()).output().unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(
        found.lines().all(|f| f.starts_with(logs.to_str().unwrap())),
        "only where the app itself wrote it: {found}"
    );
    let environ = fs::read(format!("/proc/{}/environ", supervisor(&web))).unwrap();
    assert!(environ.is_empty(), "the supervisor has no environment");
}

#[test]
fn port_and_host_are_filled_into_the_words_of_a_command() {
    let place = Place::new();
    let (web, port) = place.run(&argv(&["echo", "--bind=${HOST}:${PORT}", "$PORT"]));
    place.ended(&web);
    assert_eq!(place.lines(&web), [format!("--bind=127.0.0.1:{} $PORT", port.unwrap())]);
}

#[test]
fn how_an_app_ended_is_kept_and_seen_at_once() {
    let place = Place::new();
    let (web, _) = place.run(&script("sleep 0.2; echo last words >&2; date +%s%N; exit 42"));
    let seen = place.ended(&web);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    assert_eq!((seen.exit_code, seen.signal, seen.restarts, seen.stopped), (Some(42), None, 0, false));
    let lines = place.lines(&web);
    assert!(lines.contains(&"last words".into()), "what it wrote is in the log when its end is seen");
    let wrote: u128 = lines.iter().find_map(|l| l.parse().ok()).unwrap();
    let late = Duration::from_nanos(u64::try_from(now - wrote).unwrap());
    // 20 ms on an idle machine; this one has other things to do.
    assert!(late < Duration::from_millis(250), "{late:?}");
    let page = place.target.logs(&web, 0, 10);
    assert!(page.lines.iter().any(|l| l.stream == "stderr" && l.text == "last words" && l.at.is_some()));
    until("the supervisor to go", || living(web.as_str()).is_empty().then_some(()));
    assert_eq!(place.again().observe(&web).exit_code, Some(42), "a later host knows it too");

    let (killed, _) = place.run(&script("kill -SEGV $$"));
    let seen = place.ended(&killed);
    assert_eq!((seen.exit_code, seen.signal, seen.oom), (None, Some(11), false));
}

#[test]
fn what_cannot_be_started_says_what_was_looked_for_and_where() {
    let place = Place::new();
    let fails = |plan: &model::Checked, files: &[(&str, &str)]| {
        let dep = deployment();
        place.build_with(&dep, plan, files, BuildOptions::default()).unwrap();
        let error = place.start(&dep, plan, None, &[]).unwrap_err();
        assert_eq!(error.code(), Code::StartFailed, "{error}");
        assert!(!place.target.observe(&web(&dep)).running);
        (error.to_string(), error.details().join("\n"))
    };
    let (message, details) = fails(&argv(&["no-such-program"]), &[]);
    assert!(
        message.contains("no program no-such-program on PATH") && details.contains("looked in /"),
        "{message} {details}"
    );
    let (message, details) = fails(&argv(&["./server"]), &[]);
    assert!(message.contains("./server") && details.contains("/app/./server"), "{message} {details}");
    assert!(fails(&argv(&["./server"]), &[("server", "x")]).0.contains("not executable"));
    let (message, _) = fails(&plan(|p| p.processes[0].cwd = "gone".into()), &[]);
    assert!(message.contains("gone does not exist"), "{message}");
    let mut broken = argv(&["./server"]).into_inner();
    let lost = "printf '#!/no/such/python -u\\n' > server; chmod +x server";
    broken.steps = vec![step("b", model::plan::Command::Shell(lost.into()))];
    let (message, details) = fails(&model::Checked::new(broken).unwrap(), &[]);
    assert!(message.contains("No such file") && details.contains("/no/such/python"), "{message} {details}");

    let error = place.start(&deployment(), &listener(), None, &[]).unwrap_err();
    assert_eq!(error.code(), Code::ReleaseMissing);
}

#[test]
fn a_fixed_port_is_used_or_its_holder_is_named() {
    let place = Place::new();
    let plan = listener();
    let dep = deployment();
    place.build(&dep, &plan);
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let error = place.start(&dep, &plan, Some(port), &[]).unwrap_err();
    let TargetError::PortConflict { port: told, holder: Some(holder) } = &error else { panic!("{error:?}") };
    assert_eq!((*told, holder.pid, error.code()), (port, std::process::id(), Code::PortConflict));
    drop(held);
    assert_eq!(place.start(&dep, &plan, Some(port), &[]).unwrap().port, Some(port));
    get(port, "/");
    // Another deployment that insists on it too is told that the first has it.
    let other = deployment();
    place.build(&other, &plan);
    let error = place.start(&other, &plan, Some(port), &[]).unwrap_err();
    assert!(error.to_string().contains("listen"), "{error}");
}

#[test]
fn instances_never_share_a_port_even_before_they_listen() {
    let place = Place::new();
    let plan = script("exec sleep 600");
    let mut ports: Vec<u16> = (0..5).map(|_| place.run(&plan).1.unwrap()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 5);
}

#[test]
fn only_web_has_a_port() {
    let place = Place::new();
    let plan = plan(|p| {
        p.processes.push(model::plan::Process {
            name: "worker".into(),
            run: model::plan::Command::Shell("echo port=${PORT-none}; exec sleep 600".into()),
            cwd: ".".into(),
        });
    });
    let dep = deployment();
    place.build(&dep, &plan);
    let mut job = start_job(&dep, &plan, None, &[]);
    job.process = "worker".into();
    job.instance = InstanceName::of(&dep, "worker").unwrap();
    assert_eq!(place.target.start(&job).unwrap().port, None);
    assert_eq!(place.said(&job.instance, "port="), "none");
    assert_eq!(place.target.address(&job.instance), None);
}

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
    let began = Instant::now();
    place.target.stop(&web, Duration::from_secs(5)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(3));
    let seen = place.target.observe(&web);
    assert!(!seen.running && seen.stopped && living(web.as_str()).is_empty());
}

#[test]
fn a_flood_fills_no_disk_and_holds_nobody_up() {
    let place = Place::new();
    let flood = "echo first; yes 'a line of some eighty characters, as servers write them when something is wrong there' \
        | head -c 60000000; echo; echo the last line; exec sleep 600";
    let (web, _) = place.run(&script(flood));
    let early = until("a first page", || Some(place.target.logs(&web, 0, 10)).filter(|p| !p.lines.is_empty()));
    until("the end of the flood", || {
        (place.target.logs(&web, u64::MAX, 1).lines.first()?.text == "the last line").then_some(())
    });
    let dir = place.state().join("instances").join(web.as_str()).join("log");
    let size: u64 = fs::read_dir(dir).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 17 << 20, "{size}");
    let late = place.target.logs(&web, early.cursor, 10);
    assert!(late.gap && late.lines.len() == 10, "what was rotated away is said");
    let next = place.target.logs(&web, late.cursor, 10);
    assert!(!next.gap && next.cursor > late.cursor);
    assert!(place.target.observe(&web).running);
}

#[test]
fn a_line_without_an_end_costs_the_supervisor_nothing() {
    let place = Place::new();
    let (web, _) = place.run(&script("head -c 300000000 /dev/zero | tr '\\0' x; printf '\\nprompt> '; exec sleep 600"));
    place.said(&web, "prompt> ");
    let lines = place.lines(&web);
    assert_eq!((lines[0].len(), lines[1].as_str()), (8192, "[… 299991808 more bytes of this line]"));
    let status = fs::read_to_string(format!("/proc/{}/status", supervisor(&web))).unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 64 * 1024, "{kib} KiB");
}

#[test]
fn hostile_output_is_harmless_when_read() {
    let place = Place::new();
    let (web, _) =
        place.run(&script("printf '\\033[31mred\\033[0m \\033[2J\\377 \\342\\200\\256x\\a\\n'; exec sleep 600"));
    assert_eq!(place.said(&web, "red "), "\u{241b}[2J\u{fffd} \u{fffd}x\u{2407}");
}

#[test]
fn confinement_holds_for_the_app_and_its_children() {
    let place = Place::new();
    let (web, _) = place.run(&script(
        "grep NoNewPrivs /proc/self/status; ulimit -c; ls -l /proc/self/fd | wc -l; ps -o sid= -p $$; echo $$",
    ));
    place.ended(&web);
    let lines = place.lines(&web);
    assert_eq!(lines[0].split_whitespace().last(), Some("1"), "{lines:?}");
    assert_eq!(lines[1], "0", "no core dumps");
    // total, 0, 1, 2, and the directory itself.
    assert_eq!(lines[2].trim(), "5", "no file of the host or the supervisor is open");
    assert_eq!(lines[3].trim(), lines[4], "a session of its own");
}

#[test]
fn looking_costs_less_than_a_millisecond() {
    let place = Place::new();
    let (web, _) = place.run(&listener());
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            let began = Instant::now();
            assert!(place.target.observe(&web).running);
            began.elapsed()
        })
        .collect();
    times.sort();
    println!("observe: median {:?}, p99 {:?}", times[250], times[495]);
    assert!(times[250] < Duration::from_millis(1), "{:?}", times[250]);
    let began = Instant::now();
    place.target.observe_listening(&web);
    println!("observe_listening: {:?}", began.elapsed());
}

#[test]
fn starting_and_stopping_is_quick() {
    let place = Place::new();
    let (dep, plan) = (deployment(), listener());
    place.build(&dep, &plan);
    let began = Instant::now();
    let port = place.start(&dep, &plan, None, &[]).unwrap().port.unwrap();
    let started = began.elapsed();
    get(port, "/");
    let answered = began.elapsed();
    let began = Instant::now();
    place.target.stop(&web(&dep), Duration::from_secs(5)).unwrap();
    println!("started {started:?}, answered {answered:?}, stopped {:?}", began.elapsed());
    assert!(answered < Duration::from_secs(2));
}

/// A disk of its own, as far as this user may make one.
struct SmallDisk(std::path::PathBuf);
impl SmallDisk {
    fn mount(at: &std::path::Path) -> Option<Self> {
        let mounted =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }
}
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_loses_log_lines_and_never_how_an_app_ended() {
    let place = Place::new();
    let state = place.state();
    // Only root can mount; elsewhere the promise is kept by the same code, untested.
    let Some(_disk) = SmallDisk::mount(&state) else { return };
    let target = place.again();
    let fill = "echo started; dd if=/dev/zero of=fill bs=4096 2>/dev/null; seq 2000; sleep 0.5; rm fill; sleep 0.5; echo better; \
        sleep 0.2; dd if=/dev/zero of=fill bs=4096 2>/dev/null; exit 5";
    let (dep, plan) = (deployment(), script(fill));
    place.build(&dep, &plan);
    target.start(&start_job(&dep, &plan, None, &[])).unwrap();
    assert_eq!(place.ended(&web(&dep)).exit_code, Some(5));
    let lines = place.lines(&web(&dep));
    assert!(lines.iter().any(|l| l.contains("lines were lost")), "{lines:?}");
    assert!(lines.contains(&"better".into()), "{lines:?}");
    until("its supervisor's end", || living(dep.as_str()).is_empty().then_some(()));

    // And a build that fills it says what ran out.
    let other = deployment();
    let full = steps(&["dd if=/dev/zero of=fill bs=4096"]);
    let error = place.build_with(&other, &full, &[], BuildOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
}
