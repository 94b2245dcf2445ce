//! Family `journeys`.

use super::set::{Parts, fires};

/// Claims, a page's definition and profiles: `Ask` asks for `color`, `Make` sets `flag` to a constant, `Read` reads the user.
const CLAIMS: &str = r#"
  <ClaimType Id="color"><DisplayName>Color</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
  <ClaimType Id="flag"><DisplayName>Flag</DisplayName><DataType>string</DataType></ClaimType>
  <ClaimType Id="yes"><DisplayName>Yes</DisplayName><DataType>boolean</DataType></ClaimType>
  <ClaimType Id="givenName"><DisplayName>Name</DisplayName><DataType>string</DataType></ClaimType>"#;
const CONTENTS: &str = r#"<ContentDefinition Id="api.page"><LoadUri>~/tenant/x.cshtml</LoadUri>
  <DataUri>urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.29</DataUri></ContentDefinition>"#;
const PROFILES: &str = r#"
<TechnicalProfile Id="Ask"><DisplayName>Ask</DisplayName><Protocol Name="Proprietary"
  Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine" />
  <Metadata><Item Key="ContentDefinitionReferenceId">api.page</Item></Metadata>
  <OutputClaims><OutputClaim ClaimTypeReferenceId="color" Required="true" /></OutputClaims></TechnicalProfile>
<TechnicalProfile Id="Make"><DisplayName>Make</DisplayName><Protocol Name="Proprietary"
  Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine" />
  <OutputClaims><OutputClaim ClaimTypeReferenceId="flag" DefaultValue="on" />
    <OutputClaim ClaimTypeReferenceId="yes" DefaultValue="true" /></OutputClaims></TechnicalProfile>
<TechnicalProfile Id="Read"><DisplayName>Read</DisplayName><Protocol Name="Proprietary"
  Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider, Web.TPEngine" />
  <Metadata><Item Key="Operation">Read</Item>
    <Item Key="RaiseErrorIfClaimsPrincipalDoesNotExist">true</Item></Metadata>
  <InputClaims><InputClaim ClaimTypeReferenceId="objectId" /></InputClaims>
  <OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" /><OutputClaim ClaimTypeReferenceId="givenName" />
  </OutputClaims></TechnicalProfile>"#;

macro_rules! step {
    ($order:literal, $profile:literal) => {
        step!($order, $profile, "")
    };
    ($order:literal, $profile:literal, $preconditions:expr) => {
        concat!(
            r#"<OrchestrationStep Order=""#,
            $order,
            r#"" Type="ClaimsExchange">"#,
            $preconditions,
            r#"<ClaimsExchanges><ClaimsExchange Id="E"#,
            $order,
            r#"" TechnicalProfileReferenceId=""#,
            $profile,
            r#"" /></ClaimsExchanges></OrchestrationStep>"#
        )
    };
}
macro_rules! exists {
    ($skip_if:literal, $claim:literal) => {
        concat!(
            r#"<Precondition Type="ClaimsExist" ExecuteActionsIf=""#,
            $skip_if,
            r#""><Value>"#,
            $claim,
            "</Value><Action>SkipThisOrchestrationStep</Action></Precondition>"
        )
    };
}
macro_rules! equals {
    ($skip_if:literal, $claim:literal, $literal:literal) => {
        concat!(
            r#"<Precondition Type="ClaimEquals" ExecuteActionsIf=""#,
            $skip_if,
            r#""><Value>"#,
            $claim,
            "</Value><Value>",
            $literal,
            "</Value><Action>SkipThisOrchestrationStep</Action></Precondition>"
        )
    };
}
macro_rules! unless {
    ($($one:expr),*) => { concat!("<Preconditions>", $($one),*, "</Preconditions>") };
}

fn journey(steps: &'static str, last: u32) -> Parts {
    let outputs = r#"<OutputClaim ClaimTypeReferenceId="color" DefaultValue="none" />"#;
    Parts { claims: CLAIMS, contents: CONTENTS, profiles: PROFILES, steps, last, outputs, ..Parts::default() }
}

#[test]
fn a_step_that_is_always_skipped() {
    let never = [
        // The step before sets the claim in any case.
        concat!(step!("1", "Ask"), step!("2", "Make", unless!(exists!("true", "color")))),
        // No step before sets it.
        concat!(step!("1", "Ask"), step!("2", "Make", unless!(exists!("false", "flag")))),
        // One value or the other, and both skip.
        concat!(
            step!("1", "Ask"),
            step!("2", "Make", unless!(equals!("false", "color", "red"), equals!("false", "color", "blue")))
        ),
        concat!(
            step!("1", "Ask"),
            step!("2", "Ask", unless!(exists!("true", "flag"), exists!("false", "flag")))
        ),
        // The only value it can have.
        concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "flag", "on")))),
        concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "yes", "True")))),
    ];
    for steps in never {
        fires("V1101", &journey(steps, 3), &["2"]);
    }
    let sometimes = [
        concat!(step!("1", "Ask"), step!("2", "Make", unless!(equals!("false", "color", "red")))),
        concat!(step!("1", "Ask"), step!("2", "Make", unless!(exists!("true", "flag")))),
        concat!(
            step!("1", "Ask"),
            step!("2", "Make", unless!(equals!("true", "color", "red"), equals!("true", "color", "blue")))
        ),
        // A comparison with an absent claim does not skip.
        concat!(step!("1", "Ask"), step!("2", "Make", unless!(equals!("false", "flag", "on")))),
    ];
    for steps in sometimes {
        fires("V1101", &journey(steps, 3), &[]);
    }
}

#[test]
fn ways_that_part_and_join_are_kept_apart() {
    // Whoever skipped step 2 is red, so that step 3 skips for everybody else.
    let steps = concat!(
        step!("1", "Ask"),
        step!("2", "Make", unless!(equals!("true", "color", "red"))),
        step!("3", "Ask", unless!(exists!("true", "flag"), equals!("true", "color", "red")))
    );
    fires("V1101", &journey(steps, 4), &["3"]);
}

#[test]
fn a_precondition_that_never_skips() {
    let never_set = concat!(step!("1", "Ask", unless!(exists!("true", "flag"))), step!("2", "Make"));
    fires("V1102", &journey(never_set, 3), &["flag"]);
    let set =
        concat!(step!("1", "Make"), step!("2", "Ask", unless!(exists!("true", "color"))), step!("3", "Ask"));
    fires("V1102", &journey(set, 4), &["color"]);
    let may_be = concat!(
        step!("1", "Ask"),
        step!("2", "Make", unless!(equals!("true", "color", "red"))),
        step!("3", "Ask", unless!(exists!("true", "flag")))
    );
    fires("V1102", &journey(may_be, 4), &[]);
    fires("V1106", &journey(may_be, 4), &[]);
    let always = concat!(step!("1", "Make"), step!("2", "Ask", unless!(exists!("false", "flag"))));
    fires("V1106", &journey(always, 3), &["flag"]);
    let other = concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "flag", "off"))));
    fires("V1106", &journey(other, 3), &["flag"]);
}

#[test]
fn a_comparison_that_cannot_come_out() {
    let impossible = concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "yes", "yes"))));
    fires("V1103", &journey(impossible, 3), &["yes"]);
    let lower = concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "yes", "true"))));
    fires("V1103", &journey(lower, 3), &[]);
    fires("V1110", &journey(lower, 3), &["true"]);
    let right = concat!(step!("1", "Make"), step!("2", "Ask", unless!(equals!("true", "yes", "True"))));
    fires("V1110", &journey(right, 3), &[]);
}

#[test]
fn a_comparison_with_a_claim_that_may_be_absent() {
    let absent = concat!(
        step!("1", "Ask"),
        step!("2", "Read", unless!(equals!("true", "color", "red"))),
        step!("3", "Ask", unless!(equals!("false", "givenName", "Ann")))
    );
    fires("V1107", &journey(absent, 4), &["givenName"]);
    let asked = concat!(
        step!("1", "Ask"),
        step!("2", "Read", unless!(equals!("true", "color", "red"))),
        step!("3", "Ask", unless!(exists!("false", "givenName"), equals!("false", "givenName", "Ann")))
    );
    fires("V1107", &journey(asked, 4), &[]);
    let there = concat!(step!("1", "Ask"), step!("2", "Make", unless!(equals!("false", "color", "red"))));
    fires("V1107", &journey(there, 3), &[]);
}

#[test]
fn a_step_behind_the_end() {
    let parts = |condition: &'static str| {
        let mut parts = journey("", 3);
        parts.steps = match condition {
            "" => concat!(
                step!("1", "Ask"),
                r#"<OrchestrationStep Order="2" Type="InvokeSubJourney"><JourneyList>
                <Candidate SubJourneyReferenceId="End" /></JourneyList></OrchestrationStep>"#
            ),
            _ => concat!(
                step!("1", "Ask"),
                r#"<OrchestrationStep Order="2" Type="InvokeSubJourney">"#,
                unless!(equals!("true", "color", "red")),
                r#"<JourneyList><Candidate SubJourneyReferenceId="End" /></JourneyList></OrchestrationStep>"#
            ),
        };
        parts.sub_journeys = r#"<SubJourneys><SubJourney Id="End" Type="Transfer"><OrchestrationSteps>
          <OrchestrationStep Order="1" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
          </OrchestrationSteps></SubJourney></SubJourneys>"#;
        let text = parts.text();
        text.replace(
            "<UserJourney Id=\"Journey\">",
            "<UserJourney Id=\"Journey\" DefaultCpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\">",
        )
    };
    let unreachable = |text: String| {
        let found = super::set::said(&[text]);
        found.into_iter().filter(|(code, _)| code == "V1104").map(|(_, place)| place).collect::<Vec<_>>()
    };
    assert_eq!(unreachable(parts("")), ["3"]);
    assert_eq!(unreachable(parts("maybe")), Vec::<String>::new());
}

#[test]
fn a_claim_that_the_token_may_lack() {
    let mut parts = journey(concat!(step!("1", "Ask"), step!("2", "Read")), 3);
    parts.outputs =
        r#"<OutputClaim ClaimTypeReferenceId="color" /><OutputClaim ClaimTypeReferenceId="givenName" />"#;
    fires("V1105", &parts, &["givenName"]);
    parts.outputs = r#"<OutputClaim ClaimTypeReferenceId="color" />
      <OutputClaim ClaimTypeReferenceId="givenName" DefaultValue="nobody" />"#;
    fires("V1105", &parts, &[]);
    // A way around the step that sets it.
    let steps = concat!(step!("1", "Ask"), step!("2", "Make", unless!(equals!("true", "color", "red"))));
    let mut parts = journey(steps, 3);
    parts.outputs = r#"<OutputClaim ClaimTypeReferenceId="flag" />"#;
    fires("V1105", &parts, &["flag"]);
    parts.steps = concat!(step!("1", "Ask"), step!("2", "Make"));
    fires("V1105", &parts, &[]);
}

#[test]
fn a_subject_that_may_be_absent() {
    let with = |subject: &str, steps| {
        let default = r#"PartnerClaimType="sub" DefaultValue="someone""#;
        let text = journey(steps, 3).text().replace(default, subject);
        super::set::said(&[text]).into_iter().filter(|(code, _)| code == "V1108").count()
    };
    let steps = concat!(step!("1", "Ask"), step!("2", "Read", unless!(equals!("true", "color", "red"))));
    assert_eq!(with(r#"PartnerClaimType="sub""#, steps), 1);
    assert_eq!(with(r#"PartnerClaimType="sub" DefaultValue="someone""#, steps), 0);
    assert_eq!(with(r#"PartnerClaimType="sub""#, concat!(step!("1", "Ask"), step!("2", "Read"))), 0);
}

#[test]
fn a_claim_that_a_refresh_loses() {
    let mut parts = journey(concat!(step!("1", "Ask"), step!("2", "Read")), 3);
    parts.journeys = r#"<UserJourney Id="Redeem"><OrchestrationSteps>
      <OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
        <ClaimsExchange Id="R" TechnicalProfileReferenceId="Read" /></ClaimsExchanges></OrchestrationStep>
      <OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="JwtIssuer" />
      </OrchestrationSteps></UserJourney>"#;
    parts.party = r#"<Endpoints><Endpoint Id="Token" UserJourneyReferenceId="Redeem" /></Endpoints>"#;
    parts.outputs =
        r#"<OutputClaim ClaimTypeReferenceId="color" /><OutputClaim ClaimTypeReferenceId="givenName" />"#;
    fires("V1109", &parts, &["color"]);
    parts.party = "";
    fires("V1109", &parts, &[]);
}

#[test]
fn a_journey_made_to_be_walked_for_ever_is_left_alone() {
    // Without a bound this would not end.
    use std::fmt::Write as _;
    let (mut claims, mut profiles, mut steps) = (String::new(), String::new(), String::new());
    for n in 1..=400 {
        let _ = write!(claims, "<ClaimType Id=\"c{n}\"><DataType>string</DataType></ClaimType>");
        let _ = write!(
            profiles,
            "<TechnicalProfile Id=\"P{n}\"><DisplayName>P</DisplayName><Protocol Name=\"Proprietary\"
             Handler=\"Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine\" />
             <OutputClaims><OutputClaim ClaimTypeReferenceId=\"c{n}\" DefaultValue=\"{{OAUTH-KV:x}}\" /></OutputClaims></TechnicalProfile>"
        );
        let before = (n - 1).max(1);
        let _ = write!(
            steps,
            "<OrchestrationStep Order=\"{n}\" Type=\"ClaimsExchange\"><Preconditions><Precondition Type=\"ClaimsExist\"
             ExecuteActionsIf=\"false\"><Value>c{before}</Value><Action>SkipThisOrchestrationStep</Action></Precondition>
             <Precondition Type=\"ClaimEquals\" ExecuteActionsIf=\"true\"><Value>c{before}</Value><Value>x</Value>
             <Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges>
             <ClaimsExchange Id=\"E{n}\" TechnicalProfileReferenceId=\"P{n}\" /></ClaimsExchanges></OrchestrationStep>"
        );
    }
    let text = Parts { last: 401, ..Parts::default() }.text();
    let text = text
        .replace("</ClaimsSchema>", &format!("{claims}</ClaimsSchema>"))
        .replace(
            "</TechnicalProfiles></ClaimsProvider>",
            &format!("{profiles}</TechnicalProfiles></ClaimsProvider>"),
        )
        .replace("<OrchestrationSteps>", &format!("<OrchestrationSteps>{steps}"));
    let found = super::set::said(&[text]);
    assert!(found.iter().all(|(code, _)| code != "V1104"), "{found:?}");
}
