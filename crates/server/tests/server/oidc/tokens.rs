//! Codes, tokens and clients over HTTP (protocols 3, 4; attacks D).

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::MEMBERS;
use crate::harness::{API, ORIGIN, SPA, Site, TENANT, VERIFIER, WEB, encode};

const POLICY: &str = "B2C_1A_Silent";

fn decoded(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[tokio::test]
async fn attack_073_two_sign_ins_of_one_second_do_not_share_a_token() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let scope = format!("openid {}", site.spa.client_id);
    let changes = [("scope", scope.as_str())];
    let (one, other) = (site.code(POLICY, &ada, &changes).await, site.code(POLICY, &ada, &changes).await);
    let first = site.redeem(POLICY, &one).await.json()["access_token"].clone();
    let second = site.redeem(POLICY, &other).await.json()["access_token"].clone();
    assert_ne!(first, second, "in the same second, with the same claims");
    assert_eq!(site.redeem(POLICY, &one).await.status, 400, "a code used twice kills its token");
    for (token, status) in [(first, 401), (second, 200)] {
        let header = format!("Bearer {}", token.as_str().unwrap());
        let path = site.at(POLICY, "openid/v2.0/userinfo");
        assert_eq!(site.get_with(&path, &[("authorization", &header)]).await.status, status);
    }
}

#[tokio::test]
async fn the_answer_has_the_members_of_protocols_3() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let scope = format!("openid offline_access {API}/read");
    let code = site.code(POLICY, &user, &[("scope", &scope)]).await;
    let reply = site.redeem(POLICY, &code).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    assert_eq!(reply.header("access-control-allow-origin"), "https://spa.example.com");
    assert!(!reply.text.contains(": "), "compact JSON");
    let body = reply.json();
    let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, MEMBERS);
    let now = site.clock.now().as_second();
    let table = [
        ("token_type", json!("Bearer")),
        ("not_before", json!(now)),
        ("expires_in", json!(3600)),
        ("expires_on", json!(now + 3600)),
        ("resource", json!(site.web.client_id)),
        ("id_token_expires_in", json!(3600)),
        ("scope", json!(format!("{API}/read openid offline_access"))),
        ("refresh_token_expires_in", json!(86_400)),
    ];
    for (name, value) in table {
        assert_eq!(body[name], value, "{name}");
    }
    let info = decoded(body["client_info"].as_str().unwrap());
    assert_eq!(info, json!({ "uid": format!("{user}-b2c_1a_silent"), "utid": site.tenant_id }));
    let profile = decoded(body["profile_info"].as_str().unwrap());
    let expected = json!({ "ver": "1.0", "tid": site.tenant_id, "sub": null, "name": "Ada", "preferred_username": null, "idp": "LocalAccount" });
    assert_eq!(profile, expected);

    let id = site.claims(POLICY, body["id_token"].as_str().unwrap()).await;
    let issuer = format!("{ORIGIN}/tfp/{}/b2c_1a_silent/v2.0/", site.tenant_id);
    let at_hash = id["at_hash"].clone();
    assert_eq!(at_hash.as_str().unwrap().len(), 22);
    let expected = json!({ "exp": now + 3600, "nbf": now, "ver": "1.0", "iss": issuer, "sub": user, "aud": site.spa.client_id,
        "acr": "b2c_1a_silent", "nonce": "n0", "iat": now, "auth_time": now, "name": "Ada", "tid": site.tenant_id, "at_hash": at_hash });
    assert_eq!(id, expected);
    let access = site.claims(POLICY, body["access_token"].as_str().unwrap()).await;
    let expected = json!({ "exp": now + 3600, "nbf": now, "ver": "1.0", "iss": issuer, "sub": user, "aud": site.web.client_id,
        "acr": "b2c_1a_silent", "iat": now, "auth_time": now, "name": "Ada", "tid": site.tenant_id, "azp": site.spa.client_id, "scp": "read" });
    assert_eq!(access, expected);
}

#[tokio::test]
async fn openid_alone_gives_no_access_token_and_the_own_id_gives_one() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let code = site.code(POLICY, &user, &[("scope", "openid")]).await;
    let body = site.redeem(POLICY, &code).await.json();
    let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "id_token",
            "token_type",
            "not_before",
            "id_token_expires_in",
            "profile_info",
            "scope",
            "client_info"
        ]
    );

    let scope = format!("openid profile offline_access {}", site.spa.client_id);
    let code = site.code(POLICY, &user, &[("scope", &scope)]).await;
    let body = site.redeem(POLICY, &code).await.json();
    let access = site.claims(POLICY, body["access_token"].as_str().unwrap()).await;
    assert_eq!((&access["aud"], access.get("scp")), (&json!(site.spa.client_id), None));
    assert!(body["scope"].as_str().unwrap().contains(&site.spa.client_id));
}

#[tokio::test]
async fn an_issuer_that_wants_text_gets_numbers_as_text() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let scope = format!("openid offline_access {API}/read");
    let code = site.code("B2C_1A_SilentPlain", &user, &[("scope", &scope)]).await;
    let body = site.redeem("B2C_1A_SilentPlain", &code).await.json();
    for name in ["not_before", "expires_in", "expires_on", "id_token_expires_in", "refresh_token_expires_in"]
    {
        assert!(body[name].is_string(), "{name}: {}", body[name]);
    }
    let id = site.claims("B2C_1A_SilentPlain", body["id_token"].as_str().unwrap()).await;
    assert_eq!(id["iss"], format!("{ORIGIN}/{}/v2.0/", site.tenant_id));
}

#[tokio::test]
async fn a_confidential_client_redeems_with_its_secret_in_two_ways() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let id = site.web.client_id.clone();
    let path = site.at(POLICY, "oauth2/v2.0/token");
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{}", site.secret)));
    for by_basic in [false, true] {
        let code = site.get(&site.asked_by_web(POLICY, &user, &[])).await.sent("code").unwrap();
        let mut form = vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", WEB)];
        let mut headers = vec![("origin", "https://web.example.com")];
        match by_basic {
            true => headers.push(("authorization", &basic)),
            false => form.extend([("client_id", id.as_str()), ("client_secret", &site.secret)]),
        }
        let reply = site.post_with(&path, &form, &headers).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.header("access-control-allow-origin"), "", "a web URI gets no CORS header");
        assert_eq!(reply.json()["refresh_token_expires_in"], 1_209_600, "14 days outside a browser");
    }
}

#[tokio::test]
async fn attacks_079_080_clients_that_do_not_authenticate() {
    let site = Site::new().await;
    let spa = site.spa.client_id.as_str();
    let web = site.web.client_id.as_str();
    let unknown = "11111111-2222-3333-4444-555555555555";
    let path = site.at(POLICY, "oauth2/v2.0/token");
    let code = ("grant_type", "authorization_code");
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    type Row<'a> = (Vec<(&'a str, &'a str)>, Option<String>, u16, &'a str, &'a str);
    let table: Vec<Row<'_>> = vec![
        (vec![code, ("client_id", spa), ("client_secret", "x")], None, 400, "invalid_client", "AADB2C90084"),
        (vec![code, ("client_id", web)], None, 400, "invalid_client", "AADB2C90079"),
        (vec![code, ("client_id", web), ("client_secret", "x")], None, 400, "invalid_client", "AADB2C90081"),
        (vec![code, ("client_id", unknown)], None, 400, "invalid_client", "AADB2C90018"),
        (vec![code], None, 400, "invalid_request", "AADB2C90083"),
        (vec![code], Some(basic(&format!("{web}:wrong"))), 401, "invalid_client", "AADB2C90081"),
        (vec![code], Some("Basic !!!".into()), 401, "invalid_client", "AADB2C90027"),
        (vec![code], Some(basic("nocolon")), 401, "invalid_client", "AADB2C90027"),
        (vec![code], Some(basic(":")), 401, "invalid_client", "AADB2C90027"),
        (
            vec![code, ("client_secret", "x")],
            Some(basic(&format!("{web}:x"))),
            400,
            "invalid_request",
            "AADB2C90122",
        ),
        (
            vec![code, ("client_id", spa), ("client_assertion", "x")],
            None,
            400,
            "invalid_client",
            "AADB2C90016",
        ),
    ];
    for (form, authorization, status, error, described) in table {
        let headers: Vec<(&str, &str)> =
            authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        let reply = site.post_with(&path, &form, &headers).await;
        assert_eq!(reply.status, status, "{form:?}: {}", reply.text);
        let body = reply.json();
        assert_eq!(body["error"], error, "{form:?}");
        assert!(
            body["error_description"].as_str().unwrap().starts_with(&format!("{described}: ")),
            "{}",
            reply.text
        );
        assert_eq!(reply.header("www-authenticate").starts_with("Basic "), status == 401);
    }
    let query = format!("{path}?client_secret=x");
    assert_eq!(site.post(&query, &[code, ("client_id", spa)]).await.json()["error"], "invalid_request");
    let tolerated = format!("{}?p=b2c_1a_silent&client-request-id=1", path);
    let reply = site.post(&tolerated, &[code, ("client_id", spa)]).await;
    assert!(reply.text.contains("AADB2C90083") && reply.text.contains("code"), "{}", reply.text);
}

#[tokio::test]
async fn attacks_073_to_075_codes_are_spent_once_by_whom_they_are_for() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let code = site.code(POLICY, &user, &[]).await;
    let first = site.redeem(POLICY, &code).await.json();
    let second = site.redeem(POLICY, &code).await;
    assert_eq!((second.status, second.json()["error"].as_str()), (400, Some("invalid_grant")));
    let refreshed = site.refresh(POLICY, first["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(refreshed.json()["error"], "invalid_grant", "the second use killed it");

    let code = site.code(POLICY, &user, &[]).await;
    assert!(site.redeem("B2C_1A_SilentPlain", &code).await.text.contains("AADB2C90088"), "another policy");
    assert!(site.redeem(POLICY, &code).await.text.contains("AADB2C90080"), "the attempt spent it");

    let code = site.code(POLICY, &user, &[]).await;
    site.wait(600);
    let late = site.redeem(POLICY, &code).await.json();
    let described = late["error_description"].as_str().unwrap();
    let expected = "AADB2C90080: The provided grant has expired. Please re-authenticate and try again. Current time: 1800000600, Grant issued time: 1800000000, Grant expiration time: 1800000600\r\nCorrelation ID: ";
    assert!(described.starts_with(expected), "{described}");
    assert!(described.ends_with("\r\nTimestamp: 2027-01-15 08:10:00Z\r\n"), "{described}");

    let path = site.at(POLICY, "oauth2/v2.0/token");
    let long = "x".repeat(30_000);
    let form = [
        ("client_id", site.spa.client_id.as_str()),
        ("grant_type", "authorization_code"),
        ("code", &long),
        ("redirect_uri", SPA),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(site.post(&path, &form).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn attacks_076_077_refresh_tokens_rotate_and_stay_with_their_own() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let scope = format!("openid offline_access {API}/read");
    let code = site.code(POLICY, &user, &[("scope", &scope)]).await;
    let first = site.redeem(POLICY, &code).await.json();
    let token = |body: &Value| body["refresh_token"].as_str().unwrap().to_owned();
    site.wait(60);
    let second = site.refresh(POLICY, &token(&first), &[("client_info", "1")]).await.json();
    assert_ne!(token(&first), token(&second));
    let twin = site.refresh(POLICY, &token(&first), &[]).await.json();
    assert_eq!(token(&second), token(&twin), "within ten seconds the same successor");
    let (before, after) = (
        site.claims(POLICY, first["id_token"].as_str().unwrap()).await,
        site.claims(POLICY, second["id_token"].as_str().unwrap()).await,
    );
    assert_eq!(
        (&after["auth_time"], &after["nonce"], &after["sub"]),
        (&before["auth_time"], &before["nonce"], &before["sub"])
    );
    assert_eq!(after["iat"].as_i64().unwrap(), before["iat"].as_i64().unwrap() + 60);
    assert_eq!(second["refresh_token_expires_in"], 86_340, "rotation does not extend the day of a browser");
    assert_eq!(after["name"], "ada", "the refresh journey read the directory again");

    let narrow =
        site.refresh(POLICY, &token(&second), &[("scope", "openid profile offline_access")]).await.json();
    assert_eq!((narrow.get("access_token"), &narrow["scope"]), (None, &json!("openid offline_access")));
    let wide = site.refresh(POLICY, &token(&narrow), &[("scope", &scope)]).await.json();
    assert!(wide["access_token"].is_string(), "what was granted can be asked for again");
    let other = format!("openid {API}/write");
    assert!(
        site.refresh(POLICY, &token(&wide), &[("scope", &other)]).await.json()["access_token"].is_string(),
        "another scope of the API"
    );
    let wider = site.refresh(POLICY, &token(&wide), &[("scope", &site.spa.client_id)]).await;
    assert_eq!((wider.status, wider.json()["error"].as_str()), (400, Some("invalid_scope")));

    let elsewhere = site.refresh("B2C_1A_SilentPlain", &token(&wide), &[]).await;
    assert!(elsewhere.text.contains("AADB2C90088"), "{}", elsewhere.text);
    let by_web = [
        ("client_id", site.web.client_id.as_str()),
        ("client_secret", &site.secret),
        ("grant_type", "refresh_token"),
        ("refresh_token", &token(&wide)),
    ];
    assert!(site.post(&site.at(POLICY, "oauth2/v2.0/token"), &by_web).await.text.contains("AADB2C90279"));
    site.wait(11);
    for _ in 0..2 {
        let reused = site.refresh(POLICY, &token(&first), &[]).await;
        assert_eq!((reused.status, reused.json()["error"].as_str()), (400, Some("invalid_grant")));
    }
    assert_eq!(
        site.refresh(POLICY, &token(&wide), &[]).await.json()["error"],
        "invalid_grant",
        "the family is dead"
    );
}

#[tokio::test]
async fn attack_077_revocation_deletion_and_disabling_end_refresh_with_and_without_a_journey() {
    let site = Site::new().await;
    for policy in [POLICY, "B2C_1A_SilentPlain"] {
        let user = site.user(&format!("ada-{}", policy.to_lowercase())).await;
        let code = site.code(policy, &user, &[]).await;
        let token = site.redeem(policy, &code).await.json()["refresh_token"].as_str().unwrap().to_owned();
        site.wait(3600);
        site.app.directory.revoke(TENANT, &user).await.unwrap();
        let reply = site.refresh(policy, &token, &[]).await;
        assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("invalid_grant")), "{policy}");
        site.wait(1);
        let code = site.code(policy, &user, &[("prompt", "login")]).await;
        let token = site.redeem(policy, &code).await.json()["refresh_token"].as_str().unwrap().to_owned();
        assert_eq!(
            site.refresh(policy, &token, &[]).await.status,
            200,
            "after a new sign-in it works: {policy}"
        );
        let lookup = vestibule::directory::Lookup::ObjectId(user.clone());
        assert!(site.app.directory.delete(TENANT, &lookup).await.unwrap());
        assert_eq!(site.refresh(policy, &token, &[]).await.json()["error"], "invalid_grant", "{policy}");
    }
}

#[tokio::test]
async fn attack_082_other_grants_are_not_offered() {
    let site = Site::new().await;
    let path = site.at(POLICY, "oauth2/v2.0/token");
    for grant in [
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "implicit",
    ] {
        let reply = site.post(&path, &[("client_id", &site.spa.client_id), ("grant_type", grant)]).await;
        assert_eq!(
            (reply.status, reply.json()["error"].as_str()),
            (400, Some("unsupported_grant_type")),
            "{grant}"
        );
        assert!(reply.text.contains("AADB2C90086"));
    }
    let reply = site.post(&path, &[("client_id", &site.spa.client_id)]).await;
    assert!(reply.text.contains("AADB2C90083"));
}

#[tokio::test]
async fn attack_083_the_token_endpoint_takes_forms_by_post() {
    let site = Site::new().await;
    let path = site.at(POLICY, "oauth2/v2.0/token");
    let reply = site.get(&path).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "POST, OPTIONS"));
    assert!(reply.json()["error_description"].as_str().unwrap().starts_with("AADB2C90226"));
    for (kind, body, status) in [
        ("application/json", "{}".to_owned(), 415),
        ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
        ("application/x-www-form-urlencoded; charset=utf-16", "a=b".to_owned(), 415),
        ("application/x-www-form-urlencoded", "a=b&".repeat(10_000), 400),
        ("application/x-www-form-urlencoded", "x".repeat(70_000), 413),
        ("application/x-www-form-urlencoded", "grant_type=%zz".to_owned(), 400),
        ("application/x-www-form-urlencoded", encode(&[("grant_type", "a"), ("grant_type", "b")]), 400),
    ] {
        let request = Request::post(&path).header("host", "id.example.com").header("content-type", kind);
        let reply = site.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(reply.status, status, "{kind}: {}", reply.text);
        assert!(reply.json()["error"].is_string(), "JSON even then: {}", reply.text);
    }
}

#[tokio::test]
async fn attack_092_the_token_endpoint_names_only_registered_single_page_origins() {
    let site = Site::new().await;
    let path = site.at(POLICY, "oauth2/v2.0/token");
    for (origin, allowed) in [
        ("https://spa.example.com", true),
        ("https://evil.test", false),
        ("null", false),
        ("https://spa.example.com.evil.test", false),
        ("https://web.example.com", false),
    ] {
        let expected = if allowed { origin } else { "" };
        let failed = site
            .post_with(
                &path,
                &[
                    ("client_id", &site.spa.client_id),
                    ("grant_type", "refresh_token"),
                    ("refresh_token", "x"),
                ],
                &[("origin", origin)],
            )
            .await;
        assert_eq!(
            (failed.status, failed.header("access-control-allow-origin")),
            (400, expected),
            "on errors too: {origin}"
        );
        let unknown = site.post_with(&path, &[("grant_type", "x")], &[("origin", origin)]).await;
        assert_eq!(unknown.header("access-control-allow-origin"), expected, "no client known: {origin}");
        let request = Request::options(&path).header("host", "id.example.com").header("origin", origin);
        let preflight = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (preflight.status, preflight.header("access-control-allow-origin")),
            (204, expected),
            "{origin}"
        );
        for reply in [failed, unknown, preflight] {
            assert_eq!(reply.header("access-control-allow-credentials"), "");
            assert!(reply.header("vary").contains("Origin"));
        }
    }
}

#[tokio::test]
async fn attack_087_tokens_verify_while_the_key_rolls_over() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let container = "B2C_1A_TokenSigningKeyContainer";
    let from = site.clock.now().checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    let next = site.app.keys.rotate(TENANT, container, Some(from)).await.unwrap();
    let set = site.get(&site.at(POLICY, "discovery/v2.0/keys")).await;
    assert!(set.text.contains(next.kid()), "published before it signs");
    let mut kids = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let code = site.code(POLICY, &user, &[]).await;
        let token = site.redeem(POLICY, &code).await.json()["id_token"].as_str().unwrap().to_owned();
        site.claims(POLICY, &token).await;
        kids.insert(decoded(token.split('.').next().unwrap())["kid"].as_str().unwrap().to_owned());
        site.wait(30);
    }
    assert_eq!(kids.len(), 2, "old and new key signed");
}

#[tokio::test]
async fn attack_090_claims_that_do_not_fit_are_an_error_and_control_characters_stay_json() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let strange = "a\u{1}\u{7f}\u{85}\u{202e}\"\\b";
    let code = site.code(POLICY, &user, &[("name", strange)]).await;
    let token = site.redeem(POLICY, &code).await.json()["id_token"].as_str().unwrap().to_owned();
    assert_eq!(site.claims(POLICY, &token).await["name"], strange);
}

#[tokio::test]
async fn attack_079_a_secret_cannot_be_guessed_a_thousand_times() {
    let site = Site::with(|config| {
        config.limits.enabled = true;
        config.limits.tokens.count = 10_000;
    })
    .await;
    let path = site.at(POLICY, "oauth2/v2.0/token");
    let wrong =
        [("client_id", site.web.client_id.as_str()), ("client_secret", "x"), ("grant_type", "refresh_token")];
    let mut looked_at = 0;
    for _ in 0..1_000 {
        let reply = site.post(&path, &wrong).await;
        match reply.status {
            400 => looked_at += 1,
            status => {
                assert_eq!((status, reply.json()["error"].as_str()), (429, Some("temporarily_unavailable")));
                assert!(!reply.header("retry-after").is_empty());
            }
        }
    }
    assert_eq!(looked_at, 20);
    let right =
        [("client_id", site.web.client_id.as_str()), ("client_secret", &site.secret), ("grant_type", "x")];
    assert_eq!(site.post(&path, &right).await.status, 429, "not even the right one is looked at");
    site.wait(601);
    assert!(site.post(&path, &right).await.text.contains("AADB2C90086"));
}
