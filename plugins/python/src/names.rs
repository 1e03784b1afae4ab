//! Names of Python packages: how a requirement line is read, and which package each name means.

use shipway_sdk::Evidence;

/// A dependency, and where it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dependency {
    /// Normalised: lower case, dashes.
    pub(crate) name: String,
    /// In brackets: `standard`.
    pub(crate) extras: Vec<String>,
    /// Where.
    pub(crate) seen: Evidence,
}

/// `Flask_SQLAlchemy` is `flask-sqlalchemy`.
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '_' | '.' | '-' if out.ends_with('-') => {}
            '_' | '.' | '-' => out.push('-'),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// The name and extras at the beginning of a requirement: `uvicorn[standard]>=0.30 ; python_version > "3"`.
pub(crate) fn requirement(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let first = name.chars().next()?;
    if !first.is_ascii_alphanumeric() || name.len() > 100 {
        return None;
    }
    let rest = rest.trim_start();
    let extras = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((inside, _)) => inside.split(',').map(normal).filter(|e| !e.is_empty()).take(16).collect(),
        None => Vec::new(),
    };
    let goes_on =
        rest.is_empty() || rest.starts_with(['[', '=', '<', '>', '~', '!', ';', '@', '(', '#', '^', '*', ',']);
    goes_on.then(|| (normal(name), extras))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_lines_are_read_as_pip_reads_them() {
        let name = |text: &str| requirement(text).map(|(name, _)| name);
        assert_eq!(name("Flask==3.0"), Some("flask".into()));
        assert_eq!(name(" Flask_SQLAlchemy ~= 3"), Some("flask-sqlalchemy".into()));
        assert_eq!(
            requirement("uvicorn[standard] >= 0.30 ; python_version > '3'"),
            Some(("uvicorn".into(), vec!["standard".into()]))
        );
        assert_eq!(name("pkg @ https://x/y.whl"), Some("pkg".into()));
        for text in ["", "-r base.txt", "--index-url x", "./local", "# flask", "https://x/y.whl", "[x]", "two words"] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }
}
