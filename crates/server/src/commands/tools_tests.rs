//! The author's commands over real folders: what they write, what they end with.

use std::path::Path;

use super::tests::parsed;
use super::*;

const POLICY: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="B2C_1A_one" PublicPolicyUri="http://t/one"><ClaimsProviders><ClaimsProvider><DisplayName>T</DisplayName><TechnicalProfiles><TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat></TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders><UserJourneys><UserJourney Id="Main"><OrchestrationSteps><OrchestrationStep Order="1" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/></OrchestrationSteps></UserJourney></UserJourneys><RelyingParty><DefaultUserJourney ReferenceId="Main"/><TechnicalProfile Id="P"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect"/></TechnicalProfile></RelyingParty></TrustFrameworkPolicy>"#;

/// A folder with one policy file.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.xml"), text).unwrap();
    folder
}

fn ends(line: &str) -> Outcome {
    match parsed(line).unwrap() {
        Command::Check(command) => check::run(&command),
        Command::Diff(command) => diff::run(&command),
        Command::Graph(command) => graph::run(&command),
        Command::Analyze(command) => analyze::run(&command),
        other => panic!("{other:?}"),
    }
}

fn path(folder: &tempfile::TempDir) -> &str {
    folder.path().to_str().unwrap()
}

#[test]
fn a_difference_is_a_no_and_what_cannot_be_read_is_a_failure() {
    let (one, same) = (folder(POLICY), folder(&POLICY.replace("><", ">\n<")));
    let other = folder(&POLICY.replace("<DisplayName>P<", "<DisplayName>Q<"));
    assert!(ends(&format!("vestibule diff {} {}", path(&one), path(&same))).unwrap());
    assert!(!ends(&format!("vestibule diff {} {}", path(&one), path(&other))).unwrap());
    let broken = folder("<TrustFrameworkPolicy");
    let failure = ends(&format!("vestibule diff {} {}", path(&one), path(&broken))).unwrap_err();
    assert!(failure.0.contains("one.xml") && failure.0.contains("cannot be compared"), "{failure}");
    assert!(ends(&format!("vestibule diff {} /nowhere", path(&one))).is_err());
}

#[test]
fn the_name_of_the_file_chooses_the_format() {
    let folder = folder(POLICY);
    let written = |line: &str, file: &str| {
        let file = folder.path().join(file);
        assert!(ends(&format!("{line} {} -o {}", path(&folder), file.display())).unwrap());
        std::fs::read_to_string(Path::new(&file)).unwrap()
    };
    assert!(written("vestibule graph B2C_1A_one", "a.svg").starts_with("<svg "));
    assert!(written("vestibule graph b2c_1a_ONE --journey main", "a.mmd").starts_with("flowchart TD\n"));
    assert!(written("vestibule analyze", "a.html").starts_with("<!doctype html>"));
    assert!(written("vestibule analyze", "a.json").starts_with("{\n"));
    assert!(written("vestibule analyze", "a.txt").starts_with("Moving from Azure AD B2C\n"));
}

#[test]
fn a_graph_of_nothing_names_what_there_is() {
    let folder = folder(POLICY);
    let failure = ends(&format!("vestibule graph B2C_1A_two {}", path(&folder))).unwrap_err();
    assert!(failure.0.contains("`B2C_1A_two`") && failure.0.contains("B2C_1A_one"), "{failure}");
    let line = format!("vestibule graph B2C_1A_one {} --journey Other", path(&folder));
    let failure = ends(&line).unwrap_err();
    assert!(failure.0.contains("`Other`") && failure.0.contains("Main"), "{failure}");
}

/// The token wants a claim that nothing yields (policy-language 3, check 11).
#[test]
fn a_lenient_check_lets_pass_what_harms_nothing_yet() {
    let schema = "<BuildingBlocks><ClaimsSchema><ClaimType Id=\"shoeSize\"><DataType>string</DataType></ClaimType>\
                  </ClaimsSchema></BuildingBlocks><ClaimsProviders>";
    let output = "<Protocol Name=\"OpenIdConnect\"/><OutputClaims><OutputClaim ClaimTypeReferenceId=\"shoeSize\"/>\
                  </OutputClaims>";
    let text = POLICY.replace("<ClaimsProviders>", schema);
    let bent = folder(&text.replace("<Protocol Name=\"OpenIdConnect\"/>", output));
    assert!(!ends(&format!("vestibule check {}", path(&bent))).unwrap());
    assert!(ends(&format!("vestibule check --lenient {}", path(&bent))).unwrap());
    assert!(!ends(&format!("vestibule check --lenient --deny-warnings {}", path(&bent))).unwrap());
    let broken = folder(&POLICY.replace("ReferenceId=\"Main\"", "ReferenceId=\"Mian\""));
    assert!(!ends(&format!("vestibule check --lenient {}", path(&broken))).unwrap());
}
