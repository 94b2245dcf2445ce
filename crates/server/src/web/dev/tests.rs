//! The developer pages over their routes, with a token endpoint of the test's own.

use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Form, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::mail::{Letter, Mailer, Sender};
use vestibule_author::graph::STYLE as GRAPH_STYLE;

const POLICY: &str = "B2C_1A_signup_signin";

fn row(id: &str, state: PolicyState) -> PolicyRow {
    PolicyRow {
        id: id.into(),
        file: format!("{id}.xml"),
        can_run: true,
        state,
        loaded: "06:00:00".into(),
        missing: vec!["step 2 needs SAML, which is not there yet".into()],
        metadata: "http://localhost:8080/m".into(),
    }
}

fn start_page() -> StartPage {
    StartPage {
        tenant: "t.onmicrosoft.com".into(),
        tenant_id: "guid".into(),
        folder: "policies".into(),
        policies: vec![
            row(POLICY, PolicyState::InForce),
            row("B2C_1A_stale", PolicyState::Stale("error: <b>old</b>".into())),
            row("B2C_1A_broken", PolicyState::Broken("error[names]: unknown claim".into())),
        ],
        applications: vec![ApplicationCard {
            name: "Dev".into(),
            client_id: "client-1".into(),
            secret: Some("s3cret".into()),
            redirects: vec![("web".into(), "https://jwt.ms".into())],
            implicit: true,
        }],
        warnings: vec!["key made".into()],
    }
}

fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
}

/// Answers like a token endpoint; the claims repeat what was sent.
async fn tokens(Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    let claims = json!({"sub": "ann<script>", "exp": 1_700_000_000, "nonce": form["code"], "sent": form["code_verifier"]});
    Json(json!({"id_token": token(&claims), "token_type": "Bearer"}))
}

fn pages() -> (Router, Inbox) {
    let inbox = Inbox::default();
    let site = Router::new().route("/t.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/token", post(tokens));
    let random = |bytes: &mut [u8]| bytes.fill(7);
    let pages = DevPages {
        recorder: Arc::new(Recorder::new(None).unwrap()),
        public_url: Url::parse("http://localhost:8080/").unwrap(),
        hosts: vec!["contoso.b2clogin.com".into()],
        start: Box::new(start_page),
        graph: Box::new(|policy| {
            (policy == POLICY).then(|| {
                format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><style>{GRAPH_STYLE}</style></svg>")
            })
        }),
        inbox: inbox.clone(),
        client_id: "client-1".into(),
        site,
        random,
    };
    (routes(pages), inbox)
}

async fn get_from(router: &Router, path: &str, host: &str) -> Response {
    let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn text(router: &Router, path: &str) -> String {
    let response = get_from(router, path, "localhost:8080").await;
    assert_eq!(response.status(), 200, "{path}");
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn the_start_page_lists_policies_with_run_buttons_and_diagnostics() {
    let (router, _) = pages();
    let page = text(&router, "/").await;
    for needed in [
        POLICY,
        "href=\"/dev/run?policy=B2C_1A_signup_signin\"",
        "B2C_1A_stale",
        "client-1",
        "s3cret",
        "https://jwt.ms",
        "key made",
        "last good revision",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("href=\"/dev/run?policy=B2C_1A_broken\""), "a broken policy cannot run");
    assert!(page.contains("&#60;b&#62;old") || page.contains("&lt;b&gt;old"), "diagnostics are text");
    let page = text(&router, "/?policy=b2c_1a_BROKEN").await;
    assert!(page.contains("error[names]: unknown claim"));
}

#[tokio::test]
async fn pages_are_careful_and_answer_only_under_our_names() {
    let (router, _) = pages();
    let response = get_from(&router, "/", "localhost:8080").await;
    let csp = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        csp.contains("default-src 'none'") && csp.contains("script-src 'sha256-") && !csp.contains("unsafe"),
        "{csp}"
    );
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    for (host, status) in [
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("contoso.b2clogin.com", 200),
        ("evil.test", 421),
        ("localhost.evil.test", 421),
        ("", 421),
    ] {
        assert_eq!(get_from(&router, "/dev/inbox.json", host).await.status().as_u16(), status, "{host}");
    }
}

#[tokio::test]
async fn a_run_asks_redeems_and_shows_everything_once() {
    let (router, _) = pages();
    let response =
        get_from(&router, "/dev/run?policy=b2c_1a_signup_signin&ui_locales=de", "localhost:8080").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let target = Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap();
    assert_eq!(target.path(), "/t.onmicrosoft.com/B2C_1A_signup_signin/oauth2/v2.0/authorize");
    let sent: HashMap<String, String> = target.query_pairs().into_owned().collect();
    assert_eq!(sent["redirect_uri"], "http://localhost:8080/dev/run/callback");
    assert_eq!((sent["response_type"].as_str(), sent["ui_locales"].as_str()), ("code", "de"));
    assert_eq!(sent["code_challenge_method"], "S256");
    // The verifier is 32 bytes of 7 in base64url; its challenge by `openssl dgst -sha256`.
    let verifier = URL_SAFE_NO_PAD.encode([7u8; 32]);
    let callback = format!("/dev/run/callback?code={}&state={}", sent["nonce"], sent["state"]);
    let page = text(&router, &callback).await;
    for needed in [
        verifier.as_str(),
        "grant_type",
        "2023-11-14 22:13:20 UTC",
        "Token response: 200",
        "id_token",
        "authorize?client_id=client-1",
    ] {
        assert!(page.contains(needed), "{needed} in {page}");
    }
    assert!(!page.contains("ann<script>") && !page.contains("not the one that was asked for"));
    assert_eq!(get_from(&router, &callback, "localhost:8080").await.status(), 400, "a state is used once");
}

#[tokio::test]
async fn an_error_of_a_run_is_shown_as_text() {
    let (router, _) = pages();
    let response = get_from(&router, "/dev/run?policy=B2C_1A_signup_signin", "localhost:8080").await;
    let target = Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap();
    let state = target.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let page = text(
        &router,
        &format!(
            "/dev/run/callback?error=access_denied&error_description=AADB2C90091%3A+%3Ci%3E&state={state}"
        ),
    )
    .await;
    assert!(page.contains("access_denied") && page.contains("AADB2C90091") && !page.contains("<i>"));
}

#[tokio::test]
async fn the_inbox_shows_mails_as_page_as_frame_and_as_json() {
    let (router, inbox) = pages();
    assert!(text(&router, "/dev/inbox").await.contains("No mail yet"));
    for to in ["ann@example.com", "bob@example.com"] {
        let sender = Sender { name: "Contoso".into(), address: "no-reply@example.com".into() };
        let letter = Letter {
            sender,
            to: to.into(),
            subject: "123456 <is> your code".into(),
            text: "plain".into(),
            html: "<p>html</p>".into(),
        };
        Mailer::Inbox(inbox.clone()).send(&letter, Timestamp::UNIX_EPOCH).await.unwrap();
    }
    let page = text(&router, "/dev/inbox").await;
    assert!(
        page.contains("ann@example.com") && page.contains("src=\"/dev/inbox/2\"") && !page.contains("<is>")
    );
    assert!(text(&router, "/dev/inbox?mail=1&part=text").await.contains("plain"));
    let frame = get_from(&router, "/dev/inbox/1", "localhost").await;
    let csp = frame.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(csp.contains("sandbox allow-popups") && csp.contains("frame-ancestors 'self'"), "{csp}");
    let mails: Value =
        serde_json::from_str(&text(&router, "/dev/inbox.json?to=ANN@example.com").await).unwrap();
    assert_eq!(mails.as_array().unwrap().len(), 1);
    assert_eq!(
        (mails[0]["to"].as_str(), mails[0]["subject"].as_str()),
        (Some("ann@example.com"), Some("123456 <is> your code"))
    );
    assert_eq!(get_from(&router, "/dev/inbox/9", "localhost").await.status(), 404);
}

#[tokio::test]
async fn the_picture_of_a_journey_may_style_itself_and_nothing_else() {
    let (router, _) = pages();
    let page = text(&router, &format!("/?policy={POLICY}")).await;
    assert!(page.contains("src=\"/dev/graph.svg?policy=B2C_1A_signup_signin\""), "the page shows it");
    let response = get_from(&router, &format!("/dev/graph.svg?policy={POLICY}"), "localhost:8080").await;
    assert_eq!(response.headers()["content-type"], "image/svg+xml");
    let csp = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(csp.contains("default-src 'none'") && csp.contains("style-src 'sha256-"), "{csp}");
    assert!(!csp.contains("script-src 'self'") && !csp.contains("unsafe-inline"), "{csp}");
    let missing = get_from(&router, "/dev/graph.svg?policy=B2C_1A_none", "localhost:8080").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let foreign = get_from(&router, &format!("/dev/graph.svg?policy={POLICY}"), "evil.example").await;
    assert_ne!(foreign.status(), StatusCode::OK, "only under our own names");
}
