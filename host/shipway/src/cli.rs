//! The command line: global flags, the commands in groups, and what happens with the outcome of one.
//!
//! With `--json` a command that ends without its answer prints exactly one document, too:
//! `{"error": FAILURE, "failure": FAILURE, "recoveryHint": TEXT}`. `error` tells it from an answer; `failure` is where
//! deployments, detections and plans have theirs, so a script looks in one place. The exit status is the same as
//! without `--json`.

use crate::command;
use crate::context::{Context, Ended, Stop, usage};
use crate::exit;
use crate::place::Place;
use crate::render;
use crate::screen::Screen;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use model::{Code, Failure};
use serde::Serialize;
use std::ffi::OsString;
use std::io::ErrorKind as Io;
use std::path::PathBuf;

/// From source to running and reachable, and back when that fails
#[derive(Debug, Parser)]
#[command(name = "shipway", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = false, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// The state directory [default: /var/lib/shipway for root, else shipway in the XDG state directory]
    #[arg(long, global = true, env = "SHIPWAY_STATE", hide_env_values = true, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The host to talk to: unix://PATH or the path of its socket [default: DIR/shipway.sock]
    #[arg(long, global = true, env = "SHIPWAY_HOST", hide_env_values = true, value_name = "URL")]
    host: Option<String>,
    /// One JSON document on stdout and nothing else; progress goes to stderr
    #[arg(long, global = true)]
    json: bool,
    /// Only answers and failures
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Every effect and every plugin call, too
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(command::up::Args),
    Deploy(command::deploy::Args),
    Detect(command::detect::Args),
    Plan(command::plan::Args),
    List(command::list::Args),
    Status(command::status::Args),
    Events(command::events::Args),
    Logs(command::logs::Args),
    Health(command::health::Args),
    Rollback(command::rollback::Args),
    Retry(command::retry::Args),
    Cancel(command::cancel::Args),
    Stop(command::stop::Args),
    Start(command::start::Args),
    Remove(command::remove::Args),
    Serve(command::serve::Args),
    Doctor(command::doctor::Args),
    Config(command::config::Args),
    Explain(command::explain::Args),
    Completions(command::completions::Args),
    Man(command::man::Args),
}

/// The commands as the help shows them.
const GROUPS: &[(&str, &[&str])] = &[
    ("Deploy", &["up", "deploy", "detect", "plan"]),
    ("Look", &["list", "status", "events", "logs", "health"]),
    ("Go back, go on, go away", &["rollback", "retry", "cancel", "stop", "start", "remove"]),
    ("The host", &["serve", "doctor"]),
    ("Reference", &["config", "explain", "completions", "man", "help"]),
];

const EXAMPLES: &str = "\
Begin here:
  shipway up .                      run the app in this folder, and stop it with Ctrl-C
  shipway detect .                  what is it, and how can shipway tell?
  shipway serve &                   a host that stays …
  shipway deploy . --name web       … and a deployment on it

Exit status: 0 success, 1 fault of the host, 2 usage or configuration, 10 detect, 11 plan,
12 execute, 13 verify, 14 rollback failed, 15 canceled or superseded, 20 host unreachable or refused.";

/// The whole command, with its help in groups.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let mut groups = String::new();
    let width = GROUPS.iter().flat_map(|(_, names)| *names).map(|name| name.len()).max().unwrap_or(0);
    for (title, names) in GROUPS {
        groups.push_str(&heading(title));
        for name in *names {
            let about = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map_or_else(|| "This help, or a command's".to_owned(), ToString::to_string);
            groups.push_str(&format!("  {name:width$}  {about}\n"));
        }
        groups.push('\n');
    }
    let template =
        "{about}\n\n{usage-heading} {usage}\n\n".to_owned() + &groups + &heading("Options") + "{options}{after-help}";
    command.help_template(template).after_help(EXAMPLES)
}

fn heading(title: &str) -> String {
    format!("{}\n", render::text::bold(format_args!("{title}:")))
}

/// Runs what the arguments ask for; the exit status.
pub(crate) fn run(args: &[OsString]) -> u8 {
    let parsed = command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, args),
    };
    let Global { state, host, json, quiet, verbose } = cli.global;
    let screen = Screen { json, quiet, verbose };
    let ended = Place::of(state, host.as_deref())
        .map_err(Stop::from)
        .and_then(|place| dispatch(&cli.command, &Context { place, screen }));
    finish(screen, ended)
}

fn dispatch(command: &Command, context: &Context) -> Ended {
    match command {
        Command::Up(args) => args.run(context),
        Command::Deploy(args) => args.run(context),
        Command::Detect(args) => args.run(context),
        Command::Plan(args) => args.run(context),
        Command::List(args) => args.run(context),
        Command::Status(args) => args.run(context),
        Command::Events(args) => args.run(context),
        Command::Logs(args) => args.run(context),
        Command::Health(args) => args.run(context),
        Command::Rollback(args) => args.run(context),
        Command::Retry(args) => args.run(context),
        Command::Cancel(args) => args.run(context),
        Command::Stop(args) => args.run(context),
        Command::Start(args) => args.run(context),
        Command::Remove(args) => args.run(context),
        Command::Serve(args) => args.run(context),
        Command::Doctor(args) => args.run(context),
        Command::Config(args) => args.run(context),
        Command::Explain(args) => args.run(context),
        Command::Completions(args) => args.run(context),
        Command::Man(args) => args.run(context),
    }
}

/// What `--json` prints when a command ends with a failure instead of its answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument<'a> {
    error: &'a Failure,
    failure: &'a Failure,
    recovery_hint: &'a str,
}

fn finish(screen: Screen, ended: Ended) -> u8 {
    match ended {
        Ok(status) => status,
        Err(Stop::Failure(failure, status)) => {
            show(screen, &failure);
            status.unwrap_or_else(|| exit::of_failure(&failure))
        }
        Err(Stop::Output(fault)) if fault.kind() == Io::BrokenPipe => exit::OK,
        Err(Stop::Output(fault)) => {
            screen.alarm(&format!("the output cannot be written: {fault}"));
            exit::INTERNAL
        }
    }
}

fn show(screen: Screen, failure: &Failure) {
    if screen.json {
        let of_a_phase = exit::of_failure(failure) == failure.phase.exit_code() || failure.code == Code::ConfigInvalid;
        let hint = match failure.remedies.first() {
            _ if of_a_phase => model::code::recovery_hint(failure.phase),
            Some(remedy) => &remedy.label,
            None => &failure.docs,
        };
        let _nobody_reads_it = screen.document(&ErrorDocument { error: failure, failure, recovery_hint: hint });
    } else {
        screen.alarm(render::failure::block(failure).trim_end());
    }
}

/// Help and version are answers; everything else is a usage error, told in clap's words, and as JSON when asked.
fn not_understood(error: &clap::Error, args: &[OsString]) -> u8 {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !is_answer && args.iter().any(|arg| arg == "--json") {
        let screen = Screen { json: true, quiet: false, verbose: false };
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let input = args.iter().skip(1).map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ");
        show(screen, &usage(message, input).detail(lines.map(str::to_owned)));
        return exit::USAGE;
    }
    let _nobody_reads_it = error.print();
    if is_answer { exit::OK } else { exit::USAGE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_line_is_consistent_in_itself() {
        command().debug_assert();
    }

    #[test]
    fn the_help_shows_every_command_in_exactly_one_group() {
        let shown: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let once: BTreeSet<&str> = shown.iter().copied().collect();
        assert_eq!(shown.len(), once.len());
        let mut known: BTreeSet<String> =
            command().get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect();
        known.insert("help".to_owned());
        assert_eq!(once.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), known);
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        for sub in command().get_subcommands().filter(|c| c.get_name() != "help") {
            let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("shipway {}", sub.get_name())), "{}", sub.get_name());
        }
    }

    #[test]
    fn global_flags_are_taken_before_and_after_the_command() {
        for line in ["shipway --json --state /s list", "shipway list --state /s --json"] {
            let cli = parse(line).unwrap();
            assert!(cli.global.json);
            assert_eq!(cli.global.state.as_deref(), Some(std::path::Path::new("/s")));
        }
    }

    #[test]
    fn what_cannot_be_understood_is_a_usage_error() {
        for line in [
            "shipway",
            "shipway depoly",
            "shipway list --nope",
            "shipway deploy --set nonsense",
            "shipway deploy --plan abc",
            "shipway rollback",
            "shipway cancel web",
            "shipway rollback web --to web",
            "shipway plan --format dockerfile",
            "shipway serve --http nowhere",
            "shipway list --quiet --verbose",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), i32::from(exit::USAGE), "{line}");
        }
    }

    #[test]
    fn the_commands_of_the_design_are_understood() {
        let id = "dep_01jabcdefghjkmnpqrstvwxyz0";
        let print = format!("sha256:{}", "0".repeat(64));
        for line in [
            "shipway up".to_owned(),
            "shipway up ./app --http 127.0.0.1:0".to_owned(),
            format!("shipway deploy . --name web --base api --set a.b=c --set d=e --plan {print} --detach"),
            "shipway deploy ./dist --static --ref main".to_owned(),
            "shipway detect . --explain --json".to_owned(),
            "shipway plan --format json".to_owned(),
            "shipway status".to_owned(),
            "shipway status web".to_owned(),
            format!("shipway status {id}"),
            format!("shipway events {id} --follow --json"),
            "shipway logs web --follow".to_owned(),
            format!("shipway logs {id} --phase build"),
            "shipway health web".to_owned(),
            format!("shipway rollback web --to {id}"),
            format!("shipway retry {id}"),
            format!("shipway cancel {id}"),
            "shipway stop web".to_owned(),
            "shipway start web".to_owned(),
            "shipway remove web --yes".to_owned(),
            "shipway serve --http 0.0.0.0:80 --state /s".to_owned(),
            "shipway explain health-failed".to_owned(),
            "shipway config schema".to_owned(),
            "shipway config check .".to_owned(),
            "shipway config show . --set network.port=3000".to_owned(),
            "shipway doctor".to_owned(),
            "shipway completions bash".to_owned(),
            "shipway man".to_owned(),
        ] {
            parse(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
        }
    }
}
