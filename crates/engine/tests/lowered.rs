//! What a policy says reaches the compiled policy (policy-language 5.2, 5.3, 9.2, 9.3; technical-profiles 1.3, 17): every
//! child of the relying party's behaviours, its subject and SAML settings, error handlers, and what goes with a claim.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::sync::Arc;

use vestibule_engine::compile_one;
use vestibule_engine::diagnostic::Severity;
use vestibule_engine::kind::saml_issuer::{DataEncryption, KeyEncryption};
use vestibule_engine::policy::party::{JourneyInsights, Scope, SubjectNaming};
use vestibule_engine::policy::{DeploymentMode, ErrorAction, ErrorHandler, Policy, Protocol};
use vestibule_engine::source::Sources;

const BASE: &str = include_str!("language/base.xml");

fn sources(attributes: &str, body: &str) -> Sources {
    let text = format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"B2C_1A_P\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/P\" {attributes}><BasePolicy><TenantId>x.onmicrosoft.com</TenantId>\
         <PolicyId>B2C_1A_Base</PolicyId></BasePolicy>{body}</TrustFrameworkPolicy>"
    );
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    sources.add("p.xml", text.as_bytes());
    sources
}

fn policy(attributes: &str, body: &str) -> Arc<Policy> {
    let sources = sources(attributes, body);
    let compiled = compile_one("B2C_1A_P", &sources);
    assert!(compiled.diagnostics.error_count() == 0, "{}", compiled.diagnostics.to_text(&sources, false));
    compiled.policies.first().expect("a policy").clone()
}

/// Codes and lines' texts of the errors.
fn errors(body: &str) -> Vec<(&'static str, String)> {
    let sources = sources("", body);
    let compiled = compile_one("B2C_1A_P", &sources);
    let wrong = compiled.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let at = |one: &vestibule_engine::diagnostic::Diagnostic| {
        sources.get(one.span.source).map(|source| source.slice(one.span).to_owned()).unwrap_or_default()
    };
    wrong.map(|one| (one.code.id, at(one))).collect()
}

fn party(behaviors: &str, profile: &str) -> String {
    format!(
        "<RelyingParty><DefaultUserJourney ReferenceId=\"Journey\" />{behaviors}\
         <TechnicalProfile Id=\"PolicyProfile\"><DisplayName>x</DisplayName>{profile}</TechnicalProfile></RelyingParty>"
    )
}

const OPENID: &str = "<Protocol Name=\"OpenIdConnect\" /><OutputClaims><OutputClaim ClaimTypeReferenceId=\"objectId\" \
                      PartnerClaimType=\"sub\" /></OutputClaims><SubjectNamingInfo ClaimType=\"sub\" />";

#[test]
fn every_behaviour_9_2_is_kept() {
    let behaviors = "<UserJourneyBehaviors><SingleSignOn Scope=\"Application\" KeepAliveInDays=\"30\" \
         EnforceIdTokenHintOnLogout=\"true\" /><SessionExpiryType>Absolute</SessionExpiryType>\
         <SessionExpiryInSeconds>900</SessionExpiryInSeconds>\
         <JourneyInsights TelemetryEngine=\"ApplicationInsights\" \
         InstrumentationKey=\"58734a70-edde-477e-b758-8fa132745e12\" DeveloperMode=\"true\" ClientEnabled=\"false\" \
         ServerEnabled=\"true\" TelemetryVersion=\"1.0.0\" />\
         <ContentDefinitionParameters><Parameter Name=\"brand\">blue</Parameter></ContentDefinitionParameters>\
         <JourneyFraming Enabled=\"true\" Sources=\"https://a.test https://b.test\" />\
         <ScriptExecution>Allow</ScriptExecution><OnError Mode=\"DisplayInService\" /></UserJourneyBehaviors>";
    let attributes = "DeploymentMode=\"Development\" UserJourneyRecorderEndpoint=\"urn:journeyrecorder:applicationinsights\"";
    let policy = policy(attributes, &party(behaviors, OPENID));
    assert_eq!(policy.deployment_mode, DeploymentMode::Development);
    assert_eq!(policy.recorder_endpoint.as_deref(), Some("urn:journeyrecorder:applicationinsights"));
    let behaviour = &policy.party.as_ref().expect("a relying party").behaviour;
    assert_eq!((behaviour.scope, behaviour.keep_alive_days), (Scope::Application, 30));
    assert!(behaviour.enforce_hint_on_logout && behaviour.absolute_expiry && behaviour.scripts);
    assert_eq!((behaviour.session_seconds, behaviour.show_errors), (Some(900), true));
    assert_eq!(behaviour.framing, ["https://a.test", "https://b.test"]);
    assert_eq!(behaviour.content_parameters.len(), 1);
    assert_eq!(
        behaviour.insights,
        Some(JourneyInsights {
            instrumentation_key: "58734a70-edde-477e-b758-8fa132745e12".to_owned(),
            developer_mode: true,
            client: false,
            server: true,
        })
    );
}

const SAML_ISSUER: &str = "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
     <TechnicalProfile Id=\"Saml2Issuer\"><DisplayName>x</DisplayName><Protocol Name=\"SAML2\" />\
     <OutputTokenFormat>SAML2</OutputTokenFormat><CryptographicKeys><Key Id=\"SamlMessageSigning\" \
     StorageReferenceId=\"B2C_1A_Saml\" /></CryptographicKeys></TechnicalProfile></TechnicalProfiles>\
     </ClaimsProvider></ClaimsProviders><UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps>\
     <OrchestrationStep Order=\"3\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"Saml2Issuer\" />\
     </OrchestrationSteps></UserJourney></UserJourneys>";
const SAML: &str = "<Protocol Name=\"SAML2\" /><Metadata><Item Key=\"IdpInitiatedProfileEnabled\">true</Item>\
                    <Item Key=\"DataEncryptionMethod\">Aes192</Item><Item Key=\"KeyEncryptionMethod\">RsaOaep</Item>\
                    <Item Key=\"WantsEncryptedAssertion\">true</Item>\
                    <Item Key=\"RequestContextMaximumLengthInBytes\">2048</Item></Metadata>\
                    <OutputClaims><OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"oid\" />\
                    </OutputClaims><SubjectNamingInfo ClaimType=\"oid\" Format=\"urn:f\" NameQualifier=\"n\" \
                    SPNameQualifier=\"s\" SPProvidedID=\"p\" ExcludeAsClaim=\"true\" />";

#[test]
fn a_saml_relying_party_17_keeps_its_settings_and_how_it_names_the_subject() {
    let policy = policy("", &format!("{SAML_ISSUER}{}", party("", SAML)));
    let party = policy.party.as_ref().expect("a relying party");
    assert_eq!((party.protocol, party.subject.as_deref()), (Protocol::Saml2, Some("oid")));
    assert_eq!(
        party.naming,
        SubjectNaming {
            format: Some("urn:f".to_owned()),
            name_qualifier: Some("n".to_owned()),
            sp_name_qualifier: Some("s".to_owned()),
            sp_provided_id: Some("p".to_owned()),
            exclude_as_claim: true,
        }
    );
    let saml = party.saml.as_ref().expect("SAML settings");
    assert!(saml.unsolicited && saml.sign_responses && saml.encrypt_assertions && !saml.detached_keys);
    assert_eq!((saml.data_encryption, saml.key_encryption), (DataEncryption::Aes192, KeyEncryption::RsaOaep));
    assert_eq!(saml.relay_state_bytes, 2048);
}

/// policy-language 9.3: the protocol must fit the issuer; technical-profiles 17: `Sha512` is no encryption.
#[test]
fn a_relying_party_that_its_journey_cannot_serve_is_refused() {
    assert_eq!(errors(&party("", SAML)), [("V0709", "<Protocol".to_owned())]);
    let openid = errors(&format!("{SAML_ISSUER}{}", party("", OPENID)));
    assert_eq!(openid, [("V0709", "<Protocol".to_owned())]);
    let bad = SAML.replace("Aes192", "Sha512");
    assert_eq!(errors(&format!("{SAML_ISSUER}{}", party("", &bad))), [("V0505", "Sha512".to_owned())]);
}

#[test]
fn error_handlers_and_the_kind_of_button_1_3_are_kept() {
    let provider = "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
         <TechnicalProfile Id=\"Idp\"><DisplayName>Idp</DisplayName><Protocol Name=\"OpenIdConnect\" /><Metadata>\
         <Item Key=\"METADATA\">https://idp.contoso.com/.well-known/openid-configuration</Item>\
         <Item Key=\"client_id\">3a493607-9935-44da-b6ec-9d9bdafdb72a</Item><Item Key=\"response_types\">id_token</Item>\
         <Item Key=\"ClaimsProviderSelectionDisplayType\">TextLink</Item>\
         <Item Key=\"IncludeClaimResolvingInClaimsHandling\">true</Item></Metadata>\
         <OutputClaims><OutputClaim ClaimTypeReferenceId=\"email\" /></OutputClaims>\
         <ErrorHandlers><ErrorHandler><ErrorResponseFormat>json</ErrorResponseFormat>\
         <ResponseMatch>$[?(@@.error == 'invalid_grant')]</ResponseMatch><Action>Reauthenticate</Action>\
         <AdditionalRequestParameters Key=\"prompt\">login</AdditionalRequestParameters></ErrorHandler></ErrorHandlers>\
         </TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    let policy = policy("", provider);
    let idp = policy.profiles.get("Idp").expect("the provider");
    assert!(idp.text_link && idp.resolvers);
    assert_eq!(
        idp.error_handlers,
        [ErrorHandler {
            response_match: "$[?(@.error == 'invalid_grant')]".to_owned(),
            action: ErrorAction::Reauthenticate,
            parameters: vec![("prompt".to_owned(), "login".to_owned())],
        }]
    );
}

#[test]
fn a_stored_claim_5_3_says_whether_it_may_be_overwritten() {
    let write = "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
                 <TechnicalProfile Id=\"Read\"><PersistedClaims>\
                 <PersistedClaim ClaimTypeReferenceId=\"objectId\" />\
                 <PersistedClaim ClaimTypeReferenceId=\"displayName\" OverwriteIfExists=\"false\" />\
                 </PersistedClaims></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    let policy = policy("", write);
    let persisted = &policy.profiles.get("Read").expect("the profile").persisted;
    let all: Vec<_> = persisted.iter().map(|one| (&*one.claim, one.overwrite)).collect();
    assert_eq!(all, [("objectId", true), ("displayName", false)]);
}

/// policy-language 5.7: any profile may name the page whose texts its transformations speak with.
#[test]
fn the_content_definition_of_any_profile_is_kept_and_must_exist() {
    let page = |id: &str| {
        format!(
            "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
             <TechnicalProfile Id=\"Read\"><Metadata><Item Key=\"ContentDefinitionReferenceId\">{id}</Item></Metadata>\
             </TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
        )
    };
    let compiled = policy("", &page("API.page"));
    assert_eq!(compiled.profiles.get("Read").expect("the profile").content.as_deref(), Some("api.page"));
    assert_eq!(errors(&page("api.nothing")), [("V0304", "api.nothing".to_owned())]);
}

/// A file may split the resources of one id; a child's text wins, and the rest of the base's stays.
#[test]
fn resources_of_one_id_are_one() {
    let text = |key: &str, value: &str| {
        format!("<LocalizedString ElementType=\"UxElement\" StringId=\"{key}\">{value}</LocalizedString>")
    };
    let resources = |inside: &str| {
        format!(
            "<LocalizedResources Id=\"r\"><LocalizedStrings>{inside}</LocalizedStrings></LocalizedResources>"
        )
    };
    let body = format!(
        "<BuildingBlocks><ContentDefinitions><ContentDefinition Id=\"api.page\"><LocalizedResourcesReferences>\
         <LocalizedResourcesReference Language=\"en\" LocalizedResourcesReferenceId=\"r\" />\
         </LocalizedResourcesReferences></ContentDefinition></ContentDefinitions>\
         <Localization Enabled=\"true\">{}{}</Localization></BuildingBlocks>",
        resources(&text("a", "1")),
        resources(&text("b", "2")),
    );
    let policy = policy("", &body);
    let content = policy.contents.get("api.page").expect("the page");
    let texts: Vec<&str> =
        content.resources("en").expect("English").strings.values().map(String::as_str).collect();
    assert_eq!(texts, ["1", "2"]);
}
