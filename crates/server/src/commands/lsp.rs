//! `vestibule lsp`: a language server on standard input and output.

use clap::Args;

use super::{Failure, Outcome};

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
}

/// Serves until the editor says `exit`. Leaving without `shutdown` before is a failure, as the protocol wants it.
pub fn run(_command: &LspCommand) -> Outcome {
    if vestibule_author::lsp::serve(std::io::stdin(), std::io::stdout()) {
        Ok(true)
    } else {
        Err(Failure("the editor left without `shutdown`".to_owned()))
    }
}
