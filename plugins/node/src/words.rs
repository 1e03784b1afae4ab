//! Reading a script of `package.json` as far as that is safe: words, quotes, leading assignments, `&&`.
//!
//! Whatever needs a real shell (pipes, substitution, globs, redirection) is `None`: such a script is run by the package
//! manager exactly as it stands, never reinterpreted.

use crate::harmless::harmless;

/// One command: assignments in front of it, then its words. `$PORT` and `$HOST` appear as `${PORT}` and `${HOST}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Simple {
    /// `NODE_ENV=production`, with and without `cross-env`.
    pub(crate) env: Vec<(String, String)>,
    /// The program and its arguments; never empty.
    pub(crate) words: Vec<String>,
}

impl Simple {
    /// From words alone.
    #[must_use]
    pub(crate) fn of(words: &[&str]) -> Self {
        Self { env: Vec::new(), words: words.iter().map(|w| (*w).to_owned()).collect() }
    }

    /// The program.
    #[must_use]
    pub(crate) fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The n-th word, or nothing.
    #[must_use]
    pub(crate) fn word(&self, n: usize) -> &str {
        self.words.get(n).map_or("", String::as_str)
    }

    /// The words after the program.
    #[must_use]
    pub(crate) fn args(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The value of an option: `--outDir x`, `--outDir=x`, `-o x`.
    #[must_use]
    pub(crate) fn option(&self, names: &[&str]) -> Option<&str> {
        let mut args = self.args().iter();
        while let Some(arg) = args.next() {
            for name in names {
                if arg == name {
                    return args.next().map(String::as_str);
                }
                if let Some(value) = arg.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                    return Some(value);
                }
            }
        }
        None
    }

    /// Is this flag among the arguments?
    #[must_use]
    pub(crate) fn has_flag(&self, name: &str) -> bool {
        self.args().iter().any(|arg| arg == name)
    }

    /// The first argument that is not a flag.
    #[must_use]
    pub(crate) fn operand(&self) -> Option<&str> {
        self.args().iter().map(String::as_str).find(|arg| !arg.starts_with('-'))
    }
}

/// The commands of a script that are joined by `&&` only; `None` when it needs a shell.
#[must_use]
pub(crate) fn read(script: &str) -> Option<Vec<Simple>> {
    if !harmless(script) {
        return None;
    }
    let mut commands = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut rest = script.trim().chars().peekable();
    while let Some(&c) = rest.peek() {
        match c {
            ' ' | '\t' => {
                rest.next();
            }
            '&' => {
                rest.next();
                if rest.next() != Some('&') {
                    return None;
                }
                commands.push(simple(std::mem::take(&mut words))?);
            }
            _ => words.push(word(&mut rest)?),
        }
    }
    commands.push(simple(words)?);
    Some(commands)
}

fn word(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut out = String::new();
    let mut quote = None;
    while let Some(&c) = rest.peek() {
        match (quote, c) {
            (None, ' ' | '\t' | '&') => break,
            (None, '|' | ';' | '<' | '>' | '(' | ')' | '`' | '*' | '?' | '~' | '#' | '\\' | '\n' | '\r') => {
                return None;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), _) if q == c => quote = None,
            (Some('"'), '`' | '\\') => return None,
            (None | Some('"'), '$') => {
                rest.next();
                out.push_str(variable(rest)?);
                continue;
            }
            _ => out.push(c),
        }
        rest.next();
    }
    quote.is_none().then_some(out)
}

/// After a `$`: the two variables that the host replaces in argv; anything else needs a shell.
fn variable(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<&'static str> {
    let braced = rest.peek() == Some(&'{');
    if braced {
        rest.next();
    }
    let mut name = String::new();
    while let Some(&c) = rest.peek().filter(|c| c.is_ascii_alphanumeric() || **c == '_') {
        name.push(c);
        rest.next();
    }
    if braced {
        // `${PORT:-3000}` means ours, because PORT is always set.
        match rest.next()? {
            '}' => {}
            ':' => {
                if rest.next() != Some('-') {
                    return None;
                }
                while rest.next_if(char::is_ascii_digit).is_some() {}
                if rest.next() != Some('}') {
                    return None;
                }
            }
            _ => return None,
        }
    }
    match name.as_str() {
        "PORT" => Some("${PORT}"),
        "HOST" => Some("${HOST}"),
        _ => None,
    }
}

fn simple(words: Vec<String>) -> Option<Simple> {
    let mut env = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.peek() {
        if word == "cross-env" || word == "env" || word == "exec" {
            words.next();
        } else if let Some(pair) = assignment(word) {
            env.push(pair);
            words.next();
        } else {
            break;
        }
    }
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then_some(Simple { env, words })
}

fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        read(script).unwrap_or_default().into_iter().map(|s| s.words).collect()
    }

    #[test]
    fn quotes_assignments_and_chains_are_understood() {
        let all = read("cross-env NODE_ENV=production FOO='a b' node \"./bin/www\" --x=1").unwrap();
        assert_eq!(all[0].env, [("NODE_ENV".into(), "production".into()), ("FOO".into(), "a b".into())]);
        assert_eq!(all[0].words, ["node", "./bin/www", "--x=1"]);
        assert_eq!(words("tsc && node dist"), [vec!["tsc"], vec!["node", "dist"]]);
        assert_eq!(
            words("next start -p ${PORT:-3000} -H $HOST"),
            [vec!["next", "start", "-p", "${PORT}", "-H", "${HOST}"]]
        );
    }

    #[test]
    fn what_needs_a_shell_is_left_to_the_shell() {
        for script in [
            "",
            "a | b",
            "a; b",
            "node $X",
            "node `x`",
            "a &",
            "a > b",
            "node 'x",
            "a && ",
            "rm *",
            "A=1",
            "(a)",
            "${",
            "$",
            "a\\b",
            "${PORT:",
            "${PORT:+1}",
        ] {
            assert_eq!(read(script), None, "{script:?}");
        }
    }

    #[test]
    fn options_are_found_in_both_spellings() {
        let s = Simple::of(&["vite", "build", "--outDir", "a", "--base=/x"]);
        assert_eq!(s.option(&["--outDir"]), Some("a"));
        assert_eq!(s.option(&["--base"]), Some("/x"));
        assert_eq!(s.operand(), Some("build"));
    }
}
