//! `vestibule dev`: its arguments, and from them the development configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, Outcome};
use crate::config::{DevArguments, Redirect, Smtp, listen_argument, redirect_argument, smtp_url};

/// Arguments of `dev`.
#[derive(Debug, Args)]
#[command(
    long_about = "Serves a policy folder on this machine.

The database, the keys and the local certificate authority are made in the data folder on first start and kept.
A policy is loaded again within a second of its file changing; a broken edit shows its diagnostics and the last
good revision stays in force. Mails are shown at /dev/inbox. Two applications are registered and printed, a
public one and a confidential one. Rate limits are off; the lockout of accounts is on.",
    after_help = "Examples:
  vestibule dev
  vestibule dev --policies ./LocalAccounts --listen 127.0.0.1:9000
  vestibule dev --tls                                     for MSAL, which accepts nothing but https
  vestibule dev --tls --name contoso.b2clogin.com         a second name that resolves to this machine
  vestibule dev --redirect-uri spa=http://localhost:3000/ --redirect-uri native=http://localhost
  vestibule dev --smtp smtp://localhost:1025              mails also go to a real server"
)]
pub struct DevCommand {
    /// Folder with the policy files (*.xml)
    #[arg(long, value_name = "DIR", default_value = "policies")]
    pub policies: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listen_argument)]
    pub listen: SocketAddr,
    /// Folder for database, keys and local authority
    #[arg(long, value_name = "DIR", default_value = ".vestibule")]
    pub data: PathBuf,
    /// Serve https with a local certificate authority made on first start
    #[arg(long)]
    pub tls: bool,
    /// A further host name for the certificate and the issuer; may be repeated
    #[arg(long = "name", value_name = "HOST", requires = "tls")]
    pub names: Vec<String>,
    /// Client id of the public application
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// A redirect URI of both applications: [spa=|web=|native=]URI; may be repeated
    #[arg(long = "redirect-uri", value_name = "[KIND=]URI", value_parser = redirect_argument)]
    pub redirect_uris: Vec<Redirect>,
    /// Hand mails to this server as well, smtp://HOST[:PORT] or smtps://HOST
    #[arg(long, value_name = "URL", value_parser = smtp_url)]
    pub smtp: Option<Smtp>,
    /// Turn rate limits on
    #[arg(long)]
    pub rate_limits: bool,
}

impl DevCommand {
    /// The part that `Config::dev` reads.
    #[must_use]
    pub fn into_arguments(self) -> DevArguments {
        let DevCommand { policies, listen, data, tls, names, client_id, redirect_uris, smtp, rate_limits } =
            self;
        DevArguments { policies, listen, data, tls, names, client_id, redirect_uris, smtp, rate_limits }
    }
}

/// Serves until interrupted.
pub fn run(command: DevCommand) -> Outcome {
    let arguments = command.into_arguments();
    if !arguments.policies.is_dir() {
        let folder = arguments.policies.display();
        return Err(Failure(format!(
            "there is no folder `{folder}`; name the folder of your policies with `--policies DIR`"
        )));
    }
    Err(Failure("`dev` is not wired yet".to_owned()))
}
