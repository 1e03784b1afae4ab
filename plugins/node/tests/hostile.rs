//! A source is anybody's: no file, however cut short or filled with rubbish, may make the plugin panic, run without end
//! or answer twice differently.

#![allow(clippy::expect_used)] // A case that cannot be read is a broken test.

use node::Node;
use shipway_sdk::testing::{Memory, profile_from, target_from};
use shipway_sdk::{Detector, Planner, Request, claim};
use std::path::{Path, PathBuf};

type Tree = Vec<(String, String)>;

fn trees() -> Vec<Tree> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let dirs = std::fs::read_dir(cases).expect("cases").map(|e| e.expect("entry").path());
    dirs.map(|dir| {
        let mut files = Vec::new();
        collect(&dir, &dir, &mut files);
        files
    })
    .collect()
}

fn collect(root: &Path, dir: &PathBuf, out: &mut Tree) {
    for entry in std::fs::read_dir(dir).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("file")).into_owned();
            if name != "expect.json" {
                out.push((name, text));
            }
        }
    }
}

/// The rules by which the host refuses an answer: an answer that breaks one counts against the plugin, so no source may
/// bring it about.
mod contract {
    use serde_json::Value;
    use shipway_sdk::testing::{claim_json, plan_json};
    use shipway_sdk::{Claim, Plan};

    const PROSE: usize = 4 << 10;
    const SCRIPT: usize = 32 << 10;

    pub(crate) fn of_claim(claim: &Claim) {
        let shown = claim_json(claim);
        for key in ["framework", "packageManager"] {
            if let Some(label) = shown[key].as_str() {
                assert!(is_label(label), "{key}: {label:?}");
            }
        }
        for key in ["build", "install", "start"] {
            assert!(shown[key].as_str().unwrap_or_default().len() <= PROSE, "{key} is too long");
        }
        assert!(!claim.evidence.is_empty() && claim.evidence.len() <= 256);
        acted_on(&shown["publish"]);
        let facts = shown["facts"].as_object().expect("facts");
        assert!(
            facts.values().all(|v| v.as_str().is_some_and(|t| t.len() <= SCRIPT && !t.chars().any(char::is_control)))
        );
        lists(&shown);
    }

    pub(crate) fn of_plan(plan: &Plan) {
        let shown = plan_json(plan);
        for key in
            ["buildEnv", "runEnv", "requiredSecrets", "processes", "release", "health", "publish", "volumes", "appRoot"]
        {
            acted_on(&shown[key]);
        }
        for step in shown["steps"].as_array().expect("steps") {
            assert!(is_label(step["name"].as_str().expect("name")));
            for key in ["run", "cwd", "env", "inputs", "outputs", "caches"] {
                acted_on(&step[key]);
            }
            assert!(step["why"].as_str().is_some_and(|why| why.len() <= PROSE));
        }
        for decision in shown["decisions"].as_array().expect("decisions") {
            assert!(decision["value"].as_str().is_some_and(|value| value.len() <= PROSE), "{decision}");
        }
        for said in ["warnings", "assumptions"].iter().flat_map(|key| shown[*key].as_array().expect("list")) {
            assert!(said.as_str().is_some_and(|text| text.len() <= PROSE), "{said}");
        }
        lists(&shown);
    }

    fn is_label(text: &str) -> bool {
        !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+/#@:".contains(&b))
    }

    fn acted_on(value: &Value) {
        match value {
            Value::String(text) => {
                let deceives = |c: char| {
                    c.is_control() && c != '\n' && c != '\t'
                        || ('\u{2028}'..='\u{202e}').contains(&c)
                        || c == '\u{feff}'
                };
                assert!(text.len() <= SCRIPT && !text.chars().any(deceives), "{text:?}");
            }
            Value::Array(items) => items.iter().for_each(acted_on),
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                acted_on(&Value::String(key.clone()));
                acted_on(value);
            }),
            _ => {}
        }
    }

    fn lists(value: &Value) {
        match value {
            Value::Array(items) => {
                assert!(items.len() <= 256, "a list of {}", items.len());
                items.iter().for_each(lists);
            }
            Value::Object(map) => map.values().for_each(lists),
            _ => {}
        }
    }
}

/// Both roles, twice.
fn asked(tree: &Tree) {
    let files: Vec<(&str, &str)> = tree.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let source = Memory::of(&files);
    let first = Node::detect(&source.app());
    assert_eq!(first, Node::detect(&source.app()), "two answers for {tree:?}");
    let detected = first.unwrap_or_default().into_iter().next();
    detected.iter().for_each(contract::of_claim);
    let request = Request {
        claim: detected.unwrap_or_else(|| claim("node", shipway_sdk::Confidence::Likely)),
        contributions: vec![],
        profile: profile_from(&serde_json::Value::Null),
        target: target_from(&serde_json::Value::Null),
    };
    if let Ok(plan) = Node::plan(&source.app_to_plan(), &request) {
        contract::of_plan(&plan);
    }
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

const RUBBISH: [&str; 22] = [
    "",
    "\0",
    "{",
    "}",
    "[",
    "\"",
    "'",
    "`",
    "\\",
    "/*",
    "//",
    "${",
    "$(",
    "&&",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\r\n",
    ":",
    "=",
    "node node node",
    "99999999999999999999",
];

#[test]
fn a_file_that_ends_anywhere_is_survived() {
    for tree in trees() {
        for at in 0..tree.len() {
            let text = tree[at].1.clone();
            let step = (text.len() / 14).max(1);
            for end in (0..text.len()).step_by(step).filter(|end| text.is_char_boundary(*end)) {
                let mut cut = tree.clone();
                cut[at].1.truncate(end);
                asked(&cut);
            }
        }
    }
}

#[test]
fn rubbish_anywhere_is_survived() {
    let mut dice = Dice(7);
    for tree in trees() {
        for _ in 0..30 {
            let mut bad = tree.clone();
            for _ in 0..=dice.roll(3) {
                let at = dice.roll(bad.len());
                let text = &mut bad[at].1;
                let place = (0..=dice.roll(text.len() + 1)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
                text.insert_str(place, RUBBISH[dice.roll(RUBBISH.len())]);
            }
            asked(&bad);
        }
    }
}

#[test]
fn values_of_every_type_in_every_field_are_survived() {
    let values =
        ["null", "0", "-1e9", "true", "\"\"", "\"x\"", "[]", "[[]]", "{}", "{\"a\":{\"a\":1}}", "\"./../..//x\""];
    let keys = [
        "name",
        "main",
        "scripts",
        "dependencies",
        "devDependencies",
        "engines",
        "devEngines",
        "packageManager",
        "workspaces",
        "volta",
        "private",
        "type",
        "exports",
        "files",
    ];
    for key in keys {
        for value in values {
            let text = format!(
                "{{\"scripts\":{{\"start\":\"node .\"}},\"dependencies\":{{\"next\":\"1\"}},\"{key}\":{value}}}"
            );
            asked(&vec![("package.json".to_owned(), text), ("index.js".to_owned(), "listen(".to_owned())]);
        }
    }
    for script in RUBBISH {
        for wrapped in ["start", "build", "prestart", "start:prod"] {
            let script = serde_json::Value::String(format!("npm run start && {script} npm run {wrapped}"));
            let text = format!("{{\"scripts\":{{\"start\":\"npm run {wrapped}\",\"{wrapped}\":{script}}}}}");
            asked(&vec![("package.json".to_owned(), text)]);
        }
    }
}

#[test]
fn a_manifest_that_is_deep_or_huge_is_refused_in_time() {
    let began = std::time::Instant::now();
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let wide =
        format!("{{\"scripts\":{{{}\"start\":\"node x\"}}}}", "\"a\":\"npm run a && npm run start\",".repeat(20_000));
    let circle: String =
        (0..40).map(|n| format!("\"s{n}\":\"npm run s{} && npm run s{}\",", (n + 1) % 40, (n + 2) % 40)).collect();
    let circle = format!("{{\"scripts\":{{{circle}\"start\":\"npm run s0\",\"build\":\"npm run s1\"}}}}");
    let itself = vec!["npm run a"; 300].join(" && ");
    let itself = format!("{{\"scripts\":{{\"a\":\"{itself}\",\"start\":\"npm run a\",\"build\":\"npm run a\"}}}}");
    for text in [deep, wide, circle, itself, " ".repeat(2 * 1024 * 1024)] {
        asked(&vec![("package.json".to_owned(), text)]);
    }
    let script = format!("{{\"scripts\":{{\"start\":\"{}\"}}}}", "a && ".repeat(50_000));
    let words = format!("{{\"scripts\":{{\"start\":\"node x.js{}\"}}}}", " --flag".repeat(6_000));
    let value = format!(
        "{{\"scripts\":{{\"start\":\"A={} node x\\u202e.js\"}},\"main\":\"{}\"}}",
        "v".repeat(40_000),
        "m".repeat(9_000)
    );
    let range =
        format!("{{\"engines\":{{\"node\":\"{}\"}},\"scripts\":{{\"start\":\"node x.js\"}}}}", "9 || ".repeat(9_000));
    for text in [words, value, range] {
        asked(&vec![("package.json".to_owned(), text), ("x.js".to_owned(), String::new())]);
    }
    asked(&vec![("package.json".to_owned(), script)]);
    let code = "const port = ".repeat(100_000);
    asked(&vec![
        ("package.json".to_owned(), "{\"scripts\":{\"start\":\"node x.js\"}}".to_owned()),
        ("x.js".to_owned(), code),
    ]);
    assert!(began.elapsed().as_secs() < 20, "took {:?}", began.elapsed());
}
