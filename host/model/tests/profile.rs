//! Promises about `shipway.toml` and `--set`: strict, located, and complete in what they say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use model::Profile;
use model::profile::{
    ConfigError, Fallback, Kind, Layered, RollbackMode, SettingOrigin, Strategy, check, effective, fallback,
    known_keys, load, schema,
};
use std::collections::BTreeMap;

/// The example of the design, with every section.
const EXAMPLE: &str = r#"name = "web"
target = "process"
[source]
base = "."
ignore = ["*.log"]
[runtime]
strategy = "commands"
install = "npm ci"
build = "npm run build"
start = "node server.js"
release = "npm run migrate"
publish = "dist"
tools = { node = "22" }
[network]
port = 3000
protocol = "http"
[health]
path = "/health"
status = 200
interval = "5s"
timeout = "5s"
retries = 10
start_period = "15s"
[access]
hosts = ["App.Example.com"]
path = "/"
[rollback]
mode = "manual"
keep = 4
watch = "0s"
[env]
LOG_LEVEL = "info"
[secrets]
DATABASE_URL = "env:DATABASE_URL"
[plugins]
deny = []
"#;

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn read(text: &str) -> Result<Layered, ConfigError> {
    load(Some(("shipway.toml", text)), &BTreeMap::new())
}

fn set(pairs: &[(&str, &str)]) -> Result<Layered, ConfigError> {
    load(None, &settings(pairs))
}

/// The error of a file: line, key, nearest.
fn wrong(text: &str) -> (Option<u32>, String, Option<String>) {
    let e = read(text).expect_err(text);
    assert_eq!(e.file.as_deref(), Some("shipway.toml"), "{e}");
    (e.line, e.key, e.nearest)
}

#[test]
fn the_example_of_the_design_is_read_whole() {
    let layered = read(EXAMPLE).unwrap();
    let profile = &layered.profile;
    assert_eq!(profile.runtime.strategy, Strategy::Commands);
    assert_eq!(profile.runtime.tools["node"], "22");
    assert_eq!(profile.network.port, Some(3000));
    assert_eq!(profile.health_interval().as_secs(), 5);
    assert_eq!(profile.rollback_watch().as_secs(), 0);
    assert_eq!(profile.rollback.mode, RollbackMode::Manual);
    assert_eq!(profile.access.hosts, ["app.example.com"], "host names are compared in lower case");
    assert_eq!(layered.origin("health.retries"), SettingOrigin::File { path: "shipway.toml".into(), line: 22 });
    assert_eq!(layered.origin("env.LOG_LEVEL"), SettingOrigin::File { path: "shipway.toml".into(), line: 32 });
    assert_eq!(layered.origin("plugins.allow"), SettingOrigin::Default);
}

#[test]
fn nothing_said_is_the_default_profile() {
    assert_eq!(set(&[]).unwrap(), Layered::default());
    assert_eq!(read("").unwrap(), Layered::default());
    assert_eq!(read("# only a comment\n[health]\n").unwrap().profile, Profile::default());
    let profile = Profile::default();
    assert_eq!((profile.health_interval().as_secs(), profile.health_timeout().as_secs()), (1, 5));
    assert_eq!((profile.health_retries(), profile.health_start_period().as_secs()), (3, 30));
    assert_eq!((profile.rollback_watch().as_secs(), profile.rollback_keep()), (10, 5));
    assert_eq!((profile.target(), profile.base(), profile.access_path()), ("process", ".", "/"));
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
    for (text, line, key, nearest) in [
        ("\n[health]\npth = \"/\"\n", 3, "health.pth", "health.path"),
        ("[helth]\npath = \"/\"\n", 1, "helth", "health"),
        ("port = 3000\n", 1, "port", "network.port"),
        ("[network]\nports = 1\n", 2, "network.ports", "network.port"),
        ("\n\nhealth.start-period = \"1s\"", 3, "health.start-period", "health.start_period"),
        ("[runtime]\ncommand = 1\nstrt = 1", 2, "runtime.command", ""),
        ("environment = { A = \"1\" }", 1, "environment", "env"),
        ("domains = []\n[access]\n", 1, "domains", ""),
        ("\"health.path\" = \"/\"\n", 1, "\"health.path\"", "health.path"),
        ("[health.path]\nx = 1", 1, "health.path", "-"),
    ] {
        let (at, found, near) = wrong(text);
        assert_eq!((at, found.as_str()), (Some(line), key), "{text:?}");
        match nearest {
            "" => assert!(near.is_some(), "{text:?}"),
            "-" => assert_eq!(near, None),
            _ => assert_eq!(near.as_deref(), Some(nearest), "{text:?}"),
        }
    }
    let shown = read("[health]\npth = 1").unwrap_err().to_string();
    assert!(shown.starts_with("shipway.toml:2: health.pth: ") && shown.contains("`health.path`"), "{shown}");
}

#[test]
fn a_wrong_type_names_the_line_what_was_expected_and_what_was_found() {
    for (text, line, key, parts) in [
        ("[network]\nport = \"3000\"", 2, "network.port", ["whole number", "\"3000\"", "without quotes"]),
        ("name = 7", 1, "name", ["text", "number 7", "in quotes"]),
        ("[health]\n\ninterval = 5", 3, "health.interval", ["duration", "number 5", "5s"]),
        ("[health]\ninterval = \"5\"", 2, "health.interval", ["duration", "\"5\"", "`5s`"]),
        ("[access]\nhosts = \"a.b\"", 2, "access.hosts", ["list", "\"a.b\"", "[\"a.b\"]"]),
        ("[access]\nhosts = [1]", 2, "access.hosts", ["list", "number 1", ""]),
        ("[runtime]\nstrategy = \"statik\"", 2, "runtime.strategy", ["one of", "\"statik\"", "`static`"]),
        ("target = \"kubernetes\"", 1, "target", ["\"process\", \"docker\"", "\"kubernetes\"", ""]),
        ("env = \"A=1\"", 1, "env", ["table", "\"A=1\"", ""]),
        ("[env]\nA = 1", 2, "env.A", ["text", "a number", "quotes"]),
        ("[runtime]\ntools = { node = 22 }", 2, "runtime.tools.node", ["text", "a number", "quotes"]),
        ("health = \"/health\"", 1, "health", ["section", "[health]", ""]),
        ("[network]\nport = 0", 2, "network.port", ["from 1 to 65535", "0", ""]),
        ("[network]\nport = 65536", 2, "network.port", ["from 1 to 65535", "65536", ""]),
        ("[network]\nport = 99999999999999999999", 2, "network.port", ["whole number", "", ""]),
        ("[network]\nport = 3e3", 2, "network.port", ["whole number", "", ""]),
        ("[health]\nstatus = 700", 2, "health.status", ["from 100 to 599", "700", ""]),
    ] {
        let e = read(text).expect_err(text);
        let shown = e.to_string();
        assert_eq!((e.line, e.key.as_str()), (Some(line), key), "{shown}");
        assert!(parts.iter().all(|part| shown.contains(part)), "{shown}");
    }
}

#[test]
fn what_is_not_toml_or_says_a_thing_twice_is_refused_with_its_line() {
    assert_eq!(wrong("name = \"a\"\n[health\n").0, Some(2));
    assert_eq!(wrong("name = \"a\"\n\nname = \"b\"\n").0, Some(3));
    assert_eq!(wrong("[env]\nA = \"1\"\n[health]\n[env]\nB = \"1\"").0, Some(4));
    assert_eq!(wrong("[health]\npath = \"/\"\n[access]\nhosts = [").0, Some(4));
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read(&format!("name = {}", "[".repeat(100_000))).is_err());
    assert!(read(&"a.".repeat(60_000)).is_err());
    assert!(read("name = \"\u{0}\"").is_err());
    assert!(read("[runtime]\nstart = \"a\\u0000b\"").is_err());
    let large = format!("# {}\n", "x".repeat(256 * 1024));
    let e = read(&large).unwrap_err();
    assert!(e.to_string().contains("262144"), "{e}");
    assert!(read(&format!("[runtime]\nstart = \"{}\"", "x".repeat(40_000))).is_err());
}

#[test]
fn line_ends_of_windows_do_not_move_the_line() {
    assert_eq!(wrong("name = \"a\"\r\n[health]\r\npth = 1\r\n").0, Some(3));
}

#[test]
fn a_setting_is_read_by_the_type_of_its_key() {
    let layered = set(&[
        ("network.port", "3000"),
        ("source.ignore", "a, b,,*.log"),
        ("access.hosts", r#"["X.example", "y.example"]"#),
        ("env.GREETING", "hello = world"),
        ("env", r#"{ OTHER = "1" }"#),
        ("runtime.tools.node", "22"),
        ("runtime.start", "node server.js --name \"x\""),
        ("runtime.build", "\"npm run build\""),
        ("health.interval", "250ms"),
        ("runtime.strategy", "static"),
        ("runtime.publish", "dist"),
        ("secrets.KEY", "file:/run/secrets/key"),
        ("plugins.allow", ""),
    ])
    .unwrap();
    let profile = &layered.profile;
    assert_eq!(profile.network.port, Some(3000));
    assert_eq!(profile.source.ignore, ["a", "b", "*.log"]);
    assert_eq!(profile.access.hosts, ["x.example", "y.example"]);
    assert_eq!(profile.env, settings(&[("GREETING", "hello = world"), ("OTHER", "1")]));
    assert_eq!(profile.runtime.start.as_deref(), Some("node server.js --name \"x\""));
    assert_eq!(profile.runtime.build.as_deref(), Some("npm run build"));
    assert_eq!(profile.health_interval().as_millis(), 250);
    assert_eq!(profile.plugins.allow.as_deref(), Some(&[][..]));
    assert!(layered.origins.values().all(|origin| *origin == SettingOrigin::Setting));
    assert_eq!(layered.origins.len(), 13);
}

#[test]
fn a_wrong_setting_is_refused_as_strictly_as_a_wrong_file() {
    for (key, value, part) in [
        ("port", "3000", "`network.port`"),
        ("network.port", "x", "whole number"),
        ("network.port", "", "whole number"),
        ("network.port", "0", "from 1"),
        ("health.interval", "5", "`5s`"),
        ("health", "x", "health.path"),
        ("env.", "x", "env"),
        ("env.A.B", "x", "variable"),
        ("env", "A=1", "env.NAME=value"),
        ("access.hosts", "[\"a\"", "list"),
        ("runtime.strategy", "statics", "`static`"),
        ("", "x", "unknown key"),
        ("runtime.tools", "node", "--set"),
    ] {
        let e = set(&[(key, value)]).expect_err(key);
        assert_eq!((&e.file, e.line), (&None, None));
        let shown = e.to_string();
        assert!(shown.starts_with("--set: ") && shown.contains(part), "{key}={value}: {shown}");
    }
}

#[test]
fn a_setting_beats_the_file_and_leaves_the_rest_of_it() {
    let layered = load(Some(("x/shipway.toml", EXAMPLE)), &settings(&[("network.port", "4000"), ("env.EXTRA", "1")]));
    let layered = layered.unwrap();
    assert_eq!(layered.profile.network.port, Some(4000));
    assert_eq!(layered.profile.env.len(), 2);
    assert_eq!(layered.origin("network.port"), SettingOrigin::Setting);
    assert_eq!(layered.origin("name"), SettingOrigin::File { path: "x/shipway.toml".into(), line: 1 });
}

#[test]
fn a_value_must_also_make_sense() {
    for (text, line, key) in [
        ("name = \"My App\"", 1, "name"),
        ("name = \"a.b\"", 1, "name"),
        ("[source]\nbase = \"../other\"", 2, "source.base"),
        ("[source]\nbase = \"/abs\"", 2, "source.base"),
        ("[source]\nbase = \"\"", 2, "source.base"),
        ("[source]\nbase = \"a\\\\b\"", 2, "source.base"),
        ("[source]\nignore = [\" \"]", 2, "source.ignore"),
        ("[runtime]\nstart = \" \"", 2, "runtime.start"),
        ("[runtime]\npublish = \"../x\"", 2, "runtime.publish"),
        ("[runtime]\ntype = \"no de\"", 2, "runtime.type"),
        ("[runtime.tools]\nnode = \"\"", 2, "runtime.tools.node"),
        ("[health]\npath = \"health\"", 2, "health.path"),
        ("[health]\npath = \"http://x/health\"", 2, "health.path"),
        ("[health]\npath = \"/a b\"", 2, "health.path"),
        ("[health]\ninterval = \"1ms\"", 2, "health.interval"),
        ("[health]\ntimeout = \"10m\"", 2, "health.timeout"),
        ("[health]\nstart_period = \"2h\"", 2, "health.start_period"),
        ("[health]\ntext = \"\"", 2, "health.text"),
        ("[rollback]\nwatch = \"2h\"", 2, "rollback.watch"),
        ("[rollback]\nkeep = 0", 2, "rollback.keep"),
        ("[access]\nhosts = [\"a b\"]", 2, "access.hosts"),
        ("[access]\nhosts = [\"https://a.example\"]", 2, "access.hosts"),
        ("[access]\nhosts = [\"a.example:80\"]", 2, "access.hosts"),
        ("[access]\nhosts = [\"*.example\"]", 2, "access.hosts"),
        ("[access]\nhosts = [\"a..b\"]", 2, "access.hosts"),
        ("[access]\nhosts = [\"A.b\",\"a.B\"]", 2, "access.hosts"),
        ("[access]\npath = \"app\"", 2, "access.path"),
        ("[access]\npath = \"/a?b\"", 2, "access.path"),
        ("[env]\n\"A B\" = \"1\"", 2, "env.\"A B\""),
        ("[env]\n1A = \"1\"", 2, "env.1A"),
        ("[env]\nPORT = \"1\"", 2, "env.PORT"),
        ("[env]\nA = \"1\"\n[secrets]\nA = \"env:A\"", 2, "env.A"),
        ("[secrets]\nA = \"hunter2\"", 2, "secrets.A"),
        ("[secrets]\nA = \"store:a\"", 2, "secrets.A"),
        ("[secrets]\nA = \"file:relative\"", 2, "secrets.A"),
        ("[secrets]\nA = \"env:\"", 2, "secrets.A"),
        ("[plugins]\nallow = [\"x\"]\ndeny = [\"x\"]", 3, "plugins.deny"),
    ] {
        let e = read(text).expect_err(text);
        assert_eq!((e.line, e.key.as_str()), (Some(line), key), "{e}");
        assert!(!e.to_string().contains("hunter2"), "an error shows what may be a secret");
    }
    let name = read("name = \"My App\"").unwrap_err();
    assert_eq!(name.nearest.as_deref(), Some("my-app"));
}

#[test]
fn what_only_looks_unusual_is_accepted() {
    for text in [
        "[runtime]\nstrategy = \"static\"\npublish = \"dist\"",
        "[runtime]\nstrategy = \"static\"",
        "[runtime]\nstrategy = \"commands\"",
        "[runtime]\ninstall = \"\"\nbuild = \"\"",
        "[runtime]\nstart = \"\"\"\nset -e\nexec app\n\"\"\"",
        "[health]\nretries = 0\nstart_period = \"0s\"",
        "[access]\nhosts = [\"xn--bcher-kva.example.\", \"localhost\"]",
        "[env]\n_A1 = \"\"",
        "[source]\nbase = \"./apps/web/\"",
    ] {
        read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[test]
fn a_check_tells_everything_at_once_in_the_order_of_the_file() {
    let text = "port = 1\n[network]\nport = \"x\"\n[helth]\n[env]\nA = 1\n";
    let errors = check(Some(("s.toml", text)), &settings(&[("a", "b")])).unwrap_err();
    let places: Vec<String> = errors.iter().map(ConfigError::place).collect();
    assert_eq!(places, ["s.toml:1", "s.toml:3", "s.toml:4", "s.toml:6", "--set"]);
    let many: String = (0..500).map(|n| format!("k{n} = 1\n")).collect();
    assert!(check(Some(("s.toml", &many)), &BTreeMap::new()).unwrap_err().len() <= 50);
}

#[test]
fn known_keys_are_exactly_the_keys_that_the_struct_has() {
    let whole = read(EXAMPLE).unwrap().profile;
    let value = serde_json::to_value(whole).unwrap();
    let mut have = Vec::new();
    for (section, below) in value.as_object().unwrap() {
        match below.as_object().filter(|_| section != "env" && section != "secrets") {
            Some(below) => have.extend(below.keys().map(|k| format!("{section}.{k}"))),
            None => have.push(section.clone()),
        }
    }
    let mut known: Vec<String> = known_keys().iter().map(|k| k.key.clone()).collect();
    known.sort();
    have.sort();
    assert_eq!(known, have);
    assert!(known_keys().iter().all(|k| !k.about.is_empty()), "a key without a description");
    let kind = |key: &str| known_keys().iter().find(|k| k.key == key).unwrap().kind.clone();
    assert_eq!(kind("network.port"), Kind::Integer(1, 65535));
    assert_eq!(kind("health.interval"), Kind::Duration);
    assert_eq!(kind("source.ignore"), Kind::List);
    assert_eq!(kind("plugins.allow"), Kind::List);
    assert_eq!(kind("runtime.tools"), Kind::Free);
    assert_eq!(kind("rollback.mode"), Kind::Choice(vec!["auto".into(), "manual".into()]));
}

#[test]
fn every_key_has_something_that_holds_when_nobody_set_it() {
    for known in known_keys() {
        match (&known.kind, fallback(&known.key)) {
            (Kind::Free, found) => assert_eq!(found, None),
            (_, None) => panic!("{} has no fallback", known.key),
            // A default must be something that one could also write.
            (_, Some(Fallback::Value(value))) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let layered = set(&[(&known.key, &text)]).unwrap();
                let line = effective(&layered).into_iter().find(|line| line.key == known.key).unwrap();
                assert_eq!((line.value, line.origin), (value, SettingOrigin::Setting));
            }
            (_, Some(Fallback::Decided(by))) => assert!(!by.is_empty()),
        }
    }
    // What the profile answers is what is shown: the two are written in one place, and this holds them together.
    let shown = effective(&Layered::default());
    let value = |key: &str| shown.iter().find(|line| line.key == key).unwrap().value.clone();
    let profile = Profile::default();
    assert_eq!(value("health.retries"), profile.health_retries());
    assert_eq!(value("rollback.keep"), profile.rollback_keep());
    assert_eq!(value("access.path"), profile.access_path());
    assert_eq!(value("health.timeout"), "5s");
    assert_eq!(value("runtime.strategy"), serde_json::to_value(profile.runtime.strategy).unwrap());
    assert_eq!(value("rollback.mode"), serde_json::to_value(profile.rollback.mode).unwrap());
}

#[test]
fn what_holds_is_shown_with_where_it_came_from_and_without_secrets() {
    let text = "[env]\nLOG = \"info\"\nAPI_TOKEN = \"hunter2\"\n[health]\npath = \"/up\"\n[secrets]\nKEY = \"env:KEY\"";
    let lines = effective(&load(Some(("s.toml", text)), &settings(&[("network.port", "80")])).unwrap());
    let line = |key: &str| lines.iter().find(|line| line.key == key).unwrap();
    assert_eq!(
        (line("health.path").value.as_str(), line("health.path").origin.to_string()),
        (Some("/up"), "s.toml:5".into())
    );
    assert_eq!(
        (line("network.port").value.as_u64(), line("network.port").origin.to_string()),
        (Some(80), "--set".into())
    );
    assert_eq!(line("health.interval").origin.to_string(), "default");
    assert!(line("runtime.start").value.is_null() && line("runtime.start").note.is_some());
    assert_eq!(line("env.LOG").value, "info");
    assert_eq!(line("secrets.KEY").value, "env:KEY");
    assert!(!serde_json::to_string(&lines).unwrap().contains("hunter2"));
}

#[test]
fn the_schema_is_published_whole() {
    let schema = schema();
    assert!(schema["$id"].is_string() && schema["$schema"].is_string());
    assert_eq!(schema["title"], "shipway.toml");
    assert_eq!(schema["additionalProperties"], false);
    let text = schema.to_string();
    assert!(!text.contains("\"null\""), "TOML has no null");
    let health = schema["properties"]["health"]["$ref"].as_str().unwrap().trim_start_matches('#');
    let health = schema.pointer(health).unwrap();
    assert_eq!(health["additionalProperties"], false);
    assert_eq!(health["properties"]["interval"]["default"], "1s");
    assert_eq!(health["properties"]["status"]["maximum"], 599);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]
    /// Whatever a file or a command line holds: an answer, never a panic, and a line that exists.
    #[test]
    fn no_text_brings_the_reader_down(text in "([\\[\\]{}\"'=.,#\n\r a-z0-9_é-]|health|path|env|= \"x\"\n){0,60}", key in "[a-z.\" é]{0,12}", value in ".{0,20}") {
        let lines = text.split('\n').count() as u32;
        if let Err(errors) = check(Some(("s.toml", &text)), &settings(&[(&key, &value)])) {
            for error in errors {
                proptest::prop_assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error} in {text:?}");
                proptest::prop_assert!(!error.message.is_empty());
            }
        }
    }
}
