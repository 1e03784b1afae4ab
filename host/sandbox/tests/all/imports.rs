//! What a plugin gets when it asks: the answers of `source`, `log` and `probe`, as the guest sees them.

use crate::support::{Files, Guest, Nothing, claim};
use model::{Check, Code, Endpoint, Stage};
use sandbox::{
    CallError, Context, HttpAnswer, HttpProbe, Limits, Method, Plugin, ProbeError, Probes, ProcessState, SourceView,
};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where guests keep what the host answers.
const AT: u32 = 512;

/// The order of `source.fault` in the contract.
const FAULTS: [&str; 7] =
    ["not-found", "not-a-file", "not-a-directory", "too-large", "not-text", "bad-path", "over-budget"];

fn detector(wat: &str) -> Guest {
    Guest::of("detector-plugin").does("detector#detect", wat, json!({ "ok": [claim()] }))
}

/// Traps unless the byte at `address` is `value`.
fn expect(address: u32, value: u8) -> String {
    format!("(if (i32.ne (i32.load8_u (i32.const {address})) (i32.const {value})) (then unreachable))")
}

/// A guest that asks one function about one text and expects a fault (or none).
fn asks(function: &str, text: &str, rest: &str, fault: Option<&str>) -> Guest {
    let outcome = match fault {
        None => expect(AT, 0),
        Some(name) => {
            let case = FAULTS.iter().position(|f| *f == name).unwrap();
            expect(AT, 1) + &expect(AT + 4, u8::try_from(case).unwrap())
        }
    };
    detector(&format!("(call ${function} (i32.const 64) (i32.const {}) {rest} (i32.const {AT})) {outcome}", text.len()))
        .item(&format!("(data (i32.const 64) \"{}\")", text.escape_default()))
}

fn tree() -> Arc<dyn SourceView> {
    Files::of([
        ("package.json", b"{}"),
        ("bom.txt", b"\xef\xbb\xbfhello"),
        ("latin.txt", b"caf\xe9"),
        ("src/a.js", b"aaaaaaaaaa"),
        ("big.bin", &[b'x'; 3 << 20]),
    ])
}

#[test]
fn the_source_answers_what_the_contract_says() {
    let max = "(i32.const 100)";
    let all = "(i32.const -1)";
    for (function, path, rest, fault) in [
        ("read", "package.json", max, None),
        ("read", "./src//a.js", max, None),
        ("read", "src/a.js", "(i32.const 3)", None),
        ("read", "none", max, Some("not-found")),
        ("read", "/etc/passwd", max, Some("bad-path")),
        ("read", "src/../../x", max, Some("bad-path")),
        ("read", "big.bin", all, None),
        ("read-text", "bom.txt", max, None),
        ("read-text", "src/a.js", "(i32.const 3)", Some("too-large")),
        ("read-text", "big.bin", all, Some("too-large")),
        ("read-text", "latin.txt", max, Some("not-text")),
        ("entries", "src", "", None),
        ("entries", "", "", None),
        ("entries", "nowhere", "", Some("not-a-directory")),
        ("entries", "..", "", Some("bad-path")),
        ("find", "**/*.js", max, None),
        ("find", "[", max, Some("bad-path")),
    ] {
        let call = asks(function, path, rest, fault).load().detect(tree());
        assert!(call.result.is_ok(), "{function} {path} {rest} {fault:?}: {:?}", call.result);
    }
}

#[test]
fn a_byte_order_mark_is_taken_off() {
    // Logs what it read: `read-text` leaves pointer and length at AT + 4.
    let log =
        format!("(call $write (i32.const 1) (i32.load (i32.const {})) (i32.load (i32.const {})))", AT + 4, AT + 8);
    let guest =
        detector(&format!("(call $read-text (i32.const 64) (i32.const 7) (i32.const 100) (i32.const {AT})) {log}"));
    let call = guest.item("(data (i32.const 64) \"bom.txt\")").load().detect(tree());
    assert_eq!(call.receipt.log, ["info: hello"]);
}

#[test]
fn one_read_and_all_reads_are_bounded() {
    let call = asks("read", "big.bin", "(i32.const -1)", None).load().detect(tree());
    assert_eq!(call.receipt.bytes_read, 1 << 20, "one read");
    // Reads three times where two fit.
    let read = format!("(call $read (i32.const 64) (i32.const 7) (i32.const -1) (i32.const {AT}))");
    let over = u8::try_from(FAULTS.len() - 1).unwrap();
    let wat = format!("{read}{}{read}{}{read}{}", expect(AT, 0), expect(AT, 0), expect(AT, 1) + &expect(AT + 4, over));
    let limits = Limits { read_bytes: (2 << 20) + 100, ..Limits::default() };
    let plugin = detector(&wat).item("(data (i32.const 64) \"big.bin\")").load_with(limits).unwrap();
    let call = plugin.detect(tree());
    assert!(call.result.is_ok(), "over-budget is an answer: {:?}", call.result);
    assert_eq!(call.receipt.bytes_read, 2 << 20);
}

#[test]
fn stat_says_what_exists() {
    // stat-answer: exists at 0; entry: some at 8, then name, kind at 8 + 8 + 8.
    for (path, exists) in [("src", 1), ("src/a.js", 1), ("nothing", 0), ("../x", 0), ("", 1)] {
        let wat =
            format!("(call $stat (i32.const 64) (i32.const {}) (i32.const {AT})) {}", path.len(), expect(AT, exists));
        let call = detector(&wat).item(&format!("(data (i32.const 64) \"{path}\")")).load().detect(tree());
        assert!(call.result.is_ok(), "{path}: {:?}", call.result);
    }
}

#[test]
fn the_overview_is_bounded_and_says_so() {
    let many: Vec<String> = (0..3000).map(|i| format!("f{i:04}")).collect();
    struct Many(Vec<String>);
    impl SourceView for Many {
        fn entries(&self, _: &str) -> Result<Vec<sandbox::Entry>, sandbox::ReadFault> {
            Ok(self.0.iter().map(|n| sandbox::Entry { name: n.clone(), kind: sandbox::Kind::File, size: 1 }).collect())
        }
        fn stat(&self, _: &str) -> Result<Option<sandbox::Entry>, sandbox::ReadFault> {
            Ok(None)
        }
        fn read(&self, _: &str, _: u64) -> Result<sandbox::Read, sandbox::ReadFault> {
            Err(sandbox::ReadFault::NotFound)
        }
        fn find(&self, _: &str, _: usize) -> Result<Vec<String>, sandbox::ReadFault> {
            Ok(Vec::new())
        }
    }
    let check = "(if (i32.ne (local.get $1) (i32.const 2000)) (then unreachable)) (if (i32.eqz (local.get $2)) (then unreachable))";
    let guest = Guest::of("detector-plugin").does("detector#detect", check, json!({ "ok": [] }));
    assert_eq!(guest.load().detect(Arc::new(Many(many))).result.unwrap(), []);
}

#[test]
fn the_same_call_gives_the_same_answer() {
    let plugin = asks("find", "**/*.js", "(i32.const 9)", None).load();
    let (a, b) = (plugin.detect(tree()), plugin.detect(tree()));
    assert_eq!(a.result, b.result);
    assert_eq!((a.receipt.host_calls, a.receipt.bytes_read), (b.receipt.host_calls, b.receipt.bytes_read));
}

/// Probes that remember what they were asked and take their time.
#[derive(Default)]
struct Remembering {
    asked: Mutex<Vec<HttpProbe>>,
    takes: Duration,
}

impl Probes for Remembering {
    fn http(&self, probe: HttpProbe) -> Result<HttpAnswer, ProbeError> {
        std::thread::sleep(self.takes);
        self.asked.lock().unwrap().push(probe);
        Ok(HttpAnswer {
            status: 200,
            headers: vec![("server".into(), "x".into()); 500],
            body: vec![b'x'; 1 << 20],
            truncated: false,
            elapsed: self.takes,
            served_by: None,
            served_by_candidate: true,
        })
    }
    fn tcp(&self, _: Endpoint) -> Result<(), ProbeError> {
        Ok(())
    }
    fn process(&self) -> ProcessState {
        ProcessState { running: true, ..ProcessState::default() }
    }
    fn recent_logs(&self, lines: u32) -> Vec<String> {
        vec!["y".repeat(10_000); lines as usize + 5]
    }
}

fn verifier(wat: &str, limits: Limits) -> Plugin {
    let verdict = json!({ "outcome": "passed", "expected": "a", "observed": "b" });
    Guest::of("verifier-plugin")
        .does("verifier#evaluate", wat, verdict)
        .item("(data (i32.const 64) \"GETPUT/health/a b\")")
        .load_with(limits)
        .unwrap()
}

fn evaluate(plugin: &Plugin, probes: Arc<dyn Probes>) -> sandbox::Call<model::Verdict> {
    let check = Check {
        name: "health".into(),
        plugin: String::new(),
        stage: Stage::Route,
        required: true,
        description: String::new(),
        facts: std::collections::BTreeMap::new(),
    };
    let context = Context {
        stage: Stage::Route,
        elapsed: Duration::ZERO,
        attempt: 1,
        failures: 0,
        start_period: Duration::ZERO,
        retries: 0,
    };
    plugin.evaluate(&check, &context, probes)
}

/// `http(endpoint, method, path, timeout)`: the method and path are pieces of the text at 64.
fn http(method: (u32, u32), path: (u32, u32), timeout: i32) -> String {
    format!(
        "(call $http (i32.const 1) (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {timeout}) (i32.const {AT}))",
        method.0, method.1, path.0, path.1
    )
}

const GET: (u32, u32) = (64, 3);
const PUT: (u32, u32) = (67, 3);
const HEALTH: (u32, u32) = (70, 7);
const SPACED: (u32, u32) = (77, 4);

#[test]
fn a_probe_is_bounded_before_it_is_performed() {
    let asked = |wat: &str| {
        let probes = Arc::new(Remembering::default());
        let call = evaluate(&verifier(wat, Limits::default()), Arc::clone(&probes) as Arc<dyn Probes>);
        assert!(call.result.is_ok(), "{:?}", call.result);
        std::mem::take(&mut *probes.asked.lock().unwrap())
    };
    let seen = asked(&(http(GET, HEALTH, -1) + &expect(AT, 0)));
    assert_eq!((seen[0].endpoint, seen[0].method, seen[0].path.as_str()), (Endpoint::Route, Method::Get, "/health"));
    assert!(seen[0].timeout <= Duration::from_secs(30));
    assert_eq!(asked(&(http(PUT, HEALTH, 100) + &expect(AT, 1))), []);
    assert_eq!(asked(&(http(GET, SPACED, 100) + &expect(AT, 1))), []);
    assert_eq!(asked(&(http(GET, GET, 100) + &expect(AT, 1))), []);
}

#[test]
fn what_a_probe_brings_back_is_cut() {
    // http-response inside a result: the body's length at 20, `truncated` at 24.
    let body = format!("(if (i32.ne (i32.load (i32.const {})) (i32.const 65536)) (then unreachable))", AT + 20);
    let wat = http(GET, HEALTH, 100) + &expect(AT, 0) + &body + &expect(AT + 24, 1);
    evaluate(&verifier(&wat, Limits::default()), Arc::new(Remembering::default())).result.unwrap();
    let logs = format!(
        "(call $recent-logs (i32.const 3) (i32.const {AT})) (if (i32.ne (i32.load (i32.const {})) (i32.const 3)) (then unreachable))",
        AT + 4
    );
    evaluate(&verifier(&logs, Limits::default()), Arc::new(Remembering::default())).result.unwrap();
}

#[test]
fn the_time_of_a_probe_is_the_hosts_and_has_a_bound_of_its_own() {
    let probes = || Arc::new(Remembering { takes: Duration::from_millis(600), ..Remembering::default() });
    let limits = Limits {
        time: Duration::from_millis(500),
        wall: Duration::from_secs(1),
        probe_time: Duration::from_secs(1),
        ..Limits::default()
    };
    // Two fit; the third is answered with a timeout and never performed.
    let wat = http(GET, HEALTH, 1000) + &expect(AT, 0) + &http(GET, HEALTH, 1000) + &expect(AT, 0);
    let wat = wat + &http(GET, HEALTH, 1000) + &expect(AT, 1);
    let seen = probes();
    let call = evaluate(&verifier(&wat, limits), Arc::clone(&seen) as Arc<dyn Probes>);
    assert!(call.result.is_ok(), "{:?}", call.result);
    let asked = seen.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].timeout <= Duration::from_millis(400), "{:?}", asked[1].timeout);
}

#[test]
fn a_flood_of_probes_ends_at_the_limit() {
    let plugin = verifier(&format!("(loop $again {} (br $again))", http(GET, HEALTH, 1)), Limits::default());
    match evaluate(&plugin, Arc::new(Nothing)).result {
        Err(CallError::Fault(fault)) => {
            assert_eq!(fault.code, Code::PluginTrapped);
            assert!(
                fault.message.contains("33 probes in one evaluation, 32 are allowed (limit probes)"),
                "{}",
                fault.message
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_a_call_that_has_a_source_or_probes_gets_answers() {
    let not_found = expect(AT, 1) + &expect(AT + 4, 0);
    let read = format!("(call $read (i32.const 64) (i32.const 1) (i32.const 9) (i32.const {AT})) {not_found}");
    // A description that depended on a source could not be read once and kept.
    let valid = sandbox::inspect(&detector("").build()).unwrap();
    let description = json!({
        "name": valid.name, "version": valid.version, "roles": ["detector"], "app-types": ["node"], "always": true,
    });
    let guest = detector("").does("about#describe", &read, description).item("(data (i32.const 64) \"a\")");
    sandbox::inspect(&guest.build()).unwrap();
    // `checks` sees no deployment: probe-error-kind no-endpoint.
    let asks = http(GET, HEALTH, 100) + &expect(AT, 1) + &expect(AT + 4, 4);
    let guest = Guest::of("verifier-plugin").does("verifier#checks", &asks, json!([]));
    let plugin = guest.item("(data (i32.const 64) \"GETPUT/health/a b\")").load();
    let plan = serde_json::from_value(json!({
        "plugin": "", "appType": "node", "framework": null, "builder": "commands", "appRoot": ".", "tools": [],
        "steps": [], "buildEnv": {}, "runEnv": {}, "requiredSecrets": [], "processes": [], "release": null,
        "port": null, "health": null, "publish": null, "volumes": [], "decisions": [], "warnings": [],
        "assumptions": [],
    }))
    .unwrap();
    assert_eq!(plugin.checks(&plan).result.unwrap(), []);
}
