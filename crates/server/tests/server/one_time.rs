//! One-time password profiles with a service that sends the code, as published samples have it (technical-profiles 11;
//! attacks 61 to 63).

use std::sync::Arc;

use serde_json::Value;

use crate::browser::Browser;
use crate::flow::{self, Flow, profile};
use crate::harness::Site;
use crate::services::Service;

const ADA: &str = "ada@example.com";
const EXPIRED: &str = "You have exceeded the maximum time allowed.";
const WRONG: &str = "You have entered the wrong code.";
const DEAD: &str = "You have exceeded the number of retries allowed.";
const TOO_MANY: &str = "You have exceeded the number of code generation attempts allowed.";

const CLAIMS: &[(&str, &str)] = &[("mail?", "string"), ("typed?", "string"), ("otp", "string")];

const CONTROL: &str = r#"<DisplayControls><DisplayControl Id="mailControl" UserInterfaceControlType="VerificationControl">
  <DisplayClaims>
    <DisplayClaim ClaimTypeReferenceId="mail" Required="true" />
    <DisplayClaim ClaimTypeReferenceId="typed" ControlClaimType="VerificationCode" Required="true" />
  </DisplayClaims>
  <OutputClaims><OutputClaim ClaimTypeReferenceId="mail" /></OutputClaims>
  <Actions>
    <Action Id="SendCode"><ValidationClaimsExchange>
      <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="MakeCode" />
      <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="SendCode" />
    </ValidationClaimsExchange></Action>
    <Action Id="VerifyCode"><ValidationClaimsExchange>
      <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="CheckCode" />
    </ValidationClaimsExchange></Action>
  </Actions></DisplayControl></DisplayControls>"#;

fn profiles(port: u16, made: &[(&str, &str)], checked: &[(&str, &str)]) -> String {
    let class = "OneTimePasswordProtocolProvider";
    let make = profile(
        "MakeCode",
        class,
        &[&[("Operation", "GenerateCode")], made].concat(),
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="identifier" /></InputClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="otp" PartnerClaimType="otpGenerated" /></OutputClaims>"#,
    );
    let check = profile(
        "CheckCode",
        class,
        &[&[("Operation", "VerifyCode")], checked].concat(),
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="mail" PartnerClaimType="identifier" />
           <InputClaim ClaimTypeReferenceId="typed" PartnerClaimType="otpToVerify" /></InputClaims>"#,
    );
    let send = profile(
        "SendCode",
        "RestfulProvider",
        &[
            ("ServiceUrl", &format!("http://127.0.0.1:{port}/")),
            ("AuthenticationType", "None"),
            ("AllowInsecureAuthInProduction", "true"),
        ],
        r#"<InputClaims><InputClaim ClaimTypeReferenceId="otp" /></InputClaims>"#,
    );
    let page = profile(
        "Page",
        "SelfAssertedAttributeProvider",
        &[("ContentDefinitionReferenceId", "api.selfasserted")],
        r#"<DisplayClaims><DisplayClaim DisplayControlReferenceId="mailControl" /></DisplayClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="mail" Required="true" /></OutputClaims>"#,
    );
    format!("{make}{check}{send}{page}")
}

struct Desk {
    site: Arc<Site>,
    browser: Browser,
    service: Service,
}

impl Desk {
    async fn new(made: &[(&str, &str)], checked: &[(&str, &str)]) -> Desk {
        Desk::with(made, checked, false).await
    }

    async fn with(made: &[(&str, &str)], checked: &[(&str, &str)], limits: bool) -> Desk {
        let service = Service::says(200, "").await;
        let profiles = profiles(service.port, made, checked);
        let flow =
            Flow { claims: CLAIMS, blocks: CONTROL, profiles: &profiles, runs: &["Page"], token: &["mail"] };
        let site = flow.site(|config| config.limits.enabled = limits).await;
        let browser = flow::browser(&site).await;
        Desk { site, browser, service }
    }

    async fn send(&mut self) -> Value {
        self.browser.act("mailControl", "SendCode", &[("mail", ADA)]).await
    }

    /// The code that the service was given last.
    fn code(&self) -> String {
        let asked = self.service.asked();
        let (_, body) = asked.last().expect("a request").split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).unwrap()["otp"].as_str().unwrap().to_owned()
    }

    async fn try_code(&mut self, code: &str) -> Value {
        self.browser.act("mailControl", "VerifyCode", &[("mail", ADA), ("typed", code)]).await
    }
}

#[tokio::test]
async fn a_code_that_the_policy_sends_proves_an_address() {
    let mut desk = Desk::new(&[], &[]).await;
    assert_eq!(desk.send().await["status"], "200");
    let code = desk.code();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert_eq!(desk.try_code("x").await["message"], WRONG);
    assert_eq!(desk.try_code(&code).await["status"], "200");
    assert_eq!(desk.browser.submit(&[]).await["status"], "200");
    assert!(desk.browser.confirm().await.sent("code").is_some());
}

#[tokio::test]
async fn length_characters_and_life_are_the_policys() {
    let made = [("CodeLength", "12"), ("CharacterSet", "a-z\\-"), ("CodeExpirationInSeconds", "90")];
    let mut desk = Desk::new(&made, &[]).await;
    let mut seen = std::collections::BTreeSet::new();
    // A hyphen is as good a character as any, though people leave it out.
    for _ in 0..5 {
        desk.send().await;
        let code = desk.code();
        assert_eq!(code.len(), 12);
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        seen.extend(code.chars());
    }
    assert!(seen.len() > 10, "{seen:?}");
    let code = desk.code();
    desk.site.wait(91);
    assert_eq!(desk.try_code(&code).await["message"], EXPIRED);
    desk.send().await;
    let code = desk.code();
    desk.site.wait(89);
    assert_eq!(desk.try_code(&code).await["status"], "200");
}

#[tokio::test]
async fn attack_061_a_dead_code_bars_new_ones_for_as_long_as_a_code_lives() {
    let mut desk = Desk::new(&[("NumRetryAttempts", "3"), ("CodeExpirationInSeconds", "120")], &[]).await;
    desk.send().await;
    let code = desk.code();
    desk.site.wait(100);
    assert_eq!(desk.try_code("x").await["message"], WRONG);
    assert_eq!(desk.try_code("x").await["message"], WRONG);
    assert_eq!(desk.try_code("x").await["message"], DEAD);
    assert_eq!(desk.try_code(&code).await["message"], DEAD, "a dead code stays dead");
    let before = desk.service.asked().len();
    assert_eq!(desk.send().await["message"], DEAD);
    desk.site.wait(119);
    assert_eq!(desk.send().await["message"], DEAD, "the time begins with the try that killed it");
    assert_eq!(desk.service.asked().len(), before, "nothing was sent");
    desk.site.wait(2);
    assert_eq!(desk.send().await["status"], "200");
    let fresh = desk.code();
    assert_eq!(desk.try_code(&fresh).await["status"], "200");
}

#[tokio::test]
async fn attack_061_fifty_guesses_at_once_count_as_fifty_for_a_policys_own_code() {
    let mut desk = Desk::new(&[], &[]).await;
    desk.send().await;
    let code = desk.code();
    let mut tasks = tokio::task::JoinSet::new();
    for guess in 0..50 {
        let mut other = desk.browser.clone();
        tasks.spawn(async move {
            other.act("mailControl", "VerifyCode", &[("mail", ADA), ("typed", &format!("x{guess}"))]).await
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer["message"] == WRONG).count(), 4, "{answers:?}");
    assert_eq!(desk.try_code(&code).await["message"], DEAD);
}

#[tokio::test]
async fn so_many_codes_and_then_none_for_as_long_as_a_code_lives() {
    let made = [("NumCodeGenerationAttempts", "2"), ("CodeExpirationInSeconds", "120")];
    let mut desk = Desk::new(&made, &[]).await;
    assert_eq!(desk.send().await["status"], "200");
    let first = desk.code();
    desk.site.wait(100);
    assert_eq!(desk.send().await["status"], "200");
    assert_eq!(desk.send().await["message"], TOO_MANY);
    desk.site.wait(119);
    assert_eq!(desk.send().await["message"], TOO_MANY, "counted from the last code, not from the first");
    // Another address has codes of its own.
    let other = desk.browser.act("mailControl", "SendCode", &[("mail", "bob@example.com")]).await;
    assert_eq!(other["status"], "200", "{other}");
    desk.site.wait(2);
    assert_eq!(desk.send().await["status"], "200");
    let newest = desk.code();
    if first != newest {
        assert_eq!(desk.try_code(&first).await["message"], WRONG, "only the newest counts");
    }
    assert_eq!(desk.try_code(&newest).await["status"], "200");
}

#[tokio::test]
async fn a_live_code_is_handed_out_again_where_the_policy_wants_it() {
    let made = [("ReuseSameCode", "true"), ("CodeExpirationInSeconds", "120"), ("NumRetryAttempts", "2")];
    let mut desk = Desk::new(&made, &[]).await;
    desk.send().await;
    let first = desk.code();
    assert_eq!(desk.try_code("x").await["message"], WRONG);
    desk.site.wait(100);
    desk.send().await;
    assert_eq!(desk.code(), first, "the same code, with its life renewed");
    desk.site.wait(100);
    assert_eq!(desk.try_code("x").await["message"], DEAD, "and its wrong tries counted");
    desk.site.wait(121);
    desk.send().await;
    let second = desk.code();
    assert_eq!(desk.try_code(&second).await["status"], "200");
    // A used code is not handed out again.
    let mut codes = vec![second];
    for _ in 0..3 {
        desk.send().await;
        codes.push(desk.code());
    }
    codes.dedup();
    assert_eq!(codes.len(), 2, "{codes:?}");
}

#[tokio::test]
async fn the_policys_words_for_a_wrong_code_are_said_also_under_their_old_names() {
    let own = [
        ("UserMessageIfInvalidCode", "Wrong."),
        ("UserMessageIfVerificationFailedRetryAllowed", "Wrong, again please."),
        ("UserMessageIfSessionDoesNotExist", "Too late."),
        ("UserMessageIfMaxRetryAttempted", "Too often."),
    ];
    let old = [
        ("UserMessage.InvalidCode", "Wrong, again please."),
        ("UserMessage.VerificationHasExpired", "Too late."),
        ("UserMessage.MaxRetryAttemped", "Too often."),
    ];
    for words in [own.as_slice(), &old] {
        let mut desk =
            Desk::new(&[("NumRetryAttempts", "2"), ("UserMessageIfMaxRetryAttempted", "Wait.")], words).await;
        desk.send().await;
        desk.site.wait(601);
        assert_eq!(desk.try_code("x").await["message"], "Too late.");
        desk.send().await;
        assert_eq!(desk.try_code("x").await["message"], "Wrong, again please.");
        assert_eq!(desk.try_code("x").await["message"], "Too often.");
        assert_eq!(desk.send().await["message"], "Wait.");
    }
}

#[tokio::test]
async fn attack_063_the_servers_own_limits_hold_for_codes_of_policies_across_journeys() {
    let mut desk = Desk::with(&[("NumCodeGenerationAttempts", "1000")], &[], true).await;
    for number in 1..=10 {
        assert_eq!(desk.send().await["status"], "200", "{number}");
    }
    assert_eq!(desk.send().await["message"], TOO_MANY);
    desk.browser = flow::browser(&desk.site).await;
    assert_eq!(desk.send().await["message"], TOO_MANY, "in another journey too");
    assert_eq!(desk.service.asked().len(), 10);
}

#[tokio::test]
async fn attack_029_a_policys_code_is_of_its_journey() {
    let mut desk = Desk::new(&[], &[]).await;
    desk.send().await;
    let code = desk.code();
    desk.browser = flow::browser(&desk.site).await;
    desk.send().await;
    let own = desk.code();
    if own != code {
        assert_eq!(desk.try_code(&code).await["message"], WRONG);
    }
    assert_eq!(desk.try_code(&own).await["status"], "200");
    assert_eq!(desk.try_code(&own).await["message"], EXPIRED, "attack 62: once");
}
