//! The configuration under which the OpenID Foundation's conformance suite meets the server (docs/conformance.md,
//! protocols 18): `vestibule dev`, and on top of it the suite's applications and the switches that follow the standards
//! where the cloud does not.

use url::Url;

use super::application::{Application, Redirect, RedirectKind, SecretDigest};
use super::{Behaviour, Config, Session};

/// Name under which the suite knows the test's addresses.
pub const SUITE_ALIAS: &str = "vestibule";

/// The suite's applications: what the suite's configuration calls them, their client ids.
pub const SUITE_CLIENTS: [(&str, &str); 4] = [
    ("client", "33333333-3333-4333-8333-333333333331"),
    ("client2", "33333333-3333-4333-8333-333333333332"),
    ("client_secret_post", "33333333-3333-4333-8333-333333333333"),
    // Of the front-channel plan alone: the modules of others fail when their sign-out address is called.
    ("frontchannel", "33333333-3333-4333-8333-333333333334"),
];

/// An address of the suite for the test named [`SUITE_ALIAS`].
#[must_use]
fn suite_address(suite: &Url, tail: &str) -> String {
    format!("{}/test/a/{SUITE_ALIAS}/{tail}", suite.as_str().trim_end_matches('/'))
}

/// Reads `--suite`: an https address without query.
///
/// # Errors
/// A sentence with its remedy.
pub fn suite_argument(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.query().is_none());
    url.ok_or_else(|| format!("`{text}` is no address of a suite; write one such as https://localhost:8443"))
}

impl Config {
    /// Changes a development configuration to the conformance profile. `digests` are those of the secrets of
    /// [`SUITE_CLIENTS`], in their order.
    #[must_use]
    pub fn for_conformance(mut self, suite: &Url, digests: [SecretDigest; 4]) -> Config {
        let Some(model) = self.applications.first().cloned() else { return self };
        let registered = SUITE_CLIENTS.iter().zip(digests).map(|((name, client_id), digest)| Application {
            client_id: (*client_id).to_owned(),
            name: format!("Conformance suite ({name})"),
            redirects: ["callback", "post_logout_redirect"]
                .map(|tail| Redirect { kind: RedirectKind::Web, uri: suite_address(suite, tail) })
                .to_vec(),
            secrets: vec![(digest, None)],
            userinfo_token: true,
            implicit_id_token: true,
            implicit_access_token: true,
            logout_url: (*name == "frontchannel").then(|| suite_address(suite, "frontchannel_logout")),
            ..model.clone()
        });
        self.applications.extend(registered);
        self.behaviour = Behaviour {
            error_line_breaks: false,
            response_issuer: true,
            standard_claims: true,
            hintless_sign_out: true,
            ..self.behaviour
        };
        self.session = Session { frontchannel_logout: true, ..self.session };
        self
    }
}
