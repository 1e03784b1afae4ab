//! What a script of the manifest comes to, once `npm run` indirections and `&&` chains are followed.

use crate::manifest::Manifest;
use crate::tools::{Does, does};
use crate::words::{Simple, read};

/// How often one script may lead to another. Real projects need three; a circle must end.
const MAX_DEPTH: u8 = 6;

/// How many scripts are followed in all: a script that names itself a hundred times would be a tree of 100^6.
const MAX_FOLLOWED: u16 = 200;

/// One command of a resolved script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The command.
    pub(crate) command: Simple,
    /// What it does.
    pub(crate) does: Does,
    /// The script that it stands in: what the package manager would run.
    pub(crate) script: String,
}

/// A script that was understood, or one that only a shell understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// Commands in their order; never empty.
    Parts(Vec<Part>),
    /// Left to the package manager and its shell.
    Opaque,
}

/// Follows a script. `None` when there is no such script.
#[must_use]
pub(crate) fn resolve(manifest: &Manifest, name: &str) -> Option<Resolved> {
    follow(manifest, name, 0, &mut { MAX_FOLLOWED })
}

fn follow(manifest: &Manifest, name: &str, depth: u8, left: &mut u16) -> Option<Resolved> {
    let script = manifest.script(name)?;
    *left = left.saturating_sub(1);
    if depth >= MAX_DEPTH || *left == 0 {
        return Some(Resolved::Opaque);
    }
    let mut parts = Vec::new();
    // What npm runs by itself before a script of that name.
    let before = format!("pre{name}");
    if manifest.script(&before).is_some() {
        match leading(manifest, &before, depth, left) {
            Some(part) => parts.push(part),
            None => return Some(Resolved::Opaque),
        }
    }
    let Some(mut commands) = read(script) else { return Some(Resolved::Opaque) };
    let Some(last) = commands.pop() else { return Some(Resolved::Opaque) };
    let known = |script: &str| manifest.script(script).is_some();
    for command in commands {
        match does(&command, &known) {
            Does::Script(inner) => match leading(manifest, &inner, depth, left) {
                Some(part) => parts.push(part),
                None => return Some(Resolved::Opaque),
            },
            kind @ (Does::Builds | Does::Migrates | Does::Installs | Does::Nothing) => {
                parts.push(Part { command, does: kind, script: name.to_owned() });
            }
            // Something runs and the rest waits for it: only a shell does that right.
            _ => return Some(Resolved::Opaque),
        }
    }
    match does(&last, &known) {
        Does::Script(inner) if inner != name => match follow(manifest, &inner, depth + 1, left)? {
            Resolved::Parts(rest) => parts.extend(rest.into_iter().map(|part| with_env(part, &last))),
            Resolved::Opaque => return Some(Resolved::Opaque),
        },
        Does::Script(_) => return Some(Resolved::Opaque),
        kind => parts.push(Part { command: last, does: kind, script: name.to_owned() }),
    }
    Some(Resolved::Parts(parts))
}

/// A whole script in front of others: one part that runs it, if all of it is of one kind.
fn leading(manifest: &Manifest, name: &str, depth: u8, left: &mut u16) -> Option<Part> {
    let Resolved::Parts(parts) = follow(manifest, name, depth + 1, left)? else { return None };
    let told: Vec<&Does> = parts.iter().map(|p| &p.does).filter(|d| !matches!(d, Does::Nothing)).collect();
    let does = match told.as_slice() {
        [] => Does::Nothing,
        all if all.iter().all(|d| matches!(d, Does::Migrates)) => Does::Migrates,
        all if all.iter().all(|d| matches!(d, Does::Installs)) => Does::Installs,
        all if all.iter().all(|d| matches!(d, Does::Builds | Does::Installs)) => Does::Builds,
        _ => return None,
    };
    Some(Part { command: Simple::of(&["npm", "run", name]), does, script: name.to_owned() })
}

/// `NODE_ENV=production npm run serve`: the assignment holds for what is run.
fn with_env(mut part: Part, outer: &Simple) -> Part {
    let inner = std::mem::take(&mut part.command.env);
    part.command.env = outer.env.iter().filter(|(k, _)| !inner.iter().any(|(i, _)| i == k)).cloned().collect();
    part.command.env.extend(inner);
    part
}

impl Part {
    /// Is it a whole script that the package manager runs, rather than a command of its own?
    #[must_use]
    pub(crate) fn is_whole_script(&self) -> bool {
        self.command.words == ["npm", "run", self.script.as_str()]
    }
}

/// Every command that a script comes to, as far as it can be read: only to recognise tools by, never to run.
#[must_use]
pub(crate) fn commands_in(manifest: &Manifest, name: &str) -> Vec<Simple> {
    let mut out = Vec::new();
    collect(manifest, name, 0, &mut { MAX_FOLLOWED }, &mut out);
    out
}

fn collect(manifest: &Manifest, name: &str, depth: u8, left: &mut u16, out: &mut Vec<Simple>) {
    *left = left.saturating_sub(1);
    let Some(script) = manifest.script(name).filter(|_| depth < MAX_DEPTH && out.len() < 64 && *left > 0) else {
        return;
    };
    let commands = read(script).unwrap_or_else(|| roughly(script));
    for command in commands {
        match does(&command, &|script| manifest.script(script).is_some()) {
            Does::Script(inner) => collect(manifest, &inner, depth + 1, left, out),
            _ => out.push(without_runner(command)),
        }
    }
}

/// `npx vite build` is `vite build` to the eye.
fn without_runner(command: Simple) -> Simple {
    let skip = match (command.program(), command.word(1)) {
        ("npx" | "bunx", _) => 1,
        ("npm" | "pnpm", "exec" | "dlx") => 2,
        ("yarn" | "pnpm" | "bun", sub) if !matches!(sub, "run" | "install" | "build" | "") => 1,
        _ => 0,
    };
    let words: Vec<String> = command.words.iter().skip(skip).filter(|w| *w != "--yes" && *w != "-y").cloned().collect();
    if words.is_empty() { command } else { Simple { env: command.env, words } }
}

/// A script that needs a shell, cut at its operators.
fn roughly(script: &str) -> Vec<Simple> {
    let pieces = script.split(['&', '|', ';', '(', ')', '"', '\'', '\n']);
    let simple = |piece: &str| {
        let words: Vec<String> = piece.split_whitespace().filter(|w| !w.contains('=')).map(str::to_owned).collect();
        (!words.is_empty()).then_some(Simple { env: Vec::new(), words })
    };
    pieces.filter_map(simple).take(32).collect()
}
