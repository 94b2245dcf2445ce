//! A small policy set to which a test adds what it needs, and what the lints say about it.

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::lint::Levels;
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile_and_lint};

const HEAD: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="example.onmicrosoft.com" PolicyId="B2C_1A_Test"
  PublicPolicyUri="http://example.onmicrosoft.com/B2C_1A_Test""#;

/// The parts that a test may fill; what it leaves empty makes a policy about which the lints say nothing.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    /// Attributes of the root element.
    pub(crate) root: &'static str,
    /// Before the root element.
    pub(crate) before: &'static str,
    /// Claim types.
    pub(crate) claims: &'static str,
    /// Children of BuildingBlocks between claims and content definitions.
    pub(crate) blocks: &'static str,
    /// Children of BuildingBlocks behind the content definitions.
    pub(crate) after: &'static str,
    /// Content definitions.
    pub(crate) contents: &'static str,
    /// Technical profiles.
    pub(crate) profiles: &'static str,
    /// The first step or steps; the last one, which sends the claims, is number `last`.
    pub(crate) steps: &'static str,
    /// Order of the last step; 0 stands for 1.
    pub(crate) last: u32,
    /// Further journeys.
    pub(crate) journeys: &'static str,
    /// `SubJourneys`, whole.
    pub(crate) sub_journeys: &'static str,
    /// Children of RelyingParty between the journey and its profile.
    pub(crate) party: &'static str,
    /// Output claims of the relying party beside `sub`.
    pub(crate) outputs: &'static str,
}

const ISSUER: &str = r#"<TechnicalProfile Id="JwtIssuer">
  <DisplayName>Issuer</DisplayName><Protocol Name="OpenIdConnect" /><OutputTokenFormat>JWT</OutputTokenFormat>
  <Metadata><Item Key="issuer_refresh_token_user_identity_claim_type">objectId</Item></Metadata>
  <CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_Sign" />
    <Key Id="issuer_refresh_token_key" StorageReferenceId="B2C_1A_Seal" /></CryptographicKeys>
</TechnicalProfile>"#;

impl Parts {
    /// The text of the policy.
    pub(crate) fn text(&self) -> String {
        let Self { root, before, claims, blocks, after, contents, profiles, .. } = self;
        let Self { steps, journeys, sub_journeys, party, outputs, .. } = self;
        let last = self.last.max(1);
        let contents = if contents.is_empty() {
            String::new()
        } else {
            format!("<ContentDefinitions>\n{contents}\n</ContentDefinitions>")
        };
        format!(
            r#"{before}
{HEAD} {root}>
<BuildingBlocks><ClaimsSchema>
<ClaimType Id="objectId"><DisplayName>Id</DisplayName><DataType>string</DataType></ClaimType>
{claims}
</ClaimsSchema>
{blocks}
{contents}
{after}
</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>All</DisplayName><TechnicalProfiles>
{ISSUER}
{profiles}
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="Journey"><OrchestrationSteps>
{steps}
<OrchestrationStep Order="{last}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
</OrchestrationSteps></UserJourney>
{journeys}
</UserJourneys>
{sub_journeys}
<RelyingParty><DefaultUserJourney ReferenceId="Journey" />
{party}
<TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect" />
<OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="someone" />
{outputs}
</OutputClaims><SubjectNamingInfo ClaimType="sub" /></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#
        )
    }
}

/// Compiles and lints texts, which must compile without an error of the compiler.
pub(crate) fn run(texts: &[String], levels: &Levels) -> (Sources, Compiled) {
    let mut sources = Sources::default();
    for (at, text) in texts.iter().enumerate() {
        sources.add(&format!("{at}.xml"), text.as_bytes());
    }
    let compiled = compile_and_lint(&sources, levels);
    let wrong: Vec<String> = compiled
        .diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error && !one.code.id.starts_with("V1"))
        .map(|one| one.to_text(&sources, false))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    (sources, compiled)
}

/// Code and underlined text of everything the lints say.
pub(crate) fn said(texts: &[String]) -> Vec<(String, String)> {
    let (sources, compiled) = run(texts, &Levels::default());
    let lints = compiled.diagnostics.iter().filter(|one| one.code.id.starts_with("V1"));
    lints.map(|one| (one.code.id.to_owned(), sources.slice(one.span).to_owned())).collect()
}

/// Whether a lint says something at exactly these texts, in their order.
pub(crate) fn fires(code: &str, parts: &Parts, places: &[&str]) {
    let found = said(&[parts.text()]);
    let here: Vec<&str> =
        found.iter().filter(|(found, _)| found == code).map(|(_, place)| place.as_str()).collect();
    assert_eq!(here, places, "{code} in {found:#?}");
}
