//! Profiles that read an id_token_hint, report an event, judge a risk (technical-profiles 20, 22, 23; attack 20).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use vestibule::config::Config;
use vestibule::keys::{KeyUse, Material, NewKey};

use crate::harness::{Reply, Site, TENANT};
use crate::services::{Manner, Service};

const SECRET: &str = "a secret of at least thirty-two bytes";
const ISSUER: &str = "https://invitations.example.test";

/// A policy over the silent ones: further claims and profiles, the steps before the token, what the token says.
struct Written<'a> {
    profiles: &'a str,
    steps: &'a str,
    inputs: &'a str,
}

fn policy(written: &Written<'_>) -> String {
    let Written { profiles, steps, inputs } = written;
    let last = 2 + steps.matches("<OrchestrationStep ").count();
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
    PolicySchemaVersion="0.3.0.0" TenantId="{TENANT}" PolicyId="B2C_1A_Hint" PublicPolicyUri="http://x/hint">
  <BasePolicy><TenantId>{TENANT}</TenantId><PolicyId>B2C_1A_SilentBase</PolicyId></BasePolicy>
  <BuildingBlocks><ClaimsSchema>
    <ClaimType Id="invited"><DataType>string</DataType></ClaimType>
    <ClaimType Id="seats"><DataType>int</DataType></ClaimType>
    <ClaimType Id="unlisted"><DataType>string</DataType></ClaimType>
    <ClaimType Id="used"><DataType>stringCollection</DataType></ClaimType>
    <ClaimType Id="challenges"><DataType>stringCollection</DataType></ClaimType>
    <ClaimType Id="federated"><DataType>boolean</DataType></ClaimType>
    <ClaimType Id="registered"><DataType>boolean</DataType></ClaimType>
    <ClaimType Id="address"><DataType>string</DataType></ClaimType>
  </ClaimsSchema></BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>{profiles}</TechnicalProfiles>
  </ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Hint"><OrchestrationSteps>{steps}
    <OrchestrationStep Order="{}" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="SilentExchange" TechnicalProfileReferenceId="Silent" /></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="{last}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty>
    <DefaultUserJourney ReferenceId="Hint" />
    <UserJourneyBehaviors><SingleSignOn Scope="Suppressed" /></UserJourneyBehaviors>
    <TechnicalProfile Id="PolicyProfile"><DisplayName>x</DisplayName><Protocol Name="OpenIdConnect" />{inputs}
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" />
        <OutputClaim ClaimTypeReferenceId="invited" DefaultValue="" />
        <OutputClaim ClaimTypeReferenceId="seats" DefaultValue="0" />
        <OutputClaim ClaimTypeReferenceId="unlisted" DefaultValue="" />
        <OutputClaim ClaimTypeReferenceId="challenges" DefaultValue="" />
        <OutputClaim ClaimTypeReferenceId="address" DefaultValue="" />
      </OutputClaims>
      <SubjectNamingInfo ClaimType="sub" />
    </TechnicalProfile>
  </RelyingParty>
</TrustFrameworkPolicy>"#,
        last - 1
    )
}

async fn site(written: &Written<'_>, change: impl FnOnce(&mut Config)) -> Site {
    let text = policy(written);
    let site = Site::with(|config| {
        std::fs::write(config.tenants[0].policies.join("Hint.xml"), text).unwrap();
        config.outbound.allow = vec!["127.0.0.1".to_owned()];
        change(config);
    })
    .await;
    let material = Material::Secret(SECRET.as_bytes().to_vec());
    let new = NewKey { key_use: KeyUse::Sig, material, not_before: None, expires: None };
    site.app.keys.add(TENANT, "B2C_1A_Hints", new).await.unwrap();
    site
}

async fn sign_in(site: &Site, changes: &[(&str, &str)]) -> Reply {
    let all = [
        [("response_type", "id_token"), ("code_challenge", ""), ("code_challenge_method", "")].as_slice(),
        changes,
    ]
    .concat();
    site.get(&site.asked("B2C_1A_Hint", "u1", &all)).await
}

fn token(reply: &Reply) -> Value {
    let token =
        reply.sent("id_token").unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text));
    insecure_decode::<Value>(token).unwrap().claims
}

/// The code at the beginning of the description.
fn code(reply: &Reply) -> String {
    let text = reply
        .sent("error_description")
        .unwrap_or_else(|| panic!("{} {}", reply.header("location"), reply.text));
    text.split(':').next().unwrap_or_default().to_owned()
}

const INPUTS: &str = r#"<InputClaims><InputClaim ClaimTypeReferenceId="invited" PartnerClaimType="email" />
    <InputClaim ClaimTypeReferenceId="seats" /></InputClaims>"#;

const STEP: &str =
    r#"<OrchestrationStep Order="1" Type="GetClaims" CpimIssuerTechnicalProfileReferenceId="Hint" />"#;

fn hint_profile(trust: &str, keys: &str, required: bool) -> String {
    format!(
        r#"<TechnicalProfile Id="Hint"><DisplayName>Hint</DisplayName><Protocol Name="None" />
      <Metadata>{trust}</Metadata>{keys}
      <OutputClaims>
        <OutputClaim ClaimTypeReferenceId="invited" PartnerClaimType="email" Required="{required}" />
        <OutputClaim ClaimTypeReferenceId="seats" />
        <OutputClaim ClaimTypeReferenceId="unlisted" />
      </OutputClaims></TechnicalProfile>"#
    )
}

fn shared(required: bool) -> String {
    let trust = format!(r#"<Item Key="issuer">{ISSUER}</Item><Item Key="IdTokenAudience">us</Item>"#);
    let keys = r#"<CryptographicKeys><Key Id="client_secret" StorageReferenceId="B2C_1A_Hints" /></CryptographicKeys>"#;
    hint_profile(&trust, keys, required)
}

/// An honest hint's claims at the time of the test's clock, with some replaced or (null) left out.
fn hint_claims(site: &Site, changes: Value) -> Value {
    let now = site.clock.now().as_second();
    let mut claims = json!({
        "iss": ISSUER, "aud": "us", "nbf": now - 10, "exp": now + 600,
        "email": "ada@example.test", "seats": 3, "unlisted": "x", "objectId": "evil",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value.is_null() {
            true => claims.as_object_mut().unwrap().remove(name),
            false => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn by_secret(claims: &Value, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn a_hint_of_the_application_brings_the_claims_that_are_listed() {
    let profiles = shared(false);
    let site = site(&Written { profiles: &profiles, steps: STEP, inputs: INPUTS }, |_| {}).await;
    let hint = by_secret(&hint_claims(&site, json!({})), SECRET);
    let claims = token(&sign_in(&site, &[("id_token_hint", &hint)]).await);
    assert_eq!((claims["invited"].as_str(), claims["seats"].as_i64()), (Some("ada@example.test"), Some(3)));
    assert_eq!(claims["sub"], "u1");
    assert_eq!(claims.get("unlisted"), None, "not among the relying party's InputClaims");
    // Without a hint the journey goes on.
    assert_eq!(token(&sign_in(&site, &[]).await).get("invited"), None);
}

#[tokio::test]
async fn a_hint_that_must_be_there_is_missed() {
    let profiles = shared(true);
    let site = site(&Written { profiles: &profiles, steps: STEP, inputs: INPUTS }, |_| {}).await;
    assert_eq!(code(&sign_in(&site, &[]).await), "AADB2C90272");
}

#[tokio::test]
async fn attack_020_a_hint_that_is_not_what_it_should_be_is_refused_with_its_code() {
    let profiles = shared(false);
    let site = site(&Written { profiles: &profiles, steps: STEP, inputs: INPUTS }, |_| {}).await;
    let now = site.clock.now().as_second();
    let table = [
        (json!({ "iss": "https://evil.test" }), "AADB2C90232"),
        (json!({ "iss": null }), "AADB2C90232"),
        (json!({ "aud": "them" }), "AADB2C90209"),
        (json!({ "aud": null }), "AADB2C90209"),
        (json!({ "exp": now - 1 }), "AADB2C90208"),
        (json!({ "exp": null }), "AADB2C90210"),
        (json!({ "exp": "9999999999" }), "AADB2C90210"),
        (json!({ "exp": 1e300 }), "AADB2C90210"),
        (json!({ "nbf": now + 900 }), "AADB2C90210"),
        (json!({ "nbf": null }), "AADB2C90210"),
    ];
    for (changes, expected) in table {
        let hint = by_secret(&hint_claims(&site, changes.clone()), SECRET);
        assert_eq!(code(&sign_in(&site, &[("id_token_hint", &hint)]).await), expected, "{changes}");
    }
    let claims = hint_claims(&site, json!({}));
    let wrong_key = by_secret(&claims, "another secret of at least thirty-two bytes");
    assert_eq!(code(&sign_in(&site, &[("id_token_hint", &wrong_key)]).await), "AADB2C90233");
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims));
    for broken in [none.as_str(), "x", "a.b.c", ""] {
        let reply = sign_in(&site, &[("id_token_hint", broken)]).await;
        match broken.is_empty() {
            true => assert_eq!(token(&reply).get("invited"), None),
            false => assert_eq!(code(&reply), "AADB2C90210", "{broken}"),
        }
    }
    // A good one, again after its lifetime.
    let good = by_secret(&claims, SECRET);
    token(&sign_in(&site, &[("id_token_hint", &good)]).await);
    site.wait(601);
    assert_eq!(code(&sign_in(&site, &[("id_token_hint", &good)]).await), "AADB2C90208");
}

/// An issuer with a discovery document, a key set and a key.
struct Issuer {
    service: Service,
    pair: KeyPair,
}

impl Issuer {
    async fn new() -> Issuer {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "RSA", "kid": "k1", "use": "sig",
            "n": encoded(pair.public_key().modulus().big_endian_without_leading_zero()),
            "e": encoded(pair.public_key().exponent().big_endian_without_leading_zero()),
        });
        let odd = json!({ "kty": "XYZ", "kid": "k0" });
        let set = json!({ "keys": [odd, jwk] }).to_string();
        // The document must name the port, which only a listening service has.
        let keys = Service::new(Manner::Serves(vec![("/keys", set)])).await;
        let document =
            json!({ "issuer": ISSUER, "jwks_uri": format!("http://127.0.0.1:{}/keys", keys.port) });
        let service = Service::new(Manner::Serves(vec![("/d", document.to_string())])).await;
        Issuer { service, pair }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[tokio::test]
async fn a_hint_of_another_issuer_is_verified_by_its_published_keys() {
    let issuer = Issuer::new().await;
    let trust = format!(r#"<Item Key="METADATA">http://127.0.0.1:{}/d</Item>"#, issuer.service.port);
    let profiles = hint_profile(&trust, "", false);
    let site = site(&Written { profiles: &profiles, steps: STEP, inputs: INPUTS }, |_| {}).await;
    let claims = hint_claims(&site, json!({}));
    let good = issuer.sign(&json!({ "alg": "RS256", "kid": "k1" }), &claims);
    assert_eq!(token(&sign_in(&site, &[("id_token_hint", &good)]).await)["invited"], "ada@example.test");
    // The public key as an HMAC secret, an unknown key, another issuer, no key named.
    let public = issuer.pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("k1".to_owned());
    let confused = encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(code(&sign_in(&site, &[("id_token_hint", &confused)]).await), "AADB2C90210");
    for _ in 0..20 {
        let unknown = issuer.sign(&json!({ "alg": "RS256", "kid": "k9" }), &claims);
        assert_eq!(code(&sign_in(&site, &[("id_token_hint", &unknown)]).await), "AADB2C90233");
    }
    let other =
        issuer.sign(&json!({ "alg": "RS256", "kid": "k1" }), &hint_claims(&site, json!({ "iss": "x" })));
    assert_eq!(code(&sign_in(&site, &[("id_token_hint", &other)]).await), "AADB2C90232");
    // Attack 109: however often an unknown key is asked for, the documents are fetched at most once a minute.
    assert_eq!(issuer.service.asked().len(), 1);
    site.wait(61);
    let unknown = issuer.sign(&json!({ "alg": "RS256", "kid": "k9" }), &hint_claims(&site, json!({})));
    assert_eq!(code(&sign_in(&site, &[("id_token_hint", &unknown)]).await), "AADB2C90233");
    assert_eq!(issuer.service.asked().len(), 2);
}

#[tokio::test]
async fn an_event_is_sent_and_never_stands_in_the_way() {
    let service = Service::says(200, "{}").await;
    let port = service.port;
    let profiles = r#"<TechnicalProfile Id="Event"><DisplayName>Event</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.Insights.AzureApplicationInsightsProvider, Web.TPEngine" />
      <Metadata><Item Key="InstrumentationKey">00000000-0000-0000-0000-000000000001</Item>
        <Item Key="DeveloperMode">true</Item></Metadata>
      <InputClaims>
        <InputClaim ClaimTypeReferenceId="invited" PartnerClaimType="eventName" DefaultValue="SignIn" />
        <InputClaim ClaimTypeReferenceId="address" PartnerClaimType="{property:From}" DefaultValue="{OAUTH-KV:name}" />
      </InputClaims></TechnicalProfile>"#;
    let steps = r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="EventExchange" TechnicalProfileReferenceId="Event" /></ClaimsExchanges></OrchestrationStep>"#;
    let site = site(&Written { profiles, steps, inputs: "" }, |config| {
        config.outbound.insights_url = format!("http://127.0.0.1:{port}/v2/track").parse().ok();
    })
    .await;
    token(&sign_in(&site, &[]).await);
    for _ in 0..100 {
        if !service.asked().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let asked = service.asked();
    let body: Value = serde_json::from_str(asked[0].split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body[0]["data"]["baseData"]["name"], "SignIn");
    assert_eq!(body[0]["data"]["baseData"]["properties"]["From"], "Ada");
    assert_eq!(body[0]["iKey"], "00000000-0000-0000-0000-000000000001");
}

/// Without `DeveloperMode` events go together; with `DisableTelemetry` none goes; and an endpoint that is slow, gone or
/// hostile delays no journey (technical-profiles 22).
#[tokio::test]
async fn events_go_together_and_a_journey_waits_for_none() {
    use std::time::{Duration, Instant};
    use vestibule::events::Events;
    let service = Service::says(200, "{}").await;
    let site = Site::with(|config| config.outbound.allow = vec!["127.0.0.1".to_owned()]).await;
    let url = |port: u16| format!("http://127.0.0.1:{port}/v2/track").parse().ok();
    let events = Events::new(site.app.http.clone(), url(service.port), Duration::from_millis(300));
    for number in 0..150 {
        events.send(json!({ "number": number }), false);
    }
    let bodies = || -> Vec<usize> {
        let body = |asked: &String| {
            let (_, body) = asked.split_once("\r\n\r\n").unwrap();
            serde_json::from_str::<Vec<Value>>(body).unwrap().len()
        };
        service.asked().iter().map(body).collect()
    };
    for _ in 0..200 {
        if bodies().iter().sum::<usize>() == 150 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bodies(), [100, 50]);
    for manner in [Manner::Silent, Manner::Endless, Manner::HangsUp] {
        let service = Service::new(manner).await;
        let events = Events::new(site.app.http.clone(), url(service.port), Duration::ZERO);
        let started = Instant::now();
        for number in 0..5_000 {
            events.send(json!({ "number": number }), true);
        }
        assert!(started.elapsed() < Duration::from_secs(1));
        assert!(events.lost() >= 3_000, "what waits is bounded: {}", events.lost());
    }
}

#[tokio::test]
async fn a_risk_is_judged_by_the_operators_rules_and_without_them_there_is_none() {
    let profiles = |registered: &str| {
        format!(
            r#"<TechnicalProfile Id="Risk"><DisplayName>Risk</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ConditionalAccessProtocolProvider, Web.TPEngine" />
      <Metadata><Item Key="OperationType">Evaluation</Item></Metadata>
      <InputClaims>
        <InputClaim ClaimTypeReferenceId="invited" PartnerClaimType="UserId" DefaultValue="u1" />
        <InputClaim ClaimTypeReferenceId="used" PartnerClaimType="AuthenticationMethodsUsed" DefaultValue="Password" />
        <InputClaim ClaimTypeReferenceId="federated" PartnerClaimType="IsFederated" DefaultValue="false" />
        <InputClaim ClaimTypeReferenceId="registered" PartnerClaimType="IsMfaRegistered" DefaultValue="{registered}" />
      </InputClaims>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="challenges" PartnerClaimType="Challenges" /></OutputClaims>
      </TechnicalProfile>
      <TechnicalProfile Id="Context"><DisplayName>Context</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.UserJourneyContextProvider, Web.TPEngine" />
      <OutputClaims><OutputClaim ClaimTypeReferenceId="address" PartnerClaimType="CorrelationId" /></OutputClaims>
      </TechnicalProfile>"#
        )
    };
    let steps = r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="RiskExchange" TechnicalProfileReferenceId="Risk" /></ClaimsExchanges></OrchestrationStep>
      <OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="ContextExchange" TechnicalProfileReferenceId="Context" /></ClaimsExchanges></OrchestrationStep>"#;
    let rules = "[[rule]]\npolicies = [\"B2C_1A_Hint\"]\nchallenge = \"mfa\"\n";
    for (registered, with_rules, expected) in
        [("true", false, None), ("true", true, Some(json!(["mfa"]))), ("false", true, Some(json!(["block"])))]
    {
        let profiles = profiles(registered);
        let site = site(&Written { profiles: &profiles, steps, inputs: "" }, |config| {
            let path = config.tenants[0].policies.join("risk.toml");
            std::fs::write(&path, rules).unwrap();
            config.behaviour.conditional_access = with_rules.then_some(path);
        })
        .await;
        let claims = token(&sign_in(&site, &[]).await);
        assert_eq!(claims.get("challenges"), expected.as_ref(), "{registered} {with_rules}");
        assert_eq!(claims["address"].as_str().map(str::len), Some(36), "a correlation id");
    }
}

/// Remediation takes what was satisfied and gives nothing back.
#[tokio::test]
async fn a_met_challenge_is_noted_and_changes_nothing() {
    let met = r#"<TechnicalProfile Id="Met"><DisplayName>Met</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ConditionalAccessProtocolProvider, Web.TPEngine" />
      <Metadata><Item Key="OperationType">Remediation</Item></Metadata>
      <InputClaims><InputClaim ClaimTypeReferenceId="challenges" PartnerClaimType="ChallengesSatisfied" DefaultValue="mfa" /></InputClaims>
      </TechnicalProfile>"#;
    let steps = r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="MetExchange" TechnicalProfileReferenceId="Met" /></ClaimsExchanges></OrchestrationStep>"#;
    let site = site(&Written { profiles: met, steps, inputs: "" }, |_| {}).await;
    assert_eq!(token(&sign_in(&site, &[]).await).get("challenges"), None);
}
