//! The public starter packs over HTTP: sign-up, edit, reset in one browser (where the corpus is beside the repository).
//! Only the name of the tenant is another, as an author would have it.

use std::path::Path;
use std::sync::Arc;

use crate::browser::{Browser, EDIT, NEW_PASSWORD, PASSWORD, RESET, claims_of};
use crate::harness::{Site, TENANT};

const SIGN_IN: &str = "B2C_1A_signup_signin";
const ADA: &str = "ada@example.com";

/// A site with the policies of a pack alone.
async fn site_of(pack: &str) -> Option<(Arc<Site>, tempfile::TempDir)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/starterpack").join(pack);
    if !corpus.is_dir() {
        eprintln!("SKIPPED: {} is not there", corpus.display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap().replace("yourtenant.onmicrosoft.com", TENANT);
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let policies = folder.path().to_owned();
    let site = Site::with(|config| config.tenants[0].policies = policies).await;
    Some((Arc::new(site), folder))
}

/// Proves the address in the way the page has.
async fn prove(browser: &mut Browser, with_control: bool) {
    if !with_control {
        return browser.verify(ADA).await;
    }
    let control = "emailVerificationControl";
    assert_eq!(browser.act(control, "SendCode", &[("email", ADA)]).await["status"], "200");
    let code = browser.site.code_for(ADA);
    let wrong = [("email", ADA), ("verificationCode", "000000")];
    if code != "000000" {
        assert_eq!(browser.act(control, "VerifyCode", &wrong).await["status"], "400");
    }
    let right = [("email", ADA), ("verificationCode", code.as_str())];
    assert_eq!(browser.act(control, "VerifyCode", &right).await["status"], "200");
}

async fn one_browser(pack: &str, with_control: bool) {
    let Some((site, _folder)) = site_of(pack).await else { return };
    let mut browser = Browser::new(&site);
    // Sign-up.
    browser.start(SIGN_IN, &[]).await;
    assert_eq!(browser.page.api, "CombinedSigninAndSignup");
    browser.step("unified", "local=signup&").await;
    let account = [
        ("email", ADA),
        ("newPassword", PASSWORD),
        ("reenterPassword", PASSWORD),
        ("displayName", "Ada"),
        ("givenName", "Ada"),
        ("surname", "L"),
        ("surName", "L"),
    ];
    assert_eq!(browser.submit(&account).await["status"], "400", "nothing is proven");
    prove(&mut browser, with_control).await;
    assert_eq!(browser.submit(&account).await["status"], "200");
    let claims = claims_of(&site, SIGN_IN, &browser.confirm().await).await;
    let sub = claims["sub"].as_str().unwrap().to_owned();
    // The session stands in for the sign-in, at the same policy and before the profile.
    let silent = browser.start(SIGN_IN, &[]).await;
    assert_eq!(claims_of(&site, SIGN_IN, &silent).await["sub"], sub.as_str());
    for name in ["Countess", "Lady"] {
        browser.start(EDIT, &[]).await;
        assert!(!browser.page.text.contains("type=\"password\""), "the profile at once, every time");
        assert_eq!(browser.submit(&[("givenName", name), ("surname", "L")]).await["status"], "200");
        assert_eq!(claims_of(&site, EDIT, &browser.confirm().await).await["sub"], sub.as_str());
    }
    let silent = browser.start(SIGN_IN, &[]).await;
    assert_eq!(claims_of(&site, SIGN_IN, &silent).await["given_name"], "Lady");
    // The reset asks both times in spite of the session.
    browser.start(RESET, &[]).await;
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "400");
    prove(&mut browser, with_control).await;
    assert_eq!(browser.submit(&[("email", ADA)]).await["status"], "200");
    browser.confirm().await;
    let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "200");
    assert_eq!(claims_of(&site, RESET, &browser.confirm().await).await["sub"], sub.as_str());
    // Signed out everywhere, the three errors of a sign-in and the duplicate account.
    let mut other = Browser::new(&site);
    other.start(SIGN_IN, &[]).await;
    let mut said = Vec::new();
    for (name, password) in [("nobody@example.com", PASSWORD), (ADA, "Wrong-Horse-1"), (ADA, PASSWORD)] {
        let answer = other.submit(&[("signInName", name), ("password", password)]).await;
        assert_eq!(answer["status"], "400", "{answer}");
        said.push(answer["message"].as_str().unwrap().to_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 3, "three messages: {said:?}");
    other.step("unified", "local=signup&").await;
    prove(&mut other, with_control).await;
    let answer = other.submit(&account).await;
    assert!(answer["message"].as_str().unwrap().contains("already"), "{answer}");
    other.start(SIGN_IN, &[]).await;
    let fields = [("signInName", ADA), ("password", NEW_PASSWORD)];
    assert_eq!(other.submit(&fields).await["status"], "200");
    let done = other.confirm().await;
    // Its refresh journey, before and after a revocation.
    let tokens = site.redeem(SIGN_IN, &done.sent("code").unwrap()).await.json();
    let token = tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned();
    let fresh = site.refresh(SIGN_IN, &token, &[]).await.json();
    let token = fresh["refresh_token"].as_str().unwrap_or_else(|| panic!("{fresh}")).to_owned();
    site.wait(3_600);
    site.app.directory.revoke(TENANT, &sub).await.unwrap();
    assert_eq!(site.refresh(SIGN_IN, &token, &[]).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn local_accounts_in_one_browser() {
    one_browser("LocalAccounts", false).await;
}

#[tokio::test]
async fn display_controls_in_one_browser() {
    one_browser("Display Controls Starterpack/LocalAccounts", true).await;
}
