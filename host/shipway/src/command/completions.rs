//! `shipway completions`: for the shell.

use crate::cli;
use crate::context::{Context, Ended};
use crate::exit;
use clap_complete::Shell;
use std::io::Write;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway completions bash > ~/.local/share/bash-completion/completions/shipway
  shipway completions zsh > ~/.zfunc/_shipway
  shipway completions fish > ~/.config/fish/completions/shipway.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(crate) fn run(&self, _: &Context) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli::command(), "shipway", &mut script);
        std::io::stdout().lock().write_all(&script)?;
        Ok(exit::OK)
    }
}
