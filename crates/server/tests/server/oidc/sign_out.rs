//! Sign-out over HTTP (protocols 9; attacks 98, 99).

use crate::harness::{SPA, Site, WEB, encode};

const POLICY: &str = "B2C_1A_Silent";

/// Signs somebody in; returns the cookie and an id token.
async fn signed_in(site: &Site, user: &str) -> (String, String) {
    let reply = site.get(&site.asked(POLICY, user, &[])).await;
    let session = reply.session().unwrap();
    let body = site.redeem(POLICY, &reply.sent("code").unwrap()).await.json();
    (session, body["id_token"].as_str().unwrap().to_owned())
}

async fn is_alive(site: &Site, session: &str) -> bool {
    let asked = site.asked(POLICY, "x", &[("prompt", "none")]);
    site.get_with(&asked, &[("cookie", session)]).await.sent("code").is_some()
}

fn path(site: &Site, parameters: &[(&str, &str)]) -> String {
    format!("{}?{}", site.at(POLICY, "oauth2/v2.0/logout"), encode(parameters))
}

#[tokio::test]
async fn a_navigation_ends_the_session_and_goes_on_to_a_registered_address() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let state = "s t&ate".repeat(18);
    let (session, hint) = signed_in(&site, &ada).await;
    let with_hint =
        [("post_logout_redirect_uri", SPA), ("id_token_hint", hint.as_str()), ("state", state.as_str())];
    let reply = site
        .get_with(&path(&site, &with_hint), &[("cookie", &session), ("sec-fetch-dest", "document")])
        .await;
    assert_eq!(reply.status, 302, "{}", reply.text);
    assert!(reply.header("location").starts_with("https://spa.example.com/?state="));
    assert_eq!(reply.sent("state").as_deref(), Some(state.as_str()));
    assert!(reply.cookies().iter().any(|(name, value, rest)| name.starts_with("x-ms-cpim-sso")
        && value.is_empty()
        && rest.contains("Max-Age=0")));
    assert!(!is_alive(&site, &session).await);

    let (session, _) = signed_in(&site, &ada).await;
    let reply =
        site.get_with(&path(&site, &[("post_logout_redirect_uri", WEB)]), &[("cookie", &session)]).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (200, ""),
        "the other application is told first: {}",
        reply.text
    );
    assert!(reply.text.contains(r#"src="https://spa.example.com/out""#), "front-channel: {}", reply.text);
    assert!(reply.text.contains(r#"id="onward" href="https://web.example.com/cb""#));
    assert!(reply.header("content-security-policy").contains("frame-src https://spa.example.com"));
    assert!(!is_alive(&site, &session).await, "MSAL sends no hint");

    let (session, _) = signed_in(&site, &ada).await;
    let named = [("post_logout_redirect_uri", SPA), ("client_id", site.spa.client_id.as_str())];
    let reply = site.get_with(&path(&site, &named), &[("cookie", &session)]).await;
    assert_eq!((reply.status, reply.header("location")), (302, SPA), "the initiator is not called");
    for only in [vec![], vec![("state", "x")]] {
        let (session, _) = signed_in(&site, &ada).await;
        let reply = site.get_with(&path(&site, &only), &[("cookie", &session)]).await;
        assert_eq!(reply.status, 200);
        assert!(reply.text.contains("signed out") && !is_alive(&site, &session).await);
    }
}

#[tokio::test]
async fn attack_098_other_sites_end_nothing_without_a_hint() {
    let site = Site::new().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    let (session, hint) = signed_in(&site, &ada).await;
    let (other, foreign) = signed_in(&site, &eve).await;
    for destination in ["image", "iframe", "empty", "script", "object"] {
        let headers = [("cookie", session.as_str()), ("sec-fetch-dest", destination)];
        site.get_with(&path(&site, &[]), &headers).await;
        assert!(is_alive(&site, &session).await, "{destination}");
        site.get_with(&path(&site, &[("id_token_hint", &foreign)]), &headers).await;
        assert!(is_alive(&site, &session).await, "{destination} with the hint of another user");
    }
    let navigation = [("cookie", session.as_str()), ("sec-fetch-dest", "document")];
    let asked = site.get_with(&path(&site, &[("id_token_hint", &foreign)]), &navigation).await;
    assert!(asked.text.contains("Sign out?") && is_alive(&site, &session).await, "asked");
    let confirm = [("id_token_hint", foreign.as_str()), ("confirmed", "yes")];
    let logout = site.at(POLICY, "oauth2/v2.0/logout");
    let forged =
        site.post_with(&logout, &confirm, &[("cookie", &session), ("origin", "https://evil.test")]).await;
    assert!(
        forged.text.contains("Sign out?") && is_alive(&site, &session).await,
        "another site cannot answer for the person"
    );
    site.post_with(&logout, &confirm, &[("cookie", &session), ("origin", "https://id.example.com")]).await;
    assert!(!is_alive(&site, &session).await);
    assert!(is_alive(&site, &other).await);
    let (session, _) = signed_in(&site, &ada).await;
    let frame = [("cookie", session.as_str()), ("sec-fetch-dest", "iframe")];
    site.get_with(&path(&site, &[("id_token_hint", &hint)]), &frame).await;
    assert!(!is_alive(&site, &session).await, "with its own hint a frame may");
}

#[tokio::test]
async fn attack_099_unregistered_addresses_are_not_followed() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    for uri in [
        "https://evil.test/",
        "//evil.test",
        "https:evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "https://spa.example.com",
        "https://spa.example.com/?x=1",
    ] {
        let (session, hint) = signed_in(&site, &ada).await;
        let reply = site
            .get_with(
                &path(&site, &[("post_logout_redirect_uri", uri), ("id_token_hint", &hint)]),
                &[("cookie", &session)],
            )
            .await;
        assert_eq!((reply.status, reply.header("location")), (200, ""), "{uri}");
        assert!(
            reply.text.contains("signed out") && !reply.text.contains("evil.test"),
            "{uri}: {}",
            reply.text
        );
        assert!(!is_alive(&site, &session).await, "the session ends all the same: {uri}");
    }
    // Registered, but for another application than the one that is named.
    let (session, hint) = signed_in(&site, &ada).await;
    let reply = site
        .get_with(
            &path(&site, &[("post_logout_redirect_uri", WEB), ("id_token_hint", &hint)]),
            &[("cookie", &session)],
        )
        .await;
    assert_eq!((reply.status, reply.text.contains("web.example.com")), (200, false));
    // A hint that does not verify speaks for nobody.
    let (session, hint) = signed_in(&site, &ada).await;
    let none = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    let reply = site
        .get_with(
            &path(&site, &[("post_logout_redirect_uri", SPA), ("id_token_hint", &none)]),
            &[("cookie", &session)],
        )
        .await;
    assert_eq!((reply.status, reply.header("location")), (200, ""));
}

#[tokio::test]
async fn a_policy_may_insist_on_a_hint_and_the_operator_on_asking() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let (session, hint) = signed_in(&site, &ada).await;
    let logout = site.at("B2C_1A_SilentEnforced", "oauth2/v2.0/logout");
    let reply = site.get_with(&logout, &[("cookie", &session)]).await;
    assert!(reply.status == 400 && reply.text.contains("AADB2C90272"), "{}", reply.text);
    assert!(is_alive(&site, &session).await);
    let with = format!("{logout}?{}", encode(&[("id_token_hint", &hint), ("post_logout_redirect_uri", SPA)]));
    site.wait(90_000);
    assert_eq!(
        site.get_with(&with, &[("cookie", &session)]).await.header("location"),
        SPA,
        "expired hints count"
    );

    let asking = Site::with(|config| config.behaviour.ask_before_sign_out = true).await;
    let ada = asking.user("ada").await;
    let (session, _) = signed_in(&asking, &ada).await;
    let reply = asking.get_with(&path(&asking, &[]), &[("cookie", &session)]).await;
    assert!(reply.text.contains("Sign out?") && is_alive(&asking, &session).await);

    let open = Site::with(|config| config.behaviour.open_logout_redirect = true).await;
    let reply = open.get(&path(&open, &[("post_logout_redirect_uri", "https://anywhere.example/x")])).await;
    assert_eq!(reply.header("location"), "https://anywhere.example/x");
    let reply = open.get(&path(&open, &[("post_logout_redirect_uri", "javascript:alert(1)")])).await;
    assert_eq!((reply.status, reply.header("location")), (200, ""));
}

/// The logout modules that protocols 18, row 19, tells of: under enforcement, and with the setting that lets a request
/// without address end the session.
#[tokio::test]
async fn enforced_sign_out_as_the_conformance_suite_wants_it() {
    const ENFORCED: &str = "B2C_1A_SilentEnforced";
    let site = Site::with(|config| config.behaviour.hintless_sign_out = true).await;
    let ada = site.user("ada").await;
    let state = "s".repeat(128);
    let (_, some) = signed_in(&site, &ada).await;
    let none = format!("eyJhbGciOiJub25lIn0.{}.", some.split('.').nth(1).unwrap());
    let other = site.web.client_id.as_str();
    // What is sent, whether the session ends, and what must be said.
    type Row<'a> = (&'a [(&'a str, &'a str)], bool, &'a str);
    let table: [Row<'_>; 9] = [
        (&[], true, "signed out"),
        (&[("state", "x")], true, "signed out"),
        (&[("id_token_hint", &some)], true, "signed out"),
        (&[("post_logout_redirect_uri", SPA)], false, "AADB2C90272"),
        (&[("post_logout_redirect_uri", SPA), ("id_token_hint", &none)], false, "AADB2C90272"),
        (&[("id_token_hint", &none)], false, "AADB2C90272"),
        (&[("post_logout_redirect_uri", WEB), ("id_token_hint", &some)], false, "AADB2C90006"),
        (&[("post_logout_redirect_uri", "/\\evil.test"), ("id_token_hint", &some)], false, "AADB2C90067"),
        (&[("client_id", other), ("id_token_hint", &some)], false, "Sign out?"),
    ];
    for (parameters, ends, says) in table {
        let (session, _) = signed_in(&site, &ada).await;
        let logout = format!("{}?{}", site.at(ENFORCED, "oauth2/v2.0/logout"), encode(parameters));
        let reply = site.get_with(&logout, &[("cookie", &session)]).await;
        assert_eq!(reply.header("location"), "", "{parameters:?}");
        assert!(reply.text.contains(says), "{parameters:?}: {}", reply.text);
        assert_eq!(is_alive(&site, &session).await, !ends, "{parameters:?}");
    }
    let (session, hint) = signed_in(&site, &ada).await;
    let all = [("post_logout_redirect_uri", SPA), ("id_token_hint", hint.as_str()), ("state", &state)];
    let logout = format!("{}?{}", site.at(ENFORCED, "oauth2/v2.0/logout"), encode(&all));
    let reply = site.get_with(&logout, &[("cookie", &session)]).await;
    assert_eq!(reply.header("location"), format!("{SPA}?state={state}"));
    assert!(!is_alive(&site, &session).await);

    let cloud = Site::new().await;
    let reply = cloud.get(&cloud.at(ENFORCED, "oauth2/v2.0/logout")).await;
    assert!(reply.text.contains("AADB2C90272"), "without the setting, as the cloud: {}", reply.text);
}

#[tokio::test]
async fn the_question_is_asked_in_the_persons_language_and_keeps_what_came() {
    let site = Site::with(|config| config.behaviour.ask_before_sign_out = true).await;
    let headers = [("accept-language", "de"), ("sec-fetch-dest", "document")];
    let parameters = [("post_logout_redirect_uri", SPA), ("state", "\"><script>")];
    let reply = site.get_with(&path(&site, &parameters), &headers).await;
    assert!(reply.text.contains("Abmelden?") && reply.text.contains("lang=\"de\""), "{}", reply.text);
    assert!(reply.text.contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;\""), "{}", reply.text);
    assert!(
        reply.header("content-security-policy").contains("frame-ancestors 'none'"),
        "nobody clicks it by trick"
    );
}

#[tokio::test]
async fn an_application_may_sign_out_in_a_frame_of_its_own() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let (session, _) = signed_in(&site, &ada).await;
    // A second application of the session, so that there is a frame to be loaded before going on.
    let by_web = site.get_with(&site.asked_by_web(POLICY, "x", &[]), &[("cookie", &session)]).await;
    let form = [
        ("client_id", site.web.client_id.as_str()),
        ("client_secret", site.secret.as_str()),
        ("grant_type", "authorization_code"),
        ("code", &by_web.sent("code").unwrap()),
        ("redirect_uri", WEB),
    ];
    let body = site.post(&site.at(POLICY, "oauth2/v2.0/token"), &form).await.json();
    let parameters =
        [("post_logout_redirect_uri", WEB), ("id_token_hint", body["id_token"].as_str().unwrap())];
    let framed = [("cookie", session.as_str()), ("sec-fetch-dest", "iframe")];
    let reply = site.get_with(&path(&site, &parameters), &framed).await;
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("frame-ancestors https://web.example.com;"), "{policy}");
    assert!(reply.text.contains("https://spa.example.com/out"), "{}", reply.text);
}
