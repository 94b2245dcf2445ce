//! `vestibule app`: registered applications and their secrets.

use clap::{Args, Subcommand};

use super::place::{self, Installation, Place};
use super::{Failure, Outcome};
use crate::applications::{self, Application, ClientKind, RedirectKind, RedirectUri, Resource, Secret};
use crate::audit::Activity;
use crate::config::{self, Redirect, redirect_argument};

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
    /// The application is a web API of this identifier URI, such as https://contoso.onmicrosoft.com/api
    #[arg(long, value_name = "URI")]
    pub api_uri: Option<String>,
    /// A scope of that API; may be repeated
    #[arg(long = "scope", value_name = "NAME", requires = "api_uri")]
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
                println!("{}  {:<12}  {}", app.client_id, kind(&app), app.name);
            }
            Ok(true)
        }
        AppAction::Create(new) => create(open, new).await,
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
        AppAction::Secret { action: SecretAction::Add(one) } => {
            let mut app = found(open, &one).await?;
            let (text, kept) = Secret::generate(None);
            app.secrets.push(kept);
            app.kind = ClientKind::Confidential;
            put(open, &app).await?;
            println!("{text}");
            Ok(true)
        }
        AppAction::Secret { action: SecretAction::Remove { app, number } } => {
            let mut app = found(open, &app).await?;
            let index = number.checked_sub(1).filter(|index| *index < app.secrets.len());
            let index = index.ok_or_else(|| {
                Failure(format!("there is no secret number {number}; `vestibule app show` lists them"))
            })?;
            app.secrets.remove(index);
            put(open, &app).await?;
            Ok(true)
        }
    }
}

async fn create(open: &Installation, new: NewApp) -> Outcome {
    let kind = if new.confidential { ClientKind::Confidential } else { ClientKind::Public };
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
    for redirect in &new.redirect_uris {
        app.redirect_uris.push(registrable(redirect)?);
    }
    app.implicit_id_token = new.implicit;
    app.implicit_access_token = new.implicit;
    app.policies = new.policies;
    app.require_pkce = !new.lift_pkce;
    app.resource = new.api_uri.map(|identifier_uri| Resource { identifier_uri, scopes: new.scopes });
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

fn registrable(redirect: &Redirect) -> Result<RedirectUri, Failure> {
    let kind = match redirect.kind {
        config::RedirectKind::Web => RedirectKind::Web,
        config::RedirectKind::Spa => RedirectKind::Spa,
        config::RedirectKind::Native => RedirectKind::Native,
    };
    RedirectUri::register(kind, &redirect.uri)
        .map_err(|fault| Failure(format!("`{}`: {fault}", redirect.uri)))
}

fn show(app: &Application) {
    println!("clientId   {}\nname       {}\nkind       {}", app.client_id, app.name, kind(app));
    for redirect in &app.redirect_uris {
        println!("redirect   {:?} {}", redirect.kind, redirect.uri);
    }
    for (index, secret) in app.secrets.iter().enumerate() {
        println!(
            "secret {}   {}… {}",
            index + 1,
            secret.hint,
            secret.expires.map_or_else(String::new, |end| format!("until {end}"))
        );
    }
    println!("implicit   id token {}, access token {}", app.implicit_id_token, app.implicit_access_token);
    println!("pkce       {}", if app.require_pkce { "required of a public application" } else { "lifted" });
    if let Some(api) = &app.resource {
        println!("api        {} ({})", api.identifier_uri, api.scopes.join(", "));
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

async fn put(open: &Installation, app: &Application) -> Result<(), Failure> {
    applications::put(&open.store, app, open.clock.now()).await.map_err(Failure::from_error)?;
    open.record(Activity::UpdateApplication, &app.client_id).await
}
