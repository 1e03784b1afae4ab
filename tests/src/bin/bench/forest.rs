//! A tree of a hundred thousand files: what only lists it is the floor.

use crate::Effort;
use crate::clock::{self, interleaved};
use crate::table::{Reference, Row, Section, Unit};
use std::fs::{self, File};
use std::process::Command;
use tests::{App, shipway};

const FOLDERS: u64 = 400;
const EACH: u64 = 250;
/// `package.json` and `server.js`.
const OWN: u64 = 2;
const ROUNDS: usize = 30;

const LISTING: Reference = Reference {
    figure: "a listing 50 ms; native tools 500 to 10,000 ms",
    source: "design/detection.md: aim at the listing",
};

/// Cold detect of it beside `find`.
pub(crate) fn section(effort: Effort) -> Section {
    let app = App::empty("forest");
    app.write("package.json", r#"{"name":"forest","private":true,"scripts":{"start":"node server.js"}}"#);
    app.write("server.js", "require('http').createServer((q, r) => r.end()).listen(process.env.PORT);\n");
    for folder in 0..FOLDERS {
        let folder = app.path().join(format!("src/part-{folder}"));
        fs::create_dir_all(&folder).expect("a folder");
        for file in 0..EACH {
            File::create(folder.join(format!("module-{file}.js"))).expect("a file");
        }
    }
    let path = app.path().display().to_string();
    let (answer, _) = clock::answer(&mut shipway(&["detect", &path, "--json"]));
    let report = answer.json();
    let seen = (report["index"]["files"].as_u64(), report["appType"].as_str());
    assert_eq!(seen, (Some(FOLDERS * EACH + OWN), Some("node")), "{report:#}");

    let find = || clock::wall(Command::new("find").args([&path, "-type", "f"]));
    let detect = || clock::wall(&mut shipway(&["detect", &path]));
    let mut taken = interleaved(
        effort.rounds(ROUNDS),
        &mut [("find DIR -type f".to_owned(), Box::new(find)), ("shipway detect".to_owned(), Box::new(detect))],
    );
    let (name, samples) = taken.pop().expect("two subjects");
    let (floor, listing) = taken.pop().expect("two subjects");
    let row = Row::new(name, Unit::Millis, &samples).floor(floor, &listing).beside(LISTING);
    let how = format!("{} files in {FOLDERS} folders, file cache warm", FOLDERS * EACH + OWN);
    Section { title: "a large tree", how, rows: vec![row] }
}
