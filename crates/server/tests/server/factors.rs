//! Second factors over HTTP: codes by text message, through the development inbox and a gateway, and codes of an
//! authenticator app (technical-profiles 12; attacks 61, 70).

use std::sync::Arc;

use aws_lc_rs::hmac;
use serde_json::Value;
use totp_rs::{Builder, Secret};
use vestibule::config::{Config, Sms};

use crate::browser::Browser;
use crate::harness::{Reply, Site, TENANT};
use crate::services::{Manner, Service};

/// Of a range that exists: an example number of the public metadata.
const NUMBER: &str = "+12015550123";
const SECRET: &str = "mfrggzdfmztwq2lkmfrggzdfmztwq2lk";

fn profile(id: &str, operation: &str, inputs: &str) -> String {
    format!(
        r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureMfaProtocolProvider, Web.TPEngine" />
      <Metadata><Item Key="Operation">{operation}</Item></Metadata>
      <InputClaims>{inputs}</InputClaims></TechnicalProfile>"#
    )
}

/// The profiles: sending and checking a message's code, opening and checking an app's, and a page for each.
fn profiles(secret: &str) -> String {
    let principal = r#"<InputClaim ClaimTypeReferenceId="upn" PartnerClaimType="userPrincipalName" DefaultValue="ada@x.test" />"#;
    let send = profile(
        "SendSms",
        "OneWaySMS",
        &format!(r#"{principal}<InputClaim ClaimTypeReferenceId="phone" PartnerClaimType="phoneNumber" />"#),
    );
    let verify = profile(
        "VerifySms",
        "Verify",
        r#"<InputClaim ClaimTypeReferenceId="phone" PartnerClaimType="phoneNumber" />
           <InputClaim ClaimTypeReferenceId="smsCode" PartnerClaimType="verificationCode" />"#,
    );
    let begin = profile(
        "BeginTotp",
        "BeginVerifyOTP",
        &format!(
            r#"{principal}<InputClaim ClaimTypeReferenceId="objectId" DefaultValue="u1" />
               <InputClaim ClaimTypeReferenceId="appSecret" PartnerClaimType="secretKey" {secret} />"#
        ),
    );
    let check = profile("VerifyTotp", "VerifyOTP", r#"<InputClaim ClaimTypeReferenceId="otpCode" />"#);
    let page_of = |id: &str, rest: &str| {
        format!(
            r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine" />
      <Metadata><Item Key="ContentDefinitionReferenceId">api.selfasserted</Item></Metadata>{rest}</TechnicalProfile>"#
        )
    };
    let phone_page = page_of(
        "PhonePage",
        r#"<DisplayClaims><DisplayClaim DisplayControlReferenceId="phoneControl" /></DisplayClaims>
           <OutputClaims><OutputClaim ClaimTypeReferenceId="phone" Required="true" /></OutputClaims>"#,
    );
    let app_page = page_of(
        "AppPage",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="otpCode" Required="true" /></OutputClaims>
           <ValidationTechnicalProfiles>
             <ValidationTechnicalProfile ReferenceId="BeginTotp" />
             <ValidationTechnicalProfile ReferenceId="VerifyTotp" />
           </ValidationTechnicalProfiles>"#,
    );
    format!("{send}{verify}{begin}{check}{phone_page}{app_page}")
}

/// Two pages: a number proven by a display control, a code of an app; which of them the journey has is `page`.
fn policy(page: &str, secret: &str) -> String {
    let profiles = profiles(secret);
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
    PolicySchemaVersion="0.3.0.0" TenantId="{TENANT}" PolicyId="B2C_1A_Factor" PublicPolicyUri="http://x/factor">
  <BasePolicy><TenantId>{TENANT}</TenantId><PolicyId>B2C_1A_SilentBase</PolicyId></BasePolicy>
  <BuildingBlocks><ClaimsSchema>
    <ClaimType Id="phone"><DisplayName>Phone</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
    <ClaimType Id="smsCode"><DisplayName>Code</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
    <ClaimType Id="otpCode"><DisplayName>Code</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
    <ClaimType Id="appSecret"><DataType>string</DataType></ClaimType>
    <ClaimType Id="upn"><DataType>string</DataType></ClaimType>
  </ClaimsSchema>
  <DisplayControls>
    <DisplayControl Id="phoneControl" UserInterfaceControlType="VerificationControl">
      <DisplayClaims>
        <DisplayClaim ClaimTypeReferenceId="phone" Required="true" />
        <DisplayClaim ClaimTypeReferenceId="smsCode" ControlClaimType="VerificationCode" Required="true" />
      </DisplayClaims>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="phone" /></OutputClaims>
      <Actions>
        <Action Id="SendCode"><ValidationClaimsExchange>
          <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="SendSms" /></ValidationClaimsExchange></Action>
        <Action Id="VerifyCode"><ValidationClaimsExchange>
          <ValidationClaimsExchangeTechnicalProfile TechnicalProfileReferenceId="VerifySms" /></ValidationClaimsExchange></Action>
      </Actions>
    </DisplayControl>
  </DisplayControls></BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>
    {profiles}
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Factor"><OrchestrationSteps>
    <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="PageExchange" TechnicalProfileReferenceId="{page}" /></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Factor" />
    <UserJourneyBehaviors><SingleSignOn Scope="Suppressed" /></UserJourneyBehaviors>
    <TechnicalProfile Id="PolicyProfile"><DisplayName>x</DisplayName><Protocol Name="OpenIdConnect" />
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="u1" />
        <OutputClaim ClaimTypeReferenceId="phone" DefaultValue="" />
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#
    )
}

async fn browser(page: &str, secret: &str, change: impl FnOnce(&mut Config)) -> Browser {
    let text = policy(page, secret);
    let site = Site::with(|config| {
        std::fs::write(config.tenants[0].policies.join("Factor.xml"), text).unwrap();
        change(config);
    })
    .await;
    Browser::new(&Arc::new(site))
}

fn ends_with_a_code(reply: &Reply) {
    assert!(reply.sent("code").is_some(), "{} {} {}", reply.status, reply.header("location"), reply.text);
}

#[tokio::test]
async fn a_number_is_proven_by_a_code_in_a_message() {
    let mut browser = browser("PhonePage", "", |_| {}).await;
    browser.start("B2C_1A_Factor", &[]).await;
    let bad = browser.act("phoneControl", "SendCode", &[("phone", "12345")]).await;
    assert_eq!(
        bad["message"],
        "Your phone number is not in a valid format, please correct it and try again."
    );
    let sent = browser.act("phoneControl", "SendCode", &[("phone", "+1 (201) 555-0123")]).await;
    assert_eq!(sent["status"], "200", "{sent}");
    let code = browser.site.code_for(NUMBER);
    let wrong = browser
        .act("phoneControl", "VerifyCode", &[("phone", "+1 (201) 555-0123"), ("smsCode", "000000")])
        .await;
    assert_eq!(wrong["message"], "Wrong code entered, please try again.");
    let right = browser
        .act("phoneControl", "VerifyCode", &[("phone", "+1 (201) 555-0123"), ("smsCode", &code)])
        .await;
    assert_eq!(right["status"], "200", "{right}");
    assert_eq!(browser.submit(&[]).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);
}

#[tokio::test]
async fn attack_061_a_messages_code_dies_after_five_wrong_tries() {
    let mut browser = browser("PhonePage", "", |_| {}).await;
    browser.start("B2C_1A_Factor", &[]).await;
    browser.act("phoneControl", "SendCode", &[("phone", NUMBER)]).await;
    let code = browser.site.code_for(NUMBER);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        let told = browser.act("phoneControl", "VerifyCode", &[("phone", NUMBER), ("smsCode", wrong)]).await;
        assert_eq!(told["status"], "400");
    }
    let told = browser.act("phoneControl", "VerifyCode", &[("phone", NUMBER), ("smsCode", &code)]).await;
    assert_eq!(told["message"], "Wrong code entered too many times, please try again later.");
}

fn gateway(port: u16) -> Sms {
    let url = format!("http://127.0.0.1:{port}/send").parse().unwrap();
    let (secret, countries) = ("gateway secret".to_owned().into(), Vec::new());
    Sms { url, secret, seconds: 1, countries, any_number: false }
}

#[tokio::test]
async fn a_gateway_gets_a_signed_request_and_its_no_is_told() {
    let service =
        Service::new(Manner::Says(vec![(200, "{}".into()), (422, "{}".into()), (500, String::new())])).await;
    let port = service.port;
    let mut browser = browser("PhonePage", "", |config| {
        config.sms = Some(gateway(port));
        config.outbound.allow = vec!["127.0.0.1".to_owned()];
    })
    .await;
    browser.start("B2C_1A_Factor", &[("ui_locales", "de")]).await;
    assert_eq!(browser.act("phoneControl", "SendCode", &[("phone", NUMBER)]).await["status"], "200");
    let asked = service.asked();
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default().to_owned()
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"gateway secret");
    let signed = format!("{}.{body}", header("x-vestibule-timestamp"));
    let tag: String =
        hmac::sign(&key, signed.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header("x-vestibule-signature"), format!("sha256={tag}"));
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["to"], &body["kind"]), (&NUMBER.into(), &"sms".into()));
    assert!(body["text"].as_str().unwrap().contains("Bestätigungscode"), "{body}");
    let refused = browser.act("phoneControl", "SendCode", &[("phone", NUMBER)]).await;
    assert_eq!(refused["status"], "400");
    let failing = browser.act("phoneControl", "SendCode", &[("phone", NUMBER)]).await;
    assert_eq!(failing["status"], "400");
    assert_ne!(refused["message"], failing["message"]);
}

fn app_code(site: &Site) -> String {
    let secret = Secret::try_from_base32(SECRET.to_uppercase()).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let seconds = u64::try_from(site.clock.now().as_second()).unwrap();
    totp.generate(seconds).to_string()
}

#[tokio::test]
async fn attack_070_an_app_is_enrolled_by_its_first_code_and_each_code_counts_once() {
    let pending = format!(r#"DefaultValue="{SECRET}""#);
    let mut browser = browser("AppPage", &pending, |_| {}).await;
    browser.start("B2C_1A_Factor", &[]).await;
    let code = app_code(&browser.site);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let told = browser.submit(&[("otpCode", wrong)]).await;
    assert_eq!(told["message"], "Wrong code entered, please try again.");
    assert_eq!(browser.submit(&[("otpCode", &code)]).await["status"], "200");
    ends_with_a_code(&browser.confirm().await);

    // The device is kept; a policy that knows no secret asks it. The code of the enrolment is used up.
    let site = browser.site.clone();
    let folder = site.app.config.tenants[0].policies.join("Factor.xml");
    std::fs::write(folder, policy("AppPage", "")).unwrap();
    site.app.policies.load(&site.app.policies.tenants()[0], site.clock.now()).unwrap();
    let mut again = Browser::new(&site);
    again.start("B2C_1A_Factor", &[]).await;
    let told = again.submit(&[("otpCode", &code)]).await;
    assert_eq!(told["message"], "Wrong code entered, please try again.");
    site.wait(30);
    let next = app_code(&site);
    assert_eq!(again.submit(&[("otpCode", &next)]).await["status"], "200");
    ends_with_a_code(&again.confirm().await);

    // Two hundred guesses are not tried out, in however many journeys.
    let mut limited = false;
    for _ in 0..20 {
        let mut guess = Browser::new(&site);
        guess.start("B2C_1A_Factor", &[]).await;
        let told = guess.submit(&[("otpCode", "000001")]).await;
        limited |= told["message"] == "Wrong code entered too many times, please try again later.";
    }
    assert!(limited);
}
