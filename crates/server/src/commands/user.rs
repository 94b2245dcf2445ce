//! `vestibule user`: users of a tenant, by the people who run the server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::place::Place;
use super::{Failure, Outcome};

/// Arguments of `user`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule user create --data .vestibule --email ann@example.com --name \"Ann Lee\" --password-file pw.txt
  vestibule user list --config vestibule.toml
  vestibule user unlock --config vestibule.toml ann@example.com
  vestibule user revoke --config vestibule.toml 6f1c…    ends sessions and refresh tokens")]
pub struct UserCommand {
    /// Which installation.
    #[command(flatten)]
    pub place: Place,
    /// Name of the tenant; needed when there are several
    #[arg(long, value_name = "NAME", global = true)]
    pub tenant: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub action: UserAction,
}

/// The parts of `user`.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Create a local account
    Create(NewUser),
    /// List users, newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Only users whose sign-in name or display name begins with this
        #[arg(long, value_name = "TEXT")]
        starts_with: Option<String>,
    },
    /// Show one user with all attributes
    Show(OneUser),
    /// Let a user no longer sign in
    Disable(OneUser),
    /// Let a disabled user sign in again
    Enable(OneUser),
    /// End a lockout
    Unlock(OneUser),
    /// Make the user set a new password at the next sign-in
    ForceChange(OneUser),
    /// End the user's sessions and refresh tokens
    Revoke(OneUser),
    /// Delete a user for good
    Delete {
        /// Which user.
        #[command(flatten)]
        user: OneUser,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A user to create.
#[derive(Debug, Args)]
pub struct NewUser {
    /// Sign-in name: a mail address
    #[arg(long, value_name = "ADDRESS", required_unless_present = "user_name")]
    pub email: Option<String>,
    /// Sign-in name: a user name
    #[arg(long, value_name = "NAME")]
    pub user_name: Option<String>,
    /// Display name
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Given name
    #[arg(long, value_name = "TEXT")]
    pub given_name: Option<String>,
    /// Surname
    #[arg(long, value_name = "TEXT")]
    pub surname: Option<String>,
    /// File with the password; `-` reads it from standard input. Never an argument: other processes see those
    #[arg(long, value_name = "FILE")]
    pub password_file: PathBuf,
    /// The user must set a new password at the first sign-in
    #[arg(long)]
    pub force_change: bool,
}

/// A user to find.
#[derive(Debug, Args)]
pub struct OneUser {
    /// Object id or sign-in name
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Runs it.
pub fn run(_command: UserCommand) -> Outcome {
    Err(Failure("`user` is not wired yet".to_owned()))
}
