//! An app without a start script for production: the framework's word, `main`, or a file that shows that it listens.

use crate::entry::{self, Seen};
use crate::frameworks::{Framework, Look, Runs};
use crate::harmless::harmless;
use crate::manager::Kind;
use crate::serving::{Nothing, Serving};
use crate::{bins, servers};
use shipway_sdk::{Confidence, Origin, seen};

/// No start script: the framework's word, or a file that serves.
pub(crate) fn without_script(look: &Look<'_>, framework: Option<&Framework>, others: bool) -> Result<Serving, Nothing> {
    let library = servers::library(look.manifest);
    let made_of_files = framework.is_none_or(|f| matches!(f.runs, Runs::Files { .. } | Runs::Assets));
    if made_of_files
        && library.is_some()
        && let Some(serving) = by_entry(look, others).filter(|s| s.confidence == Confidence::Likely)
    {
        return Ok(serving);
    }
    if let Some(framework) = framework {
        return Ok(Serving::of_framework(look, framework));
    }
    by_entry(look, others).ok_or_else(|| {
        let built = look.manifest.script("build").is_some();
        Nothing(if built {
            "it has a build script, and nothing to start or to publish afterwards: a library?".to_owned()
        } else {
            "it has no start script, no build, and no file that listens: a library, or tools only".to_owned()
        })
    })
}

fn by_entry(look: &Look<'_>, others: bool) -> Option<Serving> {
    let manifest = look.manifest;
    let main = manifest.string(&["main"]).filter(|main| harmless(main));
    let named = main.and_then(|main| entry::file_of(look.app, Some(manifest), main));
    let typed = look.manager.kind == Kind::Bun || ["tsx", "ts-node"].iter().any(|runner| manifest.depends(runner));
    let library = servers::library(manifest);
    let built = look.manifest.script("build").is_some() && named.is_none();
    if let (Some(main), true, Some(_)) = (main, built, &library) {
        let words = vec!["node".to_owned(), main.to_owned()];
        let origin = Origin::Evidence(manifest.seen(&["main"], format!("\"main\": \"{main}\"")));
        let mut serving = Serving::new(Runs::Server { words, origin, yields: false }, Confidence::Likely);
        serving.entry = Some(crate::frameworks::tidy(main));
        serving.assumptions.push(format!("there is no start script: {main} is \"main\", and is run after the build"));
        return Some(serving);
    }
    let by_main = named.is_some();
    let file = named.or_else(|| entry::usual(look.app, typed))?;
    let read: Seen = entry::look(look.app, Some(&file));
    let sure = read.listens.as_ref().is_some_and(|e| e.path == file) || (read.listens.is_some() && library.is_some());
    let private = manifest.holds("private");
    let shared = ["exports", "module", "types", "typings", "files", "publishConfig", "bin"]
        .iter()
        .any(|key| manifest.holds(key));
    if !sure && (read.exports || (shared && !private) || others || manifest.script("build").is_some()) {
        return None;
    }
    let words: Vec<String> = match file.ends_with(".ts") {
        false if look.manager.kind == Kind::Bun => vec!["bun".to_owned(), file.clone()],
        false => vec!["node".to_owned(), file.clone()],
        true if look.manager.kind == Kind::Bun => vec!["bun".to_owned(), file.clone()],
        true => {
            let runner = ["tsx", "ts-node"].into_iter().find(|runner| manifest.depends(runner))?;
            bins::argv(look.manager, &[runner.to_owned(), file.clone()])
        }
    };
    let evidence = match read.listens.filter(|_| sure) {
        Some(evidence) => evidence,
        None if by_main => manifest.seen(&["main"], format!("\"main\": \"{file}\"")),
        None => seen(&file, "the usual name of a file that is run"),
    };
    let confidence = if sure { Confidence::Likely } else { Confidence::Possible };
    let mut serving =
        Serving::new(Runs::Server { words, origin: Origin::Evidence(evidence), yields: false }, confidence);
    serving.assumptions.push(if sure {
        format!("there is no start script: {file} listens, and is run")
    } else {
        format!("there is no start script: {file} is run, although nothing in it shows that it listens")
    });
    serving.entry = Some(file);
    Some(serving)
}
