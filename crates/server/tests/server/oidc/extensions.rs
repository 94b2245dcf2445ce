//! What `[openid]` turns on: clients that sign, revocation, introspection; and tokens signed by other algorithms.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde_json::{Value, json};
use vestibule::applications::{self, Application, ClientKind, PublicKey, RedirectKind, RedirectUri, Secret};
use vestibule::config::{OpenId, SigningAlgorithm};
use vestibule::directory::Lookup;

use crate::harness::{API, ORIGIN, Reply, Site, TENANT, WEB};

const POLICY: &str = "B2C_1A_Silent";
const ALL: OpenId = OpenId { private_key_jwt: true, revocation: true, introspection: true };
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn site() -> Site {
    Site::with(|config| config.openid = ALL).await
}

async fn ask(site: &Site, endpoint: &str, form: &[(&str, &str)]) -> Reply {
    site.post(&site.at(POLICY, &format!("oauth2/v2.0/{endpoint}")), form).await
}

/// A server-side application that signs its assertions.
async fn signer(site: &Site) -> (Application, rcgen::KeyPair) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut signer = Application::new(TENANT, "Signer", ClientKind::Confidential);
    signer.redirect_uris = vec![RedirectUri { kind: RedirectKind::Web, uri: WEB.to_owned() }];
    signer.keys = PublicKey::read(&key.public_key_pem()).unwrap();
    signer.application_permissions = vec![format!("{API}/.default")];
    applications::put(&site.app.store, &signer, site.clock.now()).await.unwrap();
    (signer, key)
}

fn assertion(site: &Site, signer: &Application, key: &rcgen::KeyPair, changes: &[(&str, Value)]) -> String {
    let (now, id) = (site.clock.now().as_second(), &signer.client_id);
    let audience = format!("{ORIGIN}{}", site.at("b2c_1a_silent", "oauth2/v2.0/token"));
    let mut claims =
        json!({ "iss": id, "sub": id, "aud": audience, "exp": now + 600, "iat": now, "jti": "1" });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    let key = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap();
    encode(&Header::new(Algorithm::ES256), &claims, &key).unwrap()
}

#[tokio::test]
async fn attack_081_an_assertion_proves_a_client_once() {
    let site = site().await;
    let (signer, key) = signer(&site).await;
    let scope = format!("{API}/.default");
    let post = async |site: &Site, text: &str, more: &[(&str, &str)]| {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("scope", &scope),
            ("client_assertion_type", TYPE),
            ("client_assertion", text),
        ];
        form.extend_from_slice(more);
        ask(site, "token", &form).await
    };
    let good = assertion(&site, &signer, &key, &[]);
    let reply = post(&site, &good, &[]).await;
    assert_eq!(reply.status, 200, "the assertion names the client: {}", reply.text);
    let again = post(&site, &good, &[("client_id", &signer.client_id)]).await;
    assert_eq!((again.status, again.json()["error"].as_str()), (400, Some("invalid_client")));
    assert!(again.text.contains("AADB2C90017"), "its jti was used: {}", again.text);
    let issuer = format!("{ORIGIN}/tfp/{}/b2c_1a_silent/v2.0/", site.tenant_id);
    let by_issuer = assertion(&site, &signer, &key, &[("jti", json!("2")), ("aud", json!(issuer))]);
    assert_eq!(post(&site, &by_issuer, &[]).await.status, 200, "the issuer is an audience too");

    let year = site.clock.now().as_second() + 31_536_000;
    for (name, value) in
        [("aud", json!("https://other.test/token")), ("exp", json!(year)), ("jti", json!(""))]
    {
        let bent = assertion(&site, &signer, &key, &[("jti", json!("3")), (name, value)]);
        let reply = post(&site, &bent, &[]).await;
        assert!(reply.text.contains("AADB2C90017"), "{name}: {}", reply.text);
    }
    let stranger = rcgen::KeyPair::generate().unwrap();
    let forged = assertion(&site, &signer, &stranger, &[("jti", json!("4"))]);
    assert!(post(&site, &forged, &[]).await.text.contains("AADB2C90017"), "another key");
    let fresh = |jti: &str| assertion(&site, &signer, &key, &[("jti", json!(jti))]);
    let two = post(&site, &fresh("5"), &[("client_secret", "x")]).await;
    assert!(two.text.contains("in two ways"), "{}", two.text);
    let named = post(&site, &fresh("6"), &[("client_id", &site.spa.client_id)]).await;
    assert!(named.text.contains("two clients"), "{}", named.text);
    let form = [("grant_type", "x"), ("client_assertion", good.as_str()), ("client_assertion_type", "other")];
    assert!(ask(&site, "token", &form).await.text.contains("AADB2C90016"));

    let off = Site::new().await;
    let (signer, key) = self::signer(&off).await;
    let reply = post(&off, &assertion(&off, &signer, &key, &[]), &[]).await;
    assert!(reply.text.contains("AADB2C90039"), "off by default: {}", reply.text);
}

#[tokio::test]
async fn discovery_announces_what_is_on_and_nothing_else() {
    let members =
        ["revocation_endpoint", "introspection_endpoint", "token_endpoint_auth_signing_alg_values_supported"];
    let off = Site::new().await;
    let path = off.at("B2C_1A_Silent", "v2.0/.well-known/openid-configuration");
    let document = off.get(&path).await.json();
    assert!(members.iter().all(|name| document.get(name).is_none()), "{document}");
    let plain = json!(["client_secret_post", "client_secret_basic"]);
    assert_eq!(document["token_endpoint_auth_methods_supported"], plain);
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["RS256"]));
    for endpoint in ["revoke", "introspect"] {
        assert_eq!(ask(&off, endpoint, &[("token", "x")]).await.status, 404, "{endpoint}");
    }

    let on = site().await;
    let document = on.get(&path).await.json();
    assert_eq!(document["token_endpoint_auth_methods_supported"][2], "private_key_jwt");
    for (name, tail) in [("revocation_endpoint", "revoke"), ("introspection_endpoint", "introspect")] {
        let expected = format!("{ORIGIN}{}", on.at("b2c_1a_silent", &format!("oauth2/v2.0/{tail}")));
        assert_eq!(document[name], expected);
        let reply = on.get(&on.at(POLICY, &format!("oauth2/v2.0/{tail}"))).await;
        assert_eq!((reply.status, reply.header("allow")), (405, "POST, OPTIONS"));
        assert!(reply.json()["error"].is_string());
    }
}

/// Asks about a token as the API.
async fn facts(site: &Site, token: &str) -> Value {
    let form =
        [("client_id", site.web.client_id.as_str()), ("client_secret", &site.secret), ("token", token)];
    let reply = ask(site, "introspect", &form).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    reply.json()
}

async fn tokens(site: &Site, user: &str) -> Value {
    let scope = format!("openid offline_access {API}/read");
    let code = site.code(POLICY, user, &[("scope", &scope)]).await;
    site.redeem(POLICY, &code).await.json()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap()
}

#[tokio::test]
async fn an_api_learns_of_a_token_what_rfc_7662_says() {
    let site = site().await;
    let user = site.user("ada").await;
    let body = tokens(&site, &user).await;
    let now = site.clock.now().as_second();
    let expected = json!({ "active": true, "scope": "read", "client_id": site.spa.client_id, "username": "Ada",
        "exp": now + 3600, "iat": now, "nbf": now, "sub": user, "aud": site.web.client_id,
        "iss": format!("{ORIGIN}/tfp/{}/b2c_1a_silent/v2.0/", site.tenant_id), "token_type": "Bearer" });
    assert_eq!(facts(&site, text(&body, "access_token")).await, expected);
    let inactive = json!({ "active": false });
    for other in [text(&body, "id_token"), text(&body, "refresh_token"), "x", "a.b.c", &"x".repeat(4000)] {
        assert_eq!(facts(&site, other).await, inactive, "nothing is told of what is not the caller's");
    }
    let own = format!("openid {}", site.spa.client_id);
    let code = site.code(POLICY, &user, &[("scope", &own)]).await;
    let foreign = site.redeem(POLICY, &code).await.json();
    assert_eq!(facts(&site, text(&foreign, "access_token")).await, inactive, "for another audience");

    let nobody = [("client_id", site.spa.client_id.as_str()), ("token", text(&body, "access_token"))];
    assert!(ask(&site, "introspect", &nobody).await.text.contains("AADB2C90079"), "who asks proves itself");
    let silent = [("client_id", site.web.client_id.as_str()), ("client_secret", &site.secret)];
    assert!(ask(&site, "introspect", &silent).await.text.contains("AADB2C90083"));

    site.wait(3600);
    assert_eq!(facts(&site, text(&body, "access_token")).await, inactive, "expired");
    let later = tokens(&site, &user).await;
    site.wait(1);
    site.app.directory.revoke(TENANT, &user).await.unwrap();
    assert_eq!(facts(&site, text(&later, "access_token")).await, inactive, "the user's tokens were revoked");
    let after = tokens(&site, &user).await;
    assert_eq!(facts(&site, text(&after, "access_token")).await["active"], true);
    let lookup = Lookup::ObjectId(user.clone());
    assert!(site.app.directory.delete(TENANT, &lookup).await.unwrap());
}

#[tokio::test]
async fn a_client_asks_about_its_own_refresh_token() {
    let site = site().await;
    let user = site.user("ada").await;
    let code = site.get(&site.asked_by_web(POLICY, &user, &[])).await.sent("code").unwrap();
    let form = [
        ("client_id", site.web.client_id.as_str()),
        ("client_secret", &site.secret),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", WEB),
    ];
    let body = ask(&site, "token", &form).await.json();
    let now = site.clock.now().as_second();
    let expected = json!({ "active": true, "scope": "openid offline_access", "client_id": site.web.client_id,
        "exp": now + 1_209_600, "iat": now, "sub": user });
    assert_eq!(facts(&site, text(&body, "refresh_token")).await, expected);
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_its_family_and_their_access_tokens() {
    let site = site().await;
    let user = site.user("ada").await;
    let first = tokens(&site, &user).await;
    site.wait(1); // two tokens of one second may be the same token
    let second = site.refresh(POLICY, text(&first, "refresh_token"), &[]).await.json();
    site.wait(1);
    let other = tokens(&site, &user).await;
    let revoke = async |token: &str, client: &str| {
        let reply = ask(&site, "revoke", &[("token", token), ("client_id", client)]).await;
        (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let (ok, spa) = ((200, String::new()), site.spa.client_id.as_str());
    assert_eq!(revoke("unknown", spa).await, ok, "RFC 7009, 2.2: there is nothing to end");
    let mut stranger = Application::new(TENANT, "Other", ClientKind::Public);
    stranger.redirect_uris = site.spa.redirect_uris.clone();
    applications::put(&site.app.store, &stranger, site.clock.now()).await.unwrap();
    for token in [text(&second, "refresh_token"), text(&second, "access_token")] {
        let refused = (400, "unauthorized_client".to_owned());
        assert_eq!(revoke(token, &stranger.client_id).await, refused, "another's");
    }
    assert_eq!(facts(&site, text(&second, "access_token")).await["active"], true, "nothing happened");
    assert_eq!(revoke(text(&first, "id_token"), spa).await, (400, "unsupported_token_type".to_owned()));

    assert_eq!(revoke(text(&second, "refresh_token"), spa).await, ok);
    assert_eq!(revoke(text(&second, "refresh_token"), spa).await, ok, "twice is once");
    for body in [&first, &second] {
        assert_eq!(facts(&site, text(body, "access_token")).await["active"], false);
        let reply = site.refresh(POLICY, text(body, "refresh_token"), &[]).await;
        assert_eq!(reply.json()["error"], "invalid_grant");
    }
    assert_eq!(facts(&site, text(&other, "access_token")).await["active"], true, "another sign-in's");

    assert_eq!(revoke(text(&other, "access_token"), spa).await, ok);
    assert_eq!(facts(&site, text(&other, "access_token")).await["active"], false);
    assert_eq!(site.refresh(POLICY, text(&other, "refresh_token"), &[]).await.status, 200, "alone");
}

/// The claims of a token, verified by the JWT library with whatever key the policy publishes for it.
async fn verified(site: &Site, token: &str) -> (Algorithm, Value) {
    let header = decode_header(token).unwrap();
    let set = site.get(&site.at(POLICY, "discovery/v2.0/keys")).await.json();
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(set).unwrap();
    let jwk = set.find(&header.kid.unwrap()).expect("a published key");
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.validate_aud = false;
    validation.validate_exp = false;
    (header.alg, decode::<Value>(token, &key, &validation).unwrap().claims)
}

#[tokio::test]
async fn the_key_container_decides_how_tokens_are_signed_and_discovery_says_so() {
    let site = site().await;
    let user = site.user("ada").await;
    let container = "B2C_1A_TokenSigningKeyContainer";
    let path = site.at(POLICY, "v2.0/.well-known/openid-configuration");
    let table = [
        (SigningAlgorithm::Es256, Algorithm::ES256, 22),
        (SigningAlgorithm::Ps256, Algorithm::PS256, 22),
        (SigningAlgorithm::EdDsa, Algorithm::EdDSA, 43),
    ];
    for (wanted, algorithm, hash) in table {
        let before = tokens(&site, &user).await;
        site.wait(1);
        let from = Some(site.clock.now());
        site.app.keys.rotate_to(TENANT, container, (from, Some(wanted))).await.unwrap();
        let body = tokens(&site, &user).await;
        for name in ["id_token", "access_token"] {
            assert_eq!(verified(&site, text(&body, name)).await.0, algorithm);
            verified(&site, text(&before, name)).await;
        }
        let claims = verified(&site, text(&body, "id_token")).await.1;
        assert_eq!(claims["at_hash"].as_str().unwrap().len(), hash, "half of the algorithm's hash");
        let document = site.get(&path).await.json();
        assert_eq!(document["id_token_signing_alg_values_supported"][0], wanted.as_str());
        assert_eq!(facts(&site, text(&body, "access_token")).await["active"], true);
    }
    let wants = Application { id_token_algorithm: Some(SigningAlgorithm::Rs256), ..site.spa.clone() };
    applications::put(&site.app.store, &wants, site.clock.now()).await.unwrap();
    let body = tokens(&site, &user).await;
    assert_eq!(
        verified(&site, text(&body, "id_token")).await.0,
        Algorithm::RS256,
        "as its registration says"
    );
    assert_eq!(verified(&site, text(&body, "access_token")).await.0, Algorithm::EdDSA, "for the API as ever");
}

#[tokio::test]
async fn an_algorithm_that_no_key_is_for_is_an_error_and_no_other_signature() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let wants = Application { id_token_algorithm: Some(SigningAlgorithm::Es256), ..site.spa.clone() };
    applications::put(&site.app.store, &wants, site.clock.now()).await.unwrap();
    let code = site.code(POLICY, &user, &[]).await;
    let reply = site.redeem(POLICY, &code).await;
    assert_eq!((reply.status, reply.json()["error"].as_str()), (400, Some("server_error")));
    assert!(reply.text.contains("AADB2C90019"), "{}", reply.text);
}

#[tokio::test]
async fn attack_087_a_thousand_tokens_verify_while_keys_of_all_kinds_roll_over() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let container = "B2C_1A_TokenSigningKeyContainer";
    let scope = format!("openid offline_access {API}/read");
    let code = site.code(POLICY, &user, &[("scope", &scope)]).await;
    let mut refresh = text(&site.redeem(POLICY, &code).await.json(), "refresh_token").to_owned();
    let mut kids = std::collections::BTreeSet::new();
    for round in 0..100 {
        if round % 10 == 0 {
            let kind = SigningAlgorithm::ALL[round / 10 % 4];
            let from = site.clock.now().checked_add(jiff::SignedDuration::from_secs(120)).unwrap();
            let next = site.app.keys.rotate_to(TENANT, container, (Some(from), Some(kind))).await.unwrap();
            let set = site.get(&site.at(POLICY, "discovery/v2.0/keys")).await;
            assert!(set.text.contains(next.kid()), "published before it signs");
        }
        let body = site.refresh(POLICY, &refresh, &[]).await.json();
        for name in ["id_token", "access_token"] {
            verified(&site, text(&body, name)).await;
            kids.insert(decode_header(text(&body, name)).unwrap().kid.unwrap());
        }
        refresh = text(&body, "refresh_token").to_owned();
        site.wait(30);
    }
    assert!(kids.len() > 8, "many keys signed: {}", kids.len());
}

#[tokio::test]
async fn secrets_overlap_while_one_replaces_the_other() {
    let site = Site::new().await;
    let end = site.clock.now().checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
    let (old, kept_old) = Secret::generate(Some(end));
    let (new, kept_new) = Secret::generate(None);
    let changed = Application { secrets: vec![kept_old, kept_new], ..site.web.clone() };
    applications::put(&site.app.store, &changed, site.clock.now()).await.unwrap();
    let opens = async |secret: &str| {
        let form =
            [("client_id", changed.client_id.as_str()), ("client_secret", secret), ("grant_type", "x")];
        ask(&site, "token", &form).await.text.contains("AADB2C90086")
    };
    assert!(opens(&old).await && opens(&new).await && !opens(&site.secret).await);
    site.wait(60);
    assert!(!opens(&old).await && opens(&new).await);
}
