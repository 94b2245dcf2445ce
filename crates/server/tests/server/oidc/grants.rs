//! Grants without a browser: client credentials and passwords (protocols 6; attacks 50–52, 79–82).

use serde_json::{Value, json};
use vestibule::applications::{self, Application, ClientKind, RedirectKind, RedirectUri, Secret};

use super::MEMBERS;
use crate::harness::{API, ORIGIN, Reply, SPA, Site, TENANT, VERIFIER};

const PLAIN: &str = "B2C_1A_Silent";
const ROPC: &str = "B2C_1A_ROPC";
const PASSWORD: &str = "Correct-Horse-9";

/// A daemon with a secret and one of the API's roles.
async fn daemon(site: &Site, roles: &[&str]) -> (Application, String) {
    let mut daemon = Application::new(TENANT, "Daemon", ClientKind::Confidential);
    daemon.application_permissions = roles.iter().map(|role| format!("{API}/{role}")).collect();
    let (secret, kept) = Secret::generate(None);
    daemon.secrets.push(kept);
    applications::put(&site.app.store, &daemon, site.clock.now()).await.unwrap();
    (daemon, secret)
}

/// A public application that may send passwords.
async fn device(site: &Site, change: impl FnOnce(&mut Application)) -> Application {
    let mut device = Application::new(TENANT, "Device", ClientKind::Public);
    device.password_grant = true;
    device.implicit_access_token = true;
    change(&mut device);
    applications::put(&site.app.store, &device, site.clock.now()).await.unwrap();
    device
}

async fn post(site: &Site, policy: &str, form: &[(&str, &str)]) -> Reply {
    site.post(&site.at(policy, "oauth2/v2.0/token"), form).await
}

/// Error word and code of a refusal, which is always 400 here.
fn told(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 400, "{}", reply.text);
    let body = reply.json();
    let text = body["error_description"].as_str().unwrap();
    let code = text.split(':').next().unwrap().to_owned();
    (body["error"].as_str().unwrap().to_owned(), code)
}

fn refusal(error: &str, code: u32) -> (String, String) {
    (error.to_owned(), format!("AADB2C{code}"))
}

fn members(body: &Value) -> Vec<&str> {
    body.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn client_credentials_answer_with_the_roles_that_were_granted() {
    let site = Site::new().await;
    let (daemon, secret) = daemon(&site, &["Orders.Read"]).await;
    for scope in [format!("{API}/.default"), format!("{}/.default", site.web.client_id)] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", daemon.client_id.as_str()),
            ("client_secret", &secret),
            ("scope", &scope),
            ("client_info", "1"),
        ];
        let reply = post(&site, PLAIN, &form).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
        let body = reply.json();
        assert_eq!(
            members(&body),
            ["access_token", "token_type", "not_before", "expires_in", "expires_on", "resource"]
        );
        assert_eq!(body["resource"], site.web.client_id);
        let now = site.clock.now().as_second();
        let principal = daemon.principal();
        let expected = json!({ "exp": now + 3600, "nbf": now, "ver": "1.0",
            "iss": format!("{ORIGIN}/tfp/{}/b2c_1a_silent/v2.0/", site.tenant_id), "sub": principal,
            "aud": site.web.client_id, "acr": "b2c_1a_silent", "iat": now, "scp": "Orders.Read",
            "azp": daemon.client_id, "roles": ["Orders.Read"], "oid": principal });
        assert_eq!(site.claims(PLAIN, body["access_token"].as_str().unwrap()).await, expected);
    }
}

#[tokio::test]
async fn client_credentials_are_for_who_proves_itself_and_was_granted_something() {
    let site = Site::new().await;
    let (able, secret) = daemon(&site, &["Orders.Read"]).await;
    let (unable, other_secret) = daemon(&site, &[]).await;
    let scope = format!("{API}/.default");
    let two = format!("{scope} {scope}");
    let single = format!("{API}/read");
    let ask = async |client: &str, secret: &str, scope: &str| {
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", client), ("scope", scope)];
        if !secret.is_empty() {
            form.push(("client_secret", secret));
        }
        form.retain(|(_, value)| !value.is_empty());
        told(&post(&site, PLAIN, &form).await)
    };
    let (able, unable) = (able.client_id.as_str(), unable.client_id.as_str());
    assert_eq!(ask(able, "", &scope).await, refusal("invalid_client", 90079));
    assert_eq!(ask(able, "wrong", &scope).await, refusal("invalid_client", 90081));
    assert_eq!(ask(&site.spa.client_id, "", &scope).await, refusal("invalid_client", 90079), "public");
    assert_eq!(ask(able, &secret, "").await, refusal("invalid_request", 90010));
    for wrong in [single.as_str(), "openid", &two, "/.default", ".default", API] {
        assert_eq!(ask(able, &secret, wrong).await, refusal("invalid_scope", 99068), "{wrong}");
    }
    assert_eq!(ask(able, &secret, "https://evil.test/api/.default").await, refusal("invalid_scope", 90117));
    assert_eq!(ask(unable, &other_secret, &scope).await, refusal("invalid_scope", 90205), "no role granted");
}

#[tokio::test]
async fn an_application_gets_a_token_for_itself() {
    let site = Site::new().await;
    let (daemon, secret) = daemon(&site, &[]).await;
    let scope = format!("{}/.default", daemon.client_id);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", daemon.client_id.as_str()),
        ("client_secret", &secret),
        ("scope", &scope),
    ];
    let body = post(&site, PLAIN, &form).await.json();
    let claims = site.claims(PLAIN, body["access_token"].as_str().unwrap()).await;
    assert_eq!(
        (&claims["aud"], claims.get("scp"), claims.get("roles")),
        (&json!(daemon.client_id), None, None)
    );
}

#[tokio::test]
async fn the_policys_client_credentials_journey_adds_its_claims() {
    let site = Site::new().await;
    let (daemon, secret) = daemon(&site, &["Orders.Write"]).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", daemon.client_id.as_str()),
        ("client_secret", &secret),
        ("scope", &format!("{API}/.default")),
    ];
    let body = post(&site, ROPC, &form).await.json();
    let claims = site.claims(ROPC, body["access_token"].as_str().unwrap()).await;
    assert_eq!((&claims["kind"], &claims["application"]), (&json!("daemon"), &json!(daemon.client_id)));
    assert_eq!((&claims["sub"], &claims["roles"]), (&json!(daemon.principal()), &json!(["Orders.Write"])));
    assert!(claims.get("auth_time").is_none(), "nobody signed in");
}

#[tokio::test]
async fn a_password_gets_what_scopes_and_response_type_ask_for() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let device = device(&site, |_| {}).await;
    let id = device.client_id.as_str();
    let all = format!("openid {id} offline_access");
    let ask = async |scope: &str, kind: &str| {
        let form = [
            ("grant_type", "password"),
            ("client_id", id),
            ("username", "ada@example.com"),
            ("password", PASSWORD),
            ("scope", scope),
            ("response_type", kind),
            ("client_info", "1"),
        ];
        let form: Vec<_> = form.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let reply = post(&site, ROPC, &form).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(reply.cookies().is_empty(), "no session");
        reply.json()
    };
    let body = ask(&all, "token id_token").await;
    assert_eq!(members(&body), MEMBERS);
    assert_eq!((&body["resource"], &body["refresh_token_expires_in"]), (&json!(id), &json!(1_209_600)));
    assert_eq!(body["scope"], format!("{id} openid offline_access"));
    let token = site.claims(ROPC, body["id_token"].as_str().unwrap()).await;
    let now = site.clock.now().as_second();
    assert_eq!(
        (&token["sub"], &token["aud"], &token["acr"], &token["auth_time"]),
        (&json!(user), &json!(id), &json!("b2c_1a_ropc"), &json!(now))
    );
    assert!(!body.to_string().contains(PASSWORD));

    let has =
        |body: &Value| ["id_token", "access_token", "refresh_token"].map(|name| body.get(name).is_some());
    assert_eq!(has(&ask(&all, "").await), [true, true, true], "without a response_type the scopes decide");
    assert_eq!(has(&ask(&all, "id_token").await), [true, false, true]);
    assert_eq!(has(&ask("openid", "token id_token").await), [true, false, false]);
    assert_eq!(has(&ask(id, "token").await), [false, true, false]);

    site.wait(60);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
        ("response_type", "id_token"),
        ("resource", id),
    ];
    let again = post(&site, ROPC, &form).await.json();
    let renewed = site.claims(ROPC, again["id_token"].as_str().unwrap()).await;
    assert_eq!((&renewed["sub"], &renewed["auth_time"]), (&json!(user), &json!(now)));
    assert_ne!(again["refresh_token"], body["refresh_token"]);
}

#[tokio::test]
async fn attack_082_a_password_is_taken_only_where_policy_and_registration_say_so() {
    let site = Site::new().await;
    site.user("ada").await;
    let good = device(&site, |_| {}).await;
    let plain = device(&site, |device| device.password_grant = false).await;
    let explicit = device(&site, |device| device.implicit_access_token = false).await;
    let ask = async |policy: &str, client: &str, changes: &[(&str, &str)]| {
        let mut form = vec![
            ("grant_type", "password"),
            ("client_id", client),
            ("username", "ada@example.com"),
            ("password", PASSWORD),
            ("scope", "openid"),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        told(&post(&site, policy, &form).await)
    };
    let (good, web) = (good.client_id.as_str(), site.web.client_id.as_str());
    let both = ("response_type", "token id_token");
    assert_eq!(ask(PLAIN, good, &[]).await, refusal("unsupported_grant_type", 90086));
    assert_eq!(
        ask("B2C_1A_SignUpOrSignIn", good, &[]).await,
        refusal("unsupported_grant_type", 90086),
        "a page that asks for a password is no password grant"
    );
    assert_eq!(ask(ROPC, &plain.client_id, &[]).await, refusal("unauthorized_client", 90224));
    let secret = [("client_secret", site.secret.as_str())];
    assert_eq!(ask(ROPC, web, &secret).await, refusal("unauthorized_client", 90248));
    assert_eq!(ask(ROPC, &explicit.client_id, &[both]).await, refusal("unauthorized_client", 90057));
    assert_eq!(ask(ROPC, good, &[("client_secret", "x")]).await, refusal("invalid_client", 90084));
    for (name, code) in [("username", 90083), ("password", 90083), ("scope", 90010)] {
        assert_eq!(ask(ROPC, good, &[(name, "")]).await, refusal("invalid_request", code), "{name}");
    }
    assert_eq!(ask(ROPC, good, &[("scope", "openid foo")]).await, refusal("invalid_scope", 90117));
    for kind in ["code", "code id_token", "magic"] {
        let asked = [("response_type", kind)];
        assert_eq!(ask(ROPC, good, &asked).await, refusal("unsupported_response_type", 90013), "{kind}");
    }
    let query = format!("{}?password=x", site.at(ROPC, "oauth2/v2.0/token"));
    let form = [("grant_type", "password"), ("client_id", good)];
    assert_eq!(told(&site.post(&query, &form).await), refusal("invalid_request", 90122), "attack 79");
}

#[tokio::test]
async fn attacks_049_to_052_a_password_grant_tells_nothing_and_locks() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let device = device(&site, |_| {}).await;
    let ask = async |name: &str, password: &str| {
        let form = [
            ("grant_type", "password"),
            ("client_id", device.client_id.as_str()),
            ("username", name),
            ("password", password),
            ("scope", "openid"),
        ];
        let reply = post(&site, ROPC, &form).await;
        (reply.status, reply.json())
    };
    let words = |(status, body): &(u16, Value)| {
        let text = body["error_description"].as_str().unwrap_or_default();
        (*status, body["error"].clone(), text.split("\r\n").next().unwrap_or_default().to_owned())
    };
    let wrong = ask("ada@example.com", "Wrong-Horse-9").await;
    let text = "AADB2C90225: The username or password provided in the request are invalid.".to_owned();
    assert_eq!(words(&wrong), (400, json!("access_denied"), text));
    for (name, password) in [
        ("nobody@example.com", PASSWORD),
        (user.as_str(), PASSWORD),
        ("{OIDC:Password}", "{OIDC:Username}"),
        ("ada@example.com", "x"),
    ] {
        assert_eq!(words(&ask(name, password).await), words(&wrong), "{name}");
    }
    for number in 0..10 {
        ask("ada@example.com", &format!("Other-Horse-{number}")).await;
    }
    let locked = words(&ask("ada@example.com", PASSWORD).await);
    assert_eq!(locked, words(&ask("ada@example.com", "Wrong-Horse-9").await), "the right one is told alike");
    assert_eq!(locked.0, 400);
    assert!(locked.2.starts_with("AADB2C90114"), "{locked:?}");
    site.wait(7200);
    assert_eq!(ask("ada@example.com", PASSWORD).await.0, 200, "a lock ends");
}

#[tokio::test]
async fn one_registration_may_serve_a_script_without_and_a_server_with_its_secret() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let mut both = site.web.clone();
    both.redirect_uris.push(RedirectUri { kind: RedirectKind::Spa, uri: SPA.to_owned() });
    applications::put(&site.app.store, &both, site.clock.now()).await.unwrap();
    let id = both.client_id.as_str();
    let redeem = async |code: &str, redirect: &str, more: &[(&str, &str)]| {
        let mut form = vec![
            ("client_id", id),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
        ];
        form.extend_from_slice(more);
        post(&site, PLAIN, &form).await
    };
    let verifier = ("code_verifier", VERIFIER);
    let code = site.code(PLAIN, &user, &[("client_id", id)]).await;
    let body = redeem(&code, SPA, &[verifier]).await;
    assert_eq!(body.status, 200, "{}", body.text);
    let token = body.json()["refresh_token"].as_str().unwrap().to_owned();
    let form = [("client_id", id), ("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    assert_eq!(post(&site, PLAIN, &form).await.status, 200);

    let code = site.get(&site.asked_by_web(PLAIN, &user, &[])).await.sent("code").unwrap();
    let web = crate::harness::WEB;
    assert_eq!(told(&redeem(&code, web, &[]).await), refusal("invalid_client", 90079));
    let code = site.get(&site.asked_by_web(PLAIN, &user, &[])).await.sent("code").unwrap();
    assert_eq!(redeem(&code, web, &[("client_secret", &site.secret)]).await.status, 200);
}

#[tokio::test]
async fn a_disabled_application_is_refused_everywhere() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let code = site.code(PLAIN, &user, &[]).await;
    let off = Application { disabled: true, ..site.spa.clone() };
    applications::put(&site.app.store, &off, site.clock.now()).await.unwrap();
    assert_eq!(told(&site.redeem(PLAIN, &code).await), refusal("unauthorized_client", 90092));
    let page = site.get(&site.asked(PLAIN, &user, &[])).await;
    assert_eq!((page.status, page.header("location")), (400, ""), "a page, no redirect");
    assert!(page.text.contains("AADB2C90092"));
}

#[tokio::test]
async fn an_api_answers_only_to_who_was_granted_its_scopes() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let few = Application { delegated_permissions: vec![format!("{API}/read")], ..site.spa.clone() };
    applications::put(&site.app.store, &few, site.clock.now()).await.unwrap();
    let scope = format!("openid {API}/read {API}/write");
    let code = site.code(PLAIN, &user, &[("scope", &scope)]).await;
    let body = site.redeem(PLAIN, &code).await.json();
    assert_eq!(body["scope"], format!("{API}/read openid"), "only granted ones are answered");
    let none = Application { delegated_permissions: Vec::new(), ..few };
    applications::put(&site.app.store, &none, site.clock.now()).await.unwrap();
    let reply = site.get(&site.asked(PLAIN, &user, &[("scope", &scope)])).await;
    assert_eq!(reply.sent("error").as_deref(), Some("invalid_scope"));
    assert!(reply.sent("error_description").unwrap().starts_with("AADB2C90205: "));
}
