//! Claim resolvers in the address of a service (policy-language 11.1, row of Metadata items): expanded on request of the
//! profile only, percent-encoded, never in the host, never twice.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use vestibule_engine::journey::world::{Answer, Call, Failure, What, World};
use vestibule_engine::journey::{Beginning, Request, Run};
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile_one};

const BASE: &str = include_str!("language/base.xml");

/// The base's journey with a call to that address in place of its first step; the name is anything but harmless.
fn compiled(url: &str, flag: &str) -> Compiled {
    let text = format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="x.onmicrosoft.com" PolicyId="B2C_1A_P" PublicPolicyUri="http://x/P">
  <BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
  <BuildingBlocks><ClaimsTransformations>
    <ClaimsTransformation Id="Name" TransformationMethod="CreateStringClaim">
      <InputParameters><InputParameter Id="value" DataType="string" Value="../a b&amp;{{Policy:PolicyId}}" /></InputParameters>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="displayName" TransformationClaimType="createdClaim" /></OutputClaims>
    </ClaimsTransformation>
  </ClaimsTransformations></BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><DisplayName>Service</DisplayName><TechnicalProfiles>
    <TechnicalProfile Id="Service">
      <DisplayName>Service</DisplayName>
      <Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.RestfulProvider, Web.TPEngine" />
      <Metadata>
        <Item Key="ServiceUrl">{url}</Item>
        <Item Key="AuthenticationType">None</Item>
        <Item Key="AllowInsecureAuthInProduction">true</Item>
        {flag}
      </Metadata>
      <InputClaimsTransformations><InputClaimsTransformation ReferenceId="Name" /></InputClaimsTransformations>
      <InputClaims><InputClaim ClaimTypeReferenceId="displayName" /></InputClaims>
      <OutputClaims><OutputClaim ClaimTypeReferenceId="email" /></OutputClaims>
    </TechnicalProfile>
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys><UserJourney Id="Asks"><OrchestrationSteps>
    <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
      <ClaimsExchange Id="ServiceExchange" TechnicalProfileReferenceId="Service" /></ClaimsExchanges></OrchestrationStep>
    <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
  </OrchestrationSteps></UserJourney></UserJourneys>
  <RelyingParty><DefaultUserJourney ReferenceId="Asks" />
    <TechnicalProfile Id="PolicyProfile"><DisplayName>x</DisplayName><Protocol Name="OpenIdConnect" />
      <OutputClaims><OutputClaim ClaimTypeReferenceId="email" PartnerClaimType="sub" /></OutputClaims>
      <SubjectNamingInfo ClaimType="sub" /></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#
    );
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    sources.add("p.xml", text.as_bytes());
    compile_one("B2C_1A_P", &sources)
}

const FLAG: &str = "<Item Key=\"IncludeClaimResolvingInClaimsHandling\">true</Item>";

/// Keeps the addresses that services are called at.
#[derive(Default)]
struct Listener {
    addresses: Mutex<Vec<Option<String>>>,
}

impl World for Listener {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        if let What::Profile { address, .. } = call.what {
            self.addresses.lock().expect("nobody else").push(address);
        }
        Ok(Answer::empty())
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// The address at which the service was called, if the profile resolves anything in it.
fn called_at(url: &str, flag: &str) -> Option<String> {
    let compiled = compiled(url, flag);
    let policy = compiled.policies.first().expect("a policy without an error");
    let world = Listener::default();
    let parameters = BTreeMap::from([
        ("ui_locales".to_owned(), "fr-CA".to_owned()),
        ("campaign".to_owned(), "a/b?c".to_owned()),
    ]);
    let beginning = Beginning {
        id: "t".to_owned(),
        correlation: "c".to_owned(),
        journey: None,
        request: Request { parameters, ..Request::default() },
        session: Default::default(),
    };
    let run = Run { policy, world: &world };
    let Poll::Ready(begun) = pin!(run.begin(beginning)).poll(&mut Context::from_waker(Waker::noop())) else {
        return None;
    };
    begun.expect("an answer to the application");
    let addresses = world.addresses.into_inner().expect("nobody else");
    assert_eq!(addresses.len(), 1, "called once");
    addresses.into_iter().next().flatten()
}

#[test]
fn resolvers_of_the_address_are_expanded_and_encoded() {
    let at = |url: &str| called_at(url, FLAG);
    let policy = at("https://a.test/{Policy:PolicyId}/{policy}?t={Policy:RelyingPartyTenantId}");
    assert_eq!(policy.as_deref(), Some("https://a.test/B2C_1A_P/B2C_1A_P?t=x.onmicrosoft.com"));
    let parameter = at("https://a.test/x?c={OAUTH-KV:campaign}&amp;none={OAUTH-KV:nothing}");
    assert_eq!(parameter.as_deref(), Some("https://a.test/x?c=a%2Fb%3Fc&none="));
}

/// Attack 21: what a claim holds is text, be it a path or another resolver.
#[test]
fn attack_21_a_claim_in_the_address_is_text() {
    let claim = called_at("https://a.test/{Claim:displayName}/x", FLAG);
    assert_eq!(claim.as_deref(), Some("https://a.test/..%2Fa%20b%26%7BPolicy%3APolicyId%7D/x"));
}

#[test]
fn attack_103_a_resolver_never_chooses_the_host() {
    for url in
        ["https://{OAUTH-KV:campaign}.test/x", "https://{Claim:displayName}/x", "https://{OAUTH-KV:campaign}"]
    {
        assert_eq!(called_at(url, FLAG), None, "{url}");
    }
    let both = called_at("https://{Policy:PolicyId}.test/{Policy:PolicyId}", FLAG);
    assert_eq!(both.as_deref(), Some("https://{Policy:PolicyId}.test/B2C_1A_P"));
}

#[test]
fn without_the_profile_s_word_the_address_stays_as_written() {
    for flag in ["", "<Item Key=\"IncludeClaimResolvingInClaimsHandling\">false</Item>"] {
        assert_eq!(called_at("https://a.test/{Policy:PolicyId}", flag), None);
    }
    // What is no resolver is no business of theirs.
    assert_eq!(called_at("https://a.test/{displayName}/{Other:name}", FLAG), None);
}

#[test]
fn an_unknown_resolver_is_told() {
    let codes = |flag: &str| {
        let compiled = compiled("https://a.test/{Culture:Country}", flag);
        compiled.diagnostics.iter().filter(|one| one.code.id == "V0411").count()
    };
    assert_eq!((codes(FLAG), codes("")), (1, 0));
}
