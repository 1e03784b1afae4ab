//! Text that comes from a plugin or its source: made harmless for terminals and pages, visibly.

/// What a character that could move the cursor, reorder the line or hide is replaced with, so that tampering shows.
const REPLACEMENT: char = '\u{FFFD}';

/// Characters that change what a person sees without being seen: controls, bidirectional overrides and marks, line
/// separators, and the invisible tag characters.
pub(crate) fn deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// One line for a person. Line breaks and tabs become spaces (a parser's message often has them); every other
/// deceptive character becomes U+FFFD.
pub(crate) fn sanitised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if deceptive(c) => out.push(REPLACEMENT),
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The same in place; most texts need nothing.
pub(crate) fn sanitise(text: &mut String) {
    if text.chars().any(deceptive) {
        *text = sanitised(text);
    }
}

/// At most `max` bytes; what is over is replaced by `…`, so that the cut shows.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max.saturating_sub('…'.len_utf8()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// A path for the source, in its one canonical form: `./a//b/` is `a/b`, the base directory is the empty text.
/// `None` for everything that is not a relative path inside (`/a`, `a/../b`, NUL, backslash, too long).
pub(crate) fn canonical(path: &str) -> Option<String> {
    const LONGEST: usize = 4096;
    if path.len() > LONGEST || path.starts_with('/') || path.contains(['\0', '\\']) {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_a_reader_is_replaced_where_it_stood() {
        assert_eq!(sanitised("a\u{1b}[31mb"), "a\u{FFFD}[31mb");
        assert_eq!(sanitised("user\u{202E}nimda"), "user\u{FFFD}nimda");
        assert_eq!(sanitised("x\0y\u{7f}\u{9b}z"), "x\u{FFFD}y\u{FFFD}\u{FFFD}z");
        assert_eq!(sanitised("line one\r\n\tline two\n"), "line one line two");
        assert_eq!(sanitised("ÄÖ 日本 👩‍👩‍👧"), "ÄÖ 日本 👩‍👩‍👧");
    }

    #[test]
    fn no_deceptive_character_survives() {
        let all: String = (char::MIN..=char::MAX).collect();
        assert!(!sanitised(&all).chars().any(deceptive));
    }

    #[test]
    fn a_cut_text_fits_and_shows_that_it_was_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcdefgh", 6), "abc…");
        for max in 0..12 {
            assert!(cut("ääääää", max).len() <= max.max('…'.len_utf8()));
        }
    }

    #[test]
    fn a_path_has_one_form_and_stays_inside() {
        assert_eq!(canonical("./src//index.js/").as_deref(), Some("src/index.js"));
        assert_eq!(canonical("").as_deref(), Some(""));
        assert_eq!(canonical(".").as_deref(), Some(""));
        assert_eq!(canonical("a/.../b").as_deref(), Some("a/.../b"));
        for bad in ["/etc/passwd", "..", "a/../b", "a\0b", "a\\b", &"x".repeat(5000)] {
            assert_eq!(canonical(bad), None, "{bad:?}");
        }
    }
}
