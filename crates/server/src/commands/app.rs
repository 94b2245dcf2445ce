//! `vestibule app`: registered applications, their secrets and keys.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::place::{self, Installation, Place};
use super::registration::{self, Removals, Traits};
use super::{Failure, Outcome};
use crate::applications::{self, Application, ClientKind, Secret};
use crate::audit::Activity;
use crate::config::end_argument;

/// Arguments of `app`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule app create --config vestibule.toml --name Shop --redirect-uri spa=https://shop.example.com/
  vestibule app create --config vestibule.toml --name Portal --confidential --redirect-uri web=https://portal.example.com/cb
  vestibule app create --config vestibule.toml --name Orders --api-uri https://contoso.onmicrosoft.com/orders --scope read --app-role Orders.Read
  vestibule app update --config vestibule.toml CLIENT_ID --permission https://contoso.onmicrosoft.com/orders/read
  vestibule app update --config vestibule.toml CLIENT_ID --app-permission https://contoso.onmicrosoft.com/orders/Orders.Read
  vestibule app secret add --config vestibule.toml CLIENT_ID --expires 2027-01-31     prints the new secret, once")]
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
    Create(Box<NewApp>),
    /// Change an application: what is named is added or set, and `--remove-…` takes away
    Update(Box<ChangedApp>),
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
    /// Make a secret and print it, once; only its SHA-256 is kept. The others stay until they are removed or end
    Add {
        /// Which application.
        #[command(flatten)]
        app: OneApp,
        /// From then on it opens nothing: a day or a full time
        #[arg(long, value_name = "TIME", value_parser = end_argument)]
        expires: Option<Timestamp>,
        /// Take the secret from a file (`-` reads standard input), such as one that the application has already
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
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
    /// Make a secret and print it, once
    #[arg(long)]
    pub confidential: bool,
    /// May receive id and access tokens from the authorize endpoint
    #[arg(long)]
    pub implicit: bool,
    /// Everything else.
    #[command(flatten)]
    pub traits: Traits,
}

/// An application to change.
#[derive(Debug, Args)]
pub struct ChangedApp {
    /// Which application.
    #[command(flatten)]
    pub app: OneApp,
    /// New name
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// It keeps no secret any more: its secrets and keys are forgotten
    #[arg(long)]
    pub public: bool,
    /// What it gets.
    #[command(flatten)]
    pub traits: Traits,
    /// What it loses.
    #[command(flatten)]
    pub removals: Removals,
}

/// An application to find.
#[derive(Debug, Args)]
pub struct OneApp {
    /// Client id
    #[arg(value_name = "CLIENT_ID")]
    pub client_id: String,
}

/// Runs it.
pub fn run(command: AppCommand) -> Outcome {
    place::wait_for(async {
        let open = Installation::open(&command.place, command.tenant.as_deref()).await?;
        act(&open, command.action).await
    })
}

async fn act(open: &Installation, action: AppAction) -> Outcome {
    match action {
        AppAction::List => {
            for app in applications::list(&open.store, &open.tenant).await.map_err(Failure::from_error)? {
                let state = if app.disabled { "  (disabled)" } else { "" };
                println!("{}  {:<12}  {}{state}", app.client_id, kind(&app), app.name);
            }
            Ok(true)
        }
        AppAction::Create(new) => create(open, *new).await,
        AppAction::Update(changed) => update(open, *changed).await,
        AppAction::Show(one) => {
            show(&found(open, &one).await?);
            Ok(true)
        }
        AppAction::Delete { app, yes } => {
            let found = found(open, &app).await?;
            if !place::confirmed(&format!("application {}", found.client_id), yes)? {
                return Ok(false);
            }
            let gone = applications::delete(&open.store, &open.tenant, &found.client_id).await;
            gone.map_err(Failure::from_error)?;
            open.record(Activity::DeleteApplication, &found.client_id).await?;
            Ok(true)
        }
        AppAction::Secret { action: SecretAction::Add { app, expires, file } } => {
            add_secret(open, &app, (expires, file)).await
        }
        AppAction::Secret { action: SecretAction::Remove { app, number } } => {
            let mut app = found(open, &app).await?;
            let index = number.checked_sub(1).filter(|index| *index < app.secrets.len());
            let index = index.ok_or_else(|| {
                Failure(format!("there is no secret number {number}; `vestibule app show` lists them"))
            })?;
            app.secrets.remove(index);
            put(open, &app).await
        }
    }
}

async fn add_secret(
    open: &Installation,
    one: &OneApp,
    (expires, file): (Option<Timestamp>, Option<PathBuf>),
) -> Outcome {
    let mut app = found(open, one).await?;
    let made = match &file {
        None => {
            let (text, kept) = Secret::generate(expires);
            app.secrets.push(kept);
            Some(text)
        }
        Some(file) => {
            let text = place::secret_from(file)?;
            if text.is_empty() {
                return Err(Failure(format!("`{}` is empty", file.display())));
            }
            app.secrets.push(Secret::of(&text, expires));
            None
        }
    };
    app.kind = ClientKind::Confidential;
    put(open, &app).await?;
    if let Some(text) = made {
        println!("{text}");
    }
    Ok(true)
}

async fn create(open: &Installation, new: NewApp) -> Outcome {
    let kind = match new.confidential || !new.traits.keys.is_empty() {
        true => ClientKind::Confidential,
        false => ClientKind::Public,
    };
    let mut app = Application::new(&open.tenant, &new.name, kind);
    if let Some(client_id) = new.client_id {
        let taken =
            applications::find(&open.store, &open.tenant, &client_id).await.map_err(Failure::from_error)?;
        if taken.is_some() {
            return Err(Failure(format!("`{client_id}` is registered already")));
        }
        app.client_id = applications::canonical_id(&client_id).ok_or_else(|| {
            Failure(format!("`{client_id}` is no client id; write a GUID, or leave it out to have one made"))
        })?;
    }
    app.implicit_id_token = new.implicit;
    app.implicit_access_token = new.implicit;
    registration::apply(&mut app, new.traits)?;
    let secret = new.confidential.then(|| Secret::generate(None));
    let (text, kept) = secret.unzip();
    app.secrets.extend(kept);
    put(open, &app).await?;
    println!("client id  {}", app.client_id);
    if let Some(text) = text {
        println!("secret     {text}    (shown only now)");
    }
    Ok(true)
}

async fn update(open: &Installation, changed: ChangedApp) -> Outcome {
    let mut app = found(open, &changed.app).await?;
    registration::take_away(&mut app, &changed.removals)?;
    app.name = changed.name.unwrap_or(app.name);
    if changed.public {
        app.kind = ClientKind::Public;
        app.secrets.clear();
        app.keys.clear();
    }
    if !changed.traits.keys.is_empty() {
        app.kind = ClientKind::Confidential;
    }
    registration::apply(&mut app, changed.traits)?;
    put(open, &app).await
}

fn show(app: &Application) {
    println!("clientId   {}\nname       {}\nkind       {}", app.client_id, app.name, kind(app));
    if app.disabled {
        println!("disabled   refused everywhere");
    }
    for redirect in &app.redirect_uris {
        println!("redirect   {:?} {}", redirect.kind, redirect.uri);
    }
    let until = |end: Option<Timestamp>| end.map_or_else(String::new, |end| format!("until {end}"));
    for (index, secret) in app.secrets.iter().enumerate() {
        println!("secret {}   {}… {}", index + 1, secret.hint, until(secret.expires));
    }
    for key in &app.keys {
        let kind = key.jwk.get("kty").and_then(serde_json::Value::as_str).unwrap_or_default();
        println!("key        {} {kind} {}", key.kid, until(key.expires));
    }
    println!("implicit   id token {}, access token {}", app.implicit_id_token, app.implicit_access_token);
    println!("pkce       {}", if app.require_pkce { "required of a public application" } else { "lifted" });
    println!("passwords  {}", if app.password_grant { "allowed (ROPC)" } else { "not allowed" });
    if app.userinfo_token {
        println!("openid     gets an access token for UserInfo");
    }
    if let Some(algorithm) = app.id_token_algorithm {
        println!("id token   signed by {algorithm}");
    }
    if let Some(api) = &app.resource {
        println!("api        {}", api.identifier_uri);
        println!("  scopes   {}\n  roles    {}", api.scopes.join(", "), api.roles.join(", "));
    }
    for (what, permissions) in
        [("may ask", &app.delegated_permissions), ("has role", &app.application_permissions)]
    {
        permissions.iter().for_each(|permission| println!("{what:<10} {permission}"));
    }
    println!("object id  {}", app.principal());
    for url in app.logout_url.iter().chain(&app.backchannel_logout_url) {
        println!("sign-out   {url}");
    }
    let policies = if app.policies.is_empty() { "all".to_owned() } else { app.policies.join(", ") };
    println!("policies   {policies}");
}

fn kind(app: &Application) -> &'static str {
    match app.kind {
        ClientKind::Public => "public",
        ClientKind::Confidential => "confidential",
    }
}

async fn found(open: &Installation, one: &OneApp) -> Result<Application, Failure> {
    let found =
        applications::find(&open.store, &open.tenant, &one.client_id).await.map_err(Failure::from_error)?;
    found.ok_or_else(|| {
        Failure(format!("there is no application `{}`; `vestibule app list` shows them", one.client_id))
    })
}

/// Writes it down. Where the configuration has the application too, that wins at the next start.
async fn put(open: &Installation, app: &Application) -> Outcome {
    app.judge().map_err(Failure)?;
    applications::put(&open.store, app, open.clock.now()).await.map_err(Failure::from_error)?;
    open.record(Activity::UpdateApplication, &app.client_id).await?;
    if open.configured.iter().any(|id| id.eq_ignore_ascii_case(&app.client_id)) {
        eprintln!(
            "note: the configuration has this application too, and wins when the server starts; write the change there"
        );
    }
    Ok(true)
}
