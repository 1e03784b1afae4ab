//! Which program a command means, looked up before it is started, so that a missing one is reported with the places
//! where it was looked for.

use model::plan::Command;
use rustix::fs::{Access, access};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Why a program cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is in none of these places.
    NotFound(Vec<PathBuf>),
    /// It is there and cannot be executed.
    NotExecutable(PathBuf),
}

/// A program with the words that it is called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) program: PathBuf,
    pub(super) argv: Vec<String>,
}

/// The words of a command: a script is run by `sh`.
pub(super) fn words(command: &Command) -> Vec<String> {
    match command {
        Command::Argv(words) => words.clone(),
        Command::Shell(script) => vec!["sh".into(), "-c".into(), script.clone()],
    }
}

/// Looks the program up as the kernel and a shell would: with a slash, relative to the working directory; without,
/// on PATH.
pub(super) fn resolve(argv: Vec<String>, cwd: &Path, path: &str) -> Result<Resolved, Missing> {
    let word = argv.first().map(String::as_str).unwrap_or_default();
    let places: Vec<PathBuf> = if word.contains('/') {
        vec![cwd.join(word)]
    } else {
        path.split(':').filter(|d| !d.is_empty()).map(|d| cwd.join(d).join(word)).collect()
    };
    match pick(&places) {
        Ok(program) => Ok(Resolved { program, argv }),
        Err(missing) => Err(missing),
    }
}

/// Is there such a program on PATH?
pub(super) fn on_path(name: &str, path: &str) -> bool {
    resolve(vec![name.into()], Path::new("/"), path).is_ok()
}

fn pick(places: &[PathBuf]) -> Result<PathBuf, Missing> {
    let files = || places.iter().filter(|p| p.is_file());
    match files().find(|p| access(*p, Access::EXEC_OK).is_ok()) {
        Some(program) => Ok(program.clone()),
        None => Err(files()
            .next()
            .map_or_else(|| Missing::NotFound(places.to_vec()), |p| Missing::NotExecutable(p.clone()))),
    }
}

/// A script whose first line asks for an interpreter that is not there: the kernel then says of the *script* that it
/// does not exist, which sends people looking for the wrong file.
pub(super) fn lost_interpreter(program: &Path) -> Option<String> {
    let mut beginning = [0; 256];
    let read = std::fs::File::open(program).ok()?.read(&mut beginning).ok()?;
    let line = beginning[..read].strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let interpreter = line.trim_start().split([' ', '\t']).next()?;
    let shown = crate::logs::clean(interpreter.as_bytes());
    (!Path::new(interpreter).exists()).then(|| format!("its first line asks for {shown}, which does not exist"))
}

impl Missing {
    /// One sentence, and where was looked.
    pub(super) fn explain(&self, word: &str) -> (String, Vec<String>) {
        match self {
            Self::NotFound(places) if word.contains('/') => {
                let place = places.first().map(|p| p.display().to_string()).unwrap_or_default();
                (format!("there is no program {word}"), vec![format!("looked for {place}")])
            }
            Self::NotFound(places) => {
                let looked = places.iter().filter_map(|p| p.parent()).map(|d| format!("looked in {}", d.display()));
                (format!("there is no program {word} on PATH"), looked.collect())
            }
            Self::NotExecutable(program) => (
                format!("{word} is not executable"),
                vec![format!("{} has no permission to be executed", program.display())],
            ),
        }
    }
}
