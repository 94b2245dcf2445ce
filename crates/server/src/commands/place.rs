//! Which installation a command works on: a production configuration or a development folder.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::Failure;
use crate::audit::{self, Activity, Event, Origin};
use crate::clock::Clock;
use crate::config::{self, Config, DevArguments, SecretDigest};
use crate::directory::Directory;
use crate::keys::Keys;
use crate::seal::Sealer;
use crate::serving;
use crate::store::Store;

/// The longest secret that a command reads, in bytes.
const MOST_SECRET: u64 = 64 * 1024;

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

/// File of a data folder that keeps the tenant's name, which `dev` takes from the policies.
const TENANT_FILE: &str = "tenant";

/// Notes the tenant of a data folder for later commands; called by `dev` at its start.
pub fn remember_tenant(data: &Path, tenant: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(data)?;
    std::fs::write(data.join(TENANT_FILE), format!("{tenant}\n"))
}

/// An opened installation: what administration works on.
pub struct Installation {
    /// Its database.
    pub store: Store,
    /// Its policy keys.
    pub keys: Keys,
    /// Its users.
    pub directory: Directory,
    /// The machine's clock.
    pub clock: Clock,
    /// Name of the tenant the command is about.
    pub tenant: String,
    /// Client ids of the applications that stand in the configuration.
    pub configured: Vec<String>,
}

impl Installation {
    /// Opens the installation that was named, for a tenant that was named or is the only one.
    pub async fn open(place: &Place, tenant: Option<&str>) -> Result<Installation, Failure> {
        let config = match place.chosen().map_err(|told| Failure(told.to_owned()))? {
            Chosen::Config(file) => config::load(file).map_err(Failure::from_error)?,
            Chosen::Data(folder) => development(folder, tenant)?,
        };
        let names: Vec<&str> = config.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
        let tenant = chosen_tenant(tenant, &names)?;
        let clock = Clock::System;
        let master = serving::master_key(&config.master_key).map_err(Failure::from_error)?;
        let (url, connections) = (config.database.url.expose_secret(), config.database.connections);
        let store = Store::open_with(url, connections).await.map_err(Failure::from_error)?;
        let sealer = Sealer::open(store.clone(), master, clock.now()).await.map_err(Failure::from_error)?;
        let keys = Keys::new(store.clone(), sealer.clone(), clock.clone());
        let directory =
            serving::directory(&config, (&store, &sealer, &clock)).map_err(Failure::from_error)?;
        let configured = config.applications.into_iter().map(|application| application.client_id).collect();
        Ok(Installation { store, keys, directory, clock, tenant, configured })
    }
}

/// The configuration under which `dev` made a data folder.
fn development(folder: &Path, tenant: Option<&str>) -> Result<Config, Failure> {
    let shown = folder.display();
    if !folder.join("vestibule.db").exists() {
        return Err(Failure(format!(
            "`{shown}` holds no database; start `vestibule dev --data {shown}` once"
        )));
    }
    let kept = std::fs::read_to_string(folder.join(TENANT_FILE)).unwrap_or_default();
    let name = match (kept.trim(), tenant) {
        ("", None) => return Err(Failure("name the tenant with `--tenant NAME`".to_owned())),
        ("", Some(named)) => named,
        (kept, _) => kept,
    };
    let arguments = DevArguments {
        policies: PathBuf::new(),
        environment: None,
        listen: ([127, 0, 0, 1], 8080).into(),
        data: folder.to_owned(),
        tls: false,
        names: Vec::new(),
        client_id: None,
        redirect_uris: Vec::new(),
        smtp: None,
        trace_file: None,
        rate_limits: false,
        lenient: false,
    };
    Config::dev(&arguments, name, SecretDigest([0; 32])).map_err(Failure)
}

impl Installation {
    /// Writes what a command did to the audit log.
    pub(super) async fn record(&self, activity: Activity, target: &str) -> Result<(), Failure> {
        let origin = Origin { client: Some("command line".to_owned()), ..Origin::default() };
        let event = Event { tenant: &self.tenant, activity, failure: None, target, origin };
        audit::record(&self.store, event, self.clock.now()).await.map_err(Failure::from_error)
    }
}

fn chosen_tenant(named: Option<&str>, known: &[&str]) -> Result<String, Failure> {
    let listed = || known.join(", ");
    match (named, known) {
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(Failure("name the tenant with `--tenant NAME`".to_owned())),
        (None, _) => {
            Err(Failure(format!("there are several tenants; name one with `--tenant NAME`: {}", listed())))
        }
        (Some(named), _) => match known.iter().find(|name| name.eq_ignore_ascii_case(named)) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Failure(format!("there is no tenant `{named}`; known: {}", listed()))),
        },
    }
}

/// Asks before something is deleted; `--yes` answers beforehand.
pub(super) fn confirmed(what: &str, yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    eprint!("Delete {what} for good? Type `yes`: ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::from_error)?;
    Ok(answer.trim() == "yes")
}

/// A secret from a file, or from standard input for `-`; its last line break does not belong to it.
pub(super) fn secret_from(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let told = |error: std::io::Error| Failure(format!("`{}` cannot be read: {error}", file.display()));
    let text = match file.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin().take(MOST_SECRET)),
        _ => std::fs::File::open(file).and_then(|opened| std::io::read_to_string(opened.take(MOST_SECRET))),
    };
    let text = Zeroizing::new(text.map_err(told)?);
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Runs an asynchronous command on one thread.
pub(super) fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::from_error)?.block_on(work)
}
