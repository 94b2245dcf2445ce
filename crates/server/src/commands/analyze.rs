//! `vestibule analyze`: what a move of policies from the cloud to this server takes.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use vestibule_author::analyze::{analyze, html, text};
use vestibule_author::set::Set;

use super::{Failure, Outcome, paths};

/// Arguments of `analyze`.
#[derive(Debug, Args)]
#[command(
    long_about = "Reads a folder of policies from Azure AD B2C and reports what it takes to run them here: a verdict for
each policy with its reasons, the policy keys, REST services, identity providers, page templates, extension attributes
and applications that they need, what behaves otherwise than in the cloud, and what to do step by step.",
    after_help = "Examples:
  vestibule analyze my-policies/
  vestibule analyze my-policies/ -o report.html            one file to send around or print
  vestibule analyze my-policies/ --format json             for a pipeline; docs/tools.md describes it"
)]
pub struct AnalyzeCommand {
    /// Folders with policy files, or the files themselves
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// What to write; by default what the file's name says, else text
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// For machines
    Json,
    /// One HTML file
    Html,
}

impl Format {
    fn of(file: Option<&Path>) -> Format {
        match file.and_then(Path::extension).and_then(|end| end.to_str()) {
            Some("json") => Format::Json,
            Some("html" | "htm") => Format::Html,
            _ => Format::Text,
        }
    }
}

/// Reports.
pub fn run(command: &AnalyzeCommand) -> Outcome {
    let sources = paths::sources(&command.paths)?;
    let report = analyze(&Set::of(&sources), &sources);
    let format = command.format.unwrap_or_else(|| Format::of(command.output.as_deref()));
    let written = match format {
        Format::Text => text(&report, command.output.is_none() && std::io::stdout().is_terminal()),
        Format::Json => serde_json::to_string_pretty(&report).map_err(Failure::from_error)? + "\n",
        Format::Html => html(&report),
    };
    match &command.output {
        Some(file) => std::fs::write(file, written)
            .map_err(|cause| Failure(format!("`{}` cannot be written: {cause}", file.display())))?,
        None => print!("{written}"),
    }
    Ok(true)
}
