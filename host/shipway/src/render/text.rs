//! Words, figures and columns: what every page is made of.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use model::Evidence;
use std::fmt::{Display, Write as _};
use std::time::Duration;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default();

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
/// Headings and names.
pub(crate) fn bold(text: impl Display) -> String {
    paint(BOLD, text)
}
/// What explains something else.
pub(crate) fn faint(text: impl Display) -> String {
    paint(FAINT, text)
}
/// What went well.
pub(crate) fn good(text: impl Display) -> String {
    paint(GOOD, text)
}
/// What failed.
pub(crate) fn bad(text: impl Display) -> String {
    paint(BAD, text)
}
/// What wants attention.
pub(crate) fn warn(text: impl Display) -> String {
    paint(WARN, text)
}

/// Text of an app or a plugin, without anything that a terminal would obey. The host has done this already; a
/// terminal is not the place to rely on it.
pub(crate) fn clean(text: &str) -> String {
    let obeyed =
        |c: char| c.is_control() && c != '\t' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// "0.4 s", "12 s", "3 m 05 s".
pub(crate) fn took(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{}.{:02} s", millis / 1000, millis % 1000 / 10),
        1_000..10_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        10_000..60_000 => format!("{} s", millis / 1000),
        _ => format!("{} m {:02} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

/// Between two moments; a clock that jumped back gives nothing.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// "3 m ago".
pub(crate) fn ago(at: Timestamp) -> String {
    let seconds = between(at, Timestamp::now()).as_secs();
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} m ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// "1.4 MB".
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = u128::from(count) * 10 / 1000;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    if tenths < 100 {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", tenths / 10, UNITS[unit])
    }
}

/// "1 file", "3 files".
pub(crate) fn count(n: u64, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

/// "package.json:7".
pub(crate) fn place(evidence: &Evidence) -> String {
    match evidence.line {
        Some(line) => format!("{}:{line}", clean(&evidence.path)),
        None => clean(&evidence.path),
    }
}

/// "package.json:7  \"express\" in dependencies".
pub(crate) fn evidence(evidence: &Evidence) -> String {
    format!("{}  {}", place(evidence), faint(clean(&evidence.note)))
}

/// Width of what is seen: colours have none.
fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().count()
}

/// A label and what belongs to it, in two columns. An empty label goes on with the one above.
pub(crate) fn pairs<L: AsRef<str>, T: AsRef<str>>(rows: &[(L, T)]) -> String {
    let column = rows.iter().map(|(label, _)| label.as_ref().chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (label, text) in rows {
        let _writing_to_a_string =
            writeln!(out, "  {}  {}", faint(format_args!("{:column$}", label.as_ref())), text.as_ref());
    }
    out
}

/// Prose in lines of at most so many characters; a longer word stays whole.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Columns as wide as they need to be.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            if let Some(known) = widths.get_mut(at) {
                *known = width(cell).max(*known);
            }
        }
    }
    let mut out = String::new();
    let mut line = |cells: &[String]| {
        let last = cells.len().saturating_sub(1);
        for (at, cell) in cells.iter().enumerate() {
            out.push_str(cell);
            if at < last {
                let fill = widths.get(at).copied().unwrap_or(0).saturating_sub(width(cell)) + 2;
                out.push_str(&" ".repeat(fill));
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    };
    line(&heads.iter().map(faint).collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_true() {
        let ms = Duration::from_millis;
        assert_eq!([took(ms(30)), took(ms(3_460)), took(ms(185_000))], ["0.03 s", "3.4 s", "3 m 05 s"]);
        assert_eq!([bytes(999), bytes(1_450), bytes(123_456_789)], ["999 B", "1.4 kB", "123 MB"]);
        assert_eq!([count(1, "file"), count(0, "file")], ["1 file", "0 files"]);
    }

    #[test]
    fn prose_keeps_its_words_and_its_width() {
        let text = "one two three four a-word-that-is-longer-than-any-line five";
        let lines = wrap(text, 10);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|l| l.chars().count() <= 10 || !l.contains(' ')), "{lines:?}");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        let cleaned = clean("a\x1b[31mb\r\u{202e}c\td");
        assert!(!cleaned.chars().any(|c| c.is_control() && c != '\t' || c == '\u{202e}'), "{cleaned:?}");
        assert!(cleaned.contains("c\td"));
    }

    #[test]
    fn columns_line_up_whatever_is_coloured() {
        let rows = [vec![good("ok"), "x".to_owned()], vec!["longer".to_owned(), "y".to_owned()]];
        let shown = anstream::adapter::strip_str(&table(&["A", "B"], &rows)).to_string();
        let columns: Vec<usize> = shown.lines().filter_map(|line| line.find(['B', 'x', 'y'])).collect();
        assert_eq!(columns, [8, 8, 8]);
    }
}
