//! The world changes while a journey runs: users, policies (attacks 33, 34, 35, 128).

use std::sync::Arc;

use vestibule::directory::{Lookup, Mode, Value as Stored, Write};

use crate::browser::{Browser, PASSWORD, SUSI, claims_of, new_account};
use crate::harness::{Site, TENANT};

/// Changes an attribute as `vestibule user …` does.
pub(crate) async fn set(site: &Site, id: &str, attribute: &str, flag: bool) {
    let lookup = Lookup::ObjectId(id.to_owned());
    let writes = [Write::value(attribute, Stored::Bool(flag))];
    site.app.directory.write(TENANT, &lookup, &writes, Mode::Update).await.unwrap();
}

#[tokio::test]
async fn attack_033_twenty_sign_ups_at_once_make_one_account() {
    let site = Site::shared().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[]).await;
        browser.step("unified", "local=signup&").await;
        browser.verify("ada@example.com").await;
        tasks.spawn(async move { browser.submit(&new_account("ada@example.com")).await });
    }
    let answers = tasks.join_all().await;
    let made = answers.iter().filter(|answer| answer["status"] == "200").count();
    assert_eq!(made, 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer["status"] != "200") {
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("already an account"), "{message}");
    }
    assert_eq!(site.accounts().await, 1);
}

#[tokio::test]
async fn attack_034_who_is_gone_between_password_and_token_gets_none() {
    let site = Site::shared().await;
    for (name, deleted) in [("ada", true), ("eve", false)] {
        let id = site.user(name).await;
        let address = format!("{name}@example.com");
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[]).await;
        assert_eq!(
            browser.submit(&[("signInName", &address), ("password", PASSWORD)]).await["status"],
            "200"
        );
        remove(&site, &id, deleted).await;
        let reply = browser.confirm().await;
        assert_eq!(reply.sent("code"), None, "{name}: {}", reply.header("location"));
        assert!(reply.session().is_none(), "{name}: no session");
        assert!(reply.sent("error").is_some() || reply.status >= 400, "{name}: {}", reply.text);
    }
}

#[tokio::test]
async fn attack_034_a_code_of_who_is_gone_buys_nothing() {
    let site = Site::shared().await;
    for (name, deleted) in [("ada", true), ("eve", false)] {
        let id = site.user(name).await;
        let mut browser = Browser::new(&site);
        let issued = browser.sign_in(&format!("{name}@example.com")).await;
        let code = issued.sent("code").unwrap();
        remove(&site, &id, deleted).await;
        let reply = site.redeem(SUSI, &code).await;
        assert_eq!((reply.status, &reply.json()["error"]), (400, &"invalid_grant".into()), "{name}");
        // Nor does the session that was left behind sign anybody in.
        let again = browser.start(SUSI, &[]).await;
        assert_eq!(again.sent("code"), None, "{name}: {}", again.header("location"));
    }
}

async fn remove(site: &Site, id: &str, deleted: bool) {
    if deleted {
        let gone = site.app.directory.delete(TENANT, &Lookup::ObjectId(id.to_owned())).await.unwrap();
        assert!(gone);
    } else {
        set(site, id, "accountEnabled", false).await;
    }
}

/// Rewrites a policy file of the site and loads the folder again.
fn rewrite(site: &Arc<Site>, file: &str, change: impl FnOnce(String) -> Option<String>) {
    let tenant = site.app.policies.tenants()[0].clone();
    let path = tenant.settings.policies.join(file);
    match change(std::fs::read_to_string(&path).unwrap()) {
        Some(text) => std::fs::write(&path, text).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
    site.app.policies.load(&tenant, site.app.clock.now()).unwrap();
}

#[tokio::test]
async fn attack_035_a_journey_finishes_on_the_revision_it_began_with() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut old = Browser::new(&site);
    old.start(SUSI, &[]).await;
    rewrite(&site, "SignUpOrSignIn.xml", |text| {
        Some(text.replace(
            "<OutputClaim ClaimTypeReferenceId=\"displayName\" />",
            "<OutputClaim ClaimTypeReferenceId=\"displayName\" PartnerClaimType=\"newer\" />",
        ))
    });
    let fields = [("signInName", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(old.submit(&fields).await["status"], "200");
    let claims = claims_of(&site, SUSI, &old.confirm().await).await;
    assert_eq!((&claims["name"], claims.get("newer")), (&"ada".into(), None), "{claims}");
    let mut new = Browser::new(&site);
    let claims = claims_of(&site, SUSI, &new.sign_in("ada@example.com").await).await;
    assert_eq!((claims.get("name"), &claims["newer"]), (None, &"ada".into()), "{claims}");
}

#[tokio::test]
async fn attack_128_what_a_change_removed_ends_clearly() {
    let site = Site::shared().await;
    site.user("ada").await;
    let mut pending = Browser::new(&site);
    pending.start(SUSI, &[]).await;
    let mut signed_in = Browser::new(&site);
    signed_in.sign_in("ada@example.com").await;
    // The sign-up exchange, its profile's claims and the session profile's claims go.
    rewrite(&site, "Base.xml", |text| {
        Some(text.replace("<PersistedClaim ClaimTypeReferenceId=\"objectId\" />\n            <PersistedClaim ClaimTypeReferenceId=\"signInName\" />", "<PersistedClaim ClaimTypeReferenceId=\"objectId\" />"))
    });
    // A stored session with claims that the policy no longer keeps still signs in.
    let again = signed_in.start(SUSI, &[]).await;
    assert!(again.sent("code").is_some(), "{} {}", again.status, again.text);
    // A broken edit leaves the last good revision in force.
    rewrite(&site, "Base.xml", |text| Some(text.replace("Id=\"SM-AAD\"", "Id=\"SM-Other\"")));
    assert_eq!(Browser::new(&site).start(SUSI, &[]).await.status, 200);
    assert_eq!(pending.step("unified", "local=signup&").await.status, 200, "the old revision has the page");
    // The policy itself is gone: every request of its journeys ends with a page that says so.
    rewrite(&site, "SignUpOrSignIn.xml", |_| None);
    let path = pending.page.post_path();
    for reply in [
        pending.post(&path, &[("request_type", "RESPONSE")]).await,
        pending.confirm().await,
        pending.start(SUSI, &[]).await,
    ] {
        assert!(matches!(reply.status, 400 | 404), "{} {}", reply.status, reply.text);
        assert!(reply.text.contains("<h1"), "a page: {}", reply.text);
    }
    // A journey saved under a revision that no longer exists anywhere, as after a restart.
    let mut other = Browser::new(&site);
    other.start("B2C_1A_ProfileEdit", &[]).await;
    assert_eq!(other.page.api, "SelfAsserted");
}

#[tokio::test]
async fn policy_changes_and_removals_are_in_the_audit_log_from_the_start() {
    let site = Site::shared().await;
    let entries = site.audit().await;
    assert!(entries.iter().any(|(name, result, _, target)| {
        name == "Update policy" && result == "success" && target == SUSI
    }));
    assert!(entries.iter().any(|(name, ..)| name == "Add key"), "keys made at the start: {entries:?}");
}
