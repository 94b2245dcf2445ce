//! Family `unused`, comments that allow, levels.

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::lint::{Level, Levels};

use super::set::{Parts, fires, run, said};

const CLAIM: &str =
    r#"<ClaimType Id="spare"><DisplayName>Spare</DisplayName><DataType>string</DataType></ClaimType>"#;

#[test]
fn the_empty_set_is_clean() {
    assert_eq!(said(&[Parts::default().text()]), []);
}

#[test]
fn what_no_policy_uses_is_named_where_it_stands() {
    let parts = Parts { claims: CLAIM, ..Parts::default() };
    fires("V1011", &parts, &["spare"]);
    fires(
        "V1011",
        &Parts { outputs: r#"<OutputClaim ClaimTypeReferenceId="spare" DefaultValue="x" />"#, ..parts },
        &[],
    );
    let profile = r#"<TechnicalProfile Id="Spare"><DisplayName>S</DisplayName><Protocol Name="None" /></TechnicalProfile>"#;
    fires("V1012", &Parts { profiles: profile, ..Parts::default() }, &["Spare"]);
    let journey = r#"<UserJourney Id="Spare"><OrchestrationSteps><OrchestrationStep Order="1" Type="SendClaims"
      CpimIssuerTechnicalProfileReferenceId="JwtIssuer" /></OrchestrationSteps></UserJourney>"#;
    fires("V1013", &Parts { journeys: journey, ..Parts::default() }, &["Spare"]);
    let endpoint = r#"<Endpoints><Endpoint Id="Token" UserJourneyReferenceId="Spare" /></Endpoints>"#;
    fires("V1013", &Parts { journeys: journey, party: endpoint, ..Parts::default() }, &[]);
    let content = r#"<ContentDefinition Id="api.spare"><LoadUri>~/tenant/x.cshtml</LoadUri>
      <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.29</DataUri></ContentDefinition>"#;
    fires("V1015", &Parts { contents: content, ..Parts::default() }, &["api.spare"]);
}

/// A second policy of the set that inherits from the first and uses the claim.
fn child(outputs: &str) -> String {
    Parts { ..Parts::default() }
        .text()
        .replace("PolicyId=\"B2C_1A_Test\"", "PolicyId=\"B2C_1A_Child\"")
        .split_once("<BuildingBlocks>")
        .map(|(head, _)| {
            format!(
                r#"{head}<BasePolicy><TenantId>example.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Test</PolicyId></BasePolicy>
                <RelyingParty><DefaultUserJourney ReferenceId="Journey" /><TechnicalProfile Id="PolicyProfile">
                <DisplayName>P</DisplayName><Protocol Name="OpenIdConnect" /><OutputClaims>
                <OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub" DefaultValue="someone" />{outputs}
                </OutputClaims><SubjectNamingInfo ClaimType="sub" /></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"#
            )
        })
        .expect("a head")
}

#[test]
fn one_policy_of_the_set_that_uses_a_thing_is_enough() {
    let base = Parts { claims: CLAIM, ..Parts::default() }.text();
    let unused = |texts: &[String]| said(texts).iter().filter(|(code, _)| code == "V1011").count();
    assert_eq!(unused(&[base.clone(), child("")]), 1, "said once, though two policies leave it alone");
    let uses = child(r#"<OutputClaim ClaimTypeReferenceId="spare" DefaultValue="x" />"#);
    assert_eq!(unused(&[base.clone(), uses.clone()]), 0);
    assert_eq!(unused(&[uses, base]), 0, "in any order of the files");
}

#[test]
fn nothing_is_called_unused_while_a_policy_of_the_set_does_not_compile() {
    let base = Parts { claims: CLAIM, ..Parts::default() }.text();
    let broken = child("").replace("ReferenceId=\"Journey\"", "ReferenceId=\"Jorney\"");
    let mut sources = vestibule_engine::source::Sources::default();
    sources.add("a.xml", base.as_bytes());
    sources.add("b.xml", broken.as_bytes());
    let compiled = vestibule_engine::compile_and_lint(&sources, &Levels::default());
    assert!(compiled.diagnostics.has_errors());
    assert!(compiled.diagnostics.iter().all(|one| one.code.id != "V1011"));
}

#[test]
fn many_of_a_file_are_summed_up() {
    let claims = r#"
        <ClaimType Id="a1"><DataType>string</DataType></ClaimType><ClaimType Id="a2"><DataType>string</DataType></ClaimType>
        <ClaimType Id="a3"><DataType>string</DataType></ClaimType><ClaimType Id="a4"><DataType>string</DataType></ClaimType>"#;
    let (_, compiled) = run(&[Parts { claims, ..Parts::default() }.text()], &Levels::default());
    let found: Vec<_> = compiled.diagnostics.iter().filter(|one| one.code.id == "V1011").collect();
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(
        one.message,
        "4 claim types of this file are used by no policy of the set: `a1`, `a2`, `a3`, `a4`"
    );
    assert_eq!(one.related.len(), 3);
}

#[test]
fn a_comment_on_the_element_allows_by_code_name_or_family() {
    let allowed: [&'static str; 6] = [
        r#"<!-- vestibule: allow V1011 (kept for later) -->
           <ClaimType Id="spare"><DataType>string</DataType></ClaimType>"#,
        r#"<!-- vestibule: allow unused-claim-type -->
           <ClaimType Id="spare"><DataType>string</DataType></ClaimType>"#,
        r#"<ClaimType Id="spare"> <!-- vestibule: allow unused -->
           <DataType>string</DataType></ClaimType>"#,
        r#"<ClaimType Id="spare"><DataType>string</DataType></ClaimType> <!-- vestibule: allow v1011 -->"#,
        r#"<ClaimType Id="spare"><!-- vestibule: allow V1011, V1012 --><DataType>string</DataType></ClaimType>"#,
        r#"<ClaimType Id="spare"><DataType>string</DataType>
             <!-- vestibule: allow V1011 -->
           </ClaimType>"#,
    ];
    for claims in allowed {
        let found = said(&[Parts { claims, ..Parts::default() }.text()]);
        assert!(found.iter().all(|(code, _)| code != "V1011"), "{claims}: {found:?}");
    }
    let before = Parts { claims: CLAIM, before: "<!-- vestibule: allow unused -->", ..Parts::default() };
    assert_eq!(said(&[before.text()]), [], "before the root element it is for the whole file");
}

#[test]
fn a_comment_that_allows_nothing_or_says_nothing_is_found() {
    let comment = "<!-- vestibule: allow V1011 -->";
    let found = said(&[Parts { before: comment, ..Parts::default() }.text()]);
    assert_eq!(found, [("V1001".to_owned(), comment.to_owned())]);
    for comment in
        ["<!-- vestibule: allow V9999 -->", "<!-- vestibule: alow V1011 -->", "<!-- vestibule: allow -->"]
    {
        let found = said(&[Parts { before: comment, ..Parts::default() }.text()]);
        assert_eq!(found, [("V1002".to_owned(), comment.to_owned())]);
    }
    let other = r#"<ClaimType Id="a"><DataType>string</DataType></ClaimType>
        <!-- vestibule: allow V1012 --><ClaimType Id="spare"><DataType>string</DataType></ClaimType>"#;
    let found = said(&[Parts { claims: other, ..Parts::default() }.text()]);
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["V1011", "V1001", "V1011"], "another lint's comment allows nothing");
}

#[test]
fn levels_decide_the_weight() {
    let text = Parts { claims: CLAIM, ..Parts::default() }.text();
    for (level, severity) in [
        (Level::Allow, None),
        (Level::Note, Some(Severity::Note)),
        (Level::Warn, Some(Severity::Warning)),
        (Level::Deny, Some(Severity::Error)),
    ] {
        let mut levels = Levels::default();
        levels.set("V1011", level).expect("a lint");
        let (_, compiled) = run(std::slice::from_ref(&text), &levels);
        assert_eq!(compiled.diagnostics.iter().next().map(|one| one.severity), severity);
        assert_eq!(compiled.policies.len(), 1, "an error of a lint keeps no policy from running");
    }
}
