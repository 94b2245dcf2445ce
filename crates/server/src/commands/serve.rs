//! `vestibule serve`: reads the configuration whole, then serves.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Outcome, configuration, running};
use crate::{config, telemetry};

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(
    long_about = "Serves for production, as a configuration file says.

The file is checked whole before anything starts; all its problems are printed in one run. SIGTERM and Ctrl-C
let requests under way finish. /health/live and /health/ready tell an orchestrator how the server is.",
    after_help = "Examples:
  vestibule serve --config /etc/vestibule/vestibule.toml
  vestibule serve --config vestibule.toml --check         check it and stop

docs/configuration.md explains every key."
)]
pub struct ServeCommand {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Environment of the appsettings.json beside the policies that fills {Settings:…}, for all tenants
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Check the configuration and stop
    #[arg(long)]
    pub check: bool,
}

/// Serves until told to stop.
pub fn run(command: ServeCommand) -> Outcome {
    if command.check {
        return configuration::check(&command.config);
    }
    let mut config = config::load(&command.config).map_err(Failure::from_error)?;
    if command.environment.is_some() {
        config.tenants.iter_mut().for_each(|tenant| tenant.environment.clone_from(&command.environment));
    }
    telemetry::start(&config.log);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    running::run(config, None, "")
}
