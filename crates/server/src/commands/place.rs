//! Which installation a command works on: a production configuration or a development folder.

use std::path::{Path, PathBuf};

use clap::Args;

/// `--config FILE` or `--data DIR`; exactly one of them. (clap cannot demand that of options that may stand
/// after the action as well, so `chosen` does.)
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Configuration file of the server (`serve`)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Data folder of the server (`dev`)
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
}

/// The installation that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen<'a> {
    /// A configuration file.
    Config(&'a Path),
    /// The data folder of `dev`.
    Data(&'a Path),
}

impl Place {
    /// The installation, or what to write.
    pub fn chosen(&self) -> Result<Chosen<'_>, &'static str> {
        match (&self.config, &self.data) {
            (Some(file), None) => Ok(Chosen::Config(file)),
            (None, Some(folder)) => Ok(Chosen::Data(folder)),
            (None, None) => Err("name the installation: `--config FILE` (serve) or `--data DIR` (dev)"),
            (Some(_), Some(_)) => Err("`--config` and `--data` name two installations; leave one out"),
        }
    }
}
