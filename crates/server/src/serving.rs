//! From a checked configuration to a running server: parts, keys, policies, background work, listener.
//!
//! In: `Config`. Out: a server that runs until it is told to stop. Everything that must be there before the first
//! request is made here, and every task that runs beside requests is started here.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::net::TcpListener;
use vestibule_engine::kind::Kind;
use vestibule_engine::{Options, Purpose, Strictness};

use crate::app::{App, Shared};
use crate::applications::{
    self, Application, ClientKind, PublicKey, RedirectKind, RedirectUri, Resource, Secret,
};
use crate::audit::{self, Activity, Event, Origin};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::directory::{
    CommonPasswords, Directory, DirectorySettings, Hasher, HasherSettings, LockoutSettings,
};
use crate::error::Error;
use crate::events::Events;
use crate::http::Http;
use crate::issuers::Issuers;
use crate::journeys::Turns;
use crate::keys::{Keys, NewKey};
use crate::limits::RateLimits;
use crate::listen::{self, Bounds};
use crate::mail::{Inbox, Mailer, SmtpPost};
use crate::policies::{Policies, Report, Tenant};
use crate::recorder::Recorder;
use crate::risk::Rules;
use crate::seal::{MasterKey, Sealer};
use crate::sms::Texter;
use crate::store::Store;
use crate::tls::Certificates;
use crate::watch::Watch;
use crate::web;

/// How long events of policies wait for each other.
const TOGETHER: Duration = Duration::from_secs(5);
/// How often expired records are purged and keys looked after.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Builds all parts, loads the policies and registers the configured applications.
pub async fn prepare(
    config: Config,
    clock: Clock,
    development_secret: Option<String>,
) -> Result<Shared, Error> {
    let url = secrecy::ExposeSecret::expose_secret(&config.database.url);
    let store = Store::open_with(url, config.database.connections).await?;
    let master = master_key(&config.master_key)?;
    let previous = previous_master_keys(&config.master_key);
    let sealer = Sealer::open_or_change(store.clone(), master, previous, clock.now()).await?;
    let keys = Keys::new(store.clone(), sealer.clone(), clock.clone());
    let hosts: Vec<String> =
        config.tenants.iter().flat_map(|tenant| tenant.templates.hosts.clone()).collect();
    let http = Http::new(&config.outbound, &hosts)
        .map_err(|text| Error::new("building the outbound client", text))?;
    let mailer = mailer(&config)?;
    let texter = Texter::new(config.sms.clone(), http.clone(), mailer.inbox().cloned());
    let app = Arc::new(App {
        directory: directory(&config, (&store, &sealer, &clock))?,
        limits: RateLimits::new(&config.limits),
        mailer,
        texter,
        policies: Policies::new(&config.tenants, options(&config)),
        turns: Turns::default(),
        development_secret,
        recorder: recorder(&config)?,
        issuers: Issuers::new(http.clone()),
        events: Events::new(http.clone(), config.outbound.insights_url.clone(), TOGETHER),
        risk: risk(&config)?,
        http,
        keys,
        sealer,
        store,
        clock,
        config,
    });
    register_applications(&app).await?;
    for tenant in app.policies.tenants() {
        match load(&app, tenant).await {
            Ok(report) => tell(tenant, &report),
            Err(error) => {
                let folder = tenant.settings.policies.display();
                tracing::error!(%error, tenant = tenant.name, "the policies in {folder} cannot be read");
            }
        }
    }
    Ok(app)
}

/// Serves until `stop` ends.
pub async fn run(app: Shared, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let certificates = match &app.config.server.tls {
        Some(tls) => {
            Some(Certificates::new(tls, app.clock.now()).map_err(|text| Error::new("preparing TLS", text))?)
        }
        None => None,
    };
    let acceptor = certificates.as_ref().map(Certificates::acceptor).transpose();
    let acceptor = acceptor.map_err(|text| Error::new("preparing TLS", text))?;
    let watching = tokio::spawn(watch(app.clone(), certificates));
    let keeping = tokio::spawn(keep_house(app.clone()));
    let bounds = Bounds::new(&app.config.server);
    listen::serve(listener, acceptor, bounds, web::routes::router(&app), stop).await;
    watching.abort();
    keeping.abort();
    app.store.close().await;
    Ok(())
}

/// The master key as configured; a kept one is made on first start.
pub(crate) fn master_key(configured: &config::MasterKey) -> Result<MasterKey, Error> {
    match configured {
        config::MasterKey::KeptAt(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|cause| Error::new("making the data folder", cause))?;
            }
            MasterKey::load_or_create(path).map_err(|cause| Error::new("reading the master key", cause))
        }
        config::MasterKey::Given { current, .. } => Ok(MasterKey::of(**current)),
    }
}

/// Master keys from before, of which one may still be the database's: it is changed to the present one.
fn previous_master_keys(configured: &config::MasterKey) -> Vec<MasterKey> {
    match configured {
        config::MasterKey::KeptAt(_) => Vec::new(),
        config::MasterKey::Given { previous, .. } => {
            previous.iter().map(|key| MasterKey::of(**key)).collect()
        }
    }
}

fn mailer(config: &Config) -> Result<Mailer, Error> {
    let post = config.smtp.as_ref().map(SmtpPost::new).transpose();
    let post = post.map_err(|text| Error::new("preparing the mail server", text))?;
    Ok(match (post, config.development) {
        (Some(post), true) => Mailer::Both(post, Inbox::default()),
        (Some(post), false) => Mailer::Smtp(post),
        (None, true) => Mailer::Inbox(Inbox::default()),
        (None, false) => Mailer::Nowhere,
    })
}

/// How policies are compiled. Under `dev` they are tried before everything is filled in. No journey is reported to a
/// policy's own Application Insights.
fn options(config: &Config) -> Options<'static> {
    let purpose = if config.development { Purpose::Check } else { Purpose::Serve { insights: false } };
    let strictness = Strictness::lenient_if(config.behaviour.lenient_policies);
    Options { purpose, strictness, ..Options::default() }
}

/// The recorder of `dev`.
fn recorder(config: &Config) -> Result<Option<Arc<Recorder>>, Error> {
    if !config.development {
        return Ok(None);
    }
    let recorder = Recorder::new(config.trace_file.as_deref());
    recorder
        .map(|recorder| Some(Arc::new(recorder)))
        .map_err(|error| Error::new("opening the trace file", error))
}

/// The rules of conditional access, if there are any.
fn risk(config: &Config) -> Result<Rules, Error> {
    match &config.behaviour.conditional_access {
        Some(path) => {
            Rules::read(path).map_err(|text| Error::new("reading `behaviour.conditional_access`", text))
        }
        None => Ok(Rules::default()),
    }
}

/// The passwords that nobody may set, where the operator wants that looked at.
fn common_passwords(config: &Config) -> Result<Option<Arc<CommonPasswords>>, Error> {
    let behaviour = &config.behaviour;
    if !behaviour.refuse_common_passwords {
        return Ok(None);
    }
    let tenant = |tenant: &config::Tenant| {
        let first = tenant.name.split('.').next().unwrap_or_default().to_owned();
        [first, tenant.brand.name.clone()]
    };
    let products: Vec<String> = config.tenants.iter().flat_map(tenant).collect();
    let read = CommonPasswords::read(behaviour.common_passwords.as_deref(), &products);
    let read = read.map_err(|text| Error::new("reading `behaviour.common_passwords`", text))?;
    Ok(Some(Arc::new(read)))
}

/// The directory with its hashing threads and lockout as configured.
pub(crate) fn directory(
    config: &Config,
    (store, sealer, clock): (&Store, &Sealer, &Clock),
) -> Result<Directory, Error> {
    let (hashing, lockout) = (&config.hashing, &config.lockout);
    let hasher = Hasher::start(HasherSettings {
        memory_kib: hashing.memory_kib,
        passes: hashing.passes,
        threads: hashing.threads,
        wait: Duration::from_secs(hashing.queue_seconds),
        ..HasherSettings::default()
    });
    let hasher = hasher.map_err(|text| Error::new("starting the hashing threads", text))?;
    let seconds = |seconds: u64| SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let settings = DirectorySettings {
        lockout: LockoutSettings {
            threshold: i64::from(lockout.tries),
            duration: seconds(lockout.first_seconds),
            longest: seconds(lockout.longest_seconds),
            ..LockoutSettings::default()
        },
        trim_spaces_in_password: config.behaviour.trim_spaces_in_password,
        common: common_passwords(config)?,
        password_ends_sessions: config.session.end_with_password,
        ..DirectorySettings::default()
    };
    Ok(Directory::new(store.clone(), sealer.clone(), clock.clone(), hasher, settings))
}

/// An application of the configuration as it is registered: confidential when it has a secret or a key.
///
/// # Errors
/// A file of keys that is none.
pub(crate) fn registered(configured: &config::Application) -> Result<Application, Error> {
    let public = configured.secrets.is_empty() && configured.client_keys.is_empty();
    let kind = if public { ClientKind::Public } else { ClientKind::Confidential };
    let redirect = |redirect: &config::Redirect| RedirectUri {
        kind: match redirect.kind {
            config::RedirectKind::Web => RedirectKind::Web,
            config::RedirectKind::Spa => RedirectKind::Spa,
            config::RedirectKind::Native => RedirectKind::Native,
        },
        uri: redirect.uri.clone(),
    };
    let secret = |(digest, expires): &(config::SecretDigest, Option<jiff::Timestamp>)| {
        let hex: String = digest.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Secret::of_digest(&hex, *expires)
    };
    let api = configured.api.clone();
    Ok(Application {
        client_id: configured.client_id.clone(),
        redirect_uris: configured.redirects.iter().map(redirect).collect(),
        secrets: configured.secrets.iter().filter_map(secret).collect(),
        keys: client_keys(configured)?,
        implicit_id_token: configured.implicit_id_token,
        implicit_access_token: configured.implicit_access_token,
        resource: api.map(|api| Resource { identifier_uri: api.uri, scopes: api.scopes, roles: api.roles }),
        logout_url: configured.logout_url.clone(),
        backchannel_logout_url: configured.backchannel_logout_url.clone(),
        require_pkce: !configured.lift_pkce,
        password_grant: configured.password_grant,
        policies: configured.policies.clone(),
        delegated_permissions: configured.delegated_permissions.clone(),
        application_permissions: configured.application_permissions.clone(),
        userinfo_token: configured.userinfo_token,
        id_token_algorithm: configured.id_token_algorithm,
        object_id: configured.object_id.clone(),
        disabled: configured.disabled,
        ..Application::new(&configured.tenant, &configured.name, kind)
    })
}

fn client_keys(configured: &config::Application) -> Result<Vec<PublicKey>, Error> {
    let mut keys = Vec::new();
    for file in &configured.client_keys {
        let read = std::fs::read_to_string(file).map_err(|cause| cause.to_string());
        let read = read.and_then(|text| PublicKey::read(&text));
        let told = |told| format!("{} of {}: {told}", file.display(), configured.name);
        keys.extend(read.map_err(|why| Error::new("reading `client_keys`", told(why)))?);
    }
    Ok(keys)
}

async fn register_applications(app: &App) -> Result<(), Error> {
    for configured in &app.config.applications {
        applications::put(&app.store, &registered(configured)?, app.clock.now()).await?;
    }
    Ok(())
}

/// Compiles a tenant's folder, puts in force what compiles and makes the policy keys that are missing.
async fn load(app: &Shared, tenant: &Arc<Tenant>) -> Result<Arc<Report>, Error> {
    let (policies, of) = (app.clone(), tenant.clone());
    let report = tokio::task::spawn_blocking(move || policies.policies.load(&of, policies.clock.now()))
        .await
        .map_err(|cause| Error::new("compiling policies", cause))?
        .map_err(|cause| Error::new("reading policies", cause))?;
    record(app, tenant, &report).await?;
    make_missing_keys(app, tenant).await?;
    Ok(report)
}

/// Writes to the audit log which policies came into force and which left it.
async fn record(app: &App, tenant: &Tenant, report: &Report) -> Result<(), Error> {
    let changed = report.changed.iter().map(|id| (Activity::UpdatePolicy, id));
    let gone = report.gone.iter().map(|id| (Activity::DeletePolicy, id));
    for (activity, id) in changed.chain(gone) {
        let event =
            Event { tenant: &tenant.name, activity, failure: None, target: id, origin: Origin::default() };
        audit::record(&app.store, event, app.clock.now()).await?;
    }
    Ok(())
}

/// A policy key that a runnable policy names and that does not exist yet is made, with a warning: development would
/// stand still without, and in production the operator sees what to import instead.
async fn make_missing_keys(app: &App, tenant: &Tenant) -> Result<(), Error> {
    for policy in app.policies.runnable(tenant) {
        for profile in policy.profiles.values() {
            let Kind::TokenIssuer(issuer) = &profile.kind else { continue };
            let containers = [Some(&issuer.signing_key), issuer.refresh_key.as_ref()];
            for container in containers.into_iter().flatten() {
                if app.keys.ensure(&tenant.name, container, NewKey::rsa_signing(None)).await? {
                    tracing::warn!(tenant = tenant.name, key = %container, "policy key was missing and has been made");
                    let event = Event {
                        tenant: &tenant.name,
                        activity: Activity::AddKey,
                        failure: None,
                        target: container,
                        origin: Origin::default(),
                    };
                    audit::record(&app.store, event, app.clock.now()).await?;
                }
            }
        }
    }
    Ok(())
}

fn tell(tenant: &Tenant, report: &Report) {
    tracing::info!(
        tenant = tenant.name,
        policies = report.loaded.len(),
        errors = report.errors,
        warnings = report.warnings,
        "policies loaded from {}",
        tenant.settings.policies.display()
    );
    if report.errors > 0 {
        let colours = std::io::stderr().is_terminal();
        eprintln!("{}", if colours { &report.coloured } else { &report.text });
    }
}

/// Loads a tenant's policies again when its folder changes, and certificates when theirs do.
async fn watch(app: Shared, certificates: Option<Arc<Certificates>>) {
    let tenants = app.policies.tenants().to_vec();
    let mut folders: Vec<_> = tenants.iter().map(|tenant| tenant.settings.policies.clone()).collect();
    folders.extend(tenants.iter().flat_map(|tenant| tenant.settings.templates.folders.clone()));
    let tls_folders = certificates.as_ref().map(|c| c.folders()).unwrap_or_default();
    folders.extend(tls_folders.iter().cloned());
    let mut watch = match Watch::new(&folders) {
        Ok(watch) => watch,
        Err(error) => return tracing::warn!(error, "changes of policies are not noticed"),
    };
    let within = |changed: &[std::path::PathBuf], folder: &std::path::Path| {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        changed.contains(&folder)
    };
    while let Some(changed) = watch.changed().await {
        for tenant in &tenants {
            if within(&changed, &tenant.settings.policies) {
                match load(&app, tenant).await {
                    Ok(report) => tell(tenant, &report),
                    Err(error) => {
                        tracing::error!(%error, tenant = tenant.name, "policies were not loaded again")
                    }
                }
            }
        }
        if let Some(certificates) = &certificates
            && tls_folders.iter().any(|folder| within(&changed, folder))
            && let Err(error) = certificates.reload()
        {
            tracing::error!(error, "the new certificate was not taken; the old one stays");
        }
    }
}

/// Removes what the audit log need not keep any longer.
async fn purge_audit(app: &Shared, now: jiff::Timestamp) {
    let days = app.config.database.audit_days;
    let Ok(before) = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))) else { return };
    if days == 0 {
        return;
    }
    match app.store.purge_audit(before).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, days, "old entries of the audit log purged"),
        Err(error) => tracing::warn!(%error, "old entries of the audit log were not purged"),
    }
}

/// Purges what expired, renews seal keys when they are due.
async fn keep_house(app: Shared) {
    let mut tick = tokio::time::interval(HOUSEKEEPING);
    loop {
        tick.tick().await;
        let now = app.clock.now();
        match app.store.purge(now).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "expired records purged"),
            Err(error) => tracing::warn!(%error, "expired records were not purged"),
        }
        purge_audit(&app, now).await;
        if let Err(error) = app.sealer.renew(now).await {
            tracing::warn!(%error, "seal keys were not looked after");
        }
    }
}
