//! `shipway config`: the schema of shipway.toml, whether a file is valid, and which values hold from where.

use super::detect;
use crate::context::{Context, Ended};
use crate::exit;
use crate::input::SourceArgs;
use crate::render::text::{clean, faint, good, table};
use conductor::preview;
use model::profile::{self, Effective};
use serde::Serialize;

/// The configuration: its schema, whether it is valid, and which values hold
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway config check                 is shipway.toml valid? names the line and the nearest known key
  shipway config show                  every value that holds, and where it came from
  shipway config schema > schema.json  for an editor

Exit status 2 when the configuration is not valid.")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Print the JSON schema of shipway.toml
    Schema,
    /// Say whether the configuration of a source is valid
    Check(SourceArgs),
    /// Print every value that holds, with where it came from
    Show(SourceArgs),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Valid {
    valid: bool,
    /// Keys that somebody set.
    set: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        match &self.what {
            What::Schema => context.screen.document(&profile::schema())?,
            What::Check(source) => {
                let layered = read(source)?;
                let valid = Valid { valid: true, set: layered.origins.keys().cloned().collect() };
                context.screen.answer(&valid, || match valid.set.len() {
                    0 => format!("{} valid; nothing is set, so everything is detected", good("✓")),
                    n => format!("{} valid; {n} set: {}", good("✓"), clean(&valid.set.join(", "))),
                })?;
            }
            What::Show(source) => {
                let values = profile::effective(&read(source)?);
                context.screen.answer(&values, || page(&values))?;
            }
        }
        Ok(exit::OK)
    }
}

fn read(source: &SourceArgs) -> Result<profile::Layered, model::Failure> {
    source.check()?;
    preview::config(&detect::options(source))
}

fn page(values: &[Effective]) -> String {
    let rows: Vec<Vec<String>> = values
        .iter()
        .map(|line| {
            let value = match (&line.value, &line.note) {
                (serde_json::Value::Null, Some(note)) => faint(clean(note)),
                (value, _) => clean(&value.to_string()),
            };
            vec![line.key.clone(), value, faint(&line.origin)]
        })
        .collect();
    table(&["KEY", "VALUE", "FROM"], &rows)
}
