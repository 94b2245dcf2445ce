use serde_json::json;
use vestibule_engine::compile;
use vestibule_engine::source::Sources;

use super::*;

const ROOT: &str = "xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" PolicySchemaVersion=\"0.3.0.0\" \
                    TenantId=\"x.onmicrosoft.com\" PublicPolicyUri=\"http://x.onmicrosoft.com/p\"";

fn sources(name: &str, body: &str) -> Sources {
    let mut sources = Sources::default();
    let text =
        format!("<TrustFrameworkPolicy {ROOT} PolicyId=\"B2C_1A_Example\">\n{body}\n</TrustFrameworkPolicy>");
    sources.add(name, text.as_bytes());
    sources
}

const UNKNOWN: &str = "<BuildingBlocks><ClaimsSchema><ClaimType Id=\"email\"><DataType>string</DataType></ClaimType>\
    </ClaimsSchema></BuildingBlocks>\n<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>\n\
    <TechnicalProfile Id=\"Page\"><OutputClaims>\n\
    <OutputClaim ClaimTypeReferenceId=\"emial\" />\n\
    </OutputClaims></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>";

#[test]
fn sarif_has_the_members_that_its_schema_requires() {
    let sources = sources("policies/my file.xml", UNKNOWN);
    let log = sarif(compile(&sources).diagnostics.iter(), &sources, "1.2.3");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!((driver["name"].as_str(), driver["version"].as_str()), (Some("vestibule"), Some("1.2.3")));
    let rule = &driver["rules"][0];
    assert_eq!(rule["id"], "V0301");
    assert!(rule["helpUri"].as_str().is_some_and(|uri| uri.ends_with("/docs/diagnostics/V0301.md")));
    assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.starts_with("# V0301 ")));
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "V0301");
    assert_eq!(result["ruleIndex"], 0);
    assert_eq!(result["level"], "error");
    assert_eq!(result["message"]["text"], "unknown claim type `emial`; did you mean `email`?");
    let region = json!({"startLine": 5, "startColumn": 36, "endLine": 5, "endColumn": 41});
    let place = json!({"artifactLocation": {"uri": "policies/my%20file.xml"}, "region": region});
    let label = json!({ "text": "no claim type has this id" });
    assert_eq!(result["locations"], json!([{ "physicalLocation": place, "message": label }]));
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "policies/my%20file.xml");
    assert_eq!(
        change["replacements"],
        json!([{"deletedRegion": region, "insertedContent": {"text": "email"}}])
    );
}

#[test]
fn sarif_names_every_further_place() {
    let twice = "<BuildingBlocks><ClaimsSchema>\n<ClaimType Id=\"a\"><DataType>string</DataType></ClaimType>\n\
                 <ClaimType Id=\"a\"><DataType>string</DataType></ClaimType></ClaimsSchema></BuildingBlocks>";
    let sources = sources("C:\\policies\\a.xml", twice);
    let log = sarif(compile(&sources).diagnostics.iter(), &sources, "1");
    let related = &log["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["id"], 1);
    assert_eq!(related["message"]["text"], "first declared here");
    let place = &related["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "file:///C:/policies/a.xml");
    assert_eq!(place["region"]["startLine"], 3);
}

#[test]
fn a_sarif_log_without_results_is_still_one() {
    let sources = sources("a.xml", "");
    let log = sarif(compile(&sources).diagnostics.iter(), &sources, "1");
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"], json!([]));
}

#[test]
fn a_workflow_command_is_one_line_whatever_the_policy_says() {
    let sources = sources("a,b:c%.xml", &UNKNOWN.replace("emial", "100%"));
    let text = github(compile(&sources).diagnostics.iter(), &sources);
    assert_eq!(
        text,
        "::error file=a%2Cb%3Ac%25.xml,line=5,endLine=5,col=36,endColumn=40,title=V0301 unknown-claim-type::\
         unknown claim type `100%25` (no claim type has this id)\n"
    );
}

#[test]
fn a_workflow_command_carries_the_remedy() {
    let sources = sources("a.xml", UNKNOWN);
    let text = github(compile(&sources).diagnostics.iter(), &sources);
    let end = "::unknown claim type `emial` (no claim type has this id)%0Ahelp: did you mean `email`?\n";
    assert!(text.ends_with(end), "{text}");
}

fn answer(body: &str) -> String {
    let sources = sources("a.xml", body);
    upload(compile(&sources).diagnostics.iter(), &sources)
}

#[test]
fn an_upload_is_refused_in_the_clouds_words() {
    assert_eq!(
        answer(UNKNOWN).trim(),
        "Validation failed: 1 validation error(s) found in policy \"B2C_1A_EXAMPLE\" of tenant \
         \"x.onmicrosoft.com\".TechnicalProfile \"Page\" in policy \"B2C_1A_EXAMPLE\" of tenant \
         \"x.onmicrosoft.com\" makes a reference to ClaimType with id \"emial\" but neither the policy nor any of \
         its base policies contain such an element."
    );
    assert_eq!(answer(""), "");
}

/// A journey with these steps, and a relying party that runs it; what the answer must contain (policy-language 3).
#[test]
fn the_documented_checks_have_their_documented_sentences() {
    let journey = |steps: &str, claims: &str| {
        format!(
            "<BuildingBlocks><ClaimsSchema><ClaimType Id=\"c\"><DataType>string</DataType></ClaimType></ClaimsSchema>\
             </BuildingBlocks><UserJourneys><UserJourney Id=\"J\"><OrchestrationSteps>{steps}</OrchestrationSteps>\
             </UserJourney></UserJourneys><RelyingParty><DefaultUserJourney ReferenceId=\"J\" />\
             <TechnicalProfile Id=\"PolicyProfile\"><DisplayName>x</DisplayName><Protocol Name=\"OpenIdConnect\" />\
             <OutputClaims>{claims}</OutputClaims></TechnicalProfile></RelyingParty>"
        )
    };
    let send = |order: u32| format!("<OrchestrationStep Order=\"{order}\" Type=\"SendClaims\" />");
    let noop = "<OrchestrationStep Order=\"1\" Type=\"Noop\" />";
    let claim = "<OutputClaim ClaimTypeReferenceId=\"c\" />";
    let here = "in policy \"B2C_1A_EXAMPLE\" of tenant \"x.onmicrosoft.com\"";
    let cases = [
        (
            journey(&format!("{noop}{}", send(3)), ""),
            format!("User journey \"J\" {here} was expected to have step with order \"2\" but it was not found"),
        ),
        (journey(noop, ""), "User journey 'J' does not contain a send claims step.".to_owned()),
        (
            journey(&send(1), ""),
            "User journey 'J' send claims step does not contain a reference to an issuer technical profile."
                .to_owned(),
        ),
        (
            journey(&format!("{}{}", send(1), send(2)), ""),
            "User journey 'J' is invalid because it contains multiple SendClaims steps.".to_owned(),
        ),
        (
            journey(&format!("{}{}", send(1), noop.replace('1', "2")), ""),
            "contains steps which occur after the SendClaims step.".to_owned(),
        ),
        (
            journey(&send(1), claim),
            "Claim type \"c\" is the output claim of the relying party's technical profile, but it is not an output \
             claim in any of the steps of user journey \"J\"."
                .to_owned(),
        ),
        (
            "<BasePolicy><TenantId>x.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>".to_owned(),
            "Policy with 'policyId': B2C_1A_BASE cannot be found in the directory".to_owned(),
        ),
        (
            "<BuildingBlocks><Nonsense /></BuildingBlocks>".to_owned(),
            "The element 'BuildingBlocks' in namespace \
             'http://schemas.microsoft.com/online/cpim/schemas/2013/06' has invalid child element 'Nonsense'"
                .to_owned(),
        ),
        (
            "<BuildingBlocks>Text</BuildingBlocks>".to_owned(),
            format!("Schema validation error found at line 2 col 17 {here}: The element 'BuildingBlocks'"),
        ),
        ("<a>".to_owned(), "The uploaded XML has an error on line 3 col 1 : ".to_owned()),
    ];
    for (body, sentence) in cases {
        let answer = answer(&body);
        assert!(answer.contains(&sentence), "{sentence}\n{answer}");
    }
}
