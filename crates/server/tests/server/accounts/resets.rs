//! Password resets and the names that letters and pages are built from (attacks 65, 67, 69).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use vestibule::applications;

use crate::browser::{Browser, NEW_PASSWORD, PASSWORD, RESET, SUSI, claims_of};
use crate::harness::Site;
use crate::services::Service;

const ADA: &str = "ada@example.com";

/// The subjects of all letters to an address, once there are so many.
async fn subjects(site: &Site, to: &str, count: usize) -> Vec<String> {
    for _ in 0..500 {
        let letters = site.app.mailer.inbox().unwrap().letters();
        let found: Vec<String> =
            letters.into_iter().filter(|kept| kept.letter.to == to).map(|kept| kept.letter.subject).collect();
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {count} letters to {to}");
}

#[tokio::test]
async fn attack_067_a_reset_ends_what_was_granted_and_tells_the_owner() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let mut thief = Browser::new(&site);
    let issued = thief.sign_in(ADA).await;
    let tokens = site.redeem(SUSI, &issued.sent("code").unwrap()).await.json();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let unspent = thief.start(SUSI, &[]).await.sent("code").unwrap();
    site.wait(3_600);
    let mut owner = Browser::new(&site);
    owner.start(RESET, &[]).await;
    owner.verify(ADA).await;
    let code = site.code_for(ADA);
    assert_eq!(owner.submit(&[("email", ADA)]).await["status"], "200");
    owner.confirm().await;
    let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(owner.submit(&fields).await["status"], "200");
    let claims = claims_of(&site, RESET, &owner.confirm().await).await;
    assert_eq!(claims["sub"], ada.as_str());
    // Refresh token, unspent code, session: gone.
    let reply = site.refresh(SUSI, &refresh, &[]).await;
    assert_eq!((reply.status, &reply.json()["error"]), (400, &"invalid_grant".into()));
    assert_eq!(site.redeem(SUSI, &unspent).await.json()["error"], "invalid_grant");
    let again = thief.start(SUSI, &[]).await;
    assert_eq!((again.status, thief.page.api.as_str()), (200, "CombinedSigninAndSignup"));
    // The old password at once, the new one from now on.
    let old = thief.submit(&[("signInName", ADA), ("password", PASSWORD)]).await;
    assert_eq!(old["status"], "400");
    assert!(old["message"].as_str().unwrap().contains("old password"), "the policy's message: {old}");
    let new = thief.submit(&[("signInName", ADA), ("password", NEW_PASSWORD)]).await;
    assert_eq!(new["status"], "200");
    // A notice, beside the letter with the code.
    let subjects = subjects(&site, ADA, 2).await;
    assert!(subjects[0].contains("password was changed"), "{subjects:?}");
    // The reset's code opens no second reset.
    let mut second = owner.clone();
    second.start(RESET, &[]).await;
    assert_eq!(second.check_code("email", ADA, &code).await["status"], "400");
    let entries = site.audit().await;
    assert!(entries.iter().any(|(name, result, _, target)| {
        name == "Reset password (self-service)" && result == "success" && *target == ada
    }));
}

#[tokio::test]
async fn attack_069_nobody_resets_without_the_proof_nor_for_another() {
    let site = Site::shared().await;
    let (ada, eve) = (site.user("ada").await, site.user("eve").await);
    let passwords = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    // The second page's fields at the first page, with somebody's id.
    let mut browser = Browser::new(&site);
    browser.start(RESET, &[]).await;
    let mut fields = passwords.to_vec();
    fields.extend([("email", ADA), ("objectId", ada.as_str())]);
    assert_eq!(browser.submit(&fields).await["status"], "400");
    assert_eq!(browser.confirm().await.header("location"), "");
    // Eve proves her own address, and names Ada on the second page.
    browser.verify("eve@example.com").await;
    assert_eq!(browser.submit(&[("email", "eve@example.com"), ("objectId", &ada)]).await["status"], "200");
    browser.confirm().await;
    let mut fields = passwords.to_vec();
    fields.extend([("objectId", ada.as_str()), ("email", ADA), ("signInName", ADA)]);
    assert_eq!(browser.submit(&fields).await["status"], "200");
    assert_eq!(claims_of(&site, RESET, &browser.confirm().await).await["sub"], eve.as_str());
    assert_eq!(Browser::new(&site).sign_in(ADA).await.status, 302, "Ada's password stands");
    // Eve's session does not stand in for Ada's proof.
    let mut session = Browser::new(&site);
    session.start(SUSI, &[]).await;
    let fields = [("signInName", "eve@example.com"), ("password", NEW_PASSWORD)];
    assert_eq!(session.submit(&fields).await["status"], "200");
    session.confirm().await;
    session.start(RESET, &[]).await;
    assert_eq!(session.submit(&[("email", ADA)]).await["status"], "400");
    assert_eq!(session.submit(&[("email", "eve@example.com")]).await["status"], "400");
}

#[tokio::test]
async fn attack_065_pages_documents_and_letters_know_the_public_origin_alone() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    let forged = [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "666"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.test;proto=http"),
        ("x-original-url", "https://evil.test/"),
        ("x-host", "evil.test"),
    ];
    let document = site.at(RESET, "v2.0/.well-known/openid-configuration");
    let page = site.asked(RESET, "", &[]);
    for path in [&document, &page] {
        let reply = site.get_with(path, &forged).await;
        assert_eq!(reply.status, 200);
        for word in ["evil", "666", "http://id"] {
            assert!(!reply.text.contains(word), "{word}: {}", reply.text);
        }
    }
    assert!(
        site.get_with(&document, &forged).await.json()["issuer"]
            .as_str()
            .unwrap()
            .starts_with("https://id.example.com/")
    );
    for host in
        ["evil.test", "id.example.com.evil.test", "id.example.com:666", "id.example.com@evil.test", ""]
    {
        let request = Request::get(&page).header("host", host).body(Body::empty()).unwrap();
        assert_eq!(site.send(request).await.status, 421, "{host}");
    }
    let absolute = Request::get(format!("https://evil.test{page}"));
    let request = absolute.header("host", "id.example.com").body(Body::empty()).unwrap();
    assert_eq!(site.send(request).await.status, 421, "absolute form");
    browser.get(&page).await;
    let cookies = browser.cookies();
    let mut headers = forged.to_vec();
    headers.extend([("cookie", cookies.as_str()), ("x-csrf-token", browser.page.csrf.as_str())]);
    let form = [("request_type", "VERIFICATION_REQUEST"), ("claim_id", "email"), ("claim_value", ADA)];
    assert_eq!(site.post_with(&browser.page.post_path(), &form, &headers).await.status, 200);
    let letters = site.app.mailer.inbox().unwrap().letters();
    let letter = &letters[0].letter;
    assert!(
        !letter.text.contains("evil") && !letter.html.contains("evil") && !letter.subject.contains("evil")
    );
}

/// Sets a new password over the reset policy.
async fn reset(site: &Arc<Site>) {
    let mut owner = Browser::new(site);
    owner.start(RESET, &[]).await;
    owner.verify(ADA).await;
    assert_eq!(owner.submit(&[("email", ADA)]).await["status"], "200");
    owner.confirm().await;
    let fields = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(owner.submit(&fields).await["status"], "200");
    owner.confirm().await;
}

#[tokio::test]
async fn the_operator_may_leave_sessions_alone_as_the_cloud_does_but_never_refresh_tokens() {
    let site = Arc::new(Site::with(|config| config.session.end_with_password = false).await);
    site.user("ada").await;
    let mut other = Browser::new(&site);
    let issued = other.sign_in(ADA).await;
    let tokens = site.redeem(SUSI, &issued.sent("code").unwrap()).await.json();
    site.wait(3_600);
    reset(&site).await;
    assert!(other.start(SUSI, &[]).await.sent("code").is_some(), "the session is still there");
    let reply = site.refresh(SUSI, tokens["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(reply.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn applications_are_told_when_a_new_password_ends_the_sessions() {
    let site = Site::with(|config| {
        config.session.backchannel_logout = true;
        config.outbound.allow = vec!["127.0.0.1".to_owned()];
    });
    let site = Arc::new(site.await);
    let ada = site.user("ada").await;
    let service = Service::says(200, "").await;
    let mut spa = site.spa.clone();
    spa.backchannel_logout_url = Some(format!("http://127.0.0.1:{}/bye", service.port));
    applications::put(&site.app.store, &spa, site.clock.now()).await.unwrap();
    let mut sids = Vec::new();
    for _ in 0..2 {
        let issued = Browser::new(&site).sign_in(ADA).await;
        let tokens = site.redeem(SUSI, &issued.sent("code").unwrap()).await.json();
        let claims = site.claims(SUSI, tokens["id_token"].as_str().unwrap()).await;
        sids.push(claims["sid"].as_str().unwrap().to_owned());
    }
    reset(&site).await;
    let mut told = Vec::new();
    for request in service.asked() {
        let claims = site.verified(SUSI, request.split("logout_token=").nth(1).unwrap()).await;
        assert_eq!(claims["sub"], ada.as_str());
        told.push(claims["sid"].as_str().unwrap().to_owned());
    }
    told.sort();
    sids.sort();
    assert_eq!(told, sids, "every session of every browser, once");
}
