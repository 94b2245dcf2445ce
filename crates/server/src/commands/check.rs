//! `vestibule check`: compiles policies and prints what is wrong with them.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Outcome};

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
pub fn run(_command: &CheckCommand) -> Outcome {
    Err(Failure("`check` is not wired yet".to_owned()))
}
