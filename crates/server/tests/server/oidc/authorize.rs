//! The authorization endpoint over HTTP: what is redirected, what never is (protocols 2, 11; attacks A).

use crate::harness::{API, SPA, Site, TENANT, WEB, encode};

const POLICY: &str = "B2C_1A_Silent";

#[tokio::test]
async fn an_honest_request_is_answered_by_query_fragment_and_form() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let reply = site.get(&site.asked(POLICY, &user, &[])).await;
    assert_eq!(reply.status, 302, "{}", reply.text);
    let location = reply.header("location");
    assert!(
        location.starts_with("https://spa.example.com/?state=s%20t%2Fate&code="),
        "code stands last: {location}"
    );
    assert!(reply.text.contains(">here</a>"));
    assert_eq!(reply.header("cache-control"), "no-store");

    let reply =
        site.get(&site.asked(POLICY, &user, &[("response_mode", "fragment"), ("client_info", "1")])).await;
    assert!(
        reply.header("location").starts_with("https://spa.example.com/#client_info="),
        "{}",
        reply.header("location")
    );

    let reply = site.get(&site.asked(POLICY, &user, &[("response_mode", "form_post")])).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text.contains(r#"<form id="auto" method="POST" action="https://spa.example.com/">"#));
    assert!(reply.text.contains(r#"name="state" id="state" value="s t/ate""#));
    assert_eq!(reply.header("x-frame-options"), "", "silent sign-in posts from a frame");

    let (path, query) =
        site.asked(POLICY, &user, &[]).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert!(site.post(&path, &pairs).await.sent("code").is_some(), "by POST too");
}

#[tokio::test]
async fn tokens_from_the_authorization_endpoint_are_what_they_must_be() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let api = format!("openid {API}/read");
    for kind in ["id_token", "code id_token", "id_token token", "code id_token token", "code token", "token"]
    {
        let asked = site.asked_by_web(POLICY, &user, &[("response_type", kind), ("scope", &api)]);
        let reply = site.get(&asked).await;
        let sent = |name: &str| reply.sent(name);
        let has = |word: &str| kind.split(' ').any(|known| known == word);
        assert_eq!(sent("code").is_some(), has("code"), "{kind}: {}", reply.header("location"));
        assert_eq!(sent("id_token").is_some(), has("id_token"), "{kind}");
        assert_eq!(sent("access_token").is_some(), has("token"), "{kind}");
        assert_eq!(sent("refresh_token"), None, "never a refresh token");
        assert_eq!(sent("state").as_deref(), Some("s t/ate"));
        assert!(reply.header("location").starts_with("https://web.example.com/cb#"), "{kind}");
        if let Some(token) = sent("id_token") {
            let claims = site.claims(POLICY, &token).await;
            assert_eq!(claims["aud"], site.web.client_id);
            assert_eq!(claims["nonce"], "n0");
            assert_eq!(claims.get("c_hash").is_some(), has("code"), "{kind}");
            assert_eq!(claims.get("at_hash").is_some(), has("token"), "{kind}");
        }
        if let Some(token) = sent("access_token") {
            assert_eq!(
                (sent("token_type").as_deref(), sent("expires_in").as_deref()),
                (Some("Bearer"), Some("3600"))
            );
            assert_eq!(sent("scope").unwrap(), format!("{API}/read openid"));
            let claims = site.claims(POLICY, &token).await;
            assert_eq!(
                (&claims["scp"], &claims["azp"]),
                (&"read".into(), &site.web.client_id.as_str().into())
            );
        }
    }
}

#[tokio::test]
async fn attacks_001_to_009_nothing_is_redirected_before_client_and_target_are_proven() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let unknown = "11111111-2222-3333-4444-555555555555";
    let cases: Vec<(String, &str)> = vec![
        (site.asked(POLICY, &user, &[("redirect_uri", "https://spa.example.com.evil.test/")]), "AADB2C90006"),
        (site.asked(POLICY, &user, &[("redirect_uri", "https://spa.example.com")]), "AADB2C90006"),
        (site.asked(POLICY, &user, &[("redirect_uri", WEB)]), "AADB2C90006"),
        (site.asked(POLICY, &user, &[("redirect_uri", "javascript:alert(1)")]), "AADB2C90006"),
        (site.asked(POLICY, &user, &[("client_id", unknown)]), "AADB2C90018"),
        (site.asked(POLICY, &user, &[("client_id", "' OR 1=1 --")]), "AADB2C90018"),
        (site.asked(POLICY, &user, &[("client_id", "")]), "AADB2C90008"),
        (format!("{}&client_id={}", site.asked(POLICY, &user, &[]), site.spa.client_id), "AADB2C90008"),
        (format!("{}&{}", site.asked(POLICY, &user, &[]), encode(&[("redirect_uri", SPA)])), "AADB2C90008"),
        (format!("{}&nonce=%00", site.asked(POLICY, &user, &[("nonce", "")])), "AADB2C90122"),
        (format!("{}&login_hint=%ED%A0%80", site.asked(POLICY, &user, &[])), "AADB2C90122"),
        (format!("{}&login_hint=a%0d%0aSet-Cookie:x=1", site.asked(POLICY, &user, &[])), "AADB2C90122"),
    ];
    for (path, code) in cases {
        let reply = site.get(&path).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{path}");
        assert!(reply.text.contains(code), "{code}: {}", reply.text);
        assert!(
            !reply.text.contains("evil.test") && !reply.text.contains("javascript:"),
            "nothing is repeated"
        );
        assert!(reply.header("content-security-policy").contains("default-src 'none'"));
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn attacks_012_to_019_later_faults_go_to_the_proven_target() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let table = [
        (vec![("response_type", "foo")], "unsupported_response_type", "AADB2C90013"),
        (vec![("response_type", "id_token"), ("response_mode", "query")], "invalid_request", "AADB2C90014"),
        (vec![("response_type", "id_token"), ("nonce", "")], "invalid_request", "AADB2C90122"),
        (vec![("code_challenge", "")], "invalid_request", "AADB2C99059"),
        (vec![("code_challenge_method", "plain")], "invalid_request", "AADB2C90184"),
        (vec![("scope", "")], "invalid_request", "AADB2C90010"),
        (vec![("scope", "openid https://evil.test/x")], "invalid_scope", "AADB2C90117"),
        (vec![("prompt", "none login")], "invalid_request", "AADB2C90043"),
        (vec![("max_age", "-1")], "invalid_request", "AADB2C90120"),
        (vec![("request_uri", "http://127.0.0.1/")], "request_uri_not_supported", "AADB2C90122"),
        (vec![("request", "x.y.z")], "request_not_supported", "AADB2C90122"),
        (vec![("prompt", "none")], "interaction_required", "AADB2C90077"),
    ];
    for (changes, error, code) in table {
        let reply = site.get(&site.asked(POLICY, &user, &changes)).await;
        assert_eq!(reply.status, 302, "{changes:?}");
        assert!(reply.header("location").starts_with(SPA), "{changes:?}");
        assert_eq!(reply.sent("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(reply.sent("state").as_deref(), Some("s t/ate"), "{changes:?}");
        assert_eq!(reply.sent("code"), None);
        let described = reply.sent("error_description").unwrap();
        let lines: Vec<&str> = described.split("\r\n").collect();
        assert!(lines[0].starts_with(&format!("{code}: ")), "{described}");
        assert!(lines[1].strip_prefix("Correlation ID: ").is_some_and(|id| id.len() == 36), "{described}");
        assert!(lines[2].starts_with("Timestamp: 2027-01-15 08:00:00Z"), "{described}");
        assert_eq!((lines.len(), lines[3]), (4, ""));
        assert!(reply.header("location").contains("%0D%0ACorrelation%20ID"), "line breaks are encoded");
    }
    let twice = format!("{}&scope=openid", site.asked(POLICY, &user, &[]));
    assert_eq!(site.get(&twice).await.sent("error").as_deref(), Some("invalid_request"), "attack 9");
}

#[tokio::test]
async fn attack_018_prompt_none_shows_no_page_even_where_one_would_follow() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let session = site.get(&site.asked(POLICY, &user, &[])).await.session().unwrap();
    // The session holds nothing that stands in for the sign-in page of this policy.
    let asked = site.asked("B2C_1A_SignUpOrSignIn", &user, &[("prompt", "none")]);
    let reply = site.get_with(&asked, &[("cookie", &session)]).await;
    assert_eq!((reply.status, reply.sent("error").as_deref()), (302, Some("interaction_required")));
    assert_eq!(reply.header("x-frame-options"), "", "a hidden frame must see the redirect");
    assert!(!reply.header("content-security-policy").contains("frame-ancestors"));
}

#[tokio::test]
async fn attack_021_parameters_are_never_resolved_twice() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    for wild in [
        "{Claim:objectId}",
        "{{x}}",
        "{Context:HostName}",
        "<b>&amp;",
        "'; DROP TABLE users",
        "*)(uid=*",
        "{OAUTH-KV:user}",
    ] {
        let code = site.code(POLICY, &user, &[("name", wild)]).await;
        let token = site.redeem(POLICY, &code).await.json()["id_token"].as_str().unwrap().to_owned();
        assert_eq!(site.claims(POLICY, &token).await["name"], wild);
    }
}

#[tokio::test]
async fn attack_083_methods_and_bodies_of_the_authorization_endpoint() {
    let site = Site::new().await;
    let path = site.at(POLICY, "oauth2/v2.0/authorize");
    let request = axum::http::Request::put(&path).header("host", "id.example.com");
    let reply = site.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, POST, OPTIONS"));
    let reply = site.post_with(&path, &[("a", "b")], &[("x", "y")]).await;
    assert_eq!(reply.status, 400);
    let request = axum::http::Request::post(&path)
        .header("host", "id.example.com")
        .header("content-type", "application/json");
    assert_eq!(site.send(request.body(axum::body::Body::from("{}")).unwrap()).await.status, 415);
    let big = "x".repeat(70_000);
    assert_eq!(site.post(&path, &[("state", &big)]).await.status, 413);
}

#[tokio::test]
async fn an_application_serves_only_the_policies_it_is_registered_for() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    let mut limited = site.spa.clone();
    limited.policies = vec!["B2C_1A_SilentPlain".into()];
    vestibule::applications::put(&site.app.store, &limited, site.app.clock.now()).await.unwrap();
    let reply = site.get(&site.asked(POLICY, &user, &[])).await;
    assert_eq!(reply.sent("error").as_deref(), Some("unauthorized_client"));
    assert!(site.get(&site.asked("b2c_1a_silentPLAIN", &user, &[])).await.sent("code").is_some());
    assert_eq!(TENANT, limited.tenant);
}

#[tokio::test]
async fn answers_name_their_issuer_and_errors_stay_on_one_line_where_that_is_set() {
    let site = Site::with(|config| {
        config.behaviour.response_issuer = true;
        config.behaviour.error_line_breaks = false;
    })
    .await;
    let user = site.user("ada").await;
    let well_known = site.at(POLICY, "v2.0/.well-known/openid-configuration");
    let issuer = site.get(&well_known).await.json()["issuer"].as_str().unwrap().to_owned();
    for changes in [vec![], vec![("response_mode", "fragment")], vec![("response_type", "id_token")]] {
        let reply = site.get(&site.asked(POLICY, &user, &changes)).await;
        assert_eq!(reply.sent("iss").as_deref(), Some(issuer.as_str()), "{changes:?}");
    }
    let code = site.get(&site.asked(POLICY, &user, &[])).await;
    let (_, last) = code.header("location").rsplit_once('&').unwrap();
    assert!(last.starts_with("code="), "code still stands last");
    let refused = site.get(&site.asked(POLICY, &user, &[("prompt", "none")])).await;
    assert_eq!(refused.sent("iss").as_deref(), Some(issuer.as_str()), "errors too");
    let described = refused.sent("error_description").unwrap();
    assert!(described.starts_with("AADB2C90077: ") && !described.contains(['\r', '\n']), "{described:?}");
    assert!(described.contains(" Correlation ID: ") && described.contains(" Timestamp: "), "{described}");
    let form = site.get(&site.asked(POLICY, &user, &[("response_mode", "form_post")])).await;
    assert!(form.text.contains(&format!(r#"name="iss" id="iss" value="{issuer}""#)), "{}", form.text);
    let token = site.redeem(POLICY, "nonsense").await.json();
    assert!(!token["error_description"].as_str().unwrap().contains('\n'), "at the token endpoint too");
}

#[tokio::test]
async fn the_cloud_sends_no_issuer_with_its_answers() {
    let site = Site::new().await;
    let user = site.user("ada").await;
    for changes in [vec![], vec![("prompt", "none")]] {
        assert_eq!(site.get(&site.asked(POLICY, &user, &changes)).await.sent("iss"), None, "{changes:?}");
    }
}
