//! The benchmark behind `cargo xtask bench`: one run, one table. Nothing here can fail because something was slow: every
//! figure stands beside its floor and beside the figure of the design, and a person judges.
//!
//! What is measured is checked first (a detection that detects nothing is fast), every sample was taken beside its floor
//! in the same minute, and medians are what is compared: one run on a busy machine still says something.

mod apps;
mod clock;
mod cold;
mod deploys;
mod failing;
mod forest;
mod journals;
mod machine;
mod samples;
mod sizes;
mod table;
mod timeline;
mod warm;

use machine::Machine;
use std::io::Write;
use std::process::ExitCode;
use table::Section;

const USAGE: &str = "\
cargo xtask bench [--json] [--quick]

  --json   the figures as one JSON document on stdout; the table goes to stderr
  --quick  a tenth of the samples: only to try the benchmark itself";

/// How many samples are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    quick: bool,
}

impl Effort {
    /// This many, or with `--quick` a tenth, but never less than three.
    pub(crate) fn rounds(self, full: usize) -> usize {
        if self.quick { (full / 10).max(3) } else { full }
    }
}

fn main() -> ExitCode {
    let (mut json, mut effort) = (false, Effort { quick: false });
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            "--quick" => effort.quick = true,
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    if std::env::var_os("SHIPWAY_BIN").is_none() {
        eprintln!("SHIPWAY_BIN is not set: run this with `cargo xtask bench`");
        return ExitCode::from(2);
    }
    let mut machine = Machine::now();
    let sections = measure(effort);
    machine.over();
    let text = table::text(&machine, &sections);
    let written = if json {
        eprint!("{text}");
        writeln!(std::io::stdout(), "{}", table::json(&machine, &sections))
    } else {
        write!(std::io::stdout(), "{text}")
    };
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(effort: Effort) -> Vec<Section> {
    let apps = apps::three();
    let plugins = warm::plugins();
    let mut sections = vec![];
    let mut done = |section: Section| {
        eprintln!("measured: {}", section.title);
        sections.push(section);
    };
    done(sizes::section());
    done(cold::section(&apps, effort));
    done(warm::section(&apps, plugins, effort));
    done(forest::section(effort));
    let (deployments, commits) = deploys::section(effort);
    done(deployments);
    done(failing::section(effort));
    done(journals::section(commits, effort));
    sections
}
