//! `vestibule user`: users of a tenant, by the people who run the server.

mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::place::{self, Installation, Place};
use super::{Failure, Outcome};
use crate::audit::Activity;
use crate::directory::{Lookup, Mode, User, Value, Write};

/// Arguments of `user`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule user create --data .vestibule --email ann@example.com --name \"Ann Lee\" --password-file pw.txt
  vestibule user import --config vestibule.toml users.jsonl
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
    /// Take over accounts from another system, with their ids and the hashes of their passwords
    Import(import::Import),
    /// List users in order of object id
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
pub fn run(command: UserCommand) -> Outcome {
    place::wait_for(async {
        let open = Installation::open(&command.place, command.tenant.as_deref()).await?;
        act(&open, command.action).await
    })
}

async fn act(open: &Installation, action: UserAction) -> Outcome {
    match action {
        UserAction::Create(new) => create(open, new).await,
        UserAction::Import(import) => import::run(open, &import).await,
        UserAction::List { limit, starts_with } => list(open, limit, starts_with.as_deref()).await,
        UserAction::Show(one) => {
            show(&found(open, &one).await?);
            Ok(true)
        }
        UserAction::Disable(one) => write(open, &one, Activity::DisableUser, ("accountEnabled", false)).await,
        UserAction::Enable(one) => write(open, &one, Activity::EnableUser, ("accountEnabled", true)).await,
        UserAction::ForceChange(one) => {
            write(open, &one, Activity::UpdateUser, ("passwordProfile.forceChangePasswordNextLogin", true))
                .await
        }
        UserAction::Unlock(one) => {
            let user = found(open, &one).await?;
            open.directory.unlock(&open.tenant, &user.object_id).await.map_err(Failure::from_error)?;
            done(open, Activity::UnlockUser, &user.object_id).await
        }
        UserAction::Revoke(one) => {
            let user = found(open, &one).await?;
            open.directory.revoke(&open.tenant, &user.object_id).await.map_err(Failure::from_error)?;
            done(open, Activity::RevokeSessions, &user.object_id).await
        }
        UserAction::Delete { user, yes } => delete(open, &user, yes).await,
    }
}

async fn create(open: &Installation, new: NewUser) -> Outcome {
    let password = place::secret_from(&new.password_file)?;
    let (kind, name) = match (&new.email, &new.user_name) {
        (Some(email), _) => ("emailAddress", email),
        (None, Some(name)) => ("userName", name),
        (None, None) => return Err(Failure("name the user with `--email` or `--user-name`".to_owned())),
    };
    let display = new.name.as_deref().unwrap_or(name);
    let mut writes = vec![
        Write::text(&format!("signInNames.{kind}"), name),
        Write::text("displayName", display),
        Write::text("password", &password),
    ];
    for (attribute, value) in [("givenName", &new.given_name), ("surname", &new.surname)] {
        writes.extend(value.as_deref().map(|value| Write::text(attribute, value)));
    }
    if new.force_change {
        writes.push(Write::value("passwordProfile.forceChangePasswordNextLogin", Value::Bool(true)));
    }
    let lookup = Lookup::SignInName { sign_in_type: Some(kind.to_owned()), name: name.clone() };
    let made = open.directory.write(&open.tenant, &lookup, &writes, Mode::Create).await;
    let user = made.map_err(Failure::from_error)?.user;
    println!("{}", user.object_id);
    done(open, Activity::AddUser, &user.object_id).await
}

async fn list(open: &Installation, limit: u32, starts_with: Option<&str>) -> Outcome {
    let wanted = starts_with.unwrap_or_default().to_lowercase();
    let (mut after, mut left) = (String::new(), limit);
    while left > 0 {
        let page = open.directory.list(&open.tenant, &after, 500).await.map_err(Failure::from_error)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.object_id);
        for user in &page {
            let names = user.identities.iter().filter(|identity| identity.is_local());
            let names: Vec<&str> = names.map(|identity| identity.assigned.as_str()).collect();
            let shown = names.iter().copied().chain([user.display_name()]);
            if left > 0 && shown.into_iter().any(|name| name.to_lowercase().starts_with(&wanted)) {
                let state = if user.enabled { "enabled" } else { "disabled" };
                println!(
                    "{}  {state:<8}  {}  {}",
                    user.object_id,
                    plain(&names.join(", ")),
                    plain(user.display_name())
                );
                left -= 1;
            }
        }
    }
    Ok(true)
}

fn show(user: &User) {
    println!("objectId          {}", user.object_id);
    println!("enabled           {}", user.enabled);
    println!("created           {}", user.created);
    println!("tokensValidFrom   {}", user.tokens_valid_from);
    println!("hasPassword       {}", user.has_password);
    println!("mustChange        {}", user.must_change_password);
    for identity in &user.identities {
        println!(
            "identity          {} {} ({})",
            identity.sign_in_type,
            plain(&identity.assigned),
            plain(&identity.issuer)
        );
    }
    for (name, value) in &user.attributes {
        println!("{name:<17} {}", plain(&format!("{value:?}")));
    }
}

/// What users chose themselves must not steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

async fn write(
    open: &Installation,
    one: &OneUser,
    activity: Activity,
    (name, value): (&str, bool),
) -> Outcome {
    let user = found(open, one).await?;
    let lookup = Lookup::ObjectId(user.object_id.clone());
    let writes = [Write::value(name, Value::Bool(value))];
    open.directory.write(&open.tenant, &lookup, &writes, Mode::Update).await.map_err(Failure::from_error)?;
    done(open, activity, &user.object_id).await
}

async fn delete(open: &Installation, one: &OneUser, yes: bool) -> Outcome {
    let user = found(open, one).await?;
    if !place::confirmed(&format!("user {}", user.object_id), yes)? {
        return Ok(false);
    }
    let lookup = Lookup::ObjectId(user.object_id.clone());
    open.directory.delete(&open.tenant, &lookup).await.map_err(Failure::from_error)?;
    done(open, Activity::DeleteUser, &user.object_id).await
}

/// The user of an object id or of a local sign-in name of any type.
async fn found(open: &Installation, one: &OneUser) -> Result<User, Failure> {
    let by_id = Lookup::ObjectId(one.user.to_lowercase());
    let by_name = Lookup::SignInName { sign_in_type: None, name: one.user.clone() };
    for lookup in [by_id, by_name] {
        if let Some(user) = open.directory.find(&open.tenant, &lookup).await.map_err(Failure::from_error)? {
            return Ok(user);
        }
    }
    Err(Failure(format!(
        "there is no user `{}` in {}; `vestibule user list` shows them",
        plain(&one.user),
        open.tenant
    )))
}

async fn done(open: &Installation, activity: Activity, object_id: &str) -> Outcome {
    open.record(activity, object_id).await?;
    Ok(true)
}
