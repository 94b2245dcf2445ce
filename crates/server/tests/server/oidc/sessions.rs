//! Single sign-on over HTTP (policy-language 10; attacks E).

use crate::harness::{Site, TENANT};

const POLICY: &str = "B2C_1A_Silent";

/// The subject of the code that an answer brings.
async fn subject(site: &Site, policy: &str, reply: &crate::harness::Reply) -> String {
    let code = reply.sent("code").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text));
    let token = site.redeem(policy, &code).await.json()["id_token"].as_str().unwrap().to_owned();
    site.claims(policy, &token).await["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_stands_in_for_the_sign_in_and_keeps_its_time() {
    let site = Site::new().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    let first = site.get(&site.asked(POLICY, &ada, &[])).await;
    let session = first.session().unwrap();
    let (name, value, attributes) =
        first.cookies().into_iter().find(|(name, ..)| name.starts_with("x-ms-cpim-sso")).unwrap();
    assert_eq!(name, format!("x-ms-cpim-sso:{TENANT}_0"));
    assert_eq!(value.len(), 43);
    for word in ["Secure", "HttpOnly", "Path=/", "SameSite=None"] {
        assert!(attributes.contains(word), "attack 96: {attributes}");
    }
    assert!(!attributes.contains("Domain") && !attributes.contains("Max-Age"), "{attributes}");

    site.wait(100);
    // The request names somebody else, but the session stands in for the step that would ask.
    let again = site.get_with(&site.asked(POLICY, &eve, &[]), &[("cookie", &session)]).await;
    let code = again.sent("code").unwrap();
    let token = site.redeem(POLICY, &code).await.json()["id_token"].as_str().unwrap().to_owned();
    let claims = site.claims(POLICY, &token).await;
    assert_eq!(
        (claims["sub"].as_str(), claims["auth_time"].as_i64()),
        (Some(ada.as_str()), Some(1_800_000_000))
    );

    let silent =
        site.get_with(&site.asked(POLICY, &eve, &[("prompt", "none")]), &[("cookie", &session)]).await;
    assert_eq!(subject(&site, POLICY, &silent).await, ada);
    let fresh =
        site.get_with(&site.asked(POLICY, &eve, &[("prompt", "login")]), &[("cookie", &session)]).await;
    assert_eq!(subject(&site, POLICY, &fresh).await, eve, "prompt=login ignores the session");
    assert_ne!(fresh.session().unwrap(), session, "attack 94: a new identifier");
    let stale =
        site.get_with(&site.asked(POLICY, &eve, &[("prompt", "none")]), &[("cookie", &session)]).await;
    assert_eq!(stale.sent("error").as_deref(), Some("interaction_required"), "the old one is dead");
}

#[tokio::test]
async fn max_age_and_hints_decide_whose_session_counts() {
    let site = Site::new().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    let first = site.get(&site.asked(POLICY, &ada, &[])).await;
    let session = first.session().unwrap();
    let hint = site.redeem(POLICY, &first.sent("code").unwrap()).await.json()["id_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let cookie = [("cookie", session.as_str())];
    site.wait(50);
    let young =
        site.get_with(&site.asked(POLICY, &eve, &[("max_age", "100"), ("prompt", "none")]), &cookie).await;
    assert_eq!(subject(&site, POLICY, &young).await, ada);
    let old =
        site.get_with(&site.asked(POLICY, &eve, &[("max_age", "50"), ("prompt", "none")]), &cookie).await;
    assert_eq!(old.sent("error").as_deref(), Some("interaction_required"));
    assert!(old.sent("error_description").unwrap().starts_with("AADB2C90121"));

    site.wait(7200);
    let hinted = [("prompt", "none"), ("id_token_hint", hint.as_str())];
    let same = site.get_with(&site.asked(POLICY, &eve, &hinted), &cookie).await;
    assert_eq!(subject(&site, POLICY, &same).await, ada, "an expired hint about the session's user");
    let by_eve = site.get(&site.asked(POLICY, &eve, &[])).await;
    let other = site.redeem(POLICY, &by_eve.sent("code").unwrap()).await.json()["id_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = site
        .get_with(&site.asked(POLICY, &eve, &[("prompt", "none"), ("id_token_hint", &other)]), &cookie)
        .await;
    assert_eq!(refused.sent("error").as_deref(), Some("interaction_required"), "a hint about another");
    for broken in ["x", "a.b.c", &format!("{hint}x"), "eyJhbGciOiJub25lIn0.e30."] {
        let ignored = site
            .get_with(&site.asked(POLICY, &eve, &[("prompt", "none"), ("id_token_hint", broken)]), &cookie)
            .await;
        assert_eq!(
            subject(&site, POLICY, &ignored).await,
            ada,
            "attack 20: what does not verify is no hint: {broken}"
        );
    }
    // `max_age=0` asks again, and the answer replaces the session.
    let zero = site.get_with(&site.asked(POLICY, &eve, &[("max_age", "0")]), &cookie).await;
    assert_eq!(subject(&site, POLICY, &zero).await, eve);
}

#[tokio::test]
async fn the_scope_decides_who_shares_a_session() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let silent = |policy: &'static str| (policy, [("prompt", "none")]);
    let tenant = site.get(&site.asked(POLICY, &ada, &[])).await.session().unwrap();
    for (policy, shares) in [
        ("B2C_1A_SilentPlain", true),
        ("B2C_1A_SilentApplication", false),
        ("B2C_1A_SilentPolicy", false),
        ("B2C_1A_SilentSuppressed", false),
    ] {
        let (policy, none) = silent(policy);
        let reply = site.get_with(&site.asked(policy, &ada, &none), &[("cookie", &tenant)]).await;
        assert_eq!(reply.sent("code").is_some(), shares, "{policy}");
    }
    let by_application =
        site.get(&site.asked("B2C_1A_SilentApplication", &ada, &[])).await.session().unwrap();
    let none = [("prompt", "none")];
    let cookie = [("cookie", by_application.as_str())];
    let same = site.get_with(&site.asked("B2C_1A_SilentApplication", &ada, &none), &cookie).await;
    assert!(same.sent("code").is_some());
    let other = site.get_with(&site.asked_by_web("B2C_1A_SilentApplication", &ada, &none), &cookie).await;
    assert_eq!(other.sent("error").as_deref(), Some("interaction_required"), "another application");
    let suppressed = site.get(&site.asked("B2C_1A_SilentSuppressed", &ada, &[])).await;
    assert!(suppressed.sent("code").is_some() && suppressed.session().is_none(), "nothing is kept");

    let by_policy = site.get(&site.asked("B2C_1A_SilentPolicy", &ada, &[])).await.session().unwrap();
    let cookie = [("cookie", by_policy.as_str())];
    site.wait(890);
    assert!(
        site.get_with(&site.asked("B2C_1A_SilentPolicy", &ada, &none), &cookie).await.sent("code").is_some()
    );
    site.wait(10);
    let late = site.get_with(&site.asked("B2C_1A_SilentPolicy", &ada, &none), &cookie).await;
    assert_eq!(
        late.sent("error").as_deref(),
        Some("interaction_required"),
        "absolute: use does not move the end"
    );
}

#[tokio::test]
async fn attack_095_broken_cookies_count_as_absent_and_are_cleared() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let session = site.get(&site.asked(POLICY, &ada, &[])).await.session().unwrap();
    let (name, value) = session.split_once('=').unwrap();
    let cut: String = value.chars().take(42).collect();
    let long = "x".repeat(8_192);
    let turned: String = value.chars().rev().collect();
    for broken in [cut, long, turned] {
        let cookie = format!("{name}={broken}");
        let reply =
            site.get_with(&site.asked(POLICY, &ada, &[("prompt", "none")]), &[("cookie", &cookie)]).await;
        assert_eq!(reply.sent("error").as_deref(), Some("interaction_required"));
    }
    let many = vec![session.as_str(); 50].join("; ");
    let reply = site.get_with(&site.asked(POLICY, &ada, &[]), &[("cookie", &many)]).await;
    assert!(reply.sent("code").is_some(), "the next honest request works");
    assert!(reply.session().is_some(), "and brings a session of its own");
}

#[tokio::test]
async fn attack_096_cookies_on_loopback_http_are_lax() {
    let site =
        Site::with(|config| config.server.public_url = url::Url::parse("http://id.example.com").unwrap())
            .await;
    let ada = site.user("ada").await;
    let reply = site.get(&site.asked(POLICY, &ada, &[])).await;
    let (_, _, attributes) =
        reply.cookies().into_iter().find(|(name, ..)| name.starts_with("x-ms-cpim-sso")).unwrap();
    assert!(attributes.contains("SameSite=Lax") && !attributes.contains("Secure"), "{attributes}");
    assert!(attributes.contains("HttpOnly") && attributes.contains("Path=/"));
}

/// Technical-profiles 19: the error's form; policy-language 5.4: the browser's session ends with it.
#[tokio::test]
async fn an_error_of_the_policy_s_own_ends_the_session() {
    let site = Site::new().await;
    let ada = site.user("ada").await;
    let session = site.get(&site.asked(POLICY, &ada, &[])).await.session().unwrap();
    let cookie = [("cookie", session.as_str())];
    let failed = site.get_with(&site.asked("B2C_1A_SilentError", &ada, &[]), &cookie).await;
    assert_eq!(failed.sent("error").as_deref(), Some("access_denied"));
    let told = failed.sent("error_description").unwrap();
    assert!(told.starts_with("AAD_Custom_1001: Not today."), "{told}");
    let (_, value, attributes) =
        failed.cookies().into_iter().find(|(name, ..)| name.starts_with("x-ms-cpim-sso")).unwrap();
    assert!(value.is_empty() && attributes.contains("Max-Age=0"), "{value} {attributes}");
    let after = site.get_with(&site.asked(POLICY, &ada, &[("prompt", "none")]), &cookie).await;
    assert_eq!(
        after.sent("error").as_deref(),
        Some("interaction_required"),
        "a copy of the cookie is dead too"
    );
}
