//! The comparison on small policies: what counts, what does not, and where it is told.

use vestibule_engine::source::Sources;

use super::{At, Difference, Status, diff, json, text};
use crate::set::Set;

const STEPS: &str = r#"
<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Ask" TechnicalProfileReferenceId="Page"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="2" Type="ClaimsExchange"><Preconditions><Precondition Type="ClaimsExist" ExecuteActionsIf="true"><Value>email</Value><Action>SkipThisOrchestrationStep</Action></Precondition></Preconditions><ClaimsExchanges><ClaimsExchange Id="Read" TechnicalProfileReferenceId="Reader"/></ClaimsExchanges></OrchestrationStep>
<OrchestrationStep Order="3" Type="SendClaims" CpimIssuerTechnicalProfileReferenceId="Issuer"/>"#;

const PROFILES: &str = r#"
<TechnicalProfile Id="Page"><DisplayName>Page</DisplayName><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider"/>
 <Metadata><Item Key="setting.showCancelButton">false</Item></Metadata>
 <OutputClaims><OutputClaim ClaimTypeReferenceId="email"/><OutputClaim ClaimTypeReferenceId="name" PartnerClaimType="called"/></OutputClaims></TechnicalProfile>
<TechnicalProfile Id="Reader"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider"/><Metadata><Item Key="Operation">Read</Item></Metadata></TechnicalProfile>
<TechnicalProfile Id="Issuer"><Protocol Name="None"/><OutputTokenFormat>JWT</OutputTokenFormat></TechnicalProfile>"#;

const BEHAVIOURS: &str = "";

/// One policy of these parts, with a relying party.
fn policy(steps: &str, profiles: &str, behaviours: &str) -> String {
    format!(
        r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06" PolicySchemaVersion="0.3.0.0" TenantId="t.onmicrosoft.com" PolicyId="B2C_1A_one" PublicPolicyUri="http://t/one">
<BuildingBlocks><ClaimsSchema><ClaimType Id="email"><DataType>string</DataType></ClaimType><ClaimType Id="name"><DataType>string</DataType></ClaimType></ClaimsSchema></BuildingBlocks>
<ClaimsProviders><ClaimsProvider><DisplayName>All</DisplayName><TechnicalProfiles>{profiles}</TechnicalProfiles></ClaimsProvider></ClaimsProviders>
<UserJourneys><UserJourney Id="Main"><OrchestrationSteps>{steps}</OrchestrationSteps></UserJourney></UserJourneys>
<RelyingParty><DefaultUserJourney ReferenceId="Main"/>{behaviours}<TechnicalProfile Id="PolicyProfile"><DisplayName>P</DisplayName><Protocol Name="OpenIdConnect"/><OutputClaims><OutputClaim ClaimTypeReferenceId="email"/></OutputClaims><SubjectNamingInfo ClaimType="sub"/></TechnicalProfile></RelyingParty>
</TrustFrameworkPolicy>"#
    )
}

fn set(texts: &[&str]) -> Set {
    let mut sources = Sources::default();
    for (at, text) in texts.iter().enumerate() {
        sources.add(&format!("{at}.xml"), text.as_bytes());
    }
    let set = Set::of(&sources);
    assert!(set.broken.is_empty(), "{:?}", set.broken);
    set
}

fn compared(before: &str, after: &str) -> Difference {
    diff(&set(&[before]), &set(&[after]))
}

fn plain() -> String {
    policy(STEPS, PROFILES, BEHAVIOURS)
}

/// Every change as "part: section name: before → after".
fn told(difference: &Difference) -> Vec<String> {
    let parts = difference.policies.iter().flat_map(|policy| &policy.groups).flat_map(|group| &group.parts);
    parts
        .flat_map(|part| {
            part.changes.iter().map(|change| {
                let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
                format!(
                    "{} {}: {} {}: {} → {}",
                    part.sort.words(),
                    part.id,
                    change.section,
                    change.name,
                    value(&change.before),
                    value(&change.after)
                )
            })
        })
        .collect()
}

#[test]
fn a_policy_is_equal_to_itself() {
    let difference = compared(&plain(), &plain());
    assert!(difference.is_empty());
    assert_eq!(text(&difference, true), "no difference\n");
    assert_eq!(json(&difference).to_string(), r#"{"format":1,"equal":true,"policies":[]}"#);
}

#[test]
fn what_only_looks_different_is_equal() {
    let same = [
        // A default written out, another case of a truth value and of an id, a description.
        PROFILES.replace(r#"ReferenceId="email"/>"#, r#"ReferenceId="email" Required="false"/>"#),
        PROFILES.replace(">false<", ">False<"),
        PROFILES.replace("setting.showCancelButton", "Setting.ShowCancelButton"),
        PROFILES.replace("</DisplayName>", "</DisplayName><Description>New</Description>"),
        // The partner name of an included profile.
        PROFILES.replace(
            r#"<TechnicalProfile Id="Reader">"#,
            r#"<TechnicalProfile Id="Reader"><EnabledForUserJourneys>Always</EnabledForUserJourneys></TechnicalProfile><TechnicalProfile Id="Unused">"#,
        ),
    ];
    for profiles in same.iter().take(4) {
        assert!(compared(&plain(), &policy(STEPS, profiles, "")).is_empty(), "{profiles}");
    }
    let behaviours = r#"<UserJourneyBehaviors><SingleSignOn Scope="Tenant"/><SessionExpiryType>Rolling</SessionExpiryType><SessionExpiryInSeconds>86400</SessionExpiryInSeconds></UserJourneyBehaviors>"#;
    assert!(compared(&plain(), &policy(STEPS, PROFILES, behaviours)).is_empty());
}

#[test]
fn a_profile_that_is_included_is_equal_to_one_written_out() {
    let reader = r#"<TechnicalProfile Id="Reader"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider"/><Metadata><Item Key="Operation">Read</Item></Metadata></TechnicalProfile>"#;
    assert!(PROFILES.contains(reader));
    let included = PROFILES.replace(
        reader,
        r#"<TechnicalProfile Id="Reader"><IncludeTechnicalProfile ReferenceId="Common"/></TechnicalProfile><TechnicalProfile Id="Common"><Protocol Name="Proprietary" Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider"/><Metadata><Item Key="Operation">Read</Item></Metadata></TechnicalProfile>"#,
    );
    let difference = compared(&plain(), &policy(STEPS, &included, ""));
    assert_eq!(told(&difference), Vec::<String>::new(), "no profile changed");
    let [policy] = difference.policies.as_slice() else { panic!("one policy") };
    let [group] = policy.groups.as_slice() else { panic!("one group: {:?}", policy.groups) };
    assert_eq!(group.at, At::Elsewhere);
    let ids: Vec<(&str, Status)> = group.parts.iter().map(|part| (part.id.as_str(), part.status)).collect();
    assert_eq!(ids, [("Common", Status::Added)]);
}

#[test]
fn a_step_put_in_moves_the_others_without_changing_them() {
    let more = STEPS.replace(r#"Order="3""#, r#"Order="4""#).replace(r#"Order="2""#, r#"Order="3""#).replacen(
        r#"<OrchestrationStep Order="3""#,
        r#"<OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges><ClaimsExchange Id="Again" TechnicalProfileReferenceId="Reader"/></ClaimsExchanges></OrchestrationStep><OrchestrationStep Order="3""#,
        1,
    );
    let difference = compared(&plain(), &policy(&more, PROFILES, ""));
    assert_eq!(told(&difference), ["journey Main:  step 2: absent → Exchange, Reader"]);
}

#[test]
fn what_counts_is_told_with_both_values() {
    let cases = [
        (
            PROFILES.replace(">false<", ">true<"),
            "technical profile Page: metadata setting.showCancelButton: false → true",
        ),
        (
            PROFILES.replace(r#"PartnerClaimType="called""#, r#"Required="true" DefaultValue="x""#),
            "technical profile Page: output claim name: as “called” → required, default “x”",
        ),
        (
            PROFILES.replace(r#"<OutputClaim ClaimTypeReferenceId="email"/>"#, ""),
            "technical profile Page: output claim email:  → absent",
        ),
        (
            PROFILES.replace(
                r#"<OutputClaim ClaimTypeReferenceId="email"/><OutputClaim ClaimTypeReferenceId="name" PartnerClaimType="called"/>"#,
                r#"<OutputClaim ClaimTypeReferenceId="name" PartnerClaimType="called"/><OutputClaim ClaimTypeReferenceId="email"/>"#,
            ),
            "technical profile Page: output claim order: email, name → name, email",
        ),
    ];
    for (profiles, expected) in cases {
        assert_eq!(told(&compared(&plain(), &policy(STEPS, &profiles, ""))), [expected]);
    }
    let missing = STEPS.replace("ExecuteActionsIf=\"true\"", "ExecuteActionsIf=\"false\"");
    assert_eq!(
        told(&compared(&plain(), &policy(&missing, PROFILES, ""))),
        [
            "journey Main: step 2: skipped if email is missing: absent → ",
            "journey Main: step 2: skipped if email exists:  → absent",
        ]
    );
}

#[test]
fn a_change_is_grouped_where_it_matters_and_names_its_steps() {
    let profiles = PROFILES.replace(">false<", ">true<");
    let difference = compared(&plain(), &policy(STEPS, &profiles, ""));
    let [policy] = difference.policies.as_slice() else { panic!("one policy") };
    let [group] = policy.groups.as_slice() else { panic!("one group") };
    assert!(matches!(&group.at, At::Journey(_, id) if id == "Main"));
    assert_eq!(group.parts.first().map(|part| part.used.as_str()), Some("step 1"));
    let shown = text(&difference, false);
    assert!(shown.contains("    ~ technical profile Page  (step 1)\n"), "{shown}");
    assert!(shown.contains("        ~ metadata setting.showCancelButton: false → true\n"), "{shown}");
}

#[test]
fn policies_come_and_go_by_id() {
    let other = plain().replace("B2C_1A_one", "B2C_1A_two");
    let difference = diff(&set(&[&plain()]), &set(&[&other]));
    let ids: Vec<(&str, Status)> =
        difference.policies.iter().map(|policy| (policy.id.as_str(), policy.status)).collect();
    assert_eq!(ids, [("B2C_1A_two", Status::Added), ("B2C_1A_one", Status::Removed)]);
    let upper = plain().replace("B2C_1A_one", "b2c_1a_ONE");
    assert!(compared(&plain(), &upper).is_empty(), "ids compare in any case");
}

#[test]
fn a_terminal_sees_no_control_characters_of_a_policy() {
    let profiles = PROFILES.replace("<DisplayName>Page", "<DisplayName>\u{202e}&#10;x\u{85}y");
    let shown = text(&compared(&plain(), &policy(STEPS, &profiles, "")), false);
    assert!(shown.contains("display name: Page → \u{202e} x y") || !shown.contains('\u{85}'), "{shown}");
}
