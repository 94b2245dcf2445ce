//! `vestibule app`: registered applications and their secrets.

use clap::{Args, Subcommand};

use super::place::Place;
use super::{Failure, Outcome};
use crate::config::{Redirect, redirect_argument};

/// Arguments of `app`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule app create --config vestibule.toml --name Shop --redirect-uri spa=https://shop.example.com/
  vestibule app create --config vestibule.toml --name Portal --confidential --redirect-uri web=https://portal.example.com/cb
  vestibule app secret add --config vestibule.toml CLIENT_ID       prints the new secret, once")]
pub struct AppCommand {
    /// Which installation.
    #[command(flatten)]
    pub place: Place,
    /// Name of the tenant; needed when there are several
    #[arg(long, value_name = "NAME", global = true)]
    pub tenant: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub action: AppAction,
}

/// The parts of `app`.
#[derive(Debug, Subcommand)]
pub enum AppAction {
    /// List applications
    List,
    /// Register an application
    Create(NewApp),
    /// Show one application
    Show(OneApp),
    /// Delete an application
    Delete {
        /// Which application.
        #[command(flatten)]
        app: OneApp,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Add or remove a secret
    Secret {
        /// What to do.
        #[command(subcommand)]
        action: SecretAction,
    },
}

/// The parts of `app secret`.
#[derive(Debug, Subcommand)]
pub enum SecretAction {
    /// Make a secret and print it, once; only its SHA-256 is kept
    Add(OneApp),
    /// Remove a secret by the number that `app show` prints
    Remove {
        /// Which application.
        #[command(flatten)]
        app: OneApp,
        /// Number of the secret
        #[arg(value_name = "NUMBER")]
        number: usize,
    },
}

/// An application to register.
#[derive(Debug, Args)]
pub struct NewApp {
    /// Name shown in lists
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Client id; made if absent
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Redirect URI: [spa=|web=|native=]URI; may be repeated
    #[arg(long = "redirect-uri", value_name = "[KIND=]URI", value_parser = redirect_argument)]
    pub redirect_uris: Vec<Redirect>,
    /// Make a secret and print it, once
    #[arg(long)]
    pub confidential: bool,
    /// May receive id and access tokens from the authorize endpoint
    #[arg(long)]
    pub implicit: bool,
    /// A scope of a web API it may ask for; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// A policy it may use (all, if none is named); may be repeated
    #[arg(long = "policy", value_name = "ID")]
    pub policies: Vec<String>,
    /// Redeems codes without PKCE although it is public
    #[arg(long)]
    pub lift_pkce: bool,
}

/// An application to find.
#[derive(Debug, Args)]
pub struct OneApp {
    /// Client id
    #[arg(value_name = "CLIENT_ID")]
    pub client_id: String,
}

/// Runs it.
pub fn run(_command: AppCommand) -> Outcome {
    Err(Failure("`app` is not wired yet".to_owned()))
}
