//! `vestibule check`: compiles policies and prints what is wrong with them.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Outcome};
use crate::policies;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    long_about = "Compiles policies and prints everything that is wrong with them: file, line, column, the text
itself underlined, and what was probably meant. Ends with 0 when all compile, 1 when one does not.",
    after_help = "Examples:
  vestibule check policies/
  vestibule check TrustFrameworkBase.xml TrustFrameworkExtensions.xml SignUpOrSignin.xml
  vestibule check --json policies/                        for editors and pipelines"
)]
pub struct CheckCommand {
    /// Folders with policy files, or the files themselves
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Print diagnostics as JSON, one a line
    #[arg(long)]
    pub json: bool,
}

/// Checks; `false` when a policy does not compile.
pub fn run(command: &CheckCommand) -> Outcome {
    let mut files = Vec::new();
    for path in &command.paths {
        if path.is_dir() {
            files.extend(policies::files_below(path).map_err(|cause| unreadable(path, &cause))?);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Failure("there is no policy file (*.xml) at the paths named".to_owned()));
    }
    let sources = policies::read_files(&files).map_err(|cause| Failure(cause.to_string()))?;
    let compiled = vestibule_engine::compile(&sources);
    let diagnostics = &compiled.diagnostics;
    if command.json {
        diagnostics.iter().for_each(|diagnostic| println!("{}", diagnostic.to_json(&sources)));
    } else {
        let colours = std::io::stdout().is_terminal();
        print!("{}", diagnostics.to_text(&sources, colours));
        let warnings = diagnostics.count() - diagnostics.error_count();
        println!(
            "{} of {} policies compile; {} errors, {warnings} warnings and notes",
            compiled.policies.len(),
            files.len(),
            diagnostics.error_count()
        );
    }
    Ok(!diagnostics.has_errors())
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure(format!("`{}` cannot be read: {cause}", path.display()))
}
