//! AadSspr profiles, whose code the server sends itself, and a reset that asks for a second factor as well
//! (technical-profiles 14; attacks 61, 62, 68).

use std::sync::Arc;

use serde_json::Value;
use vestibule::directory::{Lookup, Mode, Write};

use crate::browser::{Browser, NEW_PASSWORD, PASSWORD};
use crate::flow::{self, Flow, profile};
use crate::harness::{Site, TENANT};

const ADA: &str = "ada@example.com";
const NUMBER: &str = "+15551234567";

const CLAIMS: &[(&str, &str)] = &[
    ("mail?", "string"),
    ("typed?", "string"),
    ("phone!", "string"),
    ("smsCode?", "string"),
    ("principal", "string"),
];

fn control(id: &str, inputs: &str, (subject, code): (&str, &str), (send, check): (&str, &str)) -> String {
    format!(
        r#"<DisplayControl Id="{id}" UserInterfaceControlType="VerificationControl">{inputs}
  <DisplayClaims><DisplayClaim ClaimTypeReferenceId="{subject}" Required="true" />
    <DisplayClaim ClaimTypeReferenceId="{code}" ControlClaimType="VerificationCode" Required="true" /></DisplayClaims>
  <OutputClaims><OutputClaim ClaimTypeReferenceId="{subject}" /></OutputClaims>
  <Actions>
    <Action Id="SendCode"><ValidationClaimsExchange>
      <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="{send}" /></ValidationClaimsExchange></Action>
    <Action Id="VerifyCode"><ValidationClaimsExchange>
      <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="{check}" /></ValidationClaimsExchange></Action>
  </Actions></DisplayControl>"#
    )
}

fn controls() -> String {
    let mail = control("mailControl", "", ("mail", "typed"), ("SendMail", "CheckMail"));
    let shown = r#"<InputClaims><InputClaim ClaimTypeReferenceId="phone" /></InputClaims>"#;
    let phone = control("phoneControl", shown, ("phone", "smsCode"), ("SendSms", "CheckSms"));
    format!("<DisplayControls>{mail}{phone}</DisplayControls>")
}

fn codes() -> String {
    let input = |claim: &str, partner: &str| {
        format!(r#"<InputClaim ClaimTypeReferenceId="{claim}" PartnerClaimType="{partner}" />"#)
    };
    let with = |inputs: String| format!("<InputClaims>{inputs}</InputClaims>");
    let principal = r#"<InputClaim ClaimTypeReferenceId="principal" PartnerClaimType="userPrincipalName" DefaultValue="x@y.test" />"#;
    let (sspr, mfa) = ("AadSsprProtocolProvider", "AzureMfaProtocolProvider");
    [
        profile("SendMail", sspr, &[("Operation", "SendCode")], &with(input("mail", "emailAddress"))),
        profile(
            "CheckMail",
            sspr,
            &[("Operation", "VerifyCode")],
            &with(input("mail", "emailAddress") + &input("typed", "verificationCode")),
        ),
        profile(
            "SendSms",
            mfa,
            &[("Operation", "OneWaySMS")],
            &with(principal.to_owned() + &input("phone", "phoneNumber")),
        ),
        profile(
            "CheckSms",
            mfa,
            &[("Operation", "Verify")],
            &with(input("phone", "phoneNumber") + &input("smsCode", "verificationCode")),
        ),
    ]
    .concat()
}

fn page(id: &str, rest: &str) -> String {
    profile(
        id,
        "SelfAssertedAttributeProvider",
        &[("ContentDefinitionReferenceId", "api.selfasserted")],
        rest,
    )
}

fn mail_page(rest: &str) -> String {
    page(
        "MailPage",
        &format!(
            r#"<DisplayClaims><DisplayClaim DisplayControlReferenceId="mailControl" /></DisplayClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="mail" Required="true" />{rest}"#
        ),
    )
}

async fn at_mail(limits: bool) -> Browser {
    let (blocks, profiles) = (controls(), codes() + &mail_page("</OutputClaims>"));
    let flow =
        Flow { claims: CLAIMS, blocks: &blocks, profiles: &profiles, runs: &["MailPage"], token: &["mail"] };
    let site = flow.site(|config| config.limits.enabled = limits).await;
    flow::browser(&site).await
}

async fn send(browser: &mut Browser, address: &str) -> Value {
    browser.act("mailControl", "SendCode", &[("mail", address)]).await
}

async fn check(browser: &mut Browser, code: &str) -> Value {
    browser.act("mailControl", "VerifyCode", &[("mail", ADA), ("typed", code)]).await
}

#[tokio::test]
async fn each_failure_of_a_mailed_code_has_its_documented_words() {
    let mut browser = at_mail(false).await;
    assert_eq!(check(&mut browser, "123456").await["status"], "400", "nothing was sent yet");
    assert_eq!(send(&mut browser, ADA).await["status"], "200");
    browser.site.wait(601);
    assert_eq!(check(&mut browser, "123456").await["message"], "The code has expired.");
    send(&mut browser, ADA).await;
    let code = browser.site.code_for(ADA);
    for _ in 0..4 {
        let told = check(&mut browser, "x").await;
        assert_eq!(told["message"], "The verification has failed, please try again.");
    }
    let dead = "You have exceeded maximum number of verification attempts.";
    for guess in ["x", &code] {
        assert_eq!(check(&mut browser, guess).await["message"], dead, "{guess}");
    }
    let internal = "The email service has encountered an internal error, please try again later.";
    assert_eq!(send(&mut browser, "no address").await["message"], internal);
    browser.site.app.mailer.inbox().unwrap().fail_next(1);
    assert_eq!(send(&mut browser, ADA).await["message"], internal);
    send(&mut browser, ADA).await;
    let fresh = browser.site.code_for(ADA);
    assert_eq!(check(&mut browser, &fresh).await["status"], "200");
    assert_eq!(browser.submit(&[]).await["status"], "200");
    assert!(browser.confirm().await.sent("code").is_some());
}

#[tokio::test]
async fn attack_063_a_mailed_code_of_a_policy_is_limited_too() {
    let mut browser = at_mail(true).await;
    for number in 1..=10 {
        assert_eq!(send(&mut browser, ADA).await["status"], "200", "{number}");
    }
    assert_eq!(
        send(&mut browser, ADA).await["message"],
        "You have sent too many requests, please try again later."
    );
}

/// A reset by mail at an account with a phone number: mail, then a code to that number, then the new password.
async fn resets() -> (Arc<Site>, String) {
    let read = profile(
        "ReadByMail",
        "AzureActiveDirectoryProvider",
        &[("Operation", "Read"), ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true")],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="signInNames.emailAddress" Required="true" /></InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" />
             <OutputClaim ClaimTypeReferenceId="phone" PartnerClaimType="strongAuthenticationPhoneNumber" /></OutputClaims>"#,
    );
    let write = profile(
        "WritePassword",
        "AzureActiveDirectoryProvider",
        &[("Operation", "Write"), ("RaiseErrorIfClaimsPrincipalDoesNotExist", "true")],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="objectId" Required="true" /></InputClaims>
           <PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId" />
             <PersistedClaim ClaimTypeReferenceId="newPassword" PartnerClaimType="password" /></PersistedClaims>"#,
    );
    let mail = mail_page(
        r#"<OutputClaim ClaimTypeReferenceId="objectId" /><OutputClaim ClaimTypeReferenceId="phone" /></OutputClaims>
           <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="ReadByMail" /></ValidationTechnicalProfiles>"#,
    );
    let phone = page(
        "PhonePage",
        r#"<DisplayClaims><DisplayClaim DisplayControlReferenceId="phoneControl" /></DisplayClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="phone" Required="true" /></OutputClaims>"#,
    );
    let password = page(
        "PasswordPage",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="newPassword" Required="true" />
             <OutputClaim ClaimTypeReferenceId="reenterPassword" Required="true" /></OutputClaims>
           <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="WritePassword" /></ValidationTechnicalProfiles>"#,
    );
    let (blocks, profiles) = (controls(), codes() + &[read, write, mail, phone, password].concat());
    let runs = &["MailPage", "PhonePage", "PasswordPage"];
    let flow = Flow { claims: CLAIMS, blocks: &blocks, profiles: &profiles, runs, token: &[] };
    let site = flow.site(|_| {}).await;
    let id = site.user("ada").await;
    let writes = [Write::text("strongAuthenticationPhoneNumber", NUMBER)];
    site.app.directory.write(TENANT, &Lookup::ObjectId(id.clone()), &writes, Mode::Update).await.unwrap();
    (site, id)
}

async fn opens(site: &Arc<Site>, password: &str) -> bool {
    let mut browser = Browser::new(site);
    browser.start(crate::browser::SUSI, &[]).await;
    browser.submit(&[("signInName", ADA), ("password", password)]).await["status"] == "200"
}

#[tokio::test]
async fn attack_068_a_reset_asks_for_the_second_factor_and_nothing_goes_around_it() {
    let (site, _) = resets().await;
    let mut browser = flow::browser(&site).await;
    send(&mut browser, ADA).await;
    let code = site.code_for(ADA);
    assert_eq!(check(&mut browser, &code).await["status"], "200");
    assert_eq!(browser.submit(&[]).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 200);
    assert!(browser.page.text.contains("phoneControl"), "the factor is asked for");
    // The next page's fields, a step forward without an answer, another number than the account's.
    let passwords = [("newPassword", NEW_PASSWORD), ("reenterPassword", NEW_PASSWORD)];
    assert_eq!(browser.submit(&passwords).await["status"], "400");
    browser.confirm().await;
    assert!(browser.page.text.contains("phoneControl"), "still there");
    browser.act("phoneControl", "SendCode", &[("phone", "+15559999999")]).await;
    assert!(!opens(&site, NEW_PASSWORD).await && opens(&site, PASSWORD).await);
    let letters = site.app.mailer.inbox().unwrap().letters();
    assert!(letters.iter().all(|kept| kept.letter.to != "+15559999999"), "the account's number alone");
    // The way through.
    browser.act("phoneControl", "SendCode", &[]).await;
    let code = site.code_for(NUMBER);
    let told = browser.act("phoneControl", "VerifyCode", &[("smsCode", &code)]).await;
    assert_eq!(told["status"], "200", "{told}");
    assert_eq!(browser.submit(&[]).await["status"], "200");
    assert_eq!(browser.confirm().await.status, 200);
    assert_eq!(browser.submit(&passwords).await["status"], "200");
    assert!(browser.confirm().await.sent("code").is_some());
    assert!(opens(&site, NEW_PASSWORD).await && !opens(&site, PASSWORD).await);
}
