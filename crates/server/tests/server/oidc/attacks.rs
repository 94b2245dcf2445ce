//! Attacks on the authorization endpoint and on tokens that need the whole server (attacks A and D).

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::harness::{SPA, Site, TENANT, encode};

const POLICY: &str = "B2C_1A_Silent";

#[tokio::test]
async fn attack_008_a_client_that_is_not_there_is_never_redirected() {
    let site = Site::new().await;
    let long = "x".repeat(128);
    let braces = format!("{{{}}}", site.spa.client_id);
    let clients = [
        "",
        "x",
        "99999999-9999-4999-8999-999999999999",
        "' OR 1=1 --",
        "../../etc/passwd",
        "\u{202e}",
        &braces,
        &long,
    ];
    for client in clients {
        let reply = site.get(&site.asked(POLICY, "u", &[("client_id", client)])).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{client}");
        assert!(reply.session().is_none());
        assert!(client.len() < 3 || !reply.text.contains(client), "it is not repeated: {client}");
    }
    let missing = site.asked(POLICY, "u", &[]).replace("client_id=", "client=");
    assert_eq!(site.get(&missing).await.status, 400);
    let user = site.user("ada").await;
    assert!(site.get(&site.asked(POLICY, &user, &[])).await.sent("code").is_some(), "honest requests pass");
}

#[tokio::test]
async fn attack_011_a_tenant_that_is_not_ours_is_not_there() {
    let site = Site::new().await;
    let tails = ["oauth2/v2.0/authorize", "oauth2/v2.0/token", "v2.0/.well-known/openid-configuration"];
    let tenants = [
        "contoso.onmicrosoft.com",
        "11111111-2222-3333-4444-555555555555",
        "vestibule.onmicroso%D1%84t.com",
        "v%C4%B1stibule.onmicrosoft.com",
        "vestibule.onmicrosoft.com.",
        "vestibule.onmicrosoft.com%20",
        "common",
        "organizations",
        "..",
    ];
    for tenant in tenants {
        for tail in tails {
            for path in [format!("/{tenant}/{POLICY}/{tail}"), format!("/tfp/{tenant}/{tail}?p={POLICY}")] {
                assert_eq!(site.get(&path).await.status, 404, "{path}");
            }
        }
    }
    for tenant in [TENANT.to_owned(), TENANT.to_uppercase(), site.tenant_id.to_uppercase()] {
        let path = format!("/{tenant}/{POLICY}/v2.0/.well-known/openid-configuration");
        assert_eq!(site.get(&path).await.status, 200, "{tenant}");
    }
}

#[tokio::test]
async fn attack_015_what_is_too_long_or_no_text_is_refused_over_http() {
    let site = Site::new().await;
    let asked = site.asked(POLICY, "u", &[("state", ""), ("nonce", "")]);
    for name in ["state", "nonce", "login_hint", "ui_locales", "domain_hint", "prompt", "acr_values"] {
        for value in ["%00", "a%0d%0aSet-Cookie:%20x=1", "%ED%A0%80", "%C0%AF", "%", "%4"] {
            let reply = site.get(&format!("{asked}&{name}={value}")).await;
            assert_eq!((reply.status, reply.header("location")), (400, ""), "{name}={value}");
            assert!(reply.cookies().iter().all(|(name, ..)| name != "x"), "no header is split");
        }
        let long = "x".repeat(20_000);
        let (path, query) = asked.split_once('?').unwrap();
        let body = format!("{query}&{name}={long}");
        let request = Request::post(path)
            .header("host", "id.example.com")
            .header("content-type", "application/x-www-form-urlencoded");
        let reply = site.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{name}");
    }
}

/// A token with another header or other claims, its signature as it was or left out.
fn bent(token: &str, header: Option<&str>, change: impl Fn(&mut Value)) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    let header = header.map_or_else(|| parts[0].to_owned(), |text| URL_SAFE_NO_PAD.encode(text));
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
}

#[tokio::test]
async fn attack_020_only_a_hint_of_ours_says_whose_session_is_meant() {
    let site = Site::new().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    let reply = site.get(&site.asked(POLICY, &ada, &[])).await;
    let session = reply.session().unwrap();
    let mine = site.redeem(POLICY, &reply.sent("code").unwrap()).await.json();
    let hint = mine["id_token"].as_str().unwrap();
    let code = site.code(POLICY, &eve, &[]).await;
    let foreign = site.redeem(POLICY, &code).await.json()["id_token"].as_str().unwrap().to_owned();
    let eves = |claims: &mut Value| claims["sub"] = eve.as_str().into();
    let silent = async |hint: &str| {
        let (path, query) = site
            .asked(POLICY, &ada, &[("prompt", "none")])
            .split_once('?')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let body = format!("{query}&{}", encode(&[("id_token_hint", hint)]));
        let request = Request::post(path)
            .header("host", "id.example.com")
            .header("cookie", &session)
            .header("content-type", "application/x-www-form-urlencoded");
        site.send(request.body(Body::from(body)).unwrap()).await
    };
    assert!(silent(hint).await.sent("code").is_some(), "one's own");
    site.wait(7_200);
    assert!(silent(hint).await.sent("code").is_some(), "expired, and still ours");
    assert_eq!(
        silent(&foreign).await.sent("error").as_deref(),
        Some("interaction_required"),
        "somebody else's"
    );
    // What does not verify is no hint at all: it neither opens nor closes anything.
    let none = r#"{"alg":"none","typ":"JWT"}"#;
    let symmetric = r#"{"alg":"HS256","typ":"JWT"}"#;
    let not_ours = [
        bent(&foreign, Some(none), |_| {}),
        bent(&foreign, Some(symmetric), |_| {}),
        bent(hint, None, eves),
        bent(hint, None, |claims| claims["iss"] = "https://evil.test/".into()),
        bent(hint, None, |claims| claims["exp"] = "soon".into()),
        "a.b.c".to_owned(),
        "x".repeat(20_000),
    ];
    for hint in not_ours {
        let reply = silent(&hint).await;
        assert!(reply.sent("code").is_some(), "{}", hint.chars().take(60).collect::<String>());
    }
    let huge = silent(&"x".repeat(30_000)).await;
    assert_eq!((huge.status, huge.header("location")), (400, ""));
}

#[tokio::test]
async fn attack_085_an_id_token_is_no_access_token_and_no_hint_is_an_access_token() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let scope = format!("openid {}", site.spa.client_id);
    let reply = site.get(&site.asked(POLICY, &ada, &[("scope", &scope)])).await;
    let session = reply.session().unwrap();
    let tokens = site.redeem(POLICY, &reply.sent("code").unwrap()).await.json();
    let (id, access) = (tokens["id_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap());
    let header = format!("Bearer {id}");
    let path = site.at(POLICY, "openid/v2.0/userinfo");
    assert_eq!(site.get_with(&path, &[("authorization", &header)]).await.status, 401);
    let enforced = site.at("B2C_1A_SilentEnforced", "oauth2/v2.0/logout");
    let out =
        format!("{enforced}?{}", encode(&[("id_token_hint", access), ("post_logout_redirect_uri", SPA)]));
    let reply = site.get_with(&out, &[("cookie", &session)]).await;
    assert_eq!((reply.status, reply.header("location")), (400, ""), "an access token is nobody's hint");
    let silent = site.asked(POLICY, &ada, &[("prompt", "none")]);
    assert!(site.get_with(&silent, &[("cookie", &session)]).await.sent("code").is_some(), "still signed in");
}

#[tokio::test]
async fn attack_086_a_token_serves_its_own_policy_audience_and_time() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let api = format!("openid {}/read", crate::harness::API);
    let asked = site.asked_by_web(POLICY, &ada, &[("response_type", "id_token token"), ("scope", &api)]);
    let for_api = site.get(&asked).await.sent("access_token").unwrap();
    let scope = format!("openid {}", site.spa.client_id);
    let code = site.code("B2C_1A_SilentPolicy", &ada, &[("scope", &scope)]).await;
    let elsewhere = site.redeem("B2C_1A_SilentPolicy", &code).await.json();
    let elsewhere = elsewhere["access_token"].as_str().unwrap().to_owned();
    let at = |policy: &str| site.at(policy, "openid/v2.0/userinfo");
    let ask = async |policy: &str, token: &str| {
        let header = format!("Bearer {token}");
        site.get_with(&at(policy), &[("authorization", header.as_str())]).await
    };
    let refused = ask(POLICY, &elsewhere).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    assert!(refused.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    assert_eq!(ask("B2C_1A_SilentPolicy", &for_api).await.status, 401);
    assert_eq!(ask("B2C_1A_SilentPolicy", &elsewhere).await.status, 200);
    site.wait(3_601);
    assert_eq!(ask("B2C_1A_SilentPolicy", &elsewhere).await.status, 401, "out of its time");
}
