//! Looking at Python without running it: statements of the top level, with strings and comments told apart. Enough to
//! see `app = Flask(__name__)` and to not see it in a docstring.
//!
//! A tokeniser, not a parser. Bounded by the text that the caller reads.

use shipway_sdk::{App, Evidence, line_at, seen_at};

/// Settings and modules with an app are small; of anything larger the beginning is enough.
const MAX_BYTES: u32 = 96 * 1024;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    /// A string; its text is the content, as written.
    Text,
    /// A number, as written.
    Number,
    /// One other character.
    Mark,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text; for strings without the quotes.
    pub(crate) text: &'a str,
    at: usize,
}

impl Token<'_> {
    /// Is it this punctuation mark?
    pub(crate) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }
    /// Is it this identifier?
    pub(crate) fn names(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// A statement: the tokens of one logical line.
#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    /// Spaces in front of it; a tab counts as one.
    pub(crate) indent: usize,
    /// What it consists of; never empty.
    pub(crate) tokens: Vec<Token<'a>>,
}

/// A file that was read to be looked through.
pub(crate) struct Code {
    /// Where it lies.
    pub(crate) path: String,
    text: String,
}

impl Code {
    /// Reads the beginning of a file; `None` when there is none.
    pub(crate) fn open(app: &App<'_>, path: &str) -> Option<Self> {
        if !app.has_file(path) {
            return None;
        }
        Some(Self { path: path.to_owned(), text: app.peek(path, MAX_BYTES)? })
    }

    /// From a text that is there already.
    #[cfg(test)]
    pub(crate) fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Is one of these words in the text at all? Cheap, to be asked before the statements are taken apart.
    pub(crate) fn mentions<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> bool {
        words.into_iter().any(|word| self.text.contains(word))
    }

    /// All statements, at every depth.
    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        statements(&self.text)
    }

    /// Evidence at a token.
    pub(crate) fn seen(&self, token: &Token<'_>, note: impl Into<String>) -> Evidence {
        seen_at(&self.path, line_at(&self.text, token.at), note)
    }
}

impl<'a> Statement<'a> {
    /// Does it begin with these words and marks?
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        self.tokens.len() >= words.len()
            && self.tokens.iter().zip(words).all(|(t, w)| t.kind != Kind::Text && t.text == *w)
    }

    /// `name = …` and `name: Type = …`: the name, and the tokens behind the sign.
    pub(crate) fn assignment(&self) -> Option<(&Token<'a>, &[Token<'a>])> {
        let (name, rest) = self.tokens.split_first()?;
        if name.kind != Kind::Word {
            return None;
        }
        let sign = match rest.first()? {
            t if t.is("=") => 0,
            t if t.is(":") || t.is(",") => rest.iter().position(|t| t.is("="))?,
            _ => return None,
        };
        let value = rest.get(sign + 1..)?;
        value.first().is_some_and(|t| !t.is("=")).then_some((name, value))
    }
}

/// The dotted name at the beginning of these tokens when it is called: `flask.Flask(` gives `flask`, `Flask`.
pub(crate) fn called<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Vec<&'a str>, &'t [Token<'a>])> {
    let mut names = Vec::new();
    let mut rest = tokens;
    loop {
        let [name, sign, ..] = rest else { return None };
        if name.kind != Kind::Word {
            return None;
        }
        names.push(name.text);
        rest = rest.get(2..)?;
        if sign.is("(") {
            return Some((names, rest));
        }
        if !sign.is(".") {
            return None;
        }
    }
}

fn statements(text: &str) -> Vec<Statement<'_>> {
    let bytes = text.as_bytes();
    let mut out: Vec<Statement<'_>> = Vec::new();
    let mut current: Vec<Token<'_>> = Vec::new();
    let (mut at, mut depth, mut indent, mut line_start) = (0_usize, 0_usize, 0_usize, true);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let token = match byte {
            b'\n' => {
                at += 1;
                line_start = true;
                if depth == 0 {
                    finish(&mut out, &mut current, indent);
                    indent = 0;
                }
                continue;
            }
            b' ' | b'\t' | b'\r' | 0x0c => {
                if line_start && depth == 0 && current.is_empty() && byte != b'\r' {
                    indent += 1;
                }
                at += 1;
                continue;
            }
            b'#' => {
                at = end_of(bytes, at, |b| b != b'\n');
                continue;
            }
            b'\\' => {
                // A line that goes on.
                at = at.saturating_add(if bytes.get(at + 1) == Some(&b'\r') { 3 } else { 2 });
                continue;
            }
            b'"' | b'\'' => {
                let (from, to, next) = string(bytes, at);
                at = next;
                text.get(from..to).map(|text| Token { kind: Kind::Text, text, at: start })
            }
            b'0'..=b'9' => {
                at = end_of(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
                text.get(start..at).map(|text| Token { kind: Kind::Number, text, at: start })
            }
            b if b.is_ascii_alphabetic() || b == b'_' || b >= 0x80 => {
                at = end_of(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80);
                let prefix = at - start <= 2 && matches!(bytes.get(at), Some(b'"' | b'\''));
                if prefix && text.get(start..at).is_some_and(|p| p.chars().all(|c| "rbufRBUF".contains(c))) {
                    continue;
                }
                text.get(start..at).map(|text| Token { kind: Kind::Word, text, at: start })
            }
            b';' if depth == 0 => {
                at += 1;
                finish(&mut out, &mut current, indent);
                continue;
            }
            mark => {
                at += 1;
                match mark {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                text.get(start..at).map(|text| Token { kind: Kind::Mark, text, at: start })
            }
        };
        line_start = false;
        current.extend(token);
    }
    finish(&mut out, &mut current, indent);
    out
}

fn finish<'a>(out: &mut Vec<Statement<'a>>, current: &mut Vec<Token<'a>>, indent: usize) {
    if !current.is_empty() {
        out.push(Statement { indent, tokens: std::mem::take(current) });
    }
}

fn end_of(bytes: &[u8], from: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).position(|b| !goes_on(*b)).map_or(bytes.len(), |n| from + n)
}

/// Where a string begins and ends, and what comes behind it. A plain string ends with its line at the latest.
fn string(bytes: &[u8], at: usize) -> (usize, usize, usize) {
    let quote = bytes.get(at).copied().unwrap_or(b'"');
    let triple = bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote);
    let from = at + if triple { 3 } else { 1 };
    let mut end = from;
    while let Some(&byte) = bytes.get(end) {
        if byte == b'\\' {
            end += 2;
            continue;
        }
        let closes =
            byte == quote && (!triple || (bytes.get(end + 1) == Some(&quote) && bytes.get(end + 2) == Some(&quote)));
        if closes {
            return (from, end, end + if triple { 3 } else { 1 });
        }
        if byte == b'\n' && !triple {
            return (from, end, end);
        }
        end += 1;
    }
    (from.min(bytes.len()), bytes.len(), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(text: &str) -> Vec<String> {
        let code = Code::of("x.py", text);
        let all = code.statements();
        all.iter()
            .filter(|s| s.indent == 0)
            .map(|s| s.tokens.iter().map(|t| t.text).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn docstrings_and_comments_hide_what_is_in_them() {
        assert_eq!(
            top("\"\"\"\napp = Flask(__name__)\n\"\"\"\n# app = Flask()\nx = 1 # y\n"),
            ["\napp = Flask(__name__)\n", "x = 1"]
        );
    }

    #[test]
    fn a_statement_goes_on_in_brackets_and_behind_a_backslash() {
        assert_eq!(top("app = FastAPI(\n    title='x',\n)\ny = \\\n  2\n"), ["app = FastAPI ( title = x , )", "y = 2"]);
        assert_eq!(top("def f():\n    app = 1\nz = r'a\\'\n"), ["def f ( ) :", "z = a\\'"]);
    }

    #[test]
    fn assignments_and_calls_are_taken_apart() {
        let code = Code::of("x.py", "server: Flask = flask.Flask(__name__)\n");
        let all = code.statements();
        let (name, value) = all[0].assignment().unwrap();
        assert_eq!(name.text, "server");
        assert_eq!(called(value).unwrap().0, ["flask", "Flask"]);
        assert!(Code::of("x.py", "a == b(").statements()[0].assignment().is_none());
    }

    #[test]
    fn any_text_has_statements() {
        for text in ["", "'", "\"\"\"", "\\", "(", ")))", "é = 'é", "\\\r", "r'", "a\\", "\"\\", "x = 0x"] {
            let _ = Code::of("x", text).statements();
        }
    }
}
