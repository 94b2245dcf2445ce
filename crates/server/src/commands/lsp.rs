//! `vestibule lsp`: a language server on standard input and output.

use std::path::PathBuf;

use clap::Args;
use vestibule_engine::lint::Levels;

use super::{Failure, Outcome};
use crate::config;

/// Arguments of `lsp`.
#[derive(Debug, Args)]
#[command(
    long_about = "Serves an editor by the Language Server Protocol on standard input and output: what is wrong with the
policies while they are typed, definitions and references along the inheritance chain, what an id amounts to, completion,
renaming, outline, formatting. An editor starts it; it is of no use by hand.

The folder editors/ has what VS Code, Neovim, Helix, Zed and Emacs need to be told; docs/editors.md explains it.",
    after_help = "Examples:
  vestibule lsp                     what an editor runs
  vestibule lsp --stdio             the same: some editors add this"
)]
pub struct LspCommand {
    /// Converse on standard input and output, as without it
    #[arg(long)]
    pub stdio: bool,
    /// Take [lints] from this file; by default from vestibule.toml of this folder, if there is one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Serves until the editor says `exit`. Leaving without `shutdown` before is a failure, as the protocol wants it.
pub fn run(command: &LspCommand) -> Outcome {
    let usual = || Some(PathBuf::from("vestibule.toml")).filter(|path| path.is_file());
    let levels = match command.config.clone().or_else(usual) {
        // An editor without diagnostics would be worse than one with the usual lints.
        Some(path) => config::lints(&path).unwrap_or_else(|problems| {
            eprintln!("{problems}");
            Levels::default()
        }),
        None => Levels::default(),
    };
    if vestibule_author::lsp::serve(std::io::stdin(), std::io::stdout(), levels) {
        Ok(true)
    } else {
        Err(Failure("the editor left without `shutdown`".to_owned()))
    }
}
