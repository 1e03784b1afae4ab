//! The figures, as a table for a person and as one document for a script.

use crate::machine::Machine;
use crate::samples::{Samples, Summary};
use serde::Serialize;

/// What a row is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "ms")]
    Millis,
    #[serde(rename = "/s")]
    PerSecond,
    #[serde(rename = "bytes")]
    Bytes,
}

/// Rows that belong together.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// How it was measured.
    pub(crate) how: String,
    pub(crate) rows: Vec<Row>,
}

/// One figure, beside its floor and the figure of the design.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    what: String,
    unit: Unit,
    #[serde(flatten)]
    measured: Summary,
    floor: Option<Floor>,
    reference: Option<Reference>,
}

/// What it cannot be faster than, measured in the same run.
#[derive(Debug, Serialize)]
struct Floor {
    what: String,
    #[serde(flatten)]
    measured: Summary,
    /// Median over median.
    ratio: f64,
    /// Median less median, in the unit of the row.
    over: f64,
}

/// A figure that others have, or that we set ourselves, and who says so. Never asserted.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Reference {
    pub(crate) figure: &'static str,
    pub(crate) source: &'static str,
}

impl Row {
    /// A row without floor and reference.
    pub(crate) fn new(what: impl Into<String>, unit: Unit, samples: &Samples) -> Self {
        Self { what: what.into(), unit, measured: samples.summary(), floor: None, reference: None }
    }

    /// Beside what it cannot be faster than.
    pub(crate) fn floor(mut self, what: impl Into<String>, samples: &Samples) -> Self {
        let measured = samples.summary();
        let (ours, theirs) = (self.measured.median, measured.median);
        self.floor = Some(Floor { what: what.into(), measured, ratio: ours / theirs, over: ours - theirs });
        self
    }

    /// Beside a figure of the design.
    pub(crate) fn beside(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    fn cells(&self) -> [String; COLUMNS] {
        let Summary { n, min, median, max } = self.measured;
        let show = |value: f64| shown(value, self.unit);
        let floor = |say: &dyn Fn(&Floor) -> String| self.floor.as_ref().map_or_else(String::new, say);
        let unit = match self.unit {
            Unit::Millis => "ms",
            Unit::PerSecond => "/s",
            Unit::Bytes => "bytes",
        };
        let spread = |value: f64| if n == 1 { String::new() } else { show(value) };
        [
            self.what.clone(),
            n.to_string(),
            spread(min),
            show(median),
            spread(max),
            unit.to_owned(),
            floor(&|f| show(f.measured.median)),
            floor(&|f| format!("× {:.1}", f.ratio)),
            floor(&|f| format!("{}{}", if f.over < 0.0 { "" } else { "+" }, show(f.over))),
            self.reference.map_or_else(String::new, |r| r.figure.to_owned()),
        ]
    }
}

const COLUMNS: usize = 10;
const HEAD: [&str; COLUMNS] = ["", "N", "min", "median", "max", "", "floor", "ratio", "over it", "beside"];
/// Words stand left, numbers right.
const LEFT: [bool; COLUMNS] = [true, false, false, false, false, true, false, false, false, true];

/// The table.
pub(crate) fn text(machine: &Machine, sections: &[Section]) -> String {
    let mut text = format!("{}\n", machine.line());
    for section in sections {
        text.push_str(&format!("\n{}: {}\n", section.title, section.how));
        for line in section.lines() {
            text.push_str(&line);
        }
        for (kind, note) in section.notes() {
            text.push_str(&format!("  {kind}: {note}\n"));
        }
    }
    text
}

impl Section {
    fn lines(&self) -> Vec<String> {
        let rows: Vec<[String; COLUMNS]> = self.rows.iter().map(Row::cells).collect();
        let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        // A column in which no row says anything is not there.
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| match widest(column) {
            0 => 0,
            widest => widest.max(HEAD[column].len()),
        });
        std::iter::once(HEAD.map(str::to_owned)).chain(rows).map(|row| line(&row, &widths)).collect()
    }

    /// What the floors are, and who says what stands beside; each once.
    fn notes(&self) -> Vec<(&'static str, &str)> {
        let mut notes: Vec<(&str, &str)> = vec![];
        let floors = self.rows.iter().filter_map(|r| Some(("floor", r.floor.as_ref()?.what.as_str())));
        let sources = self.rows.iter().filter_map(|r| Some(("beside", r.reference?.source)));
        for note in floors.chain(sources) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }
}

fn line(cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut line = String::from(" ");
    for ((cell, &width), left) in cells.iter().zip(widths).zip(LEFT).filter(|((_, width), _)| **width > 0) {
        line.push_str(&if left { format!("  {cell:<width$}") } else { format!("  {cell:>width$}") });
    }
    format!("{}\n", line.trim_end())
}

/// Three digits that mean something; bytes and rates are whole.
fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes | Unit::PerSecond => grouped(value.round()),
        Unit::Millis => match value.abs() {
            size if size < 1.0 => format!("{value:.3}"),
            size if size < 10.0 => format!("{value:.2}"),
            size if size < 100.0 => format!("{value:.1}"),
            _ => format!("{value:.0}"),
        },
    }
}

/// 1234567 as `1,234,567`.
fn grouped(whole: f64) -> String {
    let digits = format!("{:.0}", whole.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if whole < 0.0 { format!("-{text}") } else { text }
}

/// The document.
pub(crate) fn json(machine: &Machine, sections: &[Section]) -> String {
    serde_json::json!({ "machine": machine, "sections": sections }).to_string()
}
