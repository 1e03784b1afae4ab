//! Text of strangers for a terminal or a page: nothing in it can move a cursor, recolour, reorder or hide.

/// Invalid UTF-8 becomes U+FFFD; colours are taken off; any other escape or control character becomes a visible
/// picture of it (ESC → ␛); characters that reorder or hide text become U+FFFD. Tabs stay.
pub(crate) fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        if let Some(length) = colour(rest) {
            rest = &rest[length..];
            continue;
        }
        out.push(visible(c));
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The length of a colour sequence (`ESC [ … m`) at the beginning.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

fn visible(c: char) -> char {
    match c {
        '\t' => '\t',
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        // Marks and overrides of direction; zero-width; line and paragraph separators; tags.
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => '\u{fffd}',
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn colours_go_and_everything_else_that_acts_is_seen() {
        assert_eq!(clean(b"\x1b[1;31mred\x1b[0m plain"), "red plain");
        assert_eq!(clean(b"\x1b[2Jgone\x1b]0;title\x07"), "\u{241b}[2Jgone\u{241b}]0;title\u{2407}");
        assert_eq!(clean(b"a\0b\x08c\x7f\td"), "a\u{2400}b\u{2408}c\u{2421}\td");
        assert_eq!(clean("x\u{202e}gpj.exe\u{85}".as_bytes()), "x\u{fffd}gpj.exe\u{fffd}");
        assert_eq!(clean(b"caf\xe9 \xff\xfe"), "caf\u{fffd} \u{fffd}\u{fffd}");
        assert_eq!(clean("日本 café 🚀".as_bytes()), "日本 café 🚀");
        assert_eq!(clean(b"\x1b["), "\u{241b}[");
    }
}
