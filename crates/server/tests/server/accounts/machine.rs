//! The machine fails, the log is read by others, production starts empty (attacks 135, 142, 146).

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vestibule::clock::Clock;
use vestibule::config::{self, Log, LogFormat};

use crate::browser::{Browser, RESET, SUSI};
use crate::harness::{SPA, Site, VERIFIER};

const MASTER: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

#[tokio::test]
async fn attack_135_production_starts_with_nothing_that_lets_anybody_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    let text = r#"
[server]
public_url = "https://id.example.com"
listen = "127.0.0.1:8443"
trusted_proxies = ["127.0.0.1"]
[database]
url = "sqlite:vestibule.db"
[keys]
master_key = { env = "MASTER" }
[[tenant]]
name = "vestibule.onmicrosoft.com"
id = "3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11"
policies = "policies"
"#;
    let path = folder.path().join("vestibule.toml");
    // Without a master key of the operator's own nothing starts.
    for key in [None, Some(""), Some("changeme"), Some("c2VjcmV0")] {
        let environment = |_: &str| key.map(str::to_owned);
        assert!(config::parse(&path, text, &environment).is_err(), "{key:?}");
    }
    let config = config::parse(&path, text, &|name| (name == "MASTER").then(|| MASTER.to_owned())).unwrap();
    assert!(!config.development && config.applications.is_empty() && config.limits.enabled);
    let app = vestibule::serving::prepare(config, Clock::System, None).await.unwrap();
    let tenant = crate::harness::TENANT;
    assert!(app.directory.list(tenant, "", 10).await.unwrap().is_empty(), "no account");
    assert!(vestibule::applications::list(&app.store, tenant).await.unwrap().is_empty(), "no application");
    assert!(app.keys.list(tenant).await.unwrap().is_empty(), "no key that a policy did not name");
    assert!(app.development_secret.is_none() && app.mailer.inbox().is_none());
    let router = vestibule::web::routes::router(&app);
    for path in ["/", "/dev/inbox", "/dev/run", "/dev/start"] {
        use tower::ServiceExt as _;
        let request = axum::http::Request::get(path).header("host", "id.example.com");
        let reply = router.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(reply.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn attack_142_a_database_that_cannot_be_written_is_told_and_recovers() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let tables = site.block_writes().await;
    // Reads that need no write go on; liveness is green; readiness is red within its own two seconds.
    let document = site.at(SUSI, "v2.0/.well-known/openid-configuration");
    assert_eq!(site.get(&document).await.status, 200);
    assert_eq!(site.get(&site.at(SUSI, "discovery/v2.0/keys")).await.status, 200);
    assert_eq!(site.get("/health/live").await.status, 200);
    let began = Instant::now();
    let ready = site.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(!ready.text.contains("locked") && !ready.text.contains("sqlite"), "{}", ready.text);
    // A sign-in and a first page: 503, a page that says so, an incident number, no detail.
    let path = browser.page.post_path();
    let form = [
        ("request_type", "RESPONSE"),
        ("signInName", "ada@example.com"),
        ("password", crate::browser::PASSWORD),
    ];
    let reply = browser.post(&path, &form).await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    assert!(!reply.header("retry-after").is_empty() && reply.text.contains("<h1"), "{}", reply.text);
    for word in ["locked", "sqlite", "database is", "INSERT", ".db"] {
        assert!(!reply.text.contains(word), "{word}: {}", reply.text);
    }
    tables.free().await;
    assert_eq!(site.get("/health/ready").await.status, 200);
    assert_eq!(browser.submit(&form[1..]).await["status"], "200", "the journey stands");
    assert_eq!(browser.confirm().await.status, 302);
}

/// Another process that holds the write lock of the database file.
struct Blocked(sqlx::SqliteConnection);

impl Blocked {
    async fn free(mut self) {
        use sqlx::Connection as _;
        sqlx::raw_sql("ROLLBACK").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }
}

impl Site {
    async fn block_writes(&self) -> Blocked {
        use sqlx::Connection as _;
        let url = secrecy::ExposeSecret::expose_secret(&self.app.config.database.url).to_owned();
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        let mut other = sqlx::SqliteConnection::connect(&format!("sqlite://{path}")).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        Blocked(other)
    }
}

#[tokio::test]
async fn attack_147_health_is_shown_to_the_operators_networks_alone() {
    let site = Site::with(|config| {
        let proxies = "[server]\npublic_url = \"https://id.example.com\"\ntrusted_proxies = [\"10.0.0.9\"]";
        let rest = "[database]\nurl = \"sqlite:x.db\"\n[keys]\nmaster_key = { env = \"K\" }\n[[tenant]]\nname = \"t.onmicrosoft.com\"\nid = \"3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11\"\npolicies = \".\"";
        let folder = std::env::temp_dir().join("vestibule.toml");
        let parsed = config::parse(&folder, &format!("{proxies}\n{rest}"), &|_| Some(MASTER.to_owned()));
        config.server.trusted_proxies = parsed.unwrap().server.trusted_proxies;
    })
    .await;
    for (peer, forwarded, status) in [
        ("127.0.0.1", "", 200),
        ("10.1.2.3", "", 200),
        ("[fd00::7]", "", 200),
        ("203.0.113.7", "", 404),
        ("[2001:db8::7]", "", 404),
        // Believed of a proxy alone, in both directions.
        ("10.0.0.9", "203.0.113.7", 404),
        ("10.0.0.9", "10.1.2.3", 200),
        ("203.0.113.7", "127.0.0.1", 404),
    ] {
        for path in ["/health/live", "/health/ready"] {
            let peer: std::net::SocketAddr = format!("{peer}:4000").parse().unwrap();
            let mut request = axum::http::Request::get(path).extension(vestibule::listen::Peer(peer));
            if !forwarded.is_empty() {
                request = request.header("x-forwarded-for", forwarded);
            }
            let reply = site.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(reply.status, status, "{path} {peer} {forwarded}");
        }
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn attack_146_no_secret_is_ever_logged_at_any_level() {
    let kept = Kept::default();
    let writer = kept.clone();
    let log = Log { format: LogFormat::Text, level: tracing::Level::TRACE };
    let guard =
        tracing::subscriber::set_default(vestibule::telemetry::subscriber(&log, move || writer.clone()));
    let site = Site::shared().await;
    let mut secrets: Vec<String> =
        vec!["Canary-Word-7".into(), "Wrong-Canary-1".into(), "canary-header".into()];
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[("state", "canary-state"), ("login_hint", "canary-hint")]).await;
    browser.submit(&[("signInName", "nobody@example.com"), ("password", "Wrong-Canary-1")]).await;
    browser.step("unified", "local=signup&").await;
    browser.verify("ada@example.com").await;
    secrets.push(site.code_for("ada@example.com"));
    let fields = [
        ("email", "ada@example.com"),
        ("newPassword", "Canary-Word-7"),
        ("reenterPassword", "Canary-Word-7"),
    ];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    let issued = browser.confirm().await;
    let code = issued.sent("code").unwrap();
    let tokens = site.redeem(SUSI, &code).await.json();
    for name in ["id_token", "refresh_token"] {
        secrets.push(tokens[name].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned());
    }
    let refreshed = site.refresh(SUSI, tokens["refresh_token"].as_str().unwrap(), &[]).await.json();
    secrets.push(refreshed["refresh_token"].as_str().unwrap().to_owned());
    // Used twice, forged, malformed, mispelt: the paths that log.
    site.redeem(SUSI, &code).await;
    site.refresh(SUSI, "canary-header.canary-header", &[]).await;
    let basic =
        [("authorization", "Basic Y2FuYXJ5LWhlYWRlcjp4"), ("cookie", "x-ms-cpim-sso:x_0=canary-header")];
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "canary-header"),
        ("client_secret", "canary-header"),
        ("client_id", site.web.client_id.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", SPA),
    ];
    site.post_with(&site.at(SUSI, "oauth2/v2.0/token"), &form, &basic).await;
    site.get_with(&site.at(SUSI, "openid/v2.0/userinfo"), &[("authorization", "Bearer canary-header")]).await;
    let page = site.get(&site.asked(SUSI, "", &[("redirect_uri", "https://evil.test/?canary-header")])).await;
    assert!(!page.text.contains("canary-header"), "error pages repeat nothing");
    site.get(&format!("{}?id_token_hint=canary-header", site.at(SUSI, "oauth2/v2.0/logout"))).await;
    site.app.mailer.inbox().unwrap().fail_next(1);
    browser.start(RESET, &[]).await;
    assert_eq!(browser.send_code("email", "ada@example.com").await["status"], "400");
    secrets.push(code);
    secrets.extend(
        browser.jar.iter().filter(|(name, _)| !name.ends_with("-trans")).map(|(_, value)| value.clone()),
    );
    drop(guard);
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(text.lines().count() > 3, "something was logged: {text}");
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        assert!(!text.contains(secret.as_str()), "{secret} was logged");
    }
}
