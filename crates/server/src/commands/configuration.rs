//! `vestibule config`: checks a configuration file, prints the reference of its keys.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Outcome;
use crate::config;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// The parts of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Check a configuration file without starting anything
    #[command(after_help = "Example:\n  vestibule config check /etc/vestibule/vestibule.toml")]
    Check {
        /// The configuration file
        file: PathBuf,
    },
    /// Print the reference of all keys as Markdown (docs/configuration.md)
    Reference,
}

/// Runs it.
pub fn run(command: &ConfigCommand) -> Outcome {
    match &command.action {
        ConfigAction::Check { file } => check(file),
        ConfigAction::Reference => {
            print!("{}", config::reference());
            Ok(true)
        }
    }
}

/// Prints every problem and warning of a configuration file.
pub(super) fn check(file: &Path) -> Outcome {
    match config::load(file) {
        Ok(config) => {
            for warning in &config.warnings {
                eprintln!("warning: {warning}");
            }
            println!("{}: good", file.display());
            Ok(true)
        }
        Err(problems) => {
            eprintln!("{problems}");
            Ok(false)
        }
    }
}
