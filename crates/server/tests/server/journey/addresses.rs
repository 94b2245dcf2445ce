//! Which address a verification is about (attacks 28, 29).

use crate::browser::{Browser, NEW_PASSWORD, SUSI, new_account};
use crate::harness::Site;

#[tokio::test]
async fn attack_028_a_verification_is_of_one_address_one_journey_one_page() {
    let site = Site::shared().await;
    let mut browser = Browser::new(&site);
    browser.start(SUSI, &[]).await;
    browser.step("unified", "local=signup&").await;
    // Not verified at all.
    assert_eq!(browser.submit(&new_account("eve@example.com")).await["errorCode"], "AADB2C90158");
    browser.verify("ada@example.com").await;
    for other in [
        "eve@example.com",
        "ADA@example.com.evil.test",
        "ada@example.com,eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "\u{0430}da@example.com",
    ] {
        let answer = browser.submit(&new_account(other)).await;
        assert_eq!(answer["status"], "400", "{other}: {answer}");
    }
    // Two addresses in one form: the first counts, and it is not the verified one.
    let mut two = vec![("email", "eve@example.com")];
    two.extend(new_account("ada@example.com"));
    assert_eq!(browser.submit(&two).await["status"], "400");
    assert_eq!(site.accounts().await, 0);
    // Another journey of the same browser knows nothing of it.
    let mut second = browser.clone();
    second.start(SUSI, &[]).await;
    second.step("unified", "local=signup&").await;
    assert_eq!(second.submit(&new_account("ada@example.com")).await["status"], "400");
    // A code asked for another address voids the proof of the first.
    assert_eq!(browser.send_code("email", "eve@example.com").await["status"], "200");
    assert_eq!(browser.submit(&new_account("ada@example.com")).await["status"], "400");
    assert_eq!(site.accounts().await, 0);
    let code = site.code_for("eve@example.com");
    assert_eq!(browser.check_code("email", "ada@example.com", &code).await["status"], "400");
    assert_eq!(browser.check_code("email", "eve@example.com", &code).await["status"], "200");
    assert_eq!(browser.submit(&new_account("eve@example.com")).await["status"], "200");
    assert_eq!(site.accounts().await, 1);
}

#[tokio::test]
async fn attack_029_a_code_opens_its_own_journey_alone() {
    let site = Site::shared().await;
    let mut one = Browser::new(&site);
    one.start(SUSI, &[]).await;
    one.step("unified", "local=signup&").await;
    let mut two = one.clone();
    two.start(SUSI, &[]).await;
    two.step("unified", "local=signup&").await;
    assert_eq!(one.send_code("email", "ada@example.com").await["status"], "200");
    let code = site.code_for("ada@example.com");
    // Never asked for in this journey.
    assert_eq!(two.check_code("email", "ada@example.com", &code).await["status"], "400");
    // Asked for: another code is right there.
    loop {
        assert_eq!(two.send_code("email", "ada@example.com").await["status"], "200");
        if site.code_for("ada@example.com") != code {
            break;
        }
    }
    assert_eq!(two.check_code("email", "ada@example.com", &code).await["status"], "400");
    assert_eq!(one.check_code("email", "ada@example.com", &code).await["status"], "200");
    // A claim of the page that is no verified address sends nothing.
    let before = site.mails();
    for claim in ["displayName", "objectId", "signInName", "", "../email"] {
        let path = one.page.post_path();
        let form = [
            ("request_type", "VERIFICATION_REQUEST"),
            ("claim_id", claim),
            ("claim_value", "eve@example.com"),
        ];
        assert_eq!(one.post(&path, &form).await.status, 400, "{claim}");
    }
    assert_eq!(site.mails(), before);
}

#[tokio::test]
async fn attack_029_a_code_opens_its_own_control_alone() {
    let site = Site::shared().await;
    let user = site.user("ada").await;
    let mut browser = Browser::new(&site);
    let path = site.asked("B2C_1A_Controls", &user, &[]);
    browser.get(&path).await;
    let address = "both@example.com";
    assert_eq!(browser.act("mailControl", "SendCode", &[("email", address)]).await["status"], "200");
    let first = site.code_for(address);
    loop {
        let sent = browser.act("otherControl", "SendCode", &[("otherEmail", address)]).await;
        assert_eq!(sent["status"], "200", "{sent}");
        if site.code_for(address) != first {
            break;
        }
    }
    let second = site.code_for(address);
    let check = [("otherEmail", address), ("verificationCode", first.as_str())];
    assert_eq!(browser.act("otherControl", "VerifyCode", &check).await["status"], "400", "the other's code");
    let check = [("email", address), ("verificationCode", second.as_str())];
    assert_eq!(browser.act("mailControl", "VerifyCode", &check).await["status"], "400");
    // The right code beside another address.
    let check = [("email", "eve@example.com"), ("verificationCode", first.as_str())];
    assert_eq!(browser.act("mailControl", "VerifyCode", &check).await["status"], "400");
    let check = [("email", address), ("verificationCode", first.as_str())];
    assert_eq!(browser.act("mailControl", "VerifyCode", &check).await["status"], "200");
    // One control of two is verified: the page does not go on, whatever its fields say.
    let fields = [("email", address), ("otherEmail", address), ("password", NEW_PASSWORD)];
    assert_eq!(browser.submit(&fields).await["status"], "400");
    let check = [("otherEmail", address), ("verificationCode", second.as_str())];
    assert_eq!(browser.act("otherControl", "VerifyCode", &check).await["status"], "200");
    let evil = [("email", "eve@example.com"), ("otherEmail", "eve@example.com")];
    assert_eq!(browser.submit(&evil).await["status"], "200");
    let claims = crate::browser::claims_of(&site, "B2C_1A_Controls", &browser.confirm().await).await;
    assert_eq!(
        (&claims["email"], &claims["otherEmail"]),
        (&address.into(), &address.into()),
        "verified values win"
    );
    // Actions and controls that the page has not.
    let path = format!(
        "{}/SelfAsserted/DisplayControlAction/vbeta/x/SendCode?tx={}",
        browser.page.host, browser.page.tx
    );
    assert_eq!(browser.post(&path, &[("email", address)]).await.status, 400);
}
