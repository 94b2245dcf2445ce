//! What `dev --conformance` puts into its data folder: the policy, the suite's configuration with everything filled in, and
//! the secrets and the test user that it names (docs/conformance.md).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use url::Url;

use super::Failure;
use super::dev::kept_secret;
use crate::app::App;
use crate::config::{Config, SUITE_ALIAS, SUITE_CLIENTS, SecretDigest};
use crate::directory::{Lookup, Mode, Write};

/// The policy, as it stands in the repository.
const POLICY: &str = include_str!("../../../../conformance/Conformance.xml");
/// Its id.
const POLICY_ID: &str = "b2c_1a_conformance";
/// Sign-in name of the test user.
const USER: &str = "conformance@example.com";

/// The folder with policy and suite configuration.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join("conformance")
}

/// Writes the policy where `dev` will look for it.
///
/// # Errors
/// Those of the file system.
pub(super) fn write_policy(data: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder(data))?;
    std::fs::write(folder(data).join("Conformance.xml"), POLICY)
}

/// What the profile needs to know about one run.
pub(super) struct Profile {
    suite: Url,
    secrets: [String; 4],
    password: String,
}

impl Profile {
    /// Takes secrets and password from the data folder, where they are made on first start.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn open(data: &Path, suite: Url) -> std::io::Result<Profile> {
        let secret = |name: &str| kept_secret(&folder(data), name);
        let [(one, _), (two, _), (three, _), (four, _)] = SUITE_CLIENTS;
        // Its ending brings the kinds of characters that the directory asks for.
        let password = format!("{}-Aa1", secret("password")?);
        Ok(Profile { suite, secrets: [secret(one)?, secret(two)?, secret(three)?, secret(four)?], password })
    }

    /// The configuration with the profile on top.
    #[must_use]
    pub(super) fn on(&self, config: Config) -> Config {
        let digests = self.secrets.each_ref().map(|secret| SecretDigest::of(secret));
        config.for_conformance(&self.suite, digests)
    }

    /// Writes the suite's configurations; returns what is printed about them.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn write(&self, data: &Path, config: &Config) -> std::io::Result<String> {
        let discovery = discovery_url(config);
        for (file, client) in [("suite.json", 0), ("suite-frontchannel.json", 3)] {
            let text = serde_json::to_string_pretty(&self.suite_configuration(&discovery, client))?;
            write_private(&folder(data).join(file), &(text + "\n"))?;
        }
        Ok(format!(
            "\n  Conformance profile for the suite at {}\n  Discovery:          {discovery}\n  \
             Test user:          {USER}, password {}\n  Suite's settings:   {}\n",
            self.suite,
            self.password,
            folder(data).join("suite.json").display(),
        ))
    }

    /// Makes the test user, if there is none.
    ///
    /// # Errors
    /// A directory that cannot be read or written.
    pub(super) async fn make_user(&self, app: &App) -> Result<(), Failure> {
        let lookup =
            Lookup::SignInName { sign_in_type: Some("emailAddress".to_owned()), name: USER.to_owned() };
        for tenant in app.policies.tenants() {
            if app.directory.find(&tenant.name, &lookup).await.map_err(Failure::from_error)?.is_some() {
                continue;
            }
            let writes = [
                Write::text("signInNames.emailAddress", USER),
                Write::text("displayName", "Ada Lovelace"),
                Write::text("givenName", "Ada"),
                Write::text("surname", "Lovelace"),
                Write::text("password", &self.password),
            ];
            let made = app.directory.write(&tenant.name, &lookup, &writes, Mode::Create).await;
            made.map_err(Failure::from_error)?;
        }
        Ok(())
    }

    /// What the suite is given. Its fields are those of the suite's own documentation; `first` says which application its
    /// plan signs in to.
    fn suite_configuration(&self, discovery: &str, first: usize) -> Value {
        let client = |index: usize| {
            let id = SUITE_CLIENTS.get(index).map(|(_, id)| *id);
            json!({ "client_id": id, "client_secret": self.secrets.get(index) })
        };
        let origin = discovery.split_inclusive('/').take(3).collect::<String>();
        json!({
            "alias": SUITE_ALIAS,
            "description": "Vestibule",
            "server": { "discoveryUrl": discovery, "login_hint": USER },
            "client": client(first),
            "client2": client(1),
            "client_secret_post": client(2),
            "browser": [
                visit(&origin, "authorize", vec![self.sign_in(&origin), arrive("callback")]),
                visit(&origin, "logout", vec![arrive("post_logout_redirect")]),
            ],
            "override": self.overrides(&origin),
        })
    }

    /// Types name and password where the sign-in page stands; a browser that is signed in, or sent back with an error,
    /// never sees it. The picture is taken where the module wants one.
    fn sign_in(&self, origin: &str) -> Value {
        json!({
            "task": "Sign in",
            "match": format!("{origin}*oauth2/v2.0/authorize*"),
            "optional": true,
            "commands": [
                ["wait", "xpath", "//*", 10, "Sign in", "update-image-placeholder-optional"],
                ["text", "id", "signInName", USER],
                ["text", "id", "password", self.password],
                ["click", "id", "next"],
                ["wait", "contains", format!("/test/a/{SUITE_ALIAS}/callback"), 10],
            ],
        })
    }

    /// Modules that want a picture of the page that they end at.
    fn overrides(&self, origin: &str) -> Value {
        let mut overrides = serde_json::Map::new();
        for (module, words) in AUTHORIZE_PAGES {
            let tasks = vec![picture(words)];
            overrides.insert((*module).to_owned(), json!({ "browser": [visit(origin, "authorize", tasks)] }));
        }
        for (module, words) in LOGOUT_PAGES {
            let signing_in = vec![self.sign_in(origin), arrive("callback")];
            let browser =
                [visit(origin, "authorize", signing_in), visit(origin, "logout", vec![picture(words)])];
            overrides.insert((*module).to_owned(), json!({ "browser": browser }));
        }
        Value::Object(overrides)
    }
}

/// Writes a file that holds secrets: readable by its owner alone.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

/// Modules whose authorization request ends at a page of ours, and words of that page.
const AUTHORIZE_PAGES: &[(&str, &str)] = &[
    ("oidcc-ensure-registered-redirect-uri", "AADB2C90006"),
    ("oidcc-ensure-request-object-with-redirect-uri", "AADB2C90006"),
];

/// Modules whose sign-out ends at a page of ours, and words of that page.
const LOGOUT_PAGES: &[(&str, &str)] = &[
    ("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", "AADB2C90006"),
    ("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", "AADB2C90006"),
    ("oidcc-rp-initiated-logout-bad-id-token-hint", "AADB2C90272"),
    ("oidcc-rp-initiated-logout-modified-id-token-hint", "AADB2C90272"),
    ("oidcc-rp-initiated-logout-no-id-token-hint", "AADB2C90272"),
    ("oidcc-rp-initiated-logout-no-params", "signed out"),
    ("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", "signed out"),
    ("oidcc-rp-initiated-logout-only-state", "signed out"),
];

fn visit(origin: &str, endpoint: &str, tasks: Vec<Value>) -> Value {
    json!({ "match": format!("{origin}*oauth2/v2.0/{endpoint}*"), "tasks": tasks })
}

fn arrive(tail: &str) -> Value {
    let wait = json!(["wait", "id", "submission_complete", 10]);
    let commands = if tail == "callback" { json!([wait]) } else { json!([]) };
    json!({ "task": "Arrive", "match": format!("*/test/a/{SUITE_ALIAS}/{tail}*"), "commands": commands })
}

fn picture(words: &str) -> Value {
    json!({ "task": "Picture", "commands": [["wait", "xpath", "//*", 10, words, "update-image-placeholder"]] })
}

/// Where the policy's discovery document stands: below its issuer, under the first name that was asked for.
fn discovery_url(config: &Config) -> String {
    let server = &config.server;
    let origin = server.more_public_urls.first().unwrap_or(&server.public_url);
    let tenant = config.tenants.first().map(|tenant| tenant.id.to_string()).unwrap_or_default();
    format!("{origin}tfp/{tenant}/{POLICY_ID}/v2.0/.well-known/openid-configuration")
}

#[cfg(test)]
#[path = "conformance_tests.rs"]
mod tests;
