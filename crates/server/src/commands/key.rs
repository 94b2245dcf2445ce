//! `vestibule key`: policy key containers.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::place::{self, Installation, Place};
use super::{Failure, Outcome};
use crate::audit::Activity;
use crate::config::{SigningAlgorithm, end_argument};
use crate::keys::{self, KeyState, Material, NewKey};

/// Arguments of `key`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vestibule key list --config vestibule.toml
  vestibule key create --config vestibule.toml B2C_1A_TokenSigningKeyContainer --use sig
  vestibule key rotate --config vestibule.toml B2C_1A_TokenSigningKeyContainer
  vestibule key rotate --config vestibule.toml B2C_1A_TokenSigningKeyContainer --algorithm ES256     clients see it a day before it signs
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
    /// A pair for the algorithm; RSA with 2048 bits
    #[value(alias = "rsa")]
    Pair,
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
        #[arg(long, value_enum, default_value_t = KeyForm::Pair)]
        form: KeyForm,
        /// What a pair signs by: RS256, PS256, ES256 or EdDSA
        #[arg(long, value_name = "NAME", default_value_t = SigningAlgorithm::Rs256)]
        algorithm: SigningAlgorithm,
    },
    /// Put a new key before the others; old public keys stay published until their tokens expire
    Rotate {
        /// Name of the container
        #[arg(value_name = "CONTAINER")]
        container: String,
        /// What the new pair signs by: RS256, PS256, ES256 or EdDSA; as the newest if absent
        #[arg(long, value_name = "NAME")]
        algorithm: Option<SigningAlgorithm>,
        /// Signs from then on: a day or a full time; in a day if absent, so that every client has seen it before
        #[arg(long, value_name = "TIME", value_parser = end_argument)]
        from: Option<Timestamp>,
    },
    /// Take a key from a file: a private key or a certificate with its key in PEM, or a secret as text
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
        /// What an RSA key signs by: RS256, or PS256; other keys say it themselves
        #[arg(long, value_name = "NAME")]
        algorithm: Option<SigningAlgorithm>,
    },
    /// Take a container out of use; it is set aside as NAME.bak
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
pub fn run(command: KeyCommand) -> Outcome {
    place::wait_for(async {
        let open = Installation::open(&command.place, command.tenant.as_deref()).await?;
        act(&open, command.action).await
    })
}

async fn act(open: &Installation, action: KeyAction) -> Outcome {
    match action {
        KeyAction::List => list(open).await,
        KeyAction::Create { container, purpose, form, algorithm } => {
            if open.keys.container(&open.tenant, &container).await.is_ok() {
                return Err(Failure(format!(
                    "`{container}` is there already; `vestibule key rotate` adds a key to it"
                )));
            }
            let material = match form {
                KeyForm::Pair => Material::Generate(algorithm),
                KeyForm::Secret => Material::GenerateSecret,
            };
            add(open, &container, purpose, material).await
        }
        KeyAction::Import { container, purpose, file, algorithm } => {
            let text = place::secret_from(&file)?;
            let material = match text.contains("-----BEGIN") {
                true => Material::Pem(text.to_string(), algorithm),
                false => Material::Secret(text.as_bytes().to_vec()),
            };
            add(open, &container, purpose, material).await
        }
        KeyAction::Rotate { container, algorithm, from } => {
            let key = open.keys.rotate_to(&open.tenant, &container, (from, algorithm)).await;
            let key = key.map_err(Failure::from_error)?;
            let from = key.not_before().map_or_else(|| "at once".to_owned(), |from| format!("from {from}"));
            println!("{}  signs {from}; until then it is published beside the others", key.kid());
            done(open, Activity::AddKey, &container).await
        }
        KeyAction::Delete { container, yes } => {
            if !place::confirmed(&format!("the keys of {container}"), yes)? {
                return Ok(false);
            }
            if !open.keys.delete(&open.tenant, &container).await.map_err(Failure::from_error)? {
                return Err(Failure(format!(
                    "there is no container `{container}`; `vestibule key list` shows them"
                )));
            }
            println!("set aside as {container}.bak; policies that name it no longer find it");
            done(open, Activity::DeleteKey, &container).await
        }
    }
}

async fn add(open: &Installation, container: &str, purpose: KeyUse, material: Material) -> Outcome {
    let key_use = match purpose {
        KeyUse::Sig => keys::KeyUse::Sig,
        KeyUse::Enc => keys::KeyUse::Enc,
    };
    let new = NewKey { key_use, material, not_before: Some(open.clock.now()), expires: None };
    let key = open.keys.add(&open.tenant, container, new).await.map_err(Failure::from_error)?;
    println!("{}", key.kid());
    done(open, Activity::AddKey, container).await
}

async fn list(open: &Installation) -> Outcome {
    let now = open.clock.now();
    for container in open.keys.list(&open.tenant).await.map_err(Failure::from_error)? {
        println!("{}", container.name());
        for key in container.keys() {
            let state = match container.state(key, now) {
                KeyState::Active => "active",
                KeyState::Waiting => "waiting",
                KeyState::Retired => "retired",
                KeyState::Gone => "gone",
            };
            let (form, purpose) = (key.key_type().as_str(), key.key_use().as_str());
            let algorithm = key.algorithm().map_or("", SigningAlgorithm::as_str);
            let made = key.created();
            println!("  {:<43}  {form:<4}  {algorithm:<5}  {purpose}  {state:<7}  made {made}", key.kid());
        }
    }
    Ok(true)
}

async fn done(open: &Installation, activity: Activity, container: &str) -> Outcome {
    open.record(activity, container).await?;
    Ok(true)
}
