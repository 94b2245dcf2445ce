//! Upload checks 11–14 and 17–21 as errors, and as warnings on request (policy-language 3): each broken once in a policy
//! that is otherwise in order. What cannot run as it is written must fail when it is reached.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on must stop and say so")]

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use vestibule_engine::diagnostic::Severity;
use vestibule_engine::journey::fault::FaultCode;
use vestibule_engine::journey::world::{Answer, Call, Error, Failure, World};
use vestibule_engine::journey::{Beginning, Journey, Next, Outcome, Reply, Request, Run};
use vestibule_engine::kind::Kind;
use vestibule_engine::policy::Policy;
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, Options, Strictness, compile_with};

const BASE: &str = include_str!("language/base.xml");
const PARTY: &str = "<RelyingParty><DefaultUserJourney ReferenceId=\"Journey\" />\
                     <TechnicalProfile Id=\"PolicyProfile\"><DisplayName>x</DisplayName>\
                     <Protocol Name=\"OpenIdConnect\" /><OutputClaims>\
                     <OutputClaim ClaimTypeReferenceId=\"objectId\" PartnerClaimType=\"sub\" /></OutputClaims>\
                     <SubjectNamingInfo ClaimType=\"sub\" /></TechnicalProfile></RelyingParty>";

fn compiled(body: &str, strictness: Strictness) -> Compiled {
    let text = format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"B2C_1A_P\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/P\"><BasePolicy><TenantId>x.onmicrosoft.com</TenantId>\
         <PolicyId>B2C_1A_Base</PolicyId></BasePolicy>{body}</TrustFrameworkPolicy>"
    );
    let mut sources = Sources::default();
    sources.add("base.xml", BASE.as_bytes());
    sources.add("p.xml", text.as_bytes());
    compile_with(&sources, Options { only: Some("B2C_1A_P"), strictness, ..Options::default() })
}

fn said(compiled: &Compiled) -> Vec<String> {
    let all = compiled.diagnostics.iter().filter(|one| one.severity != Severity::Note);
    all.map(|one| format!("{} {}", one.severity.name(), one.code.id)).collect()
}

/// A policy whose base's profile `Page` or `Read` has more, and whose relying party runs both.
fn profile(id: &str, inside: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><TechnicalProfiles><TechnicalProfile Id=\"{id}\">{inside}\
         </TechnicalProfile></TechnicalProfiles></ClaimsProvider></ClaimsProviders>{PARTY}"
    )
}

fn blocks(inside: &str, profiles: &str) -> String {
    format!("<BuildingBlocks>{inside}</BuildingBlocks>{profiles}")
}

fn party(outputs: &str) -> String {
    PARTY.replace("</OutputClaims>", &format!("{outputs}</OutputClaims>"))
}

/// Check, code, policy.
type Row = (&'static str, &'static str, String);

fn broken() -> Vec<Row> {
    [claims(), transformations(), journeys()].concat()
}

fn output(id: &str, attributes: &str) -> String {
    profile(id, &format!("<OutputClaims><OutputClaim ClaimTypeReferenceId={attributes} /></OutputClaims>"))
}

/// A claim type that is a number.
const NUMBER: &str =
    "<ClaimsSchema><ClaimType Id=\"number\"><DataType>int</DataType></ClaimType></ClaimsSchema>";

/// Checks 11, 13, 14, 17 and 21: claims and settings of a profile.
fn claims() -> Vec<Row> {
    let text = "<LocalizedString ElementType=\"UxElement\" StringId=\"a\">b</LocalizedString>";
    let texts = format!(
        "<Localization Enabled=\"true\"><LocalizedResources Id=\"r\"><LocalizedStrings>{text}{text}\
         </LocalizedStrings></LocalizedResources></Localization>"
    );
    let setting = "<Metadata><Item Key=\"EnforceEmailVerification\">perhaps</Item></Metadata>";
    vec![
        ("11", "V0703", party("<OutputClaim ClaimTypeReferenceId=\"accountEnabled\" />")),
        ("13", "V0509", output("Page", "\"accountEnabled\"")),
        ("14", "V0510", output("Read", "\"displayName\" PartnerClaimType=\"shoeSize\"")),
        ("17", "V0505", profile("Page", setting)),
        ("19", "V0410", blocks(NUMBER, &output("Page", "\"number\" DefaultValue=\"many\""))),
        ("21", "V0820", blocks(&texts, PARTY)),
        ("21", "V0524", output("Read", "\"displayName\" PartnerClaimType=\"extension_shoe-size\"")),
    ]
}

/// Checks 18 and 19: a transformation that the page runs.
fn transformations() -> Vec<Row> {
    let attached = profile(
        "Page",
        "<OutputClaimsTransformations><OutputClaimsTransformation ReferenceId=\"T\" /></OutputClaimsTransformations>",
    );
    let policy = |claim: &str, parameters: &str| {
        let one = format!(
            "{NUMBER}<ClaimsTransformations><ClaimsTransformation Id=\"T\" \
             TransformationMethod=\"AssertBooleanClaimIsEqualToValue\"><InputClaims><InputClaim \
             ClaimTypeReferenceId=\"{claim}\" TransformationClaimType=\"inputClaim\" /></InputClaims>{parameters}\
             </ClaimsTransformation></ClaimsTransformations>"
        );
        blocks(&one, &attached)
    };
    let value = |value: &str| {
        format!(
            "<InputParameters><InputParameter Id=\"valueToCompareTo\" DataType=\"boolean\" Value=\"{value}\" />\
             </InputParameters>"
        )
    };
    vec![
        ("18", "V0406", policy("accountEnabled", "")),
        ("18", "V0407", policy("number", &value("true"))),
        ("19", "V0408", policy("accountEnabled", &value("maybe"))),
    ]
}

/// Checks 12 and 20: a journey and a page.
fn journeys() -> Vec<Row> {
    let journey = |step: &str| {
        format!(
            "<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps>{step}</OrchestrationSteps></UserJourney>\
             </UserJourneys>"
        )
    };
    let exchange = |id: &str| {
        format!(
            "<OrchestrationStep Order=\"1\" Type=\"ClaimsExchange\"><ClaimsExchanges><ClaimsExchange Id=\"{id}\" \
             TechnicalProfileReferenceId=\"Read\" /></ClaimsExchanges></OrchestrationStep>"
        )
    };
    let invoke = "<OrchestrationStep Order=\"2\" Type=\"InvokeSubJourney\"><JourneyList>\
                  <Candidate SubJourneyReferenceId=\"S\" /></JourneyList></OrchestrationStep>";
    let called = format!(
        "<SubJourneys><SubJourney Id=\"S\" Type=\"Call\"><OrchestrationSteps>{}<OrchestrationStep Order=\"2\" \
         Type=\"SendClaims\" CpimIssuerTechnicalProfileReferenceId=\"JwtIssuer\" /></OrchestrationSteps></SubJourney>\
         </SubJourneys>",
        exchange("Inner")
    );
    let content = "<ContentDefinitions><ContentDefinition Id=\"api.new\">\
                   <LoadUri>~/tenant/templates/AzureBlue/selfAsserted.cshtml</LoadUri></ContentDefinition>\
                   </ContentDefinitions>";
    let page = "<Metadata><Item Key=\"ContentDefinitionReferenceId\">api.new</Item></Metadata>";
    vec![
        // The page that asks for the e-mail address is not shown.
        ("12", "V0616", format!("{}{PARTY}", journey(&exchange("AskExchange")))),
        ("20", "V0801", blocks(content, &profile("Page", page))),
        ("20", "V0613", format!("{}{called}{PARTY}", journey(invoke))),
    ]
}

#[test]
fn checks_11_to_14_and_17_to_21_are_errors_by_default() {
    for (check, code, body) in broken() {
        let compiled = compiled(&body, Strictness::Strict);
        assert_eq!(said(&compiled), [format!("error {code}")], "check {check}");
        assert!(compiled.policies.is_empty(), "check {check}");
    }
}

#[test]
fn checks_11_to_14_and_17_to_21_only_warn_on_request() {
    for (check, code, body) in broken() {
        let compiled = compiled(&body, Strictness::Lenient);
        assert_eq!(said(&compiled), [format!("warning {code}")], "check {check}");
        assert_eq!(compiled.policies.len(), 1, "check {check}");
    }
}

fn lenient(code: &str) -> std::sync::Arc<Policy> {
    let found = broken().into_iter().find(|(_, one, _)| *one == code);
    let (_, _, body) = found.expect("a policy with that mistake");
    compiled(&body, Strictness::Lenient).policies.first().expect("a policy").clone()
}

/// A setting, a default or a transformation that is passed over could be a check that is passed over.
#[test]
fn what_was_let_pass_fails_when_it_is_reached() {
    for code in ["V0505", "V0410"] {
        let policy = lenient(code);
        let page = policy.profiles.get("Page").expect("the page");
        assert!(matches!(page.kind, Kind::Unusable), "{code}: {:?}", page.kind);
        let read = policy.profiles.get("Read").expect("the reader");
        assert!(matches!(read.kind, Kind::Directory(_)), "{code}: only the profile with the mistake");
    }
    for code in ["V0406", "V0407", "V0408"] {
        let policy = lenient(code);
        let one = policy.transformations.get("T").expect("the transformation");
        assert_eq!(one.function.name, "", "{code}: the method that always fails");
        let page = policy.profiles.get("Page").expect("the page");
        assert!(page.output_transformations.iter().any(|one| &*one.id == "T"), "{code}: still attached");
    }
}

#[test]
fn what_does_no_harm_runs() {
    for code in ["V0703", "V0616", "V0509", "V0510", "V0820", "V0524"] {
        let policy = lenient(code);
        for id in ["Page", "Read"] {
            let kind = &policy.profiles.get(id).expect("a profile").kind;
            assert!(!matches!(kind, Kind::Unusable), "{code}: {id}");
        }
    }
}

/// Checks 1–10, 15 and 16 stay errors (policy-language 3).
#[test]
fn everything_else_stays_an_error() {
    let step = |number: u32, kind: &str| {
        format!(
            "<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps><OrchestrationStep Order=\"{number}\" \
             Type=\"{kind}\" /></OrchestrationSteps></UserJourney></UserJourneys>{PARTY}"
        )
    };
    for (code, body) in [
        (
            "V0301",
            profile("Page", "<OutputClaims><OutputClaim ClaimTypeReferenceId=\"nobody\" /></OutputClaims>"),
        ),
        ("V0601", step(5, "Noop")),
        ("V0607", step(4, "Noop")),
        ("V0609", step(1, "ReviewScreen")),
    ] {
        for strictness in [Strictness::Strict, Strictness::Lenient] {
            let compiled = compiled(&body, strictness);
            assert!(said(&compiled).contains(&format!("error {code}")), "{code}: {:?}", said(&compiled));
            assert!(compiled.policies.is_empty(), "{code}");
        }
    }
}

/// A world that must not be asked: what was let pass fails before anybody outside hears of it.
struct Nobody;

impl World for Nobody {
    async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        Err(Error::sentence(format!("unexpected {:?}", call.what)).into())
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The first page or the end of the policy's journey.
fn begun(policy: &Policy) -> (Journey, Next) {
    let request =
        Request { tenant_id: "8d2d39a2-4d0c-4c5e-9f8a-0f1f6f6f6f6f".to_owned(), ..Request::default() };
    let beginning = Beginning {
        id: "t".to_owned(),
        correlation: "c".to_owned(),
        journey: None,
        request,
        session: Default::default(),
    };
    let begun = now(Run { policy, world: &Nobody }.begin(beginning)).expect("a world that never waits");
    begun.expect("an answer to the application")
}

/// The reply to the page of the policy's journey, filled in.
fn submitted(policy: &Policy) -> Reply {
    let (mut journey, next) = begun(policy);
    assert!(matches!(next, Next::Show(_)), "{next:?}");
    let fields = BTreeMap::from([("email".to_owned(), vec!["ada@example.test".to_owned()])]);
    let reply = now(Run { policy, world: &Nobody }.submit(&mut journey, &fields));
    reply.expect("a world that never waits").expect("an answer to the page")
}

/// The sentence of the fault with which the policy's journey ends at once.
fn refused(policy: &Policy) -> String {
    let (_, next) = begun(policy);
    match next {
        Next::Finish(outcome) => match *outcome {
            Outcome::Fault(fault) => {
                assert_eq!(fault.code, FaultCode::Aadb2c(90037));
                fault.text
            }
            Outcome::Issue(issue) => format!("a token: {issue:?}"),
        },
        Next::Show(page) => format!("a page: {page:?}"),
    }
}

fn passed(body: &str) -> std::sync::Arc<Policy> {
    let compiled = compiled(body, Strictness::Lenient);
    let said = said(&compiled);
    compiled.policies.first().unwrap_or_else(|| panic!("no policy: {said:?}")).clone()
}

fn sentence(profile: &str) -> String {
    format!("The technical profile '{profile}' has a mistake in the policy and cannot run.")
}

#[test]
fn a_page_with_a_mistake_ends_the_journey_with_a_fault() {
    for code in ["V0505", "V0410"] {
        assert_eq!(refused(&lenient(code)), sentence("Page"), "{code}");
    }
}

/// The same page as part of a sign-in page: it must not be left out, so that only its buttons remain.
#[test]
fn a_sign_in_page_with_a_mistake_ends_the_journey_with_a_fault() {
    let setting = "<Metadata><Item Key=\"EnforceEmailVerification\">perhaps</Item></Metadata>";
    let content = "<BuildingBlocks><ContentDefinitions><ContentDefinition Id=\"api.unified\">\
                   <LoadUri>~/tenant/templates/AzureBlue/unified.cshtml</LoadUri>\
                   <RecoveryUri>~/common/default_page_error.html</RecoveryUri>\
                   <DataUri>urn:com:microsoft:aad:b2c:elements:contract:unifiedssp:2.1.7</DataUri>\
                   </ContentDefinition></ContentDefinitions></BuildingBlocks>";
    let journey = "<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps><OrchestrationStep Order=\"1\" \
                   Type=\"CombinedSignInAndSignUp\" ContentDefinitionReferenceId=\"api.unified\">\
                   <ClaimsProviderSelections><ClaimsProviderSelection ValidationClaimsExchangeId=\"AskExchange\" />\
                   </ClaimsProviderSelections></OrchestrationStep></OrchestrationSteps></UserJourney></UserJourneys>";
    let page = profile("Page", setting).replace("<RelyingParty>", &format!("{journey}<RelyingParty>"));
    assert_eq!(refused(&passed(&format!("{content}{page}"))), sentence("Page"));
}

#[test]
fn an_issuer_with_a_mistake_issues_nothing() {
    let skipped = |order: u32| format!("<OrchestrationStep Order=\"{order}\" Type=\"Noop\" />");
    let journey = format!(
        "<UserJourneys><UserJourney Id=\"Journey\"><OrchestrationSteps>{}{}</OrchestrationSteps></UserJourney>\
         </UserJourneys><RelyingParty>",
        skipped(1),
        skipped(2)
    );
    let setting = "<Metadata><Item Key=\"token_lifetime_secs\">long</Item></Metadata>";
    let body = profile("JwtIssuer", setting).replace("<RelyingParty>", &journey);
    let no_subject = body.replace("<SubjectNamingInfo ClaimType=\"sub\" />", "");
    assert_eq!(refused(&passed(&no_subject)), sentence("JwtIssuer"));
}

#[test]
fn a_validation_with_a_mistake_accepts_nothing() {
    let wrong = "<TechnicalProfile Id=\"Read\"><Metadata><Item \
                 Key=\"RaiseErrorIfClaimsPrincipalDoesNotExist\">perhaps</Item></Metadata></TechnicalProfile>\
                 <TechnicalProfile Id=\"Page\">";
    let validated = "<ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId=\"Read\" />\
                     </ValidationTechnicalProfiles>";
    let body = profile("Page", validated).replace("<TechnicalProfile Id=\"Page\">", wrong);
    let policy = passed(&body);
    let Reply::Rejected { message, .. } = submitted(&policy) else { panic!("not rejected") };
    assert_eq!(message, sentence("Read"));
}

#[test]
fn a_transformation_with_a_mistake_ends_the_journey_or_the_submission() {
    for code in ["V0406", "V0407", "V0408"] {
        let found = broken().into_iter().find(|(_, one, _)| *one == code);
        let (_, _, body) = found.expect("a policy with that mistake");
        let before = passed(&body.replace("OutputClaimsTransformation", "InputClaimsTransformation"));
        assert!(refused(&before).starts_with("An error occurred while processing the request."), "{code}");
        assert!(matches!(submitted(&passed(&body)), Reply::Rejected { .. }), "{code}");
    }
}
