//! Requirement files: `requirements.txt`, the files it includes, and the folder `requirements/` that some projects have
//! instead. Read as tolerantly as pip does, UTF-16 of a Windows shell included.

use crate::harmless::harmless;
use crate::names::{Dependency, requirement};
use shipway_sdk::{App, seen_at};

/// Where requirements for production are, in the order in which they count.
const FILES: [&str; 7] = [
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/main.txt",
    "requirements/common.txt",
    "requirements-prod.txt",
];

/// Files that one file may include, directly and through others.
const MAX_FILES: usize = 16;
const MAX_LINES: usize = 2000;

/// The file that is installed.
pub(crate) fn main_file(app: &App<'_>) -> Option<String> {
    app.first_file(&FILES).map(str::to_owned)
}

/// It and everything that it includes, itself first.
pub(crate) fn files(app: &App<'_>, main: &str) -> Vec<String> {
    let mut all = vec![main.to_owned()];
    let mut next = 0;
    while let Some(file) = all.get(next).cloned() {
        next += 1;
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (_, line) in lines(app, &file) {
            let included =
                ["-r", "--requirement", "-c", "--constraint"].iter().find_map(|flag| line.strip_prefix(flag));
            let Some(included) = included.map(|rest| rest.trim_start_matches(['=', ' ', '\t'])) else { continue };
            let path = inside(folder, included.split(" #").next().unwrap_or_default().trim());
            if let Some(path) = path.filter(|p| !all.contains(p) && all.len() < MAX_FILES && app.has_file(p)) {
                all.push(path);
            }
        }
    }
    all
}

/// What a file asks for by name.
pub(crate) fn dependencies(app: &App<'_>, file: &str) -> Vec<Dependency> {
    let found = lines(app, file).into_iter().filter_map(|(line, text)| {
        let (name, extras) = requirement(&text)?;
        let note = text.split([';', '#']).next().unwrap_or_default().trim().chars().take(160).collect::<String>();
        Some(Dependency { name, extras, seen: seen_at(file, line, note) })
    });
    found.collect()
}

/// It installs something of this source (`-e .`, `./libs/x`): then the install needs the whole source.
pub(crate) fn installs_source(app: &App<'_>, file: &str) -> bool {
    lines(app, file).iter().any(|(_, line)| {
        line.starts_with("-e") || line.starts_with("--editable") || line.starts_with('.') || line.contains("file:")
    })
}

fn lines(app: &App<'_>, file: &str) -> Vec<(u32, String)> {
    app.peek(file, 512 * 1024).map(|text| clean(&text)).unwrap_or_default()
}

/// Lines that say something. A file in UTF-16 arrives with a zero behind each letter.
fn clean(text: &str) -> Vec<(u32, String)> {
    let plain = text.replace(['\0', '\u{feff}', '\u{fffd}'], "");
    let numbered = (1..).zip(plain.lines()).map(|(n, line)| (n, line.trim().to_owned()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).take(MAX_LINES).collect()
}

/// A path of an include, seen from the base directory; `None` when it leaves it.
fn inside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty() && !path.starts_with('/') && harmless(path)).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_a_windows_shell_is_read() {
        let utf16 = "\u{fffd}\u{fffd}F\0l\0a\0s\0k\0=\0=\x003\0\r\0\n\0g\0u\0n\0i\0c\0o\0r\0n\0";
        let said: Vec<String> = clean(utf16).into_iter().map(|(_, line)| line).collect();
        assert_eq!(said, ["Flask==3", "gunicorn"]);
    }

    #[test]
    fn an_include_stays_inside() {
        assert_eq!(inside("requirements", "base.txt"), Some("requirements/base.txt".into()));
        assert_eq!(inside("requirements", "../x.txt"), Some("x.txt".into()));
        assert_eq!(inside("", "../x.txt"), None);
        assert_eq!(inside("a", "/etc/passwd"), None);
    }
}
