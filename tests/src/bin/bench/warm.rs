//! What a host can do: detections with the plugins loaded, in this very process, one after the other.

use crate::Effort;
use crate::apps::Tree;
use crate::samples::Samples;
use crate::table::{Reference, Row, Section, Unit};
use conductor::preview::Preview;
use model::view::DetectOutcome;
use model::{SourceKind, SourceSpec};
use sandbox::{BuiltIn, Catalogue, Limits, Sandbox};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tests::View;

/// Of one batch, of which the rate is taken.
const BATCH: Duration = Duration::from_millis(200);
const BATCHES: usize = 15;

const PER_CALL: Reference = Reference {
    figure: "34,000 calls/s of a 65 KB guest",
    source: "design/building-here.md: a Rust guest in a bare host",
};

/// Where the finished plugins are.
pub(crate) fn directory() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins");
    std::env::var_os("SHIPWAY_PLUGINS_DIR").map_or_else(usual, PathBuf::from)
}

/// Names of the finished plugins.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(directory()).unwrap_or_else(|e| panic!("no plugins, run `cargo xtask build`: {e}"));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The plugins as the binary holds them. They live as long as the process, as there.
pub(crate) fn plugins() -> &'static [BuiltIn] {
    let bytes = |name: &str, kind: &str| -> &'static [u8] {
        let path = directory().join(format!("{name}.{kind}"));
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).leak()
    };
    let built_in = |name: String| BuiltIn {
        info: std::str::from_utf8(bytes(&name, "json")).expect("JSON is text"),
        wasm: bytes(&name, "wasm"),
        compiled: bytes(&name, "cwasm"),
    };
    names().into_iter().map(built_in).collect::<Vec<_>>().leak()
}

/// Warm detections, what of them is the listing, and the plugins alone.
pub(crate) fn section(apps: &[Tree; 3], plugins: &'static [BuiltIn], effort: Effort) -> Section {
    let preview = Preview::new(plugins).unwrap_or_else(|failure| panic!("{failure:?}"));
    let sandbox = Sandbox::new(Limits::default()).expect("an engine");
    let catalogue = Catalogue::new(&sandbox, plugins, vec![]).expect("the plugins");
    let settings = BTreeMap::new();
    let options = source::TakeOptions::default();
    let mut rows: [Vec<Row>; 3] = Default::default();
    for tree in apps {
        let locator = tree.path();
        let spec = SourceSpec { kind: SourceKind::LocalDirectory, locator, git_ref: None, base_directory: None };
        let whole = rate(effort, || {
            let report = preview.detect(&spec, &settings);
            assert!(report.outcome == DetectOutcome::Claimed, "{:?}", report.failure);
        });
        rows[0].push(Row::new(format!("detections, {}", tree.name), Unit::PerSecond, &whole));

        let open = || source::Tree::open(&tree.app.path(), &options).expect("the tree");
        let listing = rate(effort, || assert!(!open().is_empty()));
        rows[1].push(Row::new(format!("only the listing, {}", tree.name), Unit::PerSecond, &listing));

        let plugin = catalogue.get(tree.plugin).unwrap_or_else(|| panic!("there is no {}", tree.plugin));
        let opened = open();
        let calls = rate(effort, || {
            let claims = plugin.detect(View::of(&opened)).result.unwrap_or_else(|e| panic!("{e:?}"));
            assert!(!claims.is_empty(), "{} claims {}", tree.plugin, tree.name);
        });
        let what = format!("only {}, {}", tree.plugin, tree.name);
        rows[2].push(Row::new(what, Unit::PerSecond, &calls).beside(PER_CALL));
    }
    let how = format!(
        "in one process, one after the other, plugins loaded; each sample is the rate of {} ms",
        BATCH.as_millis()
    );
    Section { title: "warm detection", how, rows: rows.into_iter().flatten().collect() }
}

/// How often per second, in batches; one batch before them warms everything up.
fn rate(effort: Effort, mut once: impl FnMut()) -> Samples {
    let mut batch = || {
        let (began, mut n) = (Instant::now(), 0_u32);
        while began.elapsed() < BATCH {
            once();
            n += 1;
        }
        f64::from(n) / began.elapsed().as_secs_f64()
    };
    batch();
    Samples::of((0..effort.rounds(BATCHES)).map(|_| batch()))
}
