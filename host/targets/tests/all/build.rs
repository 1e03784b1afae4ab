//! Builds with real processes: what they see, how they end, and that nothing of them stays.

use crate::common::*;
use model::{Code, plan::Command};
use rustix::process::Signal;
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use targets::{ReleaseJob, Target, TargetError};

#[test]
fn steps_run_in_order_and_what_came_of_them_is_sealed() {
    let place = Place::new();
    let dep = deployment();
    let plan = plan(|p| {
        p.app_root = "app".into();
        p.build_env = BTreeMap::from([
            ("FROM_PLAN".into(), "plan".into()),
            ("BOTH".into(), "plan".into()),
            ("SHIPWAY_PATH_PREPEND".into(), "tools".into()),
        ]);
        p.steps = vec![
            step(
                "first",
                Command::Shell(
                    "mkdir tools out; printf '#!/bin/sh\\necho mine' > tools/mine; chmod +x tools/mine".into(),
                ),
            ),
            step("second", Command::Argv(vec!["mine".into()])),
            step(
                "third",
                Command::Shell("echo $CI-$FROM_PLAN-$BOTH-${SHIPWAY_PATH_PREPEND:-none} | tee out/env; pwd >&2".into()),
            ),
        ];
    });
    let ear = Ear::default();
    let env = BTreeMap::from([("BOTH".to_owned(), "profile".to_owned())]);
    let options = || BuildOptions { base: "packages/a", env: env.clone(), events: &ear, ..BuildOptions::default() };
    let files = [("packages/a/app/x", "x"), ("other", "y")];
    let artifact = place.build_with(&dep, &plan, &files, options()).unwrap();
    let root = place.app(&dep).join("packages/a/app");
    assert_eq!(fs::read_to_string(root.join("out/env")).unwrap(), "1-plan-profile-none\n");
    let heard = std::mem::take(&mut *ear.heard.lock().unwrap());
    assert_eq!(heard[1], "first: end Some(0)");
    assert!(
        heard.contains(&"second: mine".into()) && heard.contains(&format!("third: {}", root.display())),
        "{heard:?}"
    );
    assert!(place.target.has(&dep, &artifact.digest));
    assert_eq!(place.target.artifacts(), std::slice::from_ref(&dep));
    let log = place.target.build_log(&dep, 0, 100);
    let streams: Vec<(&str, &str)> = log.lines.iter().map(|l| (l.stream.as_str(), l.text.as_str())).collect();
    assert!(streams.contains(&("shipway", "$ mine")) && streams.contains(&("stdout", "mine")), "{streams:?}");

    assert_eq!(place.build_with(&dep, &plan, &files, options()).unwrap(), artifact, "a finished build is not repeated");
    assert!(ear.heard.lock().unwrap().is_empty());
    let other = deployment();
    let again = place.build_with(&other, &plan, &files, options()).unwrap();
    assert_eq!(again, artifact, "the same source and steps, the same digest");

    place.target.remove_artifact(&dep).unwrap();
    assert!(!place.target.has(&dep, &artifact.digest) && place.target.has(&other, &artifact.digest));
    assert_eq!(place.target.artifacts(), [other]);
}

#[test]
fn a_failing_step_says_which_how_and_what_it_last_wrote() {
    let place = Place::new();
    let dep = deployment();
    let plan = steps(&["true", "for n in $(seq 50); do echo line $n; done; exit 3", "touch never"]);
    let error = place.build_with(&dep, &plan, &[], BuildOptions::default()).unwrap_err();
    let TargetError::BuildFailed { step, exit_code, last, .. } = &error else { panic!("{error:?}") };
    assert_eq!((step.as_deref(), *exit_code, last.len()), (Some("step1"), Some(3), 20));
    assert_eq!((last[0].as_str(), last[19].as_str()), ("line 31", "line 50"));
    assert_eq!(error.code(), Code::BuildFailed);
    assert!(error.to_string().contains("exit code 3"), "{error}");
    assert!(!place.app(&dep).exists(), "the workspace is gone");
    assert_eq!(place.target.build_log(&dep, u64::MAX, 2).lines[0].text, "line 50", "the log stays");
    // And another try begins afresh.
    place.build_with(&dep, &steps(&["test ! -e never"]), &[], BuildOptions::default()).unwrap();
}

#[test]
fn a_step_ended_by_a_signal_or_without_its_program_says_so() {
    let place = Place::new();
    let build =
        |plan: &model::Checked| place.build_with(&deployment(), plan, &[], BuildOptions::default()).unwrap_err();
    let error = build(&steps(&["kill -SEGV $$"]));
    assert!(matches!(error, TargetError::BuildFailed { exit_code: None, signal: Some(11), .. }), "{error:?}");
    let missing = plan(|p| p.steps = vec![step("x", Command::Argv(vec!["no-such-tool".into()]))]);
    let error = build(&missing);
    assert!(error.to_string().contains("no program no-such-tool on PATH"), "{error}");
    assert!(error.details()[0].starts_with("looked in /"), "{:?}", error.details());
    let relative = plan(|p| p.steps = vec![step("x", Command::Argv(vec!["./gradlew".into()]))]);
    assert!(build(&relative).details()[0].ends_with("/app/./gradlew"));
}

#[test]
fn a_missing_tool_is_found_before_anything_is_done() {
    let place = Place::new();
    let plan = plan(|p| {
        p.tools = vec![model::plan::Tool {
            name: "no-such-tool".into(),
            requested: Some("22".into()),
            origin: model::plan::Origin::Evidence(model::Evidence {
                path: "package.json".into(),
                line: Some(7),
                note: "engines.node".into(),
                digest: None,
            }),
        }];
    });
    let error = place.target.preflight(&plan).unwrap_err();
    assert_eq!((error.code(), error.input().as_str()), (Code::ToolMissing, "no-such-tool"));
    assert!(error.to_string().contains("package.json:7"), "{error}");
    assert!(error.details()[0].contains("/bin"), "{:?}", error.details());
    place.target.preflight(&steps(&["anything"])).unwrap();
}

/// Starts what is hard to end: a child, one that ignores SIGTERM in a session of its own, and an orphan of that.
fn stubborn(seconds: &str) -> String {
    format!(
        "trap '' TERM; sleep {seconds} & setsid sh -c '(setsid sleep {seconds} &) ; env -i sleep {seconds}' & echo up; wait"
    )
}

#[test]
fn when_time_is_up_everything_that_the_step_started_is_gone() {
    let place = Place::new();
    let seconds = unique_seconds();
    let plan = steps(&[&stubborn(&seconds)]);
    let began = Instant::now();
    let options = BuildOptions { timeout: Duration::from_millis(700), ..BuildOptions::default() };
    let error = place.build_with(&deployment(), &plan, &[], options).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let TargetError::BuildTimeout { step, last, .. } = &error else { panic!("{error:?}") };
    assert_eq!((step.as_str(), last.as_slice()), ("step0", &["up".to_owned()][..]));
    assert_eq!(living(&seconds), [""; 0]);
}

#[test]
fn a_cancel_ends_the_step_at_once_and_whole() {
    let place = Place::new();
    let seconds = unique_seconds();
    let plan = steps(&[&stubborn(&seconds)]);
    let cancel = AtomicBool::new(false);
    let canceled_at = std::thread::scope(|scope| {
        let setter = scope.spawn(|| {
            until("the family", || (sleeping(&seconds) == 3).then_some(()));
            cancel.store(true, Ordering::Release);
            Instant::now()
        });
        let options = BuildOptions { cancel: &cancel, ..BuildOptions::default() };
        let error = place.build_with(&deployment(), &plan, &[], options).unwrap_err();
        assert_eq!(error.code(), Code::Canceled);
        setter.join().unwrap()
    });
    assert!(canceled_at.elapsed() < Duration::from_secs(2), "{:?}", canceled_at.elapsed());
    assert_eq!(living(&seconds), [""; 0]);
}

#[test]
fn a_host_that_is_killed_takes_its_build_with_it() {
    let place = Place::new();
    let seconds = unique_seconds();
    let dep = deployment();
    let file = place.dir.path().join("plan.json");
    fs::write(&file, serde_json::to_string(&steps(&[&stubborn(&seconds)])).unwrap()).unwrap();
    let mut host = std::process::Command::new(TESTBED)
        .args(["host", place.state().to_str().unwrap(), "build", dep.as_str(), file.to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // A child, the orphan, and the one that cleared its environment.
    until("the whole family", || (sleeping(&seconds) == 3).then_some(()));
    kill(host.id(), Signal::KILL);
    host.wait().unwrap();
    until("nobody to be left", || (living(&seconds).is_empty() && marked(dep.as_str()).is_empty()).then_some(()));
    assert!(place.app(&dep).exists(), "the unfinished workspace is there");
    let plan = steps(&["ls > list"]);
    place.build_with(&dep, &plan, &[("a", "")], BuildOptions::default()).unwrap();
    assert_eq!(fs::read_to_string(place.app(&dep).join("list")).unwrap(), "a\nlist\n", "and was not built upon");
}

#[test]
fn a_wrapper_that_is_killed_fails_the_step_and_leaves_nobody() {
    let place = Place::new();
    let (seconds, dep) = (unique_seconds(), deployment());
    let plan = steps(&[&stubborn(&seconds)]);
    std::thread::scope(|scope| {
        let build = scope.spawn(|| place.build_with(&dep, &plan, &[], BuildOptions::default()).unwrap_err());
        until("the family", || (sleeping(&seconds) == 3).then_some(()));
        let shell = living(&seconds).into_iter().find(|l| l.contains("trap")).unwrap();
        let pid: u32 = shell.split(' ').next().unwrap().parse().unwrap();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let parent = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
        kill(parent, Signal::KILL);
        let error = build.join().unwrap();
        assert!(error.to_string().contains("wrapper"), "{error}");
    });
    let left: Vec<String> = living(&seconds).into_iter().filter(|l| !l.contains("env -i")).collect();
    // The one that cleared its environment and left its session cannot be told from a stranger's; the rest is gone.
    assert!(left.len() <= 1, "{left:?}");
    for line in left {
        kill(line.split(' ').next().unwrap().parse().unwrap(), Signal::KILL);
    }
}

#[test]
fn a_server_that_a_step_leaves_behind_neither_stays_nor_holds_the_build_up() {
    let place = Place::new();
    let seconds = unique_seconds();
    let began = Instant::now();
    place.build(&deployment(), &steps(&[&format!("sleep {seconds} & setsid sleep {seconds} & echo done")]));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(living(&seconds), [""; 0]);
}

#[test]
fn a_flood_of_output_is_bounded_everywhere() {
    let place = Place::new();
    let dep = deployment();
    let ear = Ear::default();
    // 40 MB in 500,000 lines, then a line of 20 MB.
    let flood = "yes 'a line of some eighty characters, as compilers write them when they warn about it' | head -n 500000; \
        head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last";
    let options = BuildOptions { events: &ear, ..BuildOptions::default() };
    place.build_with(&dep, &steps(&[flood]), &[], options).unwrap();
    let heard = ear.heard.lock().unwrap();
    assert!(heard.len() < 10_400, "{}", heard.len());
    assert!(ear.portions.lock().unwrap().iter().all(|n| *n <= 201));
    assert!(heard.iter().any(|l| l.contains("more lines, see the build log")));
    let size = fs::metadata(place.state().join("builds").join(dep.as_str()).join("build.log")).unwrap().len();
    assert!((16 << 20..17 << 20).contains(&size), "{size}");
    assert!(place.target.build_log(&dep, u64::MAX, 1).lines[0].text.contains("ends here"));
}

#[test]
fn a_site_without_its_published_directory_says_what_is_there_instead() {
    let place = Place::new();
    let failing = |site: &model::Checked, files: &[(&str, &str)]| {
        let error = place.build_with(&deployment(), site, files, BuildOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::BuildFailed);
        error.to_string()
    };
    let dist = site(|s| s.directory = "dist".into());
    let mut built = dist.clone().into_inner();
    built.steps = vec![step("build", Command::Shell("mkdir -p build src".into()))];
    let built = model::Checked::new(built).unwrap();
    let message = failing(&built, &[("package.json", "{}")]);
    assert!(message.contains("dist was not produced; found build/, src/, package.json"), "{message}");
    assert!(failing(&dist, &[("a", "")]).contains("is not in the source"));
    assert!(failing(&dist, &[("dist", "")]).contains("is a file"));
    let mut linked = built.into_inner();
    linked.steps[0].run = Command::Shell("ln -s /etc dist".into());
    let linked = model::Checked::new(linked).unwrap();
    assert!(failing(&linked, &[]).contains("leads out"));
    linked.into_inner().steps[0].run = Command::Shell("mkdir dist".into());
    place.build_with(&deployment(), &dist, &[("dist/index.html", "x")], BuildOptions::default()).unwrap();
}

#[test]
fn the_release_command_runs_in_the_artifact_with_the_secrets_of_the_app() {
    let place = Place::new();
    let dep = deployment();
    let plan = plan(|p| {
        p.release = Some(Command::Shell("echo $MODE-$SECRET-${CI:-no}; test -f built; exit ${FAIL:-0}".into()));
        p.run_env = BTreeMap::from([("MODE".into(), "production".into())]);
        p.steps = vec![step("b", Command::Shell("touch built".into()))];
    });
    let ear = Ear::default();
    let job = |env: &[(&str, &str)]| ReleaseJob {
        deployment: dep.clone(),
        built_by: dep.clone(),
        plan: &plan,
        env: env.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        timeout: Duration::from_secs(10),
    };
    let run = |env| place.target.release(&job(env), &ear, &AtomicBool::new(false));
    assert_eq!(run(&[]).unwrap_err().code(), Code::ReleaseMissing);
    place.build(&dep, &plan);
    run(&[("SECRET", "s3cret")]).unwrap();
    assert!(ear.heard.lock().unwrap().contains(&"release: production-s3cret-no".into()));
    let error = run(&[("FAIL", "9")]).unwrap_err();
    assert!(matches!(error, TargetError::BuildFailed { exit_code: Some(9), .. }), "{error:?}");
}

#[test]
fn output_is_heard_while_the_step_runs() {
    let place = Place::new();
    let dep = deployment();
    let file = place.dir.path().join("plan.json");
    fs::write(&file, serde_json::to_string(&steps(&["echo early; exec sleep 60"])).unwrap()).unwrap();
    let mut host = std::process::Command::new(TESTBED)
        .args(["host", place.state().to_str().unwrap(), "build", dep.as_str(), file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "early\n");
    host.kill().unwrap();
    host.wait().unwrap();
}
