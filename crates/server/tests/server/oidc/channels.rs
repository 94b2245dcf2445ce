//! Applications told of a session's end: by frames (Front-Channel Logout 1.0) and by requests of ours (Back-Channel
//! Logout 1.0), both extensions that the operator turns on (protocols 9 and 18).

use serde_json::Value;

use crate::harness::{SPA, Site, WEB, encode};
use crate::services::{Manner, Service};

const POLICY: &str = "B2C_1A_Silent";

struct SignedIn {
    session: String,
    id_token: String,
    refresh_token: String,
}

/// Signs somebody in at the single-page application, with a session where there is one.
async fn at_spa(site: &Site, user: &str, session: Option<&str>) -> SignedIn {
    let headers: Vec<(&str, &str)> = session.map(|cookie| ("cookie", cookie)).into_iter().collect();
    let reply = site.get_with(&site.asked(POLICY, user, &[]), &headers).await;
    let body = site.redeem(POLICY, &reply.sent("code").unwrap()).await.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let session = reply.session().or(session.map(str::to_owned)).unwrap();
    SignedIn { session, id_token: text("id_token"), refresh_token: text("refresh_token") }
}

/// The same at the confidential application; returns the session and its id token.
async fn at_web(site: &Site, session: &str) -> (String, String) {
    let asked = site.asked_by_web(POLICY, "x", &[]);
    let reply = site.get_with(&asked, &[("cookie", session)]).await;
    let form = [
        ("client_id", site.web.client_id.as_str()),
        ("client_secret", site.secret.as_str()),
        ("grant_type", "authorization_code"),
        ("code", &reply.sent("code").unwrap()),
        ("redirect_uri", WEB),
    ];
    let token = site.post(&site.at(POLICY, "oauth2/v2.0/token"), &form).await.json();
    (reply.session().unwrap_or(session.to_owned()), token["id_token"].as_str().unwrap().to_owned())
}

fn logout(site: &Site, parameters: &[(&str, &str)]) -> String {
    format!("{}?{}", site.at(POLICY, "oauth2/v2.0/logout"), encode(parameters))
}

async fn discovery(site: &Site, policy: &str) -> Value {
    site.get(&site.at(policy, "v2.0/.well-known/openid-configuration")).await.json()
}

#[tokio::test]
async fn without_the_settings_nothing_is_announced_and_tokens_name_no_session() {
    let site = Site::new().await;
    let document = discovery(&site, POLICY).await;
    for name in ["frontchannel_logout", "backchannel_logout"] {
        assert!(document.get(format!("{name}_supported")).is_none(), "{document}");
        assert!(document.get(format!("{name}_session_supported")).is_none(), "{document}");
    }
    let ada = site.user("ada").await;
    let signed_in = at_spa(&site, &ada, None).await;
    assert!(site.claims(POLICY, &signed_in.id_token).await.get("sid").is_none());
}

#[tokio::test]
async fn by_frames_every_application_learns_which_session_ended() {
    let site = Site::with(|config| config.session.frontchannel_logout = true).await;
    let document = discovery(&site, POLICY).await;
    assert_eq!(document["frontchannel_logout_supported"], true);
    assert_eq!(document["frontchannel_logout_session_supported"], true);
    assert!(document.get("backchannel_logout_supported").is_none());
    let suppressed = discovery(&site, "B2C_1A_SilentSuppressed").await;
    assert!(suppressed.get("frontchannel_logout_supported").is_none(), "it has no sessions");

    let ada = site.user("ada").await;
    let first = at_spa(&site, &ada, None).await;
    let sid = site.claims(POLICY, &first.id_token).await["sid"].as_str().unwrap().to_owned();
    let (session, web) = at_web(&site, &first.session).await;
    assert_eq!(site.claims(POLICY, &web).await["sid"], sid.as_str(), "one session, one name");
    let refreshed = site.refresh(POLICY, &first.refresh_token, &[]).await.json();
    let refreshed = site.claims(POLICY, refreshed["id_token"].as_str().unwrap()).await;
    assert_eq!(refreshed["sid"], sid.as_str(), "kept over a refresh");

    let parameters =
        [("id_token_hint", first.id_token.as_str()), ("post_logout_redirect_uri", SPA), ("state", "s")];
    let reply = site.get_with(&logout(&site, &parameters), &[("cookie", &session)]).await;
    let frame = reply.text.split("<iframe").nth(1).unwrap().split('>').next().unwrap();
    let called = frame.split("src=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let query = called.strip_prefix("https://spa.example.com/out?").expect("the initiator is called too");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(
        pairs,
        [("iss".to_owned(), document["issuer"].as_str().unwrap().to_owned()), ("sid".to_owned(), sid),]
    );
    assert_eq!(reply.text.matches("<iframe").count(), 1, "the other application has no address");
    assert!(reply.header("content-security-policy").ends_with("frame-src https://spa.example.com"));
    assert!(reply.text.contains("href=\"https://spa.example.com/?state=s\""));
}

/// The logout tokens that an application was sent, verified.
async fn told(site: &Site, service: &Service) -> Vec<Value> {
    let mut all = Vec::new();
    for request in service.asked() {
        assert!(request.starts_with("POST /bye HTTP/1.1"), "{request}");
        assert!(request.to_lowercase().contains("content-type: application/x-www-form-urlencoded"));
        let body = request.split("\r\n\r\n").nth(1).unwrap();
        let token = body.strip_prefix("logout_token=").unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
        all.push(site.verified(POLICY, token).await);
    }
    all
}

async fn with_address(site: &Site, port: u16) {
    let mut web = site.web.clone();
    web.backchannel_logout_url = Some(format!("http://127.0.0.1:{port}/bye"));
    vestibule::applications::put(&site.app.store, &web, site.clock.now()).await.unwrap();
}

async fn back_channel_site() -> Site {
    Site::with(|config| {
        config.session.backchannel_logout = true;
        config.outbound.allow = vec!["127.0.0.1".to_owned()];
    })
    .await
}

#[tokio::test]
async fn by_requests_every_application_gets_a_logout_token() {
    let site = back_channel_site().await;
    let document = discovery(&site, POLICY).await;
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
    let service = Service::says(200, "").await;
    with_address(&site, service.port).await;
    let ada = site.user("ada").await;
    let first = at_spa(&site, &ada, None).await;
    let (session, web) = at_web(&site, &first.session).await;
    let id_token = site.claims(POLICY, &web).await;

    let parameters = [("id_token_hint", first.id_token.as_str()), ("post_logout_redirect_uri", SPA)];
    let reply = site.get_with(&logout(&site, &parameters), &[("cookie", &session)]).await;
    assert_eq!(reply.header("location"), SPA);
    let tokens = told(&site, &service).await;
    let [token] = tokens.as_slice() else { panic!("one request: {tokens:?}") };
    for same in ["iss", "sub", "aud", "sid"] {
        assert_eq!(token[same], id_token[same], "{same}");
    }
    assert_eq!(
        token["events"],
        serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
    );
    assert_eq!(token["iat"].as_i64(), Some(1_800_000_000));
    assert_eq!(token["exp"].as_i64(), Some(1_800_000_120), "at most two minutes");
    assert_eq!(token["jti"].as_str().map(str::len), Some(36));
    assert!(token.get("nonce").is_none(), "so that it is never taken for an id token");
}

#[tokio::test]
async fn an_application_that_does_not_answer_holds_up_nobody() {
    let site = back_channel_site().await;
    let service = Service::new(Manner::Silent).await;
    with_address(&site, service.port).await;
    let ada = site.user("ada").await;
    let first = at_spa(&site, &ada, None).await;
    let (session, _) = at_web(&site, &first.session).await;
    let begun = std::time::Instant::now();
    let reply =
        site.get_with(&logout(&site, &[("post_logout_redirect_uri", SPA)]), &[("cookie", &session)]).await;
    assert_eq!(reply.status, 200, "the other application's frame: {}", reply.text);
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_private_address_is_not_reached_unless_the_operator_lists_it() {
    let site = Site::with(|config| config.session.backchannel_logout = true).await;
    let service = Service::says(200, "").await;
    with_address(&site, service.port).await;
    let ada = site.user("ada").await;
    let first = at_spa(&site, &ada, None).await;
    let (session, _) = at_web(&site, &first.session).await;
    site.get_with(&logout(&site, &[]), &[("cookie", &session)]).await;
    assert_eq!(service.asked().len(), 0, "attack 103");
}
