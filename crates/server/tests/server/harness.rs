//! A server without sockets: real parts, a database in a folder of its own, a clock moved by hand.
//!
//! In: policy texts. Out: a [`Site`] that answers requests. Our own policies are loaded, and on top of them policies
//! whose journeys need no page, so that the protocol can be tested without a browser's help.

use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;
use vestibule::app::Shared;
use vestibule::applications::{self, Application, ClientKind, RedirectKind, RedirectUri, Resource, Secret};
use vestibule::clock::Clock;
use vestibule::config::{Config, DevArguments, SecretDigest};
use vestibule::{serving, web};

pub(crate) const TENANT: &str = "vestibule.onmicrosoft.com";
pub(crate) const ORIGIN: &str = "https://id.example.com";
pub(crate) const SPA: &str = "https://spa.example.com/";
pub(crate) const WEB: &str = "https://web.example.com/cb";
pub(crate) const API: &str = "https://vestibule.onmicrosoft.com/api";

/// The server and what a test must know of it.
pub(crate) struct Site {
    pub(crate) app: Shared,
    pub(crate) clock: Clock,
    pub(crate) tenant_id: String,
    /// A script in a browser.
    pub(crate) spa: Application,
    /// A server with a secret.
    pub(crate) web: Application,
    pub(crate) secret: String,
    router: Router,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// A parameter of the redirect, from query or fragment.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        let location = self.header("location");
        let (_, pairs) = location.split_once(['?', '#'])?;
        url::form_urlencoded::parse(pairs.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The cookies it sets: name, value, attributes.
    pub(crate) fn cookies(&self) -> Vec<(String, String, String)> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
        lines
            .map(|line| {
                let (pair, attributes) = line.split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                (name.to_owned(), value.to_owned(), attributes.trim().to_owned())
            })
            .collect()
    }

    /// The value of the session cookie it sets.
    pub(crate) fn session(&self) -> Option<String> {
        let session = |(name, value, _): &(String, String, String)| {
            (name.starts_with("x-ms-cpim-sso:") && !value.is_empty()).then(|| format!("{name}={value}"))
        };
        self.cookies().iter().find_map(session)
    }
}

impl Site {
    pub(crate) async fn new() -> Site {
        Site::with(|_| {}).await
    }

    /// A site whose configuration is changed first.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("policies");
        copy_policies(&policies);
        let arguments = DevArguments {
            policies,
            environment: None,
            listen: "127.0.0.1:8080".parse().unwrap(),
            data: folder.path().join("data"),
            tls: false,
            names: Vec::new(),
            client_id: None,
            redirect_uris: Vec::new(),
            smtp: None,
            trace_file: None,
            rate_limits: false,
            lenient: false,
        };
        let mut config = Config::dev(&arguments, TENANT, SecretDigest([0; 32])).unwrap();
        config.server.public_url = Url::parse(ORIGIN).unwrap();
        config.hashing.memory_kib = 7168;
        config.hashing.threads = 1;
        change(&mut config);
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let clock = Clock::test(Timestamp::from_second(1_800_000_000).unwrap());
        let app = serving::prepare(config, clock.clone(), None).await.unwrap();
        let tenant_id = app.policies.tenants()[0].id.clone();
        let (spa, web, secret) = register(&app).await;
        let router = web::routes::router(&app);
        Site { app, clock, tenant_id, spa, web, secret, router, _folder: folder }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 22).await.unwrap();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::get(path).header("host", "id.example.com");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.post_with(path, form, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::post(path)
            .header("host", "id.example.com")
            .header("content-type", "application/x-www-form-urlencoded;charset=utf-8");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(encode(form))).unwrap()).await
    }

    pub(crate) fn at(&self, policy: &str, tail: &str) -> String {
        format!("/{TENANT}/{policy}/{tail}")
    }
}

/// Pairs as a browser encodes them.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn register(app: &Shared) -> (Application, Application, String) {
    let uri = |kind, uri: &str| RedirectUri { kind, uri: uri.to_owned() };
    let mut spa = Application::new(TENANT, "Shop", ClientKind::Public);
    spa.redirect_uris = vec![uri(RedirectKind::Spa, SPA)];
    spa.implicit_id_token = true;
    spa.implicit_access_token = true;
    spa.delegated_permissions = vec![format!("{API}/.default")];
    spa.logout_url = Some("https://spa.example.com/out".into());
    let mut web = Application::new(TENANT, "Back office", ClientKind::Confidential);
    web.redirect_uris = vec![uri(RedirectKind::Web, WEB)];
    web.implicit_id_token = true;
    web.implicit_access_token = true;
    web.resource = Some(Resource {
        identifier_uri: API.into(),
        scopes: vec!["read".into(), "write".into()],
        roles: vec!["Orders.Read".into(), "Orders.Write".into()],
    });
    let (secret, kept) = Secret::generate(None);
    web.secrets.push(kept);
    for application in [&spa, &web] {
        applications::put(&app.store, application, app.clock.now()).await.unwrap();
    }
    (spa, web, secret)
}

/// Our own policies, and the silent ones of the tests.
fn copy_policies(to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/policies");
    for folder in [own, tests] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// The code challenge of RFC 7636 appendix B and its verifier.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl Site {
    /// A user of the directory; returns the object id.
    pub(crate) async fn user(&self, name: &str) -> String {
        use vestibule::directory::{Lookup, Mode, Write};
        let lookup = Lookup::SignInName {
            sign_in_type: Some("emailAddress".into()),
            name: format!("{name}@example.com"),
        };
        let writes = [Write::text("displayName", name), Write::text("password", "Correct-Horse-9")];
        self.app.directory.write(TENANT, &lookup, &writes, Mode::Create).await.unwrap().user.object_id
    }

    /// The path of an honest authorization request of the single-page application, with some parameters replaced,
    /// added or (empty) left out.
    pub(crate) fn asked(&self, policy: &str, user: &str, changes: &[(&str, &str)]) -> String {
        let mut all: Vec<(&str, &str)> = vec![
            ("client_id", &self.spa.client_id),
            ("redirect_uri", SPA),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("state", "s t/ate"),
            ("nonce", "n0"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("user", user),
            ("name", "Ada"),
        ];
        for (name, value) in changes {
            all.retain(|(known, _)| known != name);
            if !value.is_empty() {
                all.push((name, value));
            }
        }
        format!("{}?{}", self.at(policy, "oauth2/v2.0/authorize"), encode(&all))
    }

    /// The same of the confidential application, without PKCE.
    pub(crate) fn asked_by_web(&self, policy: &str, user: &str, changes: &[(&str, &str)]) -> String {
        let id = self.web.client_id.clone();
        let mut all = vec![
            ("client_id", id.as_str()),
            ("redirect_uri", WEB),
            ("code_challenge", ""),
            ("code_challenge_method", ""),
        ];
        all.extend_from_slice(changes);
        self.asked(policy, user, &all)
    }

    /// Signs in silently and returns the code.
    pub(crate) async fn code(&self, policy: &str, user: &str, changes: &[(&str, &str)]) -> String {
        let reply = self.get(&self.asked(policy, user, changes)).await;
        reply.sent("code").unwrap_or_else(|| {
            panic!("no code: {} {} {}", reply.status, reply.header("location"), reply.text)
        })
    }

    /// Redeems a code as the single-page application.
    pub(crate) async fn redeem(&self, policy: &str, code: &str) -> Reply {
        let form = [
            ("client_id", self.spa.client_id.as_str()),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", SPA),
            ("code_verifier", VERIFIER),
            ("client_info", "1"),
        ];
        let path = self.at(policy, "oauth2/v2.0/token");
        self.post_with(&path, &form, &[("origin", "https://spa.example.com")]).await
    }

    /// Refreshes as the single-page application.
    pub(crate) async fn refresh(&self, policy: &str, token: &str, more: &[(&str, &str)]) -> Reply {
        let mut form = vec![
            ("client_id", self.spa.client_id.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ];
        form.extend_from_slice(more);
        self.post(&self.at(policy, "oauth2/v2.0/token"), &form).await
    }

    /// The claims of a token, verified by the JWT library against the key set that the policy publishes.
    pub(crate) async fn claims(&self, policy: &str, token: &str) -> Value {
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        self.verified(policy, token).await
    }

    /// The same of a signed text of any type.
    pub(crate) async fn verified(&self, policy: &str, token: &str) -> Value {
        use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
        let header = decode_header(token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        let set = self.get(&self.at(policy, "discovery/v2.0/keys")).await.json();
        let keys = set["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["kid"] == header.kid.clone().unwrap()).expect("a published key");
        let key =
            DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        validation.validate_exp = false; // by the clock of the test, not the machine's
        decode::<Value>(token, &key, &validation).unwrap().claims
    }
}
