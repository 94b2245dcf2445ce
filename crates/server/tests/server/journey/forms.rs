//! Pages without script, and pages in every form of address (user-interface 2.7, 6.1; attack 24).

use std::sync::Arc;

use crate::browser::{Browser, NEW_PASSWORD, PASSWORD, SUSI, claims_of, post_form};
use crate::harness::{CHALLENGE, Reply, SPA, Site, TENANT, encode};

/// Sends the page's form without script: its token in the body, then these fields.
async fn send(browser: &mut Browser, fields: &[(&str, &str)]) -> Reply {
    let token = browser.page.csrf.clone();
    let mut form = vec![("csrf_token", token.as_str()), ("request_type", "RESPONSE")];
    form.extend_from_slice(fields);
    post_form(browser, &form).await
}

/// Follows the 303 of an accepted form.
async fn follow(browser: &mut Browser, reply: &Reply) -> Reply {
    assert_eq!(reply.status, 303, "{}", reply.text);
    let target = reply.header("location").to_owned();
    browser.get(&target).await
}

#[tokio::test]
async fn a_person_without_script_signs_up_and_in() {
    let site = Site::shared().await;
    let ada = "ada@example.com";
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.step("unified", "local=signup&").await;
    assert!(browser.page.text.contains("value=\"send:email\""), "a button to send the code");
    let fields = [
        ("email", ada),
        ("newPassword", NEW_PASSWORD),
        ("reenterPassword", NEW_PASSWORD),
        ("displayName", "Ada"),
    ];
    let unproven = send(&mut browser, &fields).await;
    assert_eq!((unproven.status, site.accounts().await), (200, 0));
    assert_eq!(send(&mut browser, &[("email", ada), ("v_action", "send:email")]).await.status, 200);
    assert!(browser.page.text.contains("value=\"check:email\""), "a button to check the code");
    let wrong = [("email", ada), ("email_ver_input", "x"), ("v_action", "check:email")];
    assert_eq!(send(&mut browser, &wrong).await.status, 200);
    let code = site.code_for(ada);
    // Another address beside the code of this one.
    let other = [("email", "eve@example.com"), ("email_ver_input", &code), ("v_action", "check:email")];
    send(&mut browser, &other).await;
    assert!(!browser.page.text.contains("value=\"edit:email\""), "attack 28: not verified");
    let right = [("email", ada), ("email_ver_input", code.as_str()), ("v_action", "check:email")];
    send(&mut browser, &right).await;
    assert!(browser.page.text.contains("value=\"edit:email\""), "verified");
    let accepted = send(&mut browser, &fields).await;
    let done = follow(&mut browser, &accepted).await;
    assert_eq!(claims_of(&site, SUSI, &done).await["name"], "Ada");

    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let wrong = send(&mut browser, &[("signInName", ada), ("password", PASSWORD)]).await;
    assert_eq!(wrong.status, 200);
    assert!(wrong.text.contains("Your password is incorrect"), "{}", wrong.text);
    assert!(!wrong.text.contains(PASSWORD), "a password is never shown again");
    let accepted = send(&mut browser, &[("signInName", ada), ("password", NEW_PASSWORD)]).await;
    assert!(follow(&mut browser, &accepted).await.sent("code").is_some());
}

#[tokio::test]
async fn attack_024_the_form_route_wants_the_token_in_its_body() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let form = [("signInName", "ada@example.com"), ("password", PASSWORD)];
    // In header and query, not in the body.
    let path = browser.page.step_path("form", "");
    assert_eq!(browser.post(&path, &form).await.status, 400);
    assert_eq!(post_form(&mut browser, &form).await.status, 400);
    let mut wrong = form.to_vec();
    wrong.push(("csrf_token", "x"));
    assert_eq!(post_form(&mut browser, &wrong).await.status, 400);
    // No other action of the page is posted to.
    for action in ["confirmed", "unified", "cancelled", "forgotPassword"] {
        let path = browser.page.step_path(action, "");
        assert_eq!(browser.post(&path, &form).await.status, 400, "{action}");
    }
    assert_eq!(site.app.directory.hasher().ran(), 1, "one hash made the user, none was for these");
    assert_eq!(send(&mut browser, &form).await.status, 303);
}

/// The page of a sign-in that was asked at one form of address, and its end.
async fn signed_in_at(site: &Arc<Site>, prefix: &str, tenant: &str, in_path: bool) -> (String, Reply) {
    let query = [
        ("client_id", site.spa.client_id.as_str()),
        ("redirect_uri", SPA),
        ("response_type", "code"),
        ("scope", "openid"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let path = match in_path {
        true => format!("{prefix}/{tenant}/b2c_1a_signuporsignin/oauth2/v2.0/authorize?{}", encode(&query)),
        false => format!("{prefix}/{tenant}/oauth2/v2.0/authorize?p={SUSI}&{}", encode(&query)),
    };
    let mut browser = Browser::new(site);
    let reply = browser.get(&path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    let host = browser.page.host.clone();
    assert!(
        browser.page.text.contains(&format!("{host}/api/CombinedSigninAndSignup/unified?local=signup")),
        "{host}"
    );
    let fields = [("signInName", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    (host, browser.confirm().await)
}

#[tokio::test]
async fn pages_keep_the_form_of_address_in_which_they_were_asked() {
    let site = Site::shared().await;
    site.user("ada").await;
    let id = site.tenant_id.clone();
    for (prefix, tenant, in_path) in [
        ("", TENANT, true),
        ("", TENANT, false),
        ("", id.as_str(), true),
        ("", id.as_str(), false),
        ("/tfp", TENANT, true),
        ("/tfp", id.as_str(), true),
        ("/te", TENANT, true),
    ] {
        let (host, done) = signed_in_at(&site, prefix, tenant, in_path).await;
        assert_eq!(host, format!("{prefix}/{tenant}/{SUSI}"), "the policy in its stored spelling");
        assert!(done.sent("code").is_some(), "{host}: {} {}", done.status, done.text);
    }
}

#[tokio::test]
async fn the_start_page_says_since_when_a_policy_is_in_force() {
    let site = Site::shared().await;
    // 1,800,000,000 seconds after the epoch, the clock of the tests.
    let page = site.get("/").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let chosen = site.get(&format!("/?policy={SUSI}")).await;
    assert!(chosen.text.contains("loaded 2027-01-15 08:00:00 UTC"), "{}", chosen.text);
    site.wait(60);
    let tenant = site.app.policies.tenants()[0].clone();
    let edited = tenant.settings.policies.join("SignUpOrSignIn.xml");
    let text = std::fs::read_to_string(&edited).unwrap();
    std::fs::write(&edited, text.replace("KeepAliveInDays=\"7\"", "KeepAliveInDays=\"8\"")).unwrap();
    let report = site.app.policies.load(&tenant, site.app.clock.now()).unwrap();
    assert_eq!(report.changed, [SUSI]);
    let chosen = site.get(&format!("/?policy={SUSI}")).await;
    assert!(chosen.text.contains("loaded 2027-01-15 08:01:00 UTC"), "{}", chosen.text);
    let other = site.get("/?policy=B2C_1A_ProfileEdit").await;
    assert!(other.text.contains("loaded 2027-01-15 08:00:00 UTC"), "unchanged ones keep their time");
}
