//! Small policies made of the parts that a test is about.

use std::sync::Arc;

use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;

/// What a policy is made of, as XML; claim types as `id:type:input`, the input left out where there is none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Small<'a> {
    pub(crate) claims: &'a [&'a str],
    /// More claim types, as elements.
    pub(crate) claim_types: &'a str,
    pub(crate) transformations: &'a str,
    pub(crate) controls: &'a str,
    pub(crate) profiles: &'a str,
    pub(crate) steps: &'a str,
    pub(crate) journey: &'a str,
    pub(crate) sub_journeys: &'a str,
    pub(crate) behaviours: &'a str,
    pub(crate) outputs: &'a str,
    pub(crate) load_uri: &'a str,
}

pub(crate) const SELF_ASSERTED: &str = r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" />"#;
pub(crate) const TRANSFORMS: &str = r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" />"#;
pub(crate) const EMAIL_CODE: &str = r#"<Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AadSsprProtocolProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null" />"#;

/// A profile that asks, and what stands in it after DisplayName and Protocol, Metadata's items first.
pub(crate) fn page(id: &str, items: &str, rest: &str) -> String {
    format!(
        r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName>{SELF_ASSERTED}<Metadata><Item Key="ContentDefinitionReferenceId">api.selfasserted</Item>{items}</Metadata>{rest}</TechnicalProfile>"#
    )
}

/// A profile that runs transformations.
pub(crate) fn transforms(id: &str, items: &str, rest: &str) -> String {
    let metadata = if items.is_empty() { String::new() } else { format!("<Metadata>{items}</Metadata>") };
    format!(
        r#"<TechnicalProfile Id="{id}"><DisplayName>{id}</DisplayName>{TRANSFORMS}{metadata}{rest}</TechnicalProfile>"#
    )
}

/// A step that runs one profile.
pub(crate) fn exchange(order: u32, profile: &str) -> String {
    format!(
        r#"<OrchestrationStep Order="{order}" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="X{order}" TechnicalProfileReferenceId="{profile}" /></ClaimsExchanges></OrchestrationStep>"#
    )
}

/// The step that issues.
pub(crate) fn send(order: u32) -> String {
    format!(
        r#"<OrchestrationStep Order="{order}" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />"#
    )
}

impl Small<'_> {
    /// Its text.
    pub(crate) fn text(&self) -> String {
        let claim = |one: &&str| {
            let mut parts = one.split(':');
            let (id, kind) = (parts.next().unwrap(), parts.next().unwrap_or("string"));
            let input = parts.next().map(|input| format!("<UserInputType>{input}</UserInputType>"));
            format!(
                r#"<ClaimType Id="{id}"><DisplayName>{id}</DisplayName><DataType>{kind}</DataType>{}</ClaimType>"#,
                input.unwrap_or_default()
            )
        };
        let claims: String = self.claims.iter().map(claim).collect();
        let wrapped = |name: &str, inner: &str| match inner {
            "" => String::new(),
            inner => format!("<{name}>{inner}</{name}>"),
        };
        let load_uri =
            if self.load_uri.is_empty() { "~/tenant/default/unified.cshtml" } else { self.load_uri };
        format!(
            r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="B2C_1A_Small" PublicPolicyUri="http://t.onmicrosoft.com/B2C_1A_Small" DeploymentMode="Development">
<BuildingBlocks><ClaimsSchema><ClaimType Id="sub"><DisplayName>sub</DisplayName><DataType>string</DataType></ClaimType>{claims}{types}</ClaimsSchema>{transformations}
<ContentDefinitions>
<ContentDefinition Id="api.selfasserted"><LoadUri>{load_uri}</LoadUri><RecoveryUri>~/common/default_page_error.html</RecoveryUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.30</DataUri></ContentDefinition>
<ContentDefinition Id="api.signuporsignin"><LoadUri>{load_uri}</LoadUri><RecoveryUri>~/common/default_page_error.html</RecoveryUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1.17</DataUri></ContentDefinition>
<ContentDefinition Id="api.idpselections"><LoadUri>{load_uri}</LoadUri><RecoveryUri>~/common/default_page_error.html</RecoveryUri><DataUri>urn:com:microsoft:aad:b2c:elements:contract:providerselection:1.2.4</DataUri></ContentDefinition>
</ContentDefinitions>{controls}</BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>P</DisplayName><TechnicalProfiles>
<TechnicalProfile Id="JwtIssuer"><DisplayName>I</DisplayName><Protocol Name="None" /><OutputTokenFormat>JWT</OutputTokenFormat><Metadata><Item Key="issuer_refresh_token_user_identity_claim_type">sub</Item></Metadata><CryptographicKeys><Key Id="issuer_secret" StorageReferenceId="B2C_1A_S" /><Key Id="issuer_refresh_token_key" StorageReferenceId="B2C_1A_E" /></CryptographicKeys></TechnicalProfile>
{profiles}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="J" {journey}><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>{subs}
<RelyingParty><DefaultUserJourney ReferenceId="J" />{behaviours}<TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect" /><OutputClaims><OutputClaim ClaimTypeReferenceId="sub" DefaultValue="nobody" />{outputs}</OutputClaims><SubjectNamingInfo ClaimType="sub" /></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#,
            types = self.claim_types,
            transformations = wrapped("ClaimsTransformations", self.transformations),
            controls = wrapped("DisplayControls", self.controls),
            profiles = self.profiles,
            steps = self.steps,
            journey = self.journey,
            subs = wrapped("SubJourneys", self.sub_journeys),
            behaviours = wrapped("UserJourneyBehaviors", self.behaviours),
            outputs = self.outputs,
        )
    }

    /// Compiled; what is wrong with it stops the test.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        let mut sources = Sources::default();
        sources.add("small.xml", self.text().as_bytes());
        let compiled = vestibule_engine::compile(&sources);
        let found = compiled.diagnostics.to_text(&sources, false);
        assert!(!compiled.diagnostics.has_errors(), "{found}");
        compiled.policies.into_iter().next().unwrap()
    }
}
