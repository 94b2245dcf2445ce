//! `vestibule check`: compiles policies and prints what is wrong with them.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::{Outcome, paths};

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
    let sources = paths::sources(&command.paths)?;
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
            sources.iter().count(),
            diagnostics.error_count()
        );
    }
    Ok(!diagnostics.has_errors())
}
