//! Two policies in one browser, sessions, cookies that outlive the browser (policy-language 10, attack 48).

use crate::browser::{Browser, EDIT, NEW_PASSWORD, PASSWORD, RESET, SUSI, claims_of};
use crate::harness::{Site, TENANT};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn sign_in_then_edit_then_reset_in_one_browser() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::new(&site);
    // 1. Sign in: the combined page.
    browser.start(SUSI, &[]).await;
    assert_eq!(browser.page.api, "CombinedSigninAndSignup");
    assert_eq!(browser.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "200");
    assert_eq!(claims_of(&site, SUSI, &browser.confirm().await).await["sub"], ada.as_str());
    // 2. Edit: no sign-in page, the profile at once, with what is known; it has no session profile, so it always shows.
    for name in ["Countess", "Lady"] {
        let reply = browser.start(EDIT, &[]).await;
        assert_eq!(browser.page.api, "SelfAsserted", "{} {}", reply.status, reply.header("location"));
        let fields = browser.page.object("SA_FIELDS");
        let ids: Vec<&str> =
            fields["AttributeFields"].as_array().unwrap().iter().filter_map(|f| f["ID"].as_str()).collect();
        assert_eq!(ids, ["displayName", "givenName", "surname"], "no password is asked");
        assert_eq!(browser.submit(&[("displayName", name)]).await["status"], "200");
        let claims = claims_of(&site, EDIT, &browser.confirm().await).await;
        assert_eq!((&claims["sub"], &claims["name"]), (&ada.as_str().into(), &name.into()));
    }
    // 3. Sign-in again: no page at all, and the new name.
    let silent = browser.start(SUSI, &[]).await;
    assert_eq!(claims_of(&site, SUSI, &silent).await["name"], "Lady");
    // 4. Reset: both pages in spite of the session; the address is asked and must be proven.
    browser.start(RESET, &[]).await;
    assert_eq!(browser.page.api, "SelfAsserted");
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "400");
    browser.verify(ADA).await;
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "200");
    browser.confirm().await;
    let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 302);
    // 5. The reset ended the session: the next sign-in asks, and takes the new password alone.
    browser.start(SUSI, &[]).await;
    assert_eq!(browser.page.api, "CombinedSigninAndSignup", "attack 67: sessions end");
    assert_eq!(browser.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "400");
    assert_eq!(browser.submit(&[("signInName", ADA), ("password", NEW_PASSWORD)]).await["status"], "200");
}

#[tokio::test]
async fn a_sign_up_leaves_a_session_too() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    let claims = claims_of(&site, SUSI, &browser.sign_up(ADA).await).await;
    let again = browser.start(SUSI, &[]).await;
    assert_eq!(claims_of(&site, SUSI, &again).await["sub"], claims["sub"]);
    // prompt=login asks all the same, and the page comes.
    browser.start(SUSI, &[("prompt", "login")]).await;
    assert_eq!(browser.page.api, "CombinedSigninAndSignup");
}

#[tokio::test]
async fn attack_048_a_session_stays_within_its_scope() {
    let site = Site::shared().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    // Scope Policy: its session is of no use at a policy of the tenant's scope, nor the other way round.
    let mut browser = Browser::new(&site);
    let path = site.asked("B2C_1A_SilentPolicy", &ada, &[]);
    assert!(browser.get(&path).await.session().is_some());
    let path = site.asked("B2C_1A_Silent", &eve, &[("prompt", "none")]);
    assert_eq!(browser.get(&path).await.sent("error").as_deref(), Some("interaction_required"));
    let path = site.asked("B2C_1A_Silent", &eve, &[]);
    let reply = browser.get(&path).await;
    assert_eq!(claims_of(&site, "B2C_1A_Silent", &reply).await["sub"], eve.as_str(), "asked anew");
    let path = site.asked("B2C_1A_SilentPolicy", &eve, &[]);
    let reply = browser.get(&path).await;
    assert_eq!(claims_of(&site, "B2C_1A_SilentPolicy", &reply).await["sub"], ada.as_str(), "its own session");
    // A cookie renamed to another scope's name leads nowhere.
    let value = browser
        .jar
        .iter()
        .find(|(n, _)| n.starts_with("x-ms-cpim-sso") && !n.ends_with("_0"))
        .unwrap()
        .1
        .clone();
    browser.jar.insert(format!("x-ms-cpim-sso:{TENANT}_0"), value);
    let path = site.asked("B2C_1A_Silent", &eve, &[("prompt", "none")]);
    assert_eq!(browser.get(&path).await.sent("error").as_deref(), Some("interaction_required"));
}

/// The attributes of a cookie in a reply, with the longest name that begins so.
fn attributes(reply: &crate::harness::Reply, begins: &str) -> Option<String> {
    reply.cookies().into_iter().find(|(name, ..)| name.starts_with(begins)).map(|(.., attributes)| attributes)
}

#[tokio::test]
async fn keep_me_signed_in_makes_the_session_cookie_persistent() {
    let site = Site::shared().await;
    site.user("ada").await;
    for (remember, expected) in [("true", Some("Max-Age=604800")), ("false", None)] {
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[]).await;
        assert_eq!(browser.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "200");
        let reply = browser.step("confirmed", &format!("rememberMe={remember}&")).await;
        let session = attributes(&reply, "x-ms-cpim-sso").expect("a session");
        match expected {
            Some(life) => assert!(session.contains(life), "{session}"),
            None => assert!(!session.contains("Max-Age"), "{session}"),
        }
        // Six days on: the kept session signs in, the other (a day, rolling) does not.
        site.wait(6 * 86_400);
        let later = browser.start(SUSI, &[]).await;
        assert_eq!(later.sent("code").is_some(), remember == "true", "{}", later.status);
        site.wait(2 * 86_400);
        assert_eq!(browser.start(SUSI, &[]).await.sent("code"), None, "seven days are over");
    }
    // Where the box is not offered it counts for nothing.
    let mut browser = Browser::new(&site);
    browser.start(EDIT, &[]).await;
    assert_eq!(browser.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "200");
    browser.step("confirmed", "rememberMe=true&").await;
    assert_eq!(browser.submit(&[("displayName", "A")]).await["status"], "200");
    let reply = browser.step("confirmed", "rememberMe=true&").await;
    assert!(!attributes(&reply, "x-ms-cpim-sso").expect("a session").contains("Max-Age"));
}

#[tokio::test]
async fn attack_072_a_stolen_keep_me_signed_in_cookie_dies_with_sign_out_everywhere() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut owner = Browser::new(&site);
    owner.start(SUSI, &[]).await;
    assert_eq!(owner.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "200");
    let reply = owner.step("confirmed", "rememberMe=true&").await;
    assert!(attributes(&reply, "x-ms-cpim-sso").is_some_and(|session| session.contains("Max-Age")));
    let mut thief = owner.clone();
    site.wait(3_600);
    assert!(thief.start(SUSI, &[]).await.sent("code").is_some(), "the cookie is alive until then");
    site.app.directory.revoke(TENANT, &ada).await.unwrap();
    for (who, browser) in [("thief", &mut thief), ("owner", &mut owner)] {
        let asked = browser.start(SUSI, &[]).await;
        assert_eq!((asked.status, asked.sent("code")), (200, None), "{who} is asked again");
        assert_eq!(browser.page.api, "CombinedSigninAndSignup");
    }
    let silent = thief.start(SUSI, &[("prompt", "none")]).await;
    assert_eq!(
        silent.sent("error").as_deref(),
        Some("interaction_required"),
        "{}",
        silent.header("location")
    );
}

#[tokio::test]
async fn a_browser_that_signed_in_gets_a_device_cookie_and_keeps_it() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut browser = Browser::new(&site);
    let first = browser.start(SUSI, &[]).await;
    assert!(attributes(&first, "x-ms-cpim-dc").is_none(), "not before a sign-in");
    assert_eq!(browser.submit(&[("signInName", ADA), ("password", PASSWORD)]).await["status"], "200");
    let done = browser.confirm().await;
    let device = attributes(&done, "x-ms-cpim-dc").expect("a device cookie");
    assert!(
        device.contains("HttpOnly") && device.contains("Secure") && device.contains("Max-Age="),
        "{device}"
    );
    let value = browser.jar["x-ms-cpim-dc"].clone();
    assert_eq!(value.len(), 43);
    browser.jar.retain(|name, _| name == "x-ms-cpim-dc");
    browser.sign_in(ADA).await;
    assert_eq!(browser.jar["x-ms-cpim-dc"], value, "the same browser");
}
