//! Mistakes over a small base policy, each reported where it stands. What is to be reported is written in comments on
//! the line above, `<!-- error V0301 -->` or `<!-- warning V0504 -->`, several separated by semicolons; nothing else may
//! be reported. The book of the language, docs/language, is run by the author's crate.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use vestibule_engine::compile;
use vestibule_engine::diagnostic::Severity;
use vestibule_engine::source::Sources;

/// What every example may take for granted.
const BASE: &str = include_str!("language/base.xml");

fn policy(id: &str, body: &str) -> String {
    let base =
        "<BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>";
    format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/{id}\">{base}\n{body}\n</TrustFrameworkPolicy>"
    )
}

/// Line and what is reported there, as comments announce it.
fn announced(text: &str) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let comment = line.trim().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
        let parts = comment.into_iter().flat_map(|comment| comment.split(';')).map(str::trim);
        for part in parts.filter(|part| part.starts_with("error V") || part.starts_with("warning V")) {
            all.push((number + 1, part.to_owned()));
        }
    }
    all.sort();
    all
}

/// Line and what is reported there.
fn reported(text: &str) -> Vec<(u32, String)> {
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    let id = sources.add("example.xml", text.as_bytes());
    let compiled = compile(&sources);
    let mut all = Vec::new();
    for one in compiled.diagnostics.iter().filter(|one| one.severity != Severity::Note) {
        let source = sources.get(one.span.source).expect("a file");
        let line = if one.span.source == id { source.position(one.span.start).line } else { 0 };
        all.push((line, format!("{} {}", one.severity.name(), one.code.id)));
    }
    all.sort();
    all
}

#[test]
fn attack_120_every_mistake_at_once_is_reported_in_one_run() {
    let whole = policy("B2C_1A_Mistakes", include_str!("language/mistakes.xml"));
    let (found, wanted) = (reported(&whole), announced(&whole));
    assert_eq!(found, wanted);
    assert!(wanted.len() >= 50, "only {} mistakes", wanted.len());
}

#[test]
fn what_is_known_and_has_no_effect_is_told_where_it_stands() {
    let whole = policy("B2C_1A_Idle", include_str!("language/idle.xml"));
    assert_eq!(reported(&whole), announced(&whole));
}

#[test]
fn attack_121_an_unknown_word_is_told_with_the_nearest_known_one() {
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    let body = "<BuildingBlocks><ClaimsTransformations><ClaimsTransformation Id=\"T\" \
                TransformationMethod=\"AssertBoleanClaimIsEqualToValue\" /></ClaimsTransformations>\
                <ContentDefinitions><ContentDefinition Id=\"c\"><LoadUri>~/x</LoadUri>\
                <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfaserted:2.1.0</DataUri>\
                </ContentDefinition></ContentDefinitions></BuildingBlocks>\
                <ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
                <TechnicalProfile Id=\"P\"><DisplayName>x</DisplayName><Protocol Name=\"Proprietary\" \
                Handler=\"Web.TPEngine.Providers.SelfAssertedAtributeProvider, Web.TPEngine\" /></TechnicalProfile>\
                <TechnicalProfile Id=\"Page\"><Metadata><Item Key=\"seting.showCancelButton\">false</Item></Metadata>\
                </TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    sources.add("example.xml", policy("B2C_1A_Example", body).as_bytes());
    let compiled = compile(&sources);
    let help: Vec<&str> =
        compiled.diagnostics.iter().flat_map(|one| one.help.iter().map(String::as_str)).collect();
    for near in [
        "did you mean `AssertBooleanClaimIsEqualToValue`?",
        "did you mean `selfasserted`?",
        "did you mean `Web.TPEngine.Providers.SelfAssertedAttributeProvider`?",
        "did you mean `setting.showCancelButton`?",
    ] {
        assert!(help.contains(&near), "{near} is not among {help:#?}");
    }
}

#[test]
fn attack_122_what_only_a_child_policy_declares_does_not_exist_for_its_base() {
    let base = "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\
                <TechnicalProfile Id=\"Page\"><OutputClaims><OutputClaim ClaimTypeReferenceId=\"late\" />\
                </OutputClaims></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    let child = "<BuildingBlocks><ClaimsSchema><ClaimType Id=\"late\"><DataType>string</DataType></ClaimType>\
                 </ClaimsSchema></BuildingBlocks>";
    let child = policy("B2C_1A_Child", child).replace("<PolicyId>B2C_1A_Base<", "<PolicyId>B2C_1A_Middle<");
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    sources.add("middle.xml", policy("B2C_1A_Middle", base).as_bytes());
    sources.add("child.xml", child.as_bytes());
    let compiled = compile(&sources);
    let codes: Vec<&str> = compiled.diagnostics.iter().map(|one| one.code.id).collect();
    assert_eq!(codes, ["V0301"]);
    let ids: Vec<&str> = compiled.policies.iter().map(|policy| &*policy.id).collect();
    assert_eq!(ids, ["B2C_1A_Base", "B2C_1A_Child"]);
}

#[test]
fn attack_047_circles_are_refused_when_loaded() {
    let profiles = "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\n\
                    <TechnicalProfile Id=\"A\">\n\
                    <!-- error V0313 -->\n\
                    <IncludeTechnicalProfile ReferenceId=\"B\" /></TechnicalProfile>\n\
                    <TechnicalProfile Id=\"B\"><IncludeTechnicalProfile ReferenceId=\"A\" /></TechnicalProfile>\n\
                    <TechnicalProfile Id=\"Page\"><ValidationTechnicalProfiles>\n\
                    <!-- error V0511 -->\n\
                    <ValidationTechnicalProfile ReferenceId=\"Page\" />\n\
                    </ValidationTechnicalProfiles></TechnicalProfile>\n\
                    </TechnicalProfiles></ClaimsProvider></ClaimsProviders>";
    let sub = |id: &str, other: &str, comment: &str| {
        format!(
            "<SubJourney Id=\"{id}\" Type=\"Call\"><OrchestrationSteps>\
             <OrchestrationStep Order=\"1\" Type=\"InvokeSubJourney\"><JourneyList>\n{comment}\n\
             <Candidate SubJourneyReferenceId=\"{other}\" /></JourneyList></OrchestrationStep>\
             </OrchestrationSteps></SubJourney>"
        )
    };
    let circle = format!(
        "<SubJourneys>{}{}</SubJourneys>",
        sub("S1", "S2", ""),
        sub("S2", "S1", "<!-- error V0611 -->")
    );
    let whole = policy("B2C_1A_Circles", &format!("{profiles}{circle}"));
    let mut found = reported(&whole);
    let mut wanted = announced(&whole);
    // A circle has no first element: it is told once, at one of its references.
    found.iter_mut().chain(&mut wanted).filter(|one| one.1.ends_with("V0313")).for_each(|one| one.0 = 0);
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}
