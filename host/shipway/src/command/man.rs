//! `shipway man`: manual pages, from the same words as `--help`.

use crate::cli;
use crate::context::{Context, Ended, usage};
use crate::exit;
use std::io::Write;
use std::path::PathBuf;

/// Print the manual page of shipway or of a command, or write all of them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway man | man -l -
  shipway man deploy | man -l -
  shipway man --dir ~/.local/share/man/man1      all of them, as files")]
pub(crate) struct Args {
    /// The command; none for shipway itself
    command: Option<String>,
    /// Write every page into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let mut root = cli::command();
        root.build();
        if let Some(dir) = &self.dir {
            std::fs::create_dir_all(dir)?;
            clap_mangen::generate_to(root, dir)?;
            context.screen.note(&format!("the pages are in {}", dir.display()));
            return Ok(exit::OK);
        }
        let page = match &self.command {
            None => root,
            Some(name) => root
                .find_subcommand(name)
                .cloned()
                .ok_or_else(|| usage(format!("there is no command {name:?}; see `shipway help`"), &**name))?,
        };
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text)?;
        std::io::stdout().lock().write_all(&text)?;
        Ok(exit::OK)
    }
}
