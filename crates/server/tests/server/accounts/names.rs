//! Addresses as names (attacks 59, 60).

use std::sync::Arc;

use vestibule::directory::{Lookup, Mode, Write};

use crate::browser::{Browser, PASSWORD, SUSI, claims_of, new_account};
use crate::harness::{Site, TENANT};

async fn at_sign_up(site: &Arc<Site>) -> Browser {
    let mut browser = Browser::new(site);
    browser.start(SUSI, &[]).await;
    browser.step("unified", "local=signup&").await;
    browser
}

#[tokio::test]
async fn attack_059_what_is_no_address_gets_no_letter() {
    let site = Site::shared().await;
    let mut browser = at_sign_up(&site).await;
    let long = format!("{}@{}.test", "a".repeat(64), "b".repeat(250));
    let longer = format!("{}@x.test", "a".repeat(10_000));
    for address in [
        "",
        "a@b@c",
        "a@[127.0.0.1]",
        "\"a b\"@x.test",
        "ada\u{FF20}example.com",
        "ada@example.com.",
        "ada@example.com\r\nBcc:v@y.test",
        "ada@example.com\nBcc: v@y.test",
        "ada@example.com, v@y.test",
        "ada@example.com;v@y.test",
        "<ada@example.com>",
        "Ada <ada@example.com>",
        "\u{131}da@example.com",
        "\u{0430}da@example.com",
        "ada@ex\u{E4}mple.com",
        "ada@example.com\0",
        long.as_str(),
        longer.as_str(),
    ] {
        let answer = browser.send_code("email", address).await;
        assert_eq!(answer["status"], "400", "{address:.40}: {answer}");
        let answer = browser.submit(&new_account(address)).await;
        assert_eq!(answer["status"], "400", "{address:.40}");
    }
    assert_eq!((site.mails(), site.accounts().await), (0, 0));
}

#[tokio::test]
async fn attack_059_one_form_decides_at_sign_up_and_sign_in() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    for twin in ["ADA@EXAMPLE.COM", "Ada@Example.Com", " ada@example.com "] {
        let mut browser = at_sign_up(&site).await;
        let trimmed = twin.trim();
        assert_eq!(browser.send_code("email", twin).await["status"], "200", "{twin}");
        let code = site.code_for(trimmed);
        assert_eq!(browser.check_code("email", twin, &code).await["status"], "200");
        let answer = browser.submit(&new_account(twin)).await;
        assert!(
            answer["message"].as_str().unwrap_or_default().contains("already an account"),
            "{twin}: {answer}"
        );
        let mut browser = Browser::new(&site);
        browser.start(SUSI, &[]).await;
        let fields = [("signInName", twin), ("password", PASSWORD)];
        assert_eq!(browser.submit(&fields).await["status"], "200", "{twin}");
        assert_eq!(claims_of(&site, SUSI, &browser.confirm().await).await["sub"], ada.as_str());
    }
    assert_eq!(site.accounts().await, 1);
    // Different people.
    for other in ["ada+x@example.com", "a.da@example.com", "ada@example.org"] {
        let claims = claims_of(&site, SUSI, &Browser::new(&site).sign_up(other).await).await;
        assert_ne!(claims["sub"], ada.as_str());
    }
    assert_eq!(site.accounts().await, 4);
}

#[tokio::test]
async fn attack_060_a_sign_in_name_is_no_object_id_and_no_phone_number() {
    let site = Site::shared().await;
    let ada = site.user("ada").await;
    let lookup = Lookup::ObjectId(ada.clone());
    let phone = [Write::text("strongAuthenticationPhoneNumber", "+15555550100")];
    site.app.directory.write(TENANT, &lookup, &phone, Mode::Update).await.unwrap();
    let upn = site.app.directory.find(TENANT, &lookup).await.unwrap().unwrap().principal_name().to_owned();
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    for name in [ada.as_str(), "+15555550100", "+15555550100@example.com", &format!("{ada}@example.com")] {
        let answer = browser.submit(&[("signInName", name), ("password", PASSWORD)]).await;
        assert_eq!(answer["status"], "400", "{name}");
    }
    let answer = browser.submit(&[("signInName", upn.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(answer["status"], "200", "the user principal name is a name: {upn} {answer}");
    assert_eq!(claims_of(&site, SUSI, &browser.confirm().await).await["sub"], ada.as_str());
    // Another person's sign-in name in the form of that principal name or id finds its owner alone.
    let eve = Browser::new(&site).sign_up(&format!("{ada}@example.com")).await;
    assert_ne!(claims_of(&site, SUSI, &eve).await["sub"], ada.as_str());
}
