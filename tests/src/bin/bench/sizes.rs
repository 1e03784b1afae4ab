//! Bytes that somebody downloads.

use crate::samples::Samples;
use crate::table::{Reference, Row, Section, Unit};
use crate::warm;
use std::path::Path;

const ENGINE: Reference = Reference {
    figure: "19 MB: an engine and nothing else",
    source: "design/building-here.md: stripped, with wasmtime",
};

/// The binary, and every plugin in both of its forms.
pub(crate) fn section() -> Section {
    let mut rows = vec![row("shipway", &tests::binary()).beside(ENGINE)];
    for name in warm::names() {
        for (kind, what) in [("wasm", "component"), ("cwasm", "compiled, inside the binary")] {
            rows.push(row(&format!("{name}: {what}"), &warm::directory().join(format!("{name}.{kind}"))));
        }
    }
    Section { title: "sizes", how: "of the files".to_owned(), rows }
}

fn row(what: &str, path: &Path) -> Row {
    let bytes = std::fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).len();
    Row::new(what, Unit::Bytes, &Samples::of([bytes as f64]))
}
