//! Commands that run a file while somebody edits it, and what runs the same file in production.

use crate::tools::Does;
use crate::words::Simple;

/// `node x.js`, with the watching and inspecting flags of development told apart.
pub(crate) fn node(command: &Simple) -> Does {
    const TAKES_VALUE: [&str; 6] = ["-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file"];
    let mut args = command.args().iter();
    let mut develops = false;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-e" | "--eval" | "-p" | "--print" | "--run" | "--test" => return Does::Serves,
            "--watch" => develops = true,
            a if a.starts_with("--inspect") => develops = true,
            a if TAKES_VALUE.contains(&a) => {
                args.next();
            }
            a if a.starts_with('-') => {}
            entry if develops => {
                let kept = |w: &&String| *w != "--watch" && !w.starts_with("--inspect");
                let words = command.words.iter().filter(kept).cloned().collect();
                let _ = entry;
                return Does::Develops { instead: Some(Simple { env: command.env.clone(), words }) };
            }
            entry => return Does::Node(entry.to_owned()),
        }
    }
    Does::Serves
}

pub(crate) fn develops_with_bun(command: &Simple) -> Does {
    let words = command.words.iter().filter(|w| *w != "--watch" && *w != "--hot").cloned().collect();
    Does::Develops { instead: Some(Simple { env: command.env.clone(), words }) }
}

/// What a watcher would have run: `nodemon --exec tsx src/x.ts` runs `tsx src/x.ts`, `nodemon x.js` runs `node x.js`.
pub(crate) fn under_watcher(command: &Simple) -> Option<Simple> {
    let exec = command.option(&["--exec", "-x"]);
    let entry = entry_of(command);
    match (exec, entry) {
        (Some(runner), entry) => {
            let inner = crate::words::read(runner)?.pop()?;
            match entry {
                Some(entry) if inner.operand().is_none() => {
                    let mut words = inner.words;
                    words.push(entry);
                    Some(Simple { env: inner.env, words })
                }
                _ => Some(inner),
            }
        }
        (None, Some(entry)) if entry.ends_with(".ts") => Some(Simple::of(&["ts-node", &entry])),
        (None, Some(entry)) => Some(Simple::of(&["node", &entry])),
        (None, None) => None,
    }
}

/// The last operand that looks like a file, skipping the values of flags.
pub(crate) fn entry_of(command: &Simple) -> Option<String> {
    const TAKES_VALUE: [&str; 8] = ["--exec", "-x", "--watch", "-w", "--ext", "-e", "--ignore", "--delay"];
    let mut found = None;
    let mut args = command.args().iter();
    while let Some(arg) = args.next() {
        if TAKES_VALUE.contains(&arg.as_str()) {
            args.next();
        } else if !arg.starts_with('-') {
            found.get_or_insert_with(|| arg.clone());
        }
    }
    found
}

/// `pm2 start x.js --name y`: the file, run by node itself.
pub(crate) fn plain_node(args: &[String]) -> Option<Simple> {
    let entry = args.iter().find(|a| a.ends_with(".js") || a.ends_with(".cjs") || a.ends_with(".mjs"))?;
    (!entry.contains("ecosystem")).then(|| Simple::of(&["node", entry]))
}

pub(crate) fn with(program: &str, rest: &[String]) -> Simple {
    let words = std::iter::once(program.to_owned()).chain(rest.iter().cloned()).collect();
    Simple { env: Vec::new(), words }
}
