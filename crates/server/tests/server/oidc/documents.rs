//! Discovery, key set and the URL forms (protocols 1).

use serde_json::Value;

use crate::harness::{ORIGIN, Site, TENANT};

#[tokio::test]
async fn every_form_of_an_address_answers_in_its_own_form() {
    let site = Site::new().await;
    let id = site.tenant_id.clone();
    let well_known = "v2.0/.well-known/openid-configuration";
    let table = [
        (
            format!("/{TENANT}/B2C_1A_Silent/{well_known}"),
            format!("{ORIGIN}/{TENANT}/b2c_1a_silent/oauth2/v2.0/token"),
        ),
        (
            format!("/{TENANT}/b2c_1a_silent/{well_known}"),
            format!("{ORIGIN}/{TENANT}/b2c_1a_silent/oauth2/v2.0/token"),
        ),
        (
            format!("/{id}/B2C_1A_Silent/{well_known}"),
            format!("{ORIGIN}/{id}/b2c_1a_silent/oauth2/v2.0/token"),
        ),
        (
            format!("/tfp/{TENANT}/B2C_1A_Silent/{well_known}"),
            format!("{ORIGIN}/tfp/{TENANT}/b2c_1a_silent/oauth2/v2.0/token"),
        ),
        (
            format!("/te/{id}/B2C_1A_Silent/{well_known}"),
            format!("{ORIGIN}/te/{id}/b2c_1a_silent/oauth2/v2.0/token"),
        ),
        (
            format!("/{TENANT}/{well_known}?p=B2C_1A_Silent"),
            format!("{ORIGIN}/{TENANT}/oauth2/v2.0/token?p=b2c_1a_silent"),
        ),
        (
            format!("/{}/B2C_1A_SILENT/V2.0/.Well-Known/OpenID-Configuration", TENANT.to_uppercase()),
            format!("{ORIGIN}/{}/b2c_1a_silent/oauth2/v2.0/token", TENANT.to_uppercase()),
        ),
    ];
    for (path, endpoint) in table {
        let reply = site.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        let document = reply.json();
        assert_eq!(document["token_endpoint"], endpoint, "{path}");
        assert_eq!(
            document["issuer"],
            format!("{ORIGIN}/tfp/{id}/b2c_1a_silent/v2.0/"),
            "the issuer has one form"
        );
        let keys = document["jwks_uri"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned();
        assert_eq!(site.get(&keys).await.status, 200, "what it points at exists: {keys}");
    }
}

#[tokio::test]
async fn the_document_holds_what_protocols_1_prints() {
    let site = Site::new().await;
    let document =
        site.get(&site.at("B2C_1A_SilentPlain", "v2.0/.well-known/openid-configuration")).await.json();
    let id = &site.tenant_id;
    let table = [
        ("issuer", format!("{ORIGIN}/{id}/v2.0/")),
        ("authorization_endpoint", format!("{ORIGIN}/{TENANT}/b2c_1a_silentplain/oauth2/v2.0/authorize")),
        ("token_endpoint", format!("{ORIGIN}/{TENANT}/b2c_1a_silentplain/oauth2/v2.0/token")),
        ("end_session_endpoint", format!("{ORIGIN}/{TENANT}/b2c_1a_silentplain/oauth2/v2.0/logout")),
        ("jwks_uri", format!("{ORIGIN}/{TENANT}/b2c_1a_silentplain/discovery/v2.0/keys")),
    ];
    for (name, expected) in table {
        assert_eq!(document[name], expected, "{name}");
    }
    let lists = [
        ("response_modes_supported", "query fragment form_post"),
        ("scopes_supported", "openid"),
        ("subject_types_supported", "pairwise"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("token_endpoint_auth_methods_supported", "client_secret_post client_secret_basic"),
        ("claims_supported", "sub name tid iss iat exp aud acr nonce auth_time"),
    ];
    for (name, expected) in lists {
        let words: Vec<&str> =
            document[name].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(words.join(" "), expected, "{name}");
    }
    assert_eq!(document["response_types_supported"].as_array().unwrap().len(), 8);
    assert_eq!(document.get("userinfo_endpoint"), None, "only where the relying party declares it");
    let with = site.get(&site.at("B2C_1A_Silent", "v2.0/.well-known/openid-configuration")).await.json();
    assert_eq!(with["userinfo_endpoint"], format!("{ORIGIN}/{TENANT}/b2c_1a_silent/openid/v2.0/userinfo"));
    for refused in ["request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(document[refused], false);
    }
}

#[tokio::test]
async fn attack_088_public_documents_are_the_same_bytes_for_all_and_hold_no_private_member() {
    let site = Site::new().await;
    for tail in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
        let path = site.at("B2C_1A_Silent", tail);
        let first = site.get(&path).await;
        assert_eq!(first.header("access-control-allow-origin"), "*");
        assert_eq!(first.header("access-control-allow-credentials"), "");
        assert!(first.header("cache-control").contains("max-age="), "{}", first.header("cache-control"));
        assert!(first.header("content-type").starts_with("application/json"));
        let evil = site.get_with(&path, &[("origin", "https://evil.test")]).await;
        assert_eq!(evil.text, first.text);
        assert_eq!(evil.header("access-control-allow-origin"), "*");
    }
    let set = site.get(&site.at("B2C_1A_Silent", "discovery/v2.0/keys")).await.json();
    let key = set["keys"][0].as_object().unwrap();
    let members: Vec<&str> = key.keys().map(String::as_str).filter(|name| *name != "nbf").collect();
    assert_eq!(members, ["kid", "use", "kty", "e", "n"]);
    assert_eq!(
        (&key["use"], &key["kty"], &key["e"]),
        (&Value::from("sig"), &Value::from("RSA"), &Value::from("AQAB"))
    );
}

#[tokio::test]
async fn attacks_010_011_what_is_unknown_or_contradicts_itself() {
    let site = Site::new().await;
    let tail = "oauth2/v2.0/authorize";
    let guid = "11111111-2222-3333-4444-555555555555";
    let long = "x".repeat(10_000);
    let table = [
        (format!("/{TENANT}/B2C_1A_Silent/{tail}?p=B2C_1A_SilentPlain"), 400),
        (format!("/{TENANT}/B2C_1A_Silent/{tail}?p=a&p=b"), 400),
        (format!("/{TENANT}/B2C_1A_Unknown/{tail}"), 404),
        (format!("/{TENANT}/..%2fB2C_1A_Silent/{tail}"), 404),
        (format!("/{TENANT}/B2C_1A_%00/{tail}"), 404),
        (format!("/{TENANT}/{long}/{tail}"), 404),
        (format!("/{TENANT}/{tail}?p=../B2C_1A_Silent"), 404),
        (format!("/{TENANT}/{tail}"), 404),
        (format!("/other.onmicrosoft.com/B2C_1A_Silent/{tail}"), 404),
        (format!("/{guid}/B2C_1A_Silent/{tail}"), 404),
        (format!("/vestibule.onmicroso%D1%84t.com/B2C_1A_Silent/{tail}"), 404),
        (format!("/v%C4%B1stibule.onmicrosoft.com/B2C_1A_Silent/{tail}"), 404),
        // A base policy has no relying party.
        (format!("/{TENANT}/B2C_1A_Base/{tail}"), 404),
        ("/common/userrealm/someone@example.com?api-version=1.0".to_owned(), 404),
    ];
    for (path, status) in table {
        let reply = site.get(&path).await;
        assert_eq!(reply.status, status, "{}", path.chars().take(90).collect::<String>());
        assert_eq!(reply.header("location"), "");
        assert!(reply.header("content-type").starts_with("text/html"));
    }
    let policy = site.get(&format!("/{TENANT}/b2c_1A_sILENT/discovery/v2.0/keys")).await;
    assert_eq!(policy.status, 200, "a name in another case is the same policy");
}

#[tokio::test]
async fn attack_065_only_public_origins_are_answered() {
    let site = Site::with(|config| {
        config.server.more_public_urls.push(url::Url::parse("https://contoso.b2clogin.com:8443").unwrap());
    })
    .await;
    let path = site.at("B2C_1A_Silent", "v2.0/.well-known/openid-configuration");
    let table = [
        ("id.example.com", 200, "https://id.example.com/"),
        ("ID.example.com", 200, "https://id.example.com/"),
        ("id.example.com:443", 200, "https://id.example.com/"),
        ("contoso.b2clogin.com:8443", 200, "https://contoso.b2clogin.com:8443/"),
        ("contoso.b2clogin.com", 421, ""),
        ("evil.test", 421, ""),
        ("id.example.com.evil.test", 421, ""),
        ("id.example.com:444", 421, ""),
    ];
    for (host, status, issuer) in table {
        let request =
            axum::http::Request::get(&path).header("host", host).header("x-forwarded-host", "evil.test");
        let reply = site.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(reply.status, status, "{host}");
        if status == 200 {
            assert!(reply.json()["issuer"].as_str().unwrap().starts_with(issuer), "{host}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn the_default_issuers_own_well_known_address_says_what_to_do() {
    let site = Site::new().await;
    let issuer = site.get(&site.at("B2C_1A_SilentPlain", "v2.0/.well-known/openid-configuration")).await;
    let issuer = issuer.json()["issuer"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned();
    for path in [
        format!("{issuer}.well-known/openid-configuration"),
        format!("/{TENANT}/discovery/v2.0/keys"),
        format!("/tfp/{TENANT}/v2.0/.well-known/openid-configuration?p="),
    ] {
        let reply = site.get(&path).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (404, "text/plain; charset=utf-8"),
            "{path}"
        );
        assert_eq!(reply.header("access-control-allow-origin"), "*", "scripts can read it too");
        let remedy = format!("{ORIGIN}/{TENANT}/v2.0/.well-known/openid-configuration?p=POLICY");
        assert!(reply.text.contains(&remedy) && reply.text.contains("AuthorityWithTfp"), "{}", reply.text);
        assert!(!reply.text.to_lowercase().contains("b2c_1a_"), "policies are not listed");
    }
    let reply = site.get(&format!("/{TENANT}/oauth2/v2.0/authorize?client_id=x")).await;
    assert_eq!(reply.status, 404);
    assert!(reply.text.contains("Which policy?"), "{}", reply.text);
    let unknown = site.get("/other.onmicrosoft.com/v2.0/.well-known/openid-configuration").await;
    assert!(!unknown.text.contains("AuthorityWithTfp"), "nothing is said of a tenant that is not ours");
}

#[tokio::test]
async fn with_the_policy_in_the_issuer_discovery_starts_from_the_issuer_alone() {
    let site = Site::new().await;
    let path = format!("/tfp/{}/b2c_1a_silent/v2.0/.well-known/openid-configuration", site.tenant_id);
    let document = site.get(&path).await.json();
    let issuer = document["issuer"].as_str().unwrap();
    assert_eq!(format!("{issuer}.well-known/openid-configuration"), format!("{ORIGIN}{path}"));
    let ada = site.user("ada").await;
    let code = site.code("B2C_1A_Silent", &ada, &[]).await;
    let tokens = site.redeem("B2C_1A_Silent", &code).await.json();
    let claims = site.claims("B2C_1A_Silent", tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["iss"], issuer, "byte for byte");
}

#[tokio::test]
async fn every_endpoint_tells_its_methods() {
    let site = Site::new().await;
    let table = [
        ("v2.0/.well-known/openid-configuration", "GET, HEAD, OPTIONS", "*"),
        ("discovery/v2.0/keys", "GET, HEAD, OPTIONS", "*"),
        ("oauth2/v2.0/authorize", "GET, POST, OPTIONS", ""),
        ("oauth2/v2.0/token", "POST, OPTIONS", "https://spa.example.com"),
        ("oauth2/v2.0/logout", "GET, POST, OPTIONS", ""),
        ("openid/v2.0/userinfo", "GET, POST, OPTIONS", "https://spa.example.com"),
        ("SelfAsserted", "POST, OPTIONS", ""),
        ("api/SelfAsserted/confirmed", "GET, POST, OPTIONS", ""),
    ];
    for (tail, methods, origin) in table {
        let path = site.at("B2C_1A_Silent", tail);
        let request = axum::http::Request::builder().uri(&path).header("host", "id.example.com");
        let send = |method: &str| {
            let request = axum::http::Request::builder()
                .uri(&path)
                .method(method)
                .header("host", "id.example.com")
                .header("origin", "https://spa.example.com");
            site.send(request.body(axum::body::Body::empty()).unwrap())
        };
        drop(request);
        let options = send("OPTIONS").await;
        assert_eq!((options.status, options.header("allow")), (204, methods), "{tail}");
        assert_eq!(options.header("access-control-allow-origin"), origin, "{tail}");
        for wrong in ["PUT", "DELETE", "PATCH"] {
            let reply = send(wrong).await;
            assert_eq!((reply.status, reply.header("allow")), (405, methods), "{wrong} {tail}");
        }
        let head = send("HEAD").await;
        assert_eq!(head.status, if methods.contains("HEAD") { 200 } else { 405 }, "{tail}");
    }
}

#[tokio::test]
async fn what_settings_add_is_announced() {
    let plain = Site::new().await;
    let document =
        plain.get(&plain.at("B2C_1A_Silent", "v2.0/.well-known/openid-configuration")).await.json();
    for name in [
        "authorization_response_iss_parameter_supported",
        "claims_parameter_supported",
        "grant_types_supported",
    ] {
        assert_eq!(document.get(name), None, "{name}");
    }
    let site = Site::with(|config| {
        config.behaviour.response_issuer = true;
        config.behaviour.standard_claims = true;
    })
    .await;
    let document = site.get(&site.at("B2C_1A_Silent", "v2.0/.well-known/openid-configuration")).await.json();
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["claims_parameter_supported"], true);
    assert_eq!(
        document["scopes_supported"],
        serde_json::json!(["openid", "offline_access", "profile", "email", "address", "phone"])
    );
    assert_eq!(document["acr_values_supported"], serde_json::json!(["b2c_1a_silent"]));
}
