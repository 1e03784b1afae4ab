//! Words of the source that end up in commands and paths. The host refuses an answer that holds characters which deceive
//! a reader, and counts it against the plugin: so a word that holds one is never repeated.

/// The longest word that is taken over from a source into a command.
const MAX_WORD: usize = 1024;

/// May it stand in a command, a path or a value?
#[must_use]
pub(crate) fn harmless(text: &str) -> bool {
    text.len() <= MAX_WORD && !text.chars().any(deceptive)
}

/// Controls, bidirectional marks and overrides, line separators, and the invisible tag characters.
fn deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
        || ('\u{E0000}'..='\u{E007F}').contains(&c)
}
