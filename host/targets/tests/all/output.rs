//! What apps write: bounded, paged, harmless, also on a full disk.

use crate::common::*;
use model::Code;
use std::fs;
use targets::Target;

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
