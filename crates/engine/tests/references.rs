//! Names that lead nowhere: whatever sort they are of, the author is told what they are instead, where else they are
//! declared, or which name is near (attacks 121, 122).

use vestibule_engine::compile;
use vestibule_engine::diagnostic::Diagnostic;
use vestibule_engine::source::Sources;

const BASE: &str = include_str!("language/base.xml");

fn policy(id: &str, base: &str, body: &str) -> String {
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/{id}\"><BasePolicy><TenantId>x.onmicrosoft.com</TenantId>\
         <PolicyId>{base}</PolicyId></BasePolicy>\n{body}\n</TrustFrameworkPolicy>"
    )
}

fn profile(inner: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>{inner}\
         </TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    )
}

fn found(files: &[String]) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    for (number, text) in files.iter().enumerate() {
        sources.add(&format!("{number}.xml"), text.as_bytes());
    }
    let all = compile(&sources).diagnostics.into_iter().collect();
    (sources, all)
}

/// A code, what refers to `late` in a policy, and what declares it in a child of that policy.
type Late = (&'static str, String, String);

fn late() -> Vec<Late> {
    [late_blocks(), late_profiles()].concat()
}

fn blocks(inner: &str) -> String {
    format!("<BuildingBlocks>{inner}</BuildingBlocks>")
}

fn late_blocks() -> Vec<Late> {
    let page = |inner: &str| profile(&format!("<TechnicalProfile Id=\"Page\">{inner}</TechnicalProfile>"));
    let claim = "<ClaimsSchema><ClaimType Id=\"late\"><DataType>string</DataType></ClaimType></ClaimsSchema>";
    let transformation = "<ClaimsTransformations><ClaimsTransformation Id=\"late\" \
        TransformationMethod=\"CreateRandomString\"><InputParameters><InputParameter Id=\"randomGeneratorType\" \
        DataType=\"string\" Value=\"GUID\" /></InputParameters><OutputClaims>\
        <OutputClaim ClaimTypeReferenceId=\"objectId\" TransformationClaimType=\"outputClaim\" /></OutputClaims>\
        </ClaimsTransformation></ClaimsTransformations>";
    let content = "<ContentDefinitions><ContentDefinition Id=\"late\"><LoadUri>~/x</LoadUri>\
        <RecoveryUri>~/x</RecoveryUri>\
        <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7</DataUri></ContentDefinition>\
        </ContentDefinitions>";
    let resources = "<Localization><LocalizedResources Id=\"late\" /></Localization>";
    let referring = "<ContentDefinitions><ContentDefinition Id=\"api.page\"><LocalizedResourcesReferences>\
        <LocalizedResourcesReference Language=\"en\" LocalizedResourcesReferenceId=\"late\" />\
        </LocalizedResourcesReferences></ContentDefinition></ContentDefinitions>";
    let control = "<DisplayControls><DisplayControl Id=\"late\" UserInterfaceControlType=\"VerificationControl\" />\
        </DisplayControls>";
    vec![
        (
            "V0301",
            page("<OutputClaims><OutputClaim ClaimTypeReferenceId=\"late\" /></OutputClaims>"),
            blocks(claim),
        ),
        (
            "V0302",
            page(
                "<OutputClaimsTransformations><OutputClaimsTransformation ReferenceId=\"late\" /></OutputClaimsTransformations>",
            ),
            blocks(transformation),
        ),
        (
            "V0304",
            page("<Metadata><Item Key=\"ContentDefinitionReferenceId\">late</Item></Metadata>"),
            blocks(content),
        ),
        (
            "V0307",
            page("<DisplayClaims><DisplayClaim DisplayControlReferenceId=\"late\" /></DisplayClaims>"),
            blocks(control),
        ),
        ("V0310", blocks(referring), blocks(resources)),
    ]
}

fn late_profiles() -> Vec<Late> {
    let page = |inner: &str| profile(&format!("<TechnicalProfile Id=\"Page\">{inner}</TechnicalProfile>"));
    let journey = |tag: &str, inner: &str| {
        format!(
            "<{tag}><OrchestrationSteps>{inner}</OrchestrationSteps></{}>",
            tag.split(' ').next().unwrap_or(tag)
        )
    };
    let send = "<OrchestrationStep Order=\"1\" Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" />";
    let sub = "<OrchestrationStep Order=\"4\" Type=\"InvokeSubJourney\"><JourneyList>\
        <Candidate SubJourneyReferenceId=\"late\" /></JourneyList></OrchestrationStep>";
    vec![
        (
            "V0303",
            page(
                "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId=\"late\" /></ValidationTechnicalProfiles>",
            ),
            profile("<TechnicalProfile Id=\"late\" />"),
        ),
        (
            "V0305",
            profile(
                "<TechnicalProfile Id=\"JwtIssuer\"><Metadata><Item Key=\"RefreshTokenUserJourneyId\">late</Item>\
                 </Metadata></TechnicalProfile>",
            ),
            format!("<UserJourneys>{}</UserJourneys>", journey("UserJourney Id=\"late\"", send)),
        ),
        (
            "V0306",
            format!("<UserJourneys>{}</UserJourneys>", journey("UserJourney Id=\"Journey\"", sub)),
            format!(
                "<SubJourneys>{}</SubJourneys>",
                journey(
                    "SubJourney Id=\"late\" Type=\"Call\"",
                    "<OrchestrationStep Order=\"1\" Type=\"Noop\" />"
                )
            ),
        ),
    ]
}

#[test]
fn attack_122_what_only_a_child_declares_is_told_with_the_child_and_the_chain() {
    for (code, middle, child) in late() {
        let files = [
            policy("B2C_1A_Middle", "B2C_1A_Base", &middle),
            policy("B2C_1A_Child", "B2C_1A_Middle", &child),
        ];
        let (sources, all) = found(&files);
        let errors: Vec<&str> = all.iter().map(|one| one.code.id).collect();
        assert_eq!(errors, [code], "{all:#?}");
        let one = all.first().expect("one");
        let there = one.related.first().expect("the declaration");
        assert_eq!(sources.get(there.span.source).map(|file| file.name()), Some("1.xml"), "{code}");
        assert_eq!(there.text, "declared in `B2C_1A_Child`", "{code}");
        let chain = "`late` is declared in `B2C_1A_Child`, which is no base of this policy: \
                     `B2C_1A_Middle` → `B2C_1A_Base`";
        assert_eq!(one.help, [chain], "{code}");
    }
}

#[test]
fn attack_122_what_nothing_declares_is_one_error_when_loaded() {
    for (code, middle, _) in late() {
        let (_, all) = found(&[policy("B2C_1A_Middle", "B2C_1A_Base", &middle)]);
        let errors: Vec<&str> = all.iter().map(|one| one.code.id).collect();
        assert_eq!(errors, [code], "{all:#?}");
    }
}

/// A body over the base, and the remedy that must be offered.
#[test]
fn attack_121_a_name_of_another_kind_is_told_as_that() {
    let page = |inner: &str| profile(&format!("<TechnicalProfile Id=\"Page\">{inner}</TechnicalProfile>"));
    let validate = |id: &str| {
        page(&format!(
            "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId=\"{id}\" /></ValidationTechnicalProfiles>"
        ))
    };
    let output = |id: &str| {
        page(&format!("<OutputClaims><OutputClaim ClaimTypeReferenceId=\"{id}\" /></OutputClaims>"))
    };
    let transform = |id: &str| {
        page(&format!(
            "<OutputClaimsTransformations><OutputClaimsTransformation ReferenceId=\"{id}\" /></OutputClaimsTransformations>"
        ))
    };
    let cases = [
        (validate("ReadExchange"), "`ReadExchange` is a claims exchange; a technical profile is expected here"),
        (validate("ReadExchange"), "it runs `Read`: did you mean that?"),
        (validate("AssertEnabled"), "`AssertEnabled` is a claims transformation; a technical profile is expected here"),
        (output("Read"), "`Read` is a technical profile; a claim type is expected here"),
        (output("signInNames.emailAddress"), "`signInNames.emailAddress` is the partner's name of the claim type `email`: did you mean that?"),
        (
            transform("AssertBooleanClaimIsEqualToValue"),
            "`AssertBooleanClaimIsEqualToValue` is a method; a claims transformation that uses it is expected, for instance `AssertEnabled`",
        ),
        (output("emial"), "did you mean `email`?"),
        (page("<OutputClaim ClaimTypeReferenceId=\"email\" />"), "put it into `OutputClaims`, which may stand here"),
        (page("<Id>Page</Id>"), "`Id` is an attribute: write `<TechnicalProfile Id=\"…\">`"),
        (
            "<BuildingBlocks><Predicates><Predicate Id=\"p\" Method=\"IsLenghtRange\" HelpText=\"x\" /></Predicates></BuildingBlocks>".to_owned(),
            "did you mean `IsLengthRange`?",
        ),
    ];
    for (body, remedy) in cases {
        let (_, all) = found(&[policy("B2C_1A_Example", "B2C_1A_Base", &body)]);
        let help: Vec<&str> = all.iter().flat_map(|one| one.help.iter().map(String::as_str)).collect();
        assert!(help.contains(&remedy), "{remedy}\n{help:#?}");
    }
}

#[test]
fn a_base_without_the_prefix_of_all_policies_is_told_with_it() {
    let (_, all) = found(&[policy("B2C_1A_Example", "Base", "")]);
    let help: Vec<&str> = all.iter().flat_map(|one| one.help.iter().map(String::as_str)).collect();
    assert_eq!(help, ["the id of the policy is `B2C_1A_Base`"]);
}

#[test]
fn a_missing_base_is_told_once_with_all_that_inherit_from_it() {
    let files = [
        policy("B2C_1A_Middle", "B2C_1A_Nowhere", ""),
        policy("B2C_1A_One", "B2C_1A_Middle", ""),
        policy("B2C_1A_Two", "B2C_1A_Middle", ""),
    ];
    let (_, all) = found(&files);
    assert_eq!(all.len(), 1, "{all:#?}");
    let texts: Vec<&str> =
        all.iter().flat_map(|one| one.related.iter().map(|label| label.text.as_str())).collect();
    assert_eq!(texts, ["`B2C_1A_One` inherits from it", "`B2C_1A_Two` inherits from it"]);
}
