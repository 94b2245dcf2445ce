//! `vestibule key`: policy key containers.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::place::Place;
use super::{Failure, Outcome};

/// Arguments of `key`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule key list --config vestibule.toml
  vestibule key create --config vestibule.toml B2C_1A_TokenSigningKeyContainer --use sig
  vestibule key rotate --config vestibule.toml B2C_1A_TokenSigningKeyContainer
  vestibule key import --config vestibule.toml B2C_1A_RestKey --use sig --file secret.txt")]
pub struct KeyCommand {
    /// Which installation.
    #[command(flatten)]
    pub place: Place,
    /// Name of the tenant; needed when there are several
    #[arg(long, value_name = "NAME", global = true)]
    pub tenant: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub action: KeyAction,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyUse {
    /// Signing
    Sig,
    /// Encryption
    Enc,
}

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyForm {
    /// RSA, 2048 bits
    Rsa,
    /// A random secret of 32 bytes
    Secret,
}

/// The parts of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyAction {
    /// List containers and the keys in them; no private part is shown
    List,
    /// Make a container with a new key
    Create {
        /// Name of the container, such as B2C_1A_TokenSigningKeyContainer
        #[arg(value_name = "CONTAINER")]
        container: String,
        /// What it is for
        #[arg(long = "use", value_enum, default_value_t = KeyUse::Sig)]
        purpose: KeyUse,
        /// What it is made of
        #[arg(long, value_enum, default_value_t = KeyForm::Rsa)]
        form: KeyForm,
    },
    /// Put a new key before the others; old public keys stay published until their tokens expire
    Rotate {
        /// Name of the container
        #[arg(value_name = "CONTAINER")]
        container: String,
    },
    /// Take a key from a file: an RSA private key in PEM, or a secret as text
    Import {
        /// Name of the container
        #[arg(value_name = "CONTAINER")]
        container: String,
        /// What it is for
        #[arg(long = "use", value_enum, default_value_t = KeyUse::Sig)]
        purpose: KeyUse,
        /// The file; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Delete a container
    Delete {
        /// Name of the container
        #[arg(value_name = "CONTAINER")]
        container: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Runs it.
pub fn run(_command: KeyCommand) -> Outcome {
    Err(Failure("`key` is not wired yet".to_owned()))
}
