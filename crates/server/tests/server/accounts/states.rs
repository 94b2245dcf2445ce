//! What an administrator does to an account, and what its user then sees; what stands in the audit log.

use vestibule::directory::Lookup;

use crate::browser::{Browser, EDIT, NEW_PASSWORD, PASSWORD, RESET, SUSI};
use crate::harness::{Site, TENANT};
use crate::journey::set;

const ADA: &str = "ada@example.com";
const RIGHT: [(&str, &str); 2] = [("signInName", ADA), ("password", PASSWORD)];
const WRONG: [(&str, &str); 2] = [("signInName", ADA), ("password", "Wrong-Horse-1")];

async fn refresh_token(site: &Site, reply: &crate::harness::Reply) -> String {
    let tokens = site.redeem(SUSI, &reply.sent("code").unwrap()).await.json();
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

#[tokio::test]
async fn a_password_to_be_changed_signs_nobody_in_until_it_is() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    set(&site, &ada, "passwordProfile.forceChangePasswordNextLogin", true).await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    let wrong = browser.submit(&WRONG).await;
    let right = browser.submit(&RIGHT).await;
    assert_eq!((&wrong["status"], &right["status"]), (&"400".into(), &"400".into()));
    assert_ne!(wrong["message"], right["message"], "only who knows the password learns of it");
    assert!(right["message"].as_str().unwrap().contains("out of date"), "the policy's words: {right}");
    assert_eq!(browser.confirm().await.header("location"), "");
    // The reset sets a new one.
    browser.start(RESET, &[]).await;
    browser.verify(ADA).await;
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "200");
    browser.confirm().await;
    let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    browser.confirm().await;
    let mut after = Browser::new(&site);
    after.start(SUSI, &[]).await;
    let fields = [("signInName", ADA), ("password", NEW_PASSWORD)];
    assert_eq!(after.submit(&fields).await["status"], "200");
    assert_eq!(after.confirm().await.status, 302);
}

#[tokio::test]
async fn a_disabled_account_is_told_to_its_owner_alone_and_keeps_nothing() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::new(&site);
    let issued = browser.sign_in(ADA).await;
    let token = refresh_token(&site, &issued).await;
    set(&site, &ada, "accountEnabled", false).await;
    assert_eq!(site.refresh(SUSI, &token, &[]).await.json()["error"], "invalid_grant");
    for policy in [SUSI, EDIT] {
        let again = browser.start(policy, &[]).await;
        assert_eq!(again.sent("code"), None, "the session is over: {policy}");
        assert!(browser.page.text.contains("id=\"password\""), "{policy} asks");
    }
    browser.start(SUSI, &[]).await;
    assert_eq!(browser.submit(&WRONG).await["errorCode"], "AADB2C90054");
    assert_eq!(browser.submit(&RIGHT).await["errorCode"], "AADB2C90111");
    // Nor does a reset let the account in.
    browser.start(RESET, &[]).await;
    browser.verify(ADA).await;
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "400");
    set(&site, &ada, "accountEnabled", true).await;
    assert_eq!(site.refresh(SUSI, &token, &[]).await.json()["error"], "invalid_grant", "gone for good");
    assert_eq!(Browser::new(&site).sign_in(ADA).await.status, 302);
}

#[tokio::test]
async fn a_locked_account_is_unlocked_by_an_administrator() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    for attempt in 0..11 {
        let password = format!("Wrong-Horse-{attempt}");
        browser.submit(&[("signInName", ADA), ("password", &password)]).await;
    }
    assert_eq!(browser.submit(&RIGHT).await["errorCode"], "AADB2C90114");
    site.app.directory.unlock(TENANT, &ada).await.unwrap();
    assert_eq!(browser.submit(&RIGHT).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 302);
}

#[tokio::test]
async fn after_a_revocation_the_same_token_fails_and_a_new_sign_in_works() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::new(&site);
    let issued = browser.sign_in(ADA).await;
    let token = refresh_token(&site, &issued).await;
    let rotated = site.refresh(SUSI, &token, &[]).await.json()["refresh_token"].as_str().unwrap().to_owned();
    site.wait(3_600);
    site.app.directory.revoke(TENANT, &ada).await.unwrap();
    assert_eq!(site.refresh(SUSI, &rotated, &[]).await.json()["error"], "invalid_grant");
    let again = browser.start(SUSI, &[]).await;
    assert_eq!(again.sent("code"), None, "the session is over");
    site.wait(600);
    let issued = Browser::new(&site).sign_in(ADA).await;
    let token = refresh_token(&site, &issued).await;
    assert_eq!(site.refresh(SUSI, &token, &[]).await.status, 200);
}

#[tokio::test]
async fn the_audit_log_tells_sign_ins_sign_ups_edits_and_removals() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.submit(&WRONG).await;
    browser.submit(&RIGHT).await;
    browser.confirm().await;
    browser.start(EDIT, &[]).await;
    browser.submit(&[("displayName", "Countess")]).await;
    browser.confirm().await;
    Browser::new(&site).sign_up("eve@example.com").await;
    site.app.directory.delete(TENANT, &Lookup::ObjectId(ada.clone())).await.unwrap();
    let entries = site.audit().await;
    let has = |activity: &str, result: &str, reason: &str, target: Option<&str>| {
        entries.iter().any(|(name, outcome, why, whom)| {
            name == activity && outcome == result && why == reason && target.is_none_or(|id| whom == id)
        })
    };
    assert!(has("Validate local account credentials", "failure", "AADB2C90054", None), "{entries:?}");
    assert!(has("Validate local account credentials", "success", "", Some(&ada)));
    assert!(has("Issue an authorization code to the application", "success", "", Some(&ada)));
    assert!(has("Update user", "success", "", Some(&ada)));
    assert!(has("Add user", "success", "", None));
    // No name, address or password stands anywhere.
    let filter = vestibule::store::AuditFilter { limit: 1_000, ..Default::default() };
    let rows = vestibule::audit::read(&site.app.store, TENANT, &filter).await.unwrap();
    let text = serde_json::to_string(&rows).unwrap();
    for word in ["@example.com", PASSWORD, NEW_PASSWORD, "Countess"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(
        text.contains("\"policyId\":\"B2C_1A_SignUpOrSignIn\"") && text.contains("127.0.0.1"),
        "{text:.600}"
    );
}
