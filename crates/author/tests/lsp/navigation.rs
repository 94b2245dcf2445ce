//! Definitions, references, links and symbols.

use serde_json::{Value, json};

use crate::client::{Client, own, starter};

const BASE: &str = "TrustFrameworkBase.xml";

/// File, place, and the declarations, nearest first, in the starter pack LocalAccounts.
const PACK: &[(&str, &str, &[&str])] = &[
    // User journeys, from two kinds of places.
    (
        "SignUpOrSignin.xml",
        "DefaultUserJourney ReferenceId=\"|SignUpOrSignIn",
        &["TrustFrameworkBase.xml:875 SignUpOrSignIn"],
    ),
    (
        "SignUpOrSignin.xml",
        "UserJourneyReferenceId=\"RedeemRefresh|Token",
        &["TrustFrameworkBase.xml:959 RedeemRefreshToken"],
    ),
    // Claim types: up the whole chain; at the last letter too.
    (
        "SignUpOrSignin.xml",
        "ClaimTypeReferenceId=\"objectId|\" Partner",
        &["TrustFrameworkBase.xml:50 objectId"],
    ),
    // Policies.
    (
        "SignUpOrSignin.xml",
        "<PolicyId>B2C_1A_|TrustFrameworkExtensions",
        &["TrustFrameworkExtensions.xml:8 B2C_1A_TrustFrameworkExtensions"],
    ),
    // An override and what it overrides: seen from the base, its own comes first.
    (
        BASE,
        "ValidationTechnicalProfile ReferenceId=\"login|-NonInteractive",
        &[
            "TrustFrameworkBase.xml:446 login-NonInteractive",
            "TrustFrameworkExtensions.xml:25 login-NonInteractive",
        ],
    ),
    (
        "TrustFrameworkExtensions.xml",
        "TechnicalProfile Id=\"login|-NonInteractive",
        &[
            "TrustFrameworkExtensions.xml:25 login-NonInteractive",
            "TrustFrameworkBase.xml:446 login-NonInteractive",
        ],
    ),
    // Content definitions from a step, declared twice along the chain.
    (
        BASE,
        "ContentDefinitionReferenceId=\"|api.signuporsignin",
        &[
            "TrustFrameworkBase.xml:381 api.signuporsignin",
            "TrustFrameworkLocalization.xml:19 api.signuporsignin",
        ],
    ),
    // Localized resources.
    (
        "TrustFrameworkLocalization.xml",
        "LocalizedResourcesReferenceId=\"api.signuporsignin.|en",
        &["TrustFrameworkLocalization.xml:74 api.signuporsignin.en"],
    ),
    // Exchanges: of the same step, and from metadata.
    (
        BASE,
        "ClaimsProviderSelection ValidationClaimsExchangeId=\"|LocalAccountSigninEmailExchange\" />\n          </ClaimsProviderSelections>\n          <ClaimsExchanges>\n            <ClaimsExchange Id=\"LocalAccountSigninEmailExchange\" TechnicalProfileReferenceId=\"SelfAsserted-LocalAccountSignin-Email\" />\n          </ClaimsExchanges>\n        </OrchestrationStep>\n\n        <OrchestrationStep Order=\"2\" Type=\"ClaimsExchange\">\n          <Preconditions>\n            <Precondition Type=\"ClaimsExist\"",
        &["TrustFrameworkBase.xml:883 LocalAccountSigninEmailExchange"],
    ),
    (
        BASE,
        "<Item Key=\"SignUpTarget\">SignUp|WithLogonEmailExchange",
        &["TrustFrameworkBase.xml:895 SignUpWithLogonEmailExchange"],
    ),
    // Metadata that names a claim, and a precondition.
    (BASE, "identity_claim_type\">|objectId", &["TrustFrameworkBase.xml:50 objectId"]),
    (BASE, "<Value>obj|ectId</Value>", &["TrustFrameworkBase.xml:50 objectId"]),
    // Transformations.
    (
        BASE,
        "OutputClaimsTransformation ReferenceId=\"|AssertAccountEnabledIsTrue",
        &["TrustFrameworkBase.xml:319 AssertAccountEnabledIsTrue"],
    ),
];

#[test]
fn every_kind_of_reference_leads_to_its_declaration_in_the_starter_pack() {
    let Some(pack) = starter() else { return };
    let mut client = Client::new(pack);
    client.open("SignUpOrSignin.xml");
    for (file, place, expected) in PACK {
        let place = place.replace('\n', if client.text(file).contains("\r\n") { "\r\n" } else { "\n" });
        assert_eq!(client.definition(file, &place), *expected, "{file}: {place}");
    }
    assert!(client.leave());
}

/// A policy whose references are of the kinds that our own policies do not have, on top of them.
const CHILD: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="vestibule.onmicrosoft.com" PolicyId="B2C_1A_Child" PublicPolicyUri="http://vestibule.onmicrosoft.com/B2C_1A_Child">
  <BasePolicy><TenantId>vestibule.onmicrosoft.com</TenantId><PolicyId>b2c_1a_extensions</PolicyId></BasePolicy>
  <BuildingBlocks>
    <ClaimsSchema>
      <ClaimType Id="city"><DataType>string</DataType><PredicateValidationReference Id="Rule" /></ClaimType>
      <ClaimType Id="EMAIL"><DisplayName>Mail</DisplayName></ClaimType>
    </ClaimsSchema>
    <Predicates><Predicate Id="Short" Method="IsLengthRange" /></Predicates>
    <PredicateValidations>
      <PredicateValidation Id="Rule"><PredicateGroups><PredicateGroup Id="g"><PredicateReferences><PredicateReference Id="short" /></PredicateReferences></PredicateGroup></PredicateGroups></PredicateValidation>
    </PredicateValidations>
    <ClaimsTransformations>
      <ClaimsTransformation Id="Copy" TransformationMethod="CopyClaim" />
    </ClaimsTransformations>
    <Localization Enabled="true">
      <LocalizedResources Id="child.en">
        <LocalizedStrings>
          <LocalizedString ElementType="Predicate" ElementId="Short" StringId="HelpText">x</LocalizedString>
          <LocalizedString ElementType="DisplayControl" ElementId="Box" StringId="intro_msg">x</LocalizedString>
          <LocalizedString ElementType="ClaimsProvider" StringId="Run">x</LocalizedString>
        </LocalizedStrings>
      </LocalizedResources>
    </Localization>
    <DisplayControls>
      <DisplayControl Id="Box" UserInterfaceControlType="VerificationControl" />
    </DisplayControls>
  </BuildingBlocks>
  <ClaimsProviders><ClaimsProvider><TechnicalProfiles>
    <TechnicalProfile Id="Page">
      <Metadata><Item Key="setting.forgotPasswordLinkOverride">run</Item><Item Key="ClaimTypeOnWhichToEnable">City</Item></Metadata>
      <InputClaimsTransformations><InputClaimsTransformation ReferenceId="copy" /></InputClaimsTransformations>
      <InputClaims><InputClaim ClaimTypeReferenceId="displayName" DefaultValue="x {Claim:city}" /></InputClaims>
      <DisplayClaims><DisplayClaim DisplayControlReferenceId="box" /></DisplayClaims>
    </TechnicalProfile>
  </TechnicalProfiles></ClaimsProvider></ClaimsProviders>
  <UserJourneys>
    <UserJourney Id="Main"><OrchestrationSteps>
      <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Run" TechnicalProfileReferenceId="page" /></ClaimsExchanges></OrchestrationStep>
      <OrchestrationStep Order="2" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="part" /></JourneyList></OrchestrationStep>
    </OrchestrationSteps></UserJourney>
  </UserJourneys>
  <SubJourneys><SubJourney Id="Part" Type="Call" /></SubJourneys>
</TrustFrameworkPolicy>
"#;

#[test]
fn every_kind_of_reference_leads_to_its_declaration_in_any_case() {
    let mut client = Client::new(own());
    client.open_as("Child.xml", CHILD);
    // Our own policies may grow: where things are declared there is looked for by their tags.
    let own = |name: &str, piece: &str, id: &str| format!("{} {id}", client.line_of(name, piece));
    let extensions = own("Extensions.xml", " PolicyId=\"B2C_1A_Extensions\"", "B2C_1A_Extensions");
    let email = own("Base.xml", "<ClaimType Id=\"email\">", "email");
    let shown = own("Base.xml", "<ClaimType Id=\"displayName\">", "displayName");
    let cases: &[(&str, &[&str])] = &[
        ("<PolicyId>b2c_1a_|extensions", &[&extensions]),
        ("PredicateValidationReference Id=\"|Rule", &["Child.xml:10 Rule"]),
        ("PredicateReference Id=\"sh|ort", &["Child.xml:8 Short"]),
        ("ElementType=\"Predicate\" ElementId=\"|Short", &["Child.xml:8 Short"]),
        ("ElementType=\"DisplayControl\" ElementId=\"|Box", &["Child.xml:25 Box"]),
        ("StringId=\"|Run", &["Child.xml:38 Run"]),
        (">r|un</Item>", &["Child.xml:38 Run"]),
        (">Cit|y</Item>", &["Child.xml:5 city"]),
        ("InputClaimsTransformation ReferenceId=\"co|py", &["Child.xml:13 Copy"]),
        ("{Claim:ci|ty}", &["Child.xml:5 city"]),
        ("DisplayControlReferenceId=\"b|ox", &["Child.xml:25 Box"]),
        ("TechnicalProfileReferenceId=\"pa|ge", &["Child.xml:29 Page"]),
        ("SubJourneyReferenceId=\"pa|rt", &["Child.xml:42 Part"]),
        // An override: nearest first.
        ("ClaimType Id=\"EM|AIL", &["Child.xml:6 EMAIL", &email]),
        ("InputClaim ClaimTypeReferenceId=\"displ|ayName", &[&shown]),
        // Nothing is named here.
        ("<DisplayName>Ma|il", &[]),
    ];
    for (place, expected) in cases {
        assert_eq!(client.definition("Child.xml", place), *expected, "{place}");
    }
    assert!(client.leave());
}

#[test]
fn references_are_found_across_the_chain_and_not_beyond() {
    let Some(pack) = starter() else { return };
    let mut client = Client::new(pack);
    client.open("SignUpOrSignin.xml");
    let mut at = client.at("SignUpOrSignin.xml", "ClaimTypeReferenceId=\"|objectId");
    at["context"] = json!({ "includeDeclaration": true });
    let answer = client.ask("textDocument/references", at.clone()).unwrap();
    let in_base = [50, 470, 522, 543, 566, 569, 586, 590, 607, 677, 713, 737, 757, 784, 826, 845, 890];
    let mut expected = vec![
        "PasswordReset.xml:23 objectId".to_owned(),
        "ProfileEdit.xml:22 objectId".to_owned(),
        "SignUpOrSignin.xml:30 objectId".to_owned(),
    ];
    expected.extend(in_base.iter().map(|line| format!("TrustFrameworkBase.xml:{line} objectId")));
    assert_eq!(client.places(&answer), expected);
    at["context"] = json!({ "includeDeclaration": false });
    let answer = client.ask("textDocument/references", at).unwrap();
    expected.retain(|one| one != "TrustFrameworkBase.xml:50 objectId");
    assert_eq!(client.places(&answer), expected);
    let at = client.at("TrustFrameworkBase.xml", "InputClaim ClaimTypeReferenceId=\"signIn|Name\" Partner");
    let answer = client.ask("textDocument/documentHighlight", at).unwrap();
    let kinds: Vec<&Value> = answer.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    // The declaration is written, the rest is read.
    assert_eq!(kinds.iter().filter(|kind| ***kind == json!(3)).count(), 1);
    assert_eq!(client.covered(&client.text("TrustFrameworkBase.xml"), &answer[0]["range"]), "signInName");
    assert!(client.leave());
}

#[test]
fn a_name_in_an_unrelated_policy_is_another_thing() {
    let mut client = Client::new(own());
    client.open_as("A.xml", &CHILD.replace("B2C_1A_Child", "B2C_1A_A"));
    client.open_as("B.xml", &CHILD.replace("B2C_1A_Child", "B2C_1A_B"));
    let mut at = client.at("A.xml", "ClaimType Id=\"ci|ty");
    at["context"] = json!({ "includeDeclaration": true });
    let answer = client.ask("textDocument/references", at).unwrap();
    assert_eq!(client.places(&answer), ["A.xml:5 city", "A.xml:30 City", "A.xml:32 city"]);
    assert!(client.leave());
}

#[test]
fn the_base_policy_and_addresses_are_links() {
    let mut client = Client::new(own());
    let text = client.text("SignUpOrSignIn.xml");
    let answer = client
        .ask("textDocument/documentLink", json!({ "textDocument": client.document("SignUpOrSignIn.xml") }))
        .unwrap();
    let links: Vec<(String, &Value)> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (client.covered(&text, &one["range"]).to_owned(), &one["target"]))
        .collect();
    assert_eq!(links, [("B2C_1A_Extensions".to_owned(), &json!(client.uri("Extensions.xml")))]);
    let page = CHILD.replace("<Localization E", "<ContentDefinitions><ContentDefinition Id=\"p\"><LoadUri>https://h/p.html?a=1&amp;b=2</LoadUri><DataUri>urn:x</DataUri></ContentDefinition><ContentDefinition Id=\"q\"><LoadUri>https://h/{Culture:LCID}</LoadUri></ContentDefinition></ContentDefinitions><Localization E");
    client.open_as("Child.xml", &page);
    let answer = client
        .ask("textDocument/documentLink", json!({ "textDocument": client.document("Child.xml") }))
        .unwrap();
    let targets: Vec<&str> =
        answer.as_array().unwrap().iter().map(|one| one["target"].as_str().unwrap()).collect();
    assert_eq!(targets, [client.uri("Extensions.xml").as_str(), "https://h/p.html?a=1&b=2"]);
    assert!(client.leave());
}

/// Names of an outline, each indented by its depth.
fn flat(symbols: &Value, depth: usize, rows: &mut Vec<String>) {
    for one in symbols.as_array().into_iter().flatten() {
        rows.push(format!("{}{}", "  ".repeat(depth), one["name"].as_str().unwrap()));
        flat(&one["children"], depth + 1, rows);
    }
}

#[test]
fn the_outline_is_the_policys() {
    let mut client = Client::new(own());
    client.open_as("Child.xml", CHILD);
    let answer = client
        .ask("textDocument/documentSymbol", json!({ "textDocument": client.document("Child.xml") }))
        .unwrap();
    let mut rows = Vec::new();
    flat(&answer, 0, &mut rows);
    assert_eq!(
        rows,
        [
            "B2C_1A_Child",
            "  BuildingBlocks",
            "    ClaimsSchema",
            "      city",
            "      EMAIL",
            "    Predicates",
            "      Short",
            "    PredicateValidations",
            "      Rule",
            "    ClaimsTransformations",
            "      Copy",
            "    Localization",
            "      child.en",
            "    DisplayControls",
            "      Box",
            "  ClaimsProviders",
            "    ClaimsProvider",
            "      Page",
            "  UserJourneys",
            "    Main",
            "      1 ClaimsExchange",
            "        Run",
            "      2 InvokeSubJourney",
            "  SubJourneys",
            "    Part",
        ]
    );
    let claim = &answer[0]["children"][0]["children"][0]["children"][0];
    let text = client.text("Child.xml");
    assert!(client.covered(&text, &claim["range"]).starts_with("<ClaimType Id=\"city\">"));
    assert!(client.covered(&text, &claim["range"]).ends_with("</ClaimType>"));
    assert!(client.leave());
}

#[test]
fn symbols_of_the_workspace_are_found_by_their_letters() {
    let mut client = Client::new(own());
    let profile = |name: &str, id: &str| {
        format!("{} {id}", client.line_of(name, &format!("<TechnicalProfile Id=\"{id}\">")))
    };
    let read = "AAD-UserReadUsingObjectId";
    let readers = [
        profile("Base.xml", read),
        profile("Base.xml", "AAD-UserReadUsingObjectId-CheckRefreshTokenDate"),
        profile("Extensions.xml", read),
        // Scattered letters come last.
        profile("Base.xml", "AAD-UserWritePasswordUsingObjectId"),
    ];
    let issuers = [profile("Base.xml", "SM-jwt-issuer"), profile("Base.xml", "JwtIssuer")];
    let mut found = |query: &str| -> Vec<String> {
        let answer = client.ask("workspace/symbol", json!({ "query": query })).unwrap();
        let row = |one: &Value| client.shown(&one["location"]["uri"], &one["location"]["range"]);
        answer.as_array().unwrap().iter().map(row).collect()
    };
    assert_eq!(found("aaduserreadusingobjectid"), readers);
    assert_eq!(found("jwtiss"), issuers);
    assert!(found("no such thing").is_empty());
    assert!(found("").len() > 60);
    assert!(client.leave());
}
