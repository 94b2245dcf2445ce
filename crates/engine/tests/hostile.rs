//! Policies made to hurt the compiler (issue point on bad input, attacks 118–120): each ends with diagnostics, bounded in
//! number, and without deep recursion.

use std::fmt::Write as _;

use vestibule_engine::diagnostic::Diagnostics;
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile};

fn compiled(body: &str) -> Compiled {
    let text = format!(
        "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
         PolicySchemaVersion=\"0.3.0.0\" TenantId=\"x.onmicrosoft.com\" PolicyId=\"B2C_1A_X\" \
         PublicPolicyUri=\"http://x.onmicrosoft.com/B2C_1A_X\">{body}</TrustFrameworkPolicy>"
    );
    let mut sources = Sources::default();
    sources.add("hostile.xml", text.as_bytes());
    compile(&sources)
}

fn codes(compiled: &Compiled) -> Vec<&'static str> {
    let mut codes: Vec<&str> = compiled.diagnostics.iter().map(|one| one.code.id).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn profiles(inner: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><DisplayName>x</DisplayName><TechnicalProfiles>{inner}\
         </TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    )
}

#[test]
fn a_chain_of_thousands_of_includes_is_refused() {
    let mut inner = String::new();
    for n in 0..3_000 {
        let next = n + 1;
        let _ = write!(
            inner,
            "<TechnicalProfile Id=\"P{n}\"><IncludeTechnicalProfile ReferenceId=\"P{next}\" /></TechnicalProfile>"
        );
    }
    inner.push_str("<TechnicalProfile Id=\"P3000\"></TechnicalProfile>");
    assert_eq!(codes(&compiled(&profiles(&inner))), ["V0314"]);
}

/// A thousand profiles that take the claims of one with so many.
fn borrowed(claims: usize) -> String {
    let mut inner = "<TechnicalProfile Id=\"Large\"><OutputClaims>".to_owned();
    for n in 0..claims {
        let _ = write!(inner, "<OutputClaim ClaimTypeReferenceId=\"c\" PartnerClaimType=\"p{n}\" />");
    }
    inner.push_str("</OutputClaims></TechnicalProfile>");
    for n in 0..1_000 {
        let _ = write!(
            inner,
            "<TechnicalProfile Id=\"P{n}\"><IncludeClaimsFromTechnicalProfile>Large</IncludeClaimsFromTechnicalProfile>\
             </TechnicalProfile>"
        );
    }
    let claim = "<ClaimType Id=\"c\"><DataType>string</DataType></ClaimType>";
    format!("<BuildingBlocks><ClaimsSchema>{claim}</ClaimsSchema></BuildingBlocks>{}", profiles(&inner))
}

#[test]
fn claims_taken_by_a_thousand_profiles_are_bounded() {
    assert!(codes(&compiled(&borrowed(100))).is_empty(), "100,000 claims more are the most");
    assert_eq!(codes(&compiled(&borrowed(101))), ["V0314"]);
}

#[test]
fn a_large_profile_included_a_thousand_times_is_refused() {
    let mut inner = "<TechnicalProfile Id=\"Large\"><Metadata>".to_owned();
    for n in 0..2_000 {
        let _ = write!(inner, "<Item Key=\"k{n}\">v</Item>");
    }
    inner.push_str("</Metadata></TechnicalProfile>");
    for n in 0..1_000 {
        let _ = write!(
            inner,
            "<TechnicalProfile Id=\"P{n}\"><IncludeTechnicalProfile ReferenceId=\"Large\" /></TechnicalProfile>"
        );
    }
    assert!(codes(&compiled(&profiles(&inner))).contains(&"V0314"));
}

#[test]
fn of_thousands_of_unknown_names_a_thousand_are_shown() {
    let mut inner = "<TechnicalProfile Id=\"P\"><OutputClaims>".to_owned();
    for n in 0..5_000 {
        let _ = write!(inner, "<OutputClaim ClaimTypeReferenceId=\"unknown{n}\" />");
    }
    inner.push_str("</OutputClaims></TechnicalProfile>");
    let compiled = compiled(&profiles(&inner));
    assert_eq!(codes(&compiled), ["V0301"]);
    assert_eq!(compiled.diagnostics.iter().count(), Diagnostics::LIMIT);
}

#[test]
fn sub_journeys_that_call_the_next_one_many_times_are_walked_once() {
    let mut inner = String::new();
    for n in 0..40 {
        let _ = write!(inner, "<SubJourney Id=\"S{n}\" Type=\"Call\"><OrchestrationSteps>");
        for order in 1..=40 {
            let next = n + 1;
            let _ = write!(
                inner,
                "<OrchestrationStep Order=\"{order}\" Type=\"InvokeSubJourney\"><JourneyList>\
                 <Candidate SubJourneyReferenceId=\"S{next}\" /></JourneyList></OrchestrationStep>"
            );
        }
        inner.push_str("</OrchestrationSteps></SubJourney>");
    }
    inner.push_str(
        "<SubJourney Id=\"S40\" Type=\"Call\"><OrchestrationSteps><OrchestrationStep Order=\"1\" Type=\"Noop\" />\
         </OrchestrationSteps></SubJourney>",
    );
    let journey = "<UserJourneys><UserJourney Id=\"J\"><OrchestrationSteps>\
                   <OrchestrationStep Order=\"1\" Type=\"InvokeSubJourney\"><JourneyList>\
                   <Candidate SubJourneyReferenceId=\"S0\" /></JourneyList></OrchestrationStep>\
                   </OrchestrationSteps></UserJourney></UserJourneys>";
    let party = "<RelyingParty><DefaultUserJourney ReferenceId=\"J\" /><TechnicalProfile Id=\"PolicyProfile\">\
                 <DisplayName>x</DisplayName><Protocol Name=\"OpenIdConnect\" /></TechnicalProfile></RelyingParty>";
    let compiled = compiled(&format!("{journey}<SubJourneys>{inner}</SubJourneys>{party}"));
    assert_eq!(codes(&compiled), ["V0604", "V0612"]);
}

#[test]
fn a_pattern_that_explodes_is_refused_or_bounded() {
    let claim = |pattern: &str| {
        format!(
            "<BuildingBlocks><ClaimsSchema><ClaimType Id=\"c\"><DataType>string</DataType><Restriction>\
             <Pattern RegularExpression=\"{pattern}\" /></Restriction></ClaimType></ClaimsSchema></BuildingBlocks>"
        )
    };
    assert_eq!(codes(&compiled(&claim("((a{1000}){1000}){1000}"))), ["V0401"]);
    assert_eq!(codes(&compiled(&claim(&"(".repeat(5_000)))), ["V0401"]);
    assert!(compiled(&claim("^(?=.*[a-z])(a+)+$")).diagnostics.is_empty());
}
