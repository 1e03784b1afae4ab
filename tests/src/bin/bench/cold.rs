//! What a person waits for: `shipway detect` and `shipway plan` as processes of their own.

use crate::Effort;
use crate::apps::Tree;
use crate::clock::{self, Subject, interleaved};
use crate::table::{Reference, Row, Section, Unit};
use std::process::Command;
use tests::shipway;

const FLOOR: &str = "/bin/true";
/// Taken in turn with the others; enough that a median does not move.
const ROUNDS: usize = 60;

const NATIVE: Reference = Reference {
    figure: "native tools 3 to 10 ms in all",
    source: "design/detection.md: a cold detect on a small project competes with native tools",
};

/// Cold detect and plan on the three apps.
pub(crate) fn section(apps: &[Tree; 3], effort: Effort) -> Section {
    let mut subjects: Vec<Subject<'_>> = vec![
        (FLOOR.to_owned(), Box::new(|| clock::wall(&mut Command::new(FLOOR)))),
        ("shipway --version".to_owned(), Box::new(|| clock::wall(&mut shipway(&["--version"])))),
    ];
    let mut files = vec![];
    for command in ["detect", "plan"] {
        for tree in apps {
            let seen = check(command, tree);
            if command == "detect" {
                files.push(format!("{} {seen} files", tree.name));
            }
            let path = tree.path();
            let run = move || clock::wall(&mut shipway(&[command, &path]));
            subjects.push((format!("shipway {command}, {}", tree.name), Box::new(run)));
        }
    }
    let mut taken = interleaved(effort.rounds(ROUNDS), &mut subjects).into_iter();
    let (_, floor) = taken.next().expect("the floor comes first");
    let rows = taken
        .map(|(name, samples)| {
            let detect = name.starts_with("shipway detect");
            let row = Row::new(name, Unit::Millis, &samples).floor(FLOOR, &floor);
            if detect { row.beside(NATIVE) } else { row }
        })
        .collect();
    let how = format!("a process each, file cache warm, in turn with the floor ({})", files.join(", "));
    Section { title: "cold commands", how, rows }
}

/// It answers what it should; the number of files that it saw.
fn check(command: &str, tree: &Tree) -> u64 {
    let (answer, _) = clock::answer(&mut shipway(&[command, &tree.path(), "--json"]));
    let report = answer.json();
    let seen = (answer.exit, report["appType"].as_str());
    assert_eq!(seen, (0, Some(tree.app_type)), "{command} of {}: {report:#}", tree.name);
    report["index"]["files"].as_u64().expect("the number of files")
}
