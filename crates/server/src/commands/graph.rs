//! `vestibule graph`: draws a policy's journey.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use vestibule_author::graph::{NoGraph, build, mermaid, svg};
use vestibule_author::set::Set;
use vestibule_engine::syntax::same_id;

use super::{Failure, Outcome, paths};

/// Arguments of `graph`.
#[derive(Debug, Args)]
#[command(
    long_about = "Draws the journey of a policy: its steps, what skips them, the buttons and where they lead, the
technical profiles with their kinds, pages and validation profiles, the sub-journeys, and where it ends.

Without --journey it is the journey that a sign-in runs. The picture is one SVG file, for light and dark, that needs
nothing else; or a Mermaid flowchart, which many documentation sites draw by themselves.
A policy that does not compile is drawn too: what is missing is marked.",
    after_help = "Examples:
  vestibule graph B2C_1A_signup_signin policies/ -o sign-in.svg
  vestibule graph B2C_1A_signup_signin policies/ --format mermaid >> README.md
  vestibule graph B2C_1A_signup_signin policies/ --journey RedeemRefreshToken -o refresh.svg"
)]
pub struct GraphCommand {
    /// Id of the policy
    pub policy: String,
    /// Folders with policy files, or the files themselves
    #[arg(value_name = "PATH", default_value = "policies")]
    pub paths: Vec<PathBuf>,
    /// The journey to draw, for instance the one that redeems refresh tokens
    #[arg(long, value_name = "ID")]
    pub journey: Option<String>,
    /// What to write; by default what the file's name says, else svg
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What a graph is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One SVG file
    Svg,
    /// A Mermaid flowchart
    Mermaid,
}

impl Format {
    /// What a file name asks for: Mermaid for `.mmd`, `.mermaid` and `.md`.
    fn of(file: Option<&Path>) -> Format {
        let end = file.and_then(Path::extension).and_then(|end| end.to_str()).unwrap_or_default();
        if ["mmd", "mermaid", "md"].contains(&end) { Format::Mermaid } else { Format::Svg }
    }
}

/// Draws.
pub fn run(command: &GraphCommand) -> Outcome {
    let sources = paths::sources(&command.paths)?;
    let set = Set::of_one(&command.policy, &sources);
    let member = set.member(&command.policy);
    let member = member.ok_or_else(|| no_policy(&Set::of(&sources), &command.policy))?;
    if member.policy.is_none() {
        eprintln!("note: the policy does not compile as it is; `vestibule check` says why");
    }
    let graph = build(member, command.journey.as_deref()).map_err(|why| no_graph(command, why))?;
    let format = command.format.unwrap_or_else(|| Format::of(command.output.as_deref()));
    let text = match format {
        Format::Svg => svg(&graph),
        Format::Mermaid => mermaid(&graph),
    };
    match &command.output {
        Some(file) => std::fs::write(file, text)
            .map_err(|cause| Failure(format!("`{}` cannot be written: {cause}", file.display())))?,
        None => print!("{text}"),
    }
    Ok(true)
}

fn no_graph(command: &GraphCommand, why: NoGraph) -> Failure {
    let list = |known: Vec<String>| {
        if known.is_empty() {
            "it has no journey".to_owned()
        } else {
            format!("there is {}", known.join(", "))
        }
    };
    Failure(match why {
        NoGraph::NothingStarts(known) => {
            format!(
                "`{}` has no relying party; name a journey with --journey: {}",
                command.policy,
                list(known)
            )
        }
        NoGraph::NoJourney(wanted, known) => {
            format!("`{}` has no journey `{wanted}`; {}", command.policy, list(known))
        }
    })
}

fn no_policy(set: &Set, id: &str) -> Failure {
    if let Some(broken) = set.broken.iter().find(|one| one.id.as_deref().is_some_and(|own| same_id(own, id)))
    {
        return Failure(format!("`{id}` cannot be put together: {} ({})", broken.why.message, broken.file));
    }
    let known: Vec<&str> = set.members.iter().map(|member| member.id.as_str()).collect();
    let known = if known.is_empty() { "no whole policy".to_owned() } else { known.join(", ") };
    Failure(format!("there is no policy `{id}`; there is {known}"))
}
