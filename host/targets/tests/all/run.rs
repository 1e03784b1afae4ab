//! How instances are started, and what is seen of them.

use crate::common::*;
use model::{Code, InstanceName};
use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};
use targets::{Target, TargetError};

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
