//! The picture's rules on small policies: what leads where, what is told of it, and that a policy's words stay words.

use vestibule_engine::source::Sources;

use super::{Graph, NoGraph, build, mermaid, svg};
use crate::set::Set;

const PAGE: &str = r#"<DisplayName>Page &amp; form</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider"/>"#;

/// A policy of these steps and sub-journeys, with the profiles Form, Google, SignUp, Read and Issuer.
fn policy(steps: &str, subs: &str) -> String {
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="B2C_1A_one" PublicPolicyUri="http://t/one">
<ClaimsProviders><ClaimsProvider><DisplayName>Mail &lt;all&gt;</DisplayName><TechnicalProfiles>
<TechnicalProfile Id="Form">{PAGE}<Metadata><Item Key="SignUpTarget">SignUpExchange</Item></Metadata><ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="Read"/></ValidationTechnicalProfiles></TechnicalProfile>
<TechnicalProfile Id="Google"><DisplayName>Google</DisplayName><Protocol Name="OAuth2"/></TechnicalProfile>
<TechnicalProfile Id="SignUp">{PAGE}</TechnicalProfile>
<TechnicalProfile Id="Read"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider"/><Metadata><Item Key="Operation">Read</Item></Metadata></TechnicalProfile>
<TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat></TechnicalProfile>
</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="Main"><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>{subs}
<RelyingParty><DefaultUserJourney ReferenceId="Main"/><TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect"/><OutputClaims><OutputClaim ClaimTypeReferenceId="objectId" PartnerClaimType="sub"/></OutputClaims></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#
    )
}

const SIGN_IN: &str = r#"
<OrchestrationStep Order="1" Type="CombinedSignInAndSignUp" ContentDefinitionReferenceId="api.signuporsignin"><ClaimsProviderSelections><ClaimsProviderSelection TargetClaimsExchangeId="GoogleExchange"/><ClaimsProviderSelection ValidationClaimsExchangeId="FormExchange"/></ClaimsProviderSelections><ClaimsExchanges><ClaimsExchange Id="FormExchange" TechnicalProfileReferenceId="Form"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="2" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>objectId</Value><Action>SkipThisOrchestrationStep</Action></Precondition><Precondition Type="ClaimEquals" ExecuteActionsIf="false"><Value>kind</Value><Value>local</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="GoogleExchange" TechnicalProfileReferenceId="Google"/><ClaimsExchange Id="SignUpExchange" TechnicalProfileReferenceId="SignUp"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>"#;

fn set(text: &str) -> Set {
    let mut sources = Sources::default();
    sources.add("one.xml", text.as_bytes());
    Set::of(&sources)
}

fn graph(text: &str) -> Graph {
    let set = set(text);
    build(set.member("b2c_1a_ONE").expect("the policy, in any case"), None).expect("a journey")
}

#[test]
fn buttons_lead_to_their_exchanges_and_a_skip_is_told_in_words() {
    let graph = graph(&policy(SIGN_IN, ""));
    let [flow] = graph.flows.as_slice() else { panic!("one flow") };
    let [first, second, last] = flow.steps.as_slice() else { panic!("three steps") };
    let buttons: Vec<(&str, &str)> =
        first.buttons.iter().map(|one| (one.caption.as_str(), one.target.as_str())).collect();
    assert_eq!(buttons, [("Google", "GoogleExchange"), ("Sign up now", "SignUpExchange")]);
    assert_eq!(second.skipped.as_deref(), Some("skipped if objectId exists, or if kind is not “local”"));
    let validates = first.cards.first().and_then(|card| card.details.last()).cloned();
    assert_eq!(validates, Some(("Validates with".to_owned(), vec!["Read: directory: reads".to_owned()])));
    assert_eq!(last.cards.first().map(|card| card.kind.as_str()), Some("JWT token issuer"));
    assert_eq!(
        (flow.end.as_str(), flow.claims.join(",")),
        ("The application gets its tokens", "sub".to_owned())
    );
    let chart = mermaid(&graph);
    assert!(chart.contains(r#"f0s1g -- "Google" --> f0s1c0"#), "{chart}");
    assert!(chart.contains(r#"f0s1g -- "Sign up now" --> f0s1c1"#), "{chart}");
    assert!(chart.contains(r#"f0s1g -. "skipped" .-> f0s2c0"#), "{chart}");
    let picture = svg(&graph);
    assert_eq!(picture.matches("v-edge v-branch").count(), 2, "an arrow for each button");
    assert_eq!(picture.matches("v-edge v-skip").count(), 1, "a rail past the step that may be skipped");
}

#[test]
fn sub_journeys_are_drawn_once_and_linked_even_if_they_call_themselves() {
    let call = r#"<OrchestrationStep Order="1" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="Sub"/></JourneyList></OrchestrationStep>"#;
    let main = format!(
        r#"{call}<OrchestrationStep Order="2" Type="InvokeSubJourney"><JourneyList><Candidate SubJourneyReferenceId="sub"/></JourneyList></OrchestrationStep><OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>"#
    );
    let subs = format!(
        r#"<SubJourneys><SubJourney Id="Sub" Type="Call"><OrchestrationSteps>{call}</OrchestrationSteps></SubJourney></SubJourneys>"#
    );
    let graph = graph(&policy(&main, &subs));
    let ids: Vec<(&str, &str)> = graph.flows.iter().map(|flow| (flow.id.as_str(), flow.sort)).collect();
    assert_eq!(ids, [("Main", "Journey"), ("Sub", "Sub-journey, called")]);
    let picture = svg(&graph);
    assert_eq!(picture.matches("href=\"#flow-sub\"").count(), 3);
    assert_eq!(picture.matches("id=\"flow-sub\"").count(), 1);
    assert!(mermaid(&graph).contains("f0s0c0 -.-> f1start"));
}

#[test]
fn what_is_not_declared_is_drawn_as_such() {
    let steps =
        SIGN_IN.replace(r#"TechnicalProfileReferenceId="Google""#, r#"TechnicalProfileReferenceId="Nobody""#);
    let graph = graph(&policy(&steps, ""));
    let cards = graph.flows.iter().flat_map(|flow| &flow.steps).flat_map(|step| &step.cards);
    let missing: Vec<&str> =
        cards.filter(|card| card.warning.is_some()).map(|card| card.id.as_str()).collect();
    assert_eq!(missing, ["Nobody"]);
    assert!(svg(&graph).contains(">not declared</text>"));
}

#[test]
fn another_journey_is_drawn_by_its_id_and_a_wrong_one_names_those_there_are() {
    let set = set(&policy(SIGN_IN, ""));
    let member = set.member("B2C_1A_one").expect("the policy");
    assert_eq!(
        build(member, Some("Nowhere")),
        Err(NoGraph::NoJourney("Nowhere".to_owned(), vec!["Main".to_owned()]))
    );
    assert!(build(member, Some("MAIN")).is_ok());
    let base = policy(SIGN_IN, "");
    let (before, _) = base.split_once("<RelyingParty>").expect("a relying party");
    let set = self::set(&format!("{before}</TrustFrameworkPolicy>"));
    let member = set.member("B2C_1A_one").expect("the policy");
    assert_eq!(build(member, None), Err(NoGraph::NothingStarts(vec!["Main".to_owned()])));
}

#[test]
fn a_hostile_id_stays_a_word_in_both_formats() {
    let hostile = r"&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;]]--&gt;%%{init:{}}%%`#x;$$";
    let steps = SIGN_IN.replace(r#"Id="FormExchange""#, &format!(r#"Id="{hostile}""#));
    let text = policy(&steps, "").replace("PolicyId=\"B2C_1A_one\"", "PolicyId=\"b2c_1a_one\"");
    let graph = graph(&text);
    let picture = svg(&graph);
    let document = roxmltree::Document::parse(&picture).expect("well-formed");
    let names = document.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name());
    assert!(!names.collect::<Vec<_>>().contains(&"script"));
    assert!(!picture.contains("javascript:"));
    let chart = mermaid(&graph);
    for line in chart.lines().filter(|line| line.contains("f0s0c0[")) {
        let inside =
            line.split_once("[\"").and_then(|(_, rest)| rest.rsplit_once("\"]")).expect("a quoted label").0;
        assert!(!inside.contains(['"', '`', '$', '%', '\\']), "{inside}");
        assert!(
            !inside
                .replace("<b>", "")
                .replace("</b>", "")
                .replace("<br/>", "")
                .replace("<i>", "")
                .replace("</i>", "")
                .contains('<')
        );
    }
}

#[test]
fn a_journey_of_a_thousand_exchanges_stays_small() {
    let exchanges: String = (0..1000)
        .map(|at| format!(r#"<ClaimsExchange Id="E{at}" TechnicalProfileReferenceId="Form"/>"#))
        .collect();
    let wide = |order: u32| {
        format!(
            r#"<OrchestrationStep Order="{order}" Type="ClaimsExchange"><ClaimsExchanges>{exchanges}</ClaimsExchanges></OrchestrationStep>"#
        )
    };
    let graph = graph(&policy(&format!("{}{}", wide(1), wide(2)), ""));
    assert!(mermaid(&graph).lines().count() < 7_000, "edges run through a joint");
    assert!(svg(&graph).len() < 4 << 20);
}

#[test]
fn nothing_follows_a_step_that_ends_the_journey_or_hands_it_over() {
    let main = r#"
<OrchestrationStep Order="1" Type="InvokeSubJourney"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>a</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><JourneyList><Candidate SubJourneyReferenceId="Over"/></JourneyList></OrchestrationStep>
<OrchestrationStep Order="2" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>b</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions></OrchestrationStep>
<OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>"#;
    let subs = r#"<SubJourneys><SubJourney Id="Over" Type="Transfer"><OrchestrationSteps><OrchestrationStep Order="1" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/></OrchestrationSteps></SubJourney></SubJourneys>"#;
    let graph = graph(&policy(main, subs));
    let chart = mermaid(&graph);
    let edges: Vec<&str> =
        chart.lines().map(str::trim).filter(|line| line.starts_with("f0") && line.contains("->")).collect();
    assert_eq!(
        edges,
        [
            "f0start --> f0s0g",
            "f0s0g --> f0s0c0",
            "f0s0g -. \"skipped\" .-> f0s1g",
            "f0s1g --> f0s1c0",
            "f0s1c0 --> f0end",
            "f0s1g -. \"skipped\" .-> f0s2c0",
            "f0s2c0 --> f0end",
            "f0s0c0 -.-> f1start",
        ]
    );
    let picture = svg(&graph);
    assert!(
        picture.contains(">the journey ends here</text>") && picture.contains(">goes on there and does not")
    );
}
