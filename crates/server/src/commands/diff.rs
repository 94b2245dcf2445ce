//! `vestibule diff`: what really differs between two folders of policies.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use vestibule_author::diff::{diff, json, text};
use vestibule_author::set::Set;

use super::{Failure, Outcome, paths};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(
    long_about = "Compares two folders of policies by what they do, policy by policy and journey by journey: steps,
technical profiles with their settings and claims, validation profiles, transformations, pages and texts, the relying
party's behaviours and token claims.

The effective policies are compared, each merged with its bases and with what its profiles include. So it makes no
difference what moved from one file to another or was laid out otherwise. Policies are matched by their ids.
Ends with 0 when there is no difference, 1 when there is one, 2 when the policies cannot be read.",
    after_help = "Examples:
  vestibule diff policies/ ../production/policies/
  vestibule diff before/ after/ --format json > difference.json
  git worktree add /tmp/main main && vestibule diff /tmp/main/policies policies"
)]
pub struct DiffCommand {
    /// The folder as it was, or one file
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The folder as it is
    #[arg(value_name = "B")]
    pub after: PathBuf,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// How a difference is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Compares; `false` when there is a difference.
pub fn run(command: &DiffCommand) -> Outcome {
    let before = read(&command.before)?;
    let after = read(&command.after)?;
    let difference = diff(&before, &after);
    match command.format {
        Format::Text => print!("{}", text(&difference, std::io::stdout().is_terminal())),
        Format::Json => println!("{:#}", json(&difference)),
    }
    Ok(difference.is_empty())
}

/// A set of which every file counts: a policy that cannot be put together cannot be compared.
fn read(path: &Path) -> Result<Set, Failure> {
    let sources = paths::sources(&[path.to_owned()])?;
    let set = Set::of(&sources);
    match set.broken.first() {
        None => Ok(set),
        Some(broken) => Err(Failure(format!(
            "{} cannot be compared: {}; `vestibule check` shows the place",
            broken.file, broken.why.message
        ))),
    }
}
