//! `vestibule dev`: its arguments, and from them the development configuration.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use url::Url;

use super::conformance::{self, Profile};
use super::{Failure, Outcome, place, running};
use crate::config::{
    Config, DevArguments, Redirect, SecretDigest, Smtp, client_id_argument, listen_argument,
    redirect_argument, smtp_url, suite_argument,
};
use crate::{chance, policies, telemetry, tls};

/// Arguments of `dev`.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("https").args(["tls", "conformance"]).multiple(true)),
    long_about = "Serves a policy folder on this machine.

The database, the keys and the local certificate authority are made in the data folder on first start and kept.
A policy is loaded again within a second of its file changing; a broken edit shows its diagnostics and the last
good revision stays in force. Mails are shown at /dev/inbox. Two applications are registered and printed, a
public one and a confidential one. Rate limits are off; the lockout of accounts is on.",
    after_help = "Examples:
  vestibule dev
  vestibule dev --policies ./LocalAccounts --listen 127.0.0.1:9000
  vestibule dev --environment Test                        {Settings:…} filled from appsettings.json
  vestibule dev --tls                                     for MSAL, which accepts nothing but https
  vestibule dev --tls --name contoso.b2clogin.com         a second name that resolves to this machine
  vestibule dev --redirect-uri spa=http://localhost:3000/ --redirect-uri native=http://localhost
  vestibule dev --smtp smtp://localhost:1025              mails also go to a real server
  vestibule dev --conformance                             for the OpenID Foundation's conformance suite
  vestibule dev --conformance --suite https://localhost:8443"
)]
pub struct DevCommand {
    /// Folder with the policy files (*.xml) [default: policies]
    #[arg(long, value_name = "DIR", conflicts_with = "conformance")]
    pub policies: Option<PathBuf>,
    /// Environment of the appsettings.json in or above that folder that fills {Settings:…} [default: its first]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = listen_argument)]
    pub listen: SocketAddr,
    /// Folder for database, keys and local authority
    #[arg(long, value_name = "DIR", default_value = ".vestibule")]
    pub data: PathBuf,
    /// Serve https with a local certificate authority made on first start
    #[arg(long)]
    pub tls: bool,
    /// Be what the OpenID Foundation's conformance suite expects, over https (docs/conformance.md)
    #[arg(long)]
    pub conformance: bool,
    /// Where that suite runs
    #[arg(long, value_name = "URL", default_value = "https://localhost.emobix.co.uk:8443",
          requires = "conformance", value_parser = suite_argument)]
    pub suite: Url,
    /// A further host name for the certificate and the issuer; may be repeated
    #[arg(long = "name", value_name = "HOST", requires = "https")]
    pub names: Vec<String>,
    /// Client id of the public application
    #[arg(long, value_name = "ID", value_parser = client_id_argument)]
    pub client_id: Option<String>,
    /// A redirect URI of both applications: [spa=|web=|native=]URI; may be repeated
    #[arg(long = "redirect-uri", value_name = "[KIND=]URI", value_parser = redirect_argument)]
    pub redirect_uris: Vec<Redirect>,
    /// Hand mails to this server as well, smtp://HOST[:PORT] or smtps://HOST
    #[arg(long, value_name = "URL", value_parser = smtp_url)]
    pub smtp: Option<Smtp>,
    /// Write what happens in journeys to this file, a line of JSON each, beside showing it at /dev/journeys
    #[arg(long, value_name = "FILE")]
    pub trace_file: Option<PathBuf>,
    /// Turn rate limits on
    #[arg(long)]
    pub rate_limits: bool,
    /// Let pass with a warning what `vestibule check --lenient` lets pass
    #[arg(long)]
    pub lenient: bool,
}

impl DevCommand {
    /// The part that `Config::dev` reads.
    #[must_use]
    pub fn into_arguments(self) -> DevArguments {
        let policies = self.folder();
        let DevCommand {
            policies: _,
            conformance,
            suite: _,
            environment,
            listen,
            data,
            tls,
            names,
            client_id,
            redirect_uris,
            smtp,
            trace_file,
            rate_limits,
            lenient,
        } = self;
        DevArguments {
            policies,
            environment,
            listen,
            data,
            tls: tls || conformance,
            names,
            client_id,
            redirect_uris,
            smtp,
            trace_file,
            rate_limits,
            lenient,
        }
    }

    fn folder(&self) -> PathBuf {
        match (&self.policies, self.conformance) {
            (Some(folder), _) => folder.clone(),
            (None, true) => conformance::folder(&self.data),
            (None, false) => PathBuf::from("policies"),
        }
    }
}

/// Serves until interrupted.
pub fn run(command: DevCommand) -> Outcome {
    let suite = command.conformance.then(|| command.suite.clone());
    let arguments = command.into_arguments();
    let unusable = |cause: std::io::Error| {
        Failure(format!("the data folder `{}` cannot be used: {cause}", arguments.data.display()))
    };
    if suite.is_some() {
        conformance::write_policy(&arguments.data).map_err(unusable)?;
    }
    if !arguments.policies.is_dir() {
        let folder = arguments.policies.display();
        return Err(Failure(format!(
            "there is no folder `{folder}`; name the folder of your policies with `--policies DIR`"
        )));
    }
    let tenant = policies::tenant_named_in(&arguments.policies, arguments.environment.as_deref());
    let Some(tenant) = tenant.map_err(Failure::from_error)? else {
        let folder = arguments.policies.display();
        return Err(Failure(format!("no file in `{folder}` is a policy with a TenantId")));
    };
    let secret = kept_secret(&arguments.data, "confidential-secret").map_err(unusable)?;
    place::remember_tenant(&arguments.data, &tenant).map_err(unusable)?;
    let digest = SecretDigest::of(&secret);
    let mut config = Config::dev(&arguments, &tenant, digest).map_err(Failure)?;
    telemetry::start(&config.log);
    let mut banner = banner(&config, &arguments, &secret);
    let profile = suite.map(|suite| Profile::open(&arguments.data, suite)).transpose().map_err(unusable)?;
    if let Some(profile) = &profile {
        config = profile.on(config);
        banner.push_str(&profile.write(&arguments.data, &config).map_err(unusable)?);
    }
    running::run_after(config, Some(secret), &banner, async |app| match &profile {
        Some(profile) => profile.make_user(app).await,
        None => Ok(()),
    })
}

/// A secret that is made on first start, kept in a file of its name and readable by its owner alone.
pub(super) fn kept_secret(folder: &Path, name: &str) -> std::io::Result<String> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(name);
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    let secret = chance::token(32);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(&path)?, secret.as_bytes())?;
    Ok(secret)
}

/// What is printed at the start: where to go, what is registered, how to trust the certificate.
fn banner(config: &Config, arguments: &DevArguments, secret: &str) -> String {
    let url = config.server.public_url.as_str().trim_end_matches('/');
    let mut text = format!("\n  Vestibule is ready: {url}\n  Mails:              {url}/dev/inbox\n");
    for application in &config.applications {
        let secret =
            if application.secrets.is_empty() { String::new() } else { format!(", secret {secret}") };
        text.push_str(&format!("  {}: client id {}{secret}\n", application.name, application.client_id));
    }
    if arguments.tls {
        text.push('\n');
        text.push_str(&tls::authority::trust(&arguments.data.join("ca")));
    }
    text
}
