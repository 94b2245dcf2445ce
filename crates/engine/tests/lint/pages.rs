//! Families `pages`, `passwords`, `patterns`.

use super::set::{Parts, fires};

macro_rules! content {
    ($page:literal) => {
        concat!(
            r#"<ContentDefinition Id="api.page"><LoadUri>~/tenant/x.cshtml</LoadUri><DataUri>urn:com:microsoft:aad:b2c:elements:"#,
            $page,
            "</DataUri></ContentDefinition>"
        )
    };
}
macro_rules! asks {
    ($items:literal, $rest:literal) => {
        concat!(
            r#"<TechnicalProfile Id="Ask"><DisplayName>Ask</DisplayName><Protocol Name="Proprietary"
              Handler="Web.TPEngine.Providers.SelfAssertedAttributeProvider, Web.TPEngine" /><Metadata>
              <Item Key="ContentDefinitionReferenceId">api.page</Item>"#,
            $items,
            "</Metadata>",
            $rest,
            "</TechnicalProfile>"
        )
    };
}
const COLOR: &str = r#"<ClaimType Id="color"><DisplayName>C</DisplayName><DataType>string</DataType>
  <UserInputType>TextBox</UserInputType></ClaimType>
  <ClaimType Id="size"><DisplayName>S</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>
  <ClaimType Id="shape"><DisplayName>S</DisplayName><DataType>string</DataType><UserInputType>TextBox</UserInputType></ClaimType>"#;
const EXCHANGE: &str = r#"<OrchestrationStep Order="1" Type="ClaimsExchange"><ClaimsExchanges>
  <ClaimsExchange Id="E" TechnicalProfileReferenceId="Ask" /></ClaimsExchanges></OrchestrationStep>"#;
const COMBINED: &str = r#"<OrchestrationStep Order="1" Type="CombinedSignInAndSignUp" ContentDefinitionReferenceId="api.page">
  <ClaimsProviderSelections><ClaimsProviderSelection ValidationClaimsExchangeId="E" /></ClaimsProviderSelections>
  <ClaimsExchanges><ClaimsExchange Id="E" TechnicalProfileReferenceId="Ask" /></ClaimsExchanges></OrchestrationStep>
  <OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges>
  <ClaimsExchange Id="F" TechnicalProfileReferenceId="Ask" /></ClaimsExchanges></OrchestrationStep>"#;
const ONE: &str = asks!("", r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="color" /></OutputClaims>"#);

fn page(contents: &'static str, profiles: &'static str, steps: &'static str) -> Parts {
    let last = if steps == COMBINED { 3 } else { 2 };
    Parts { claims: COLOR, contents, profiles, steps, last, ..Parts::default() }
}

#[test]
fn versions() {
    fires(
        "V1251",
        &page(content!("contract:selfasserted:2.1.7"), ONE, EXCHANGE),
        &["urn:com:microsoft:aad:b2c:elements:contract:selfasserted:2.1.7"],
    );
    fires("V1251", &page(content!("contract:selfasserted:2.1.29"), ONE, EXCHANGE), &[]);
    fires("V1251", &page(content!("contract:selfasserted:2.1.30"), ONE, EXCHANGE), &[]);
    fires(
        "V1252",
        &page(content!("selfasserted:1.1.0"), ONE, EXCHANGE),
        &["urn:com:microsoft:aad:b2c:elements:selfasserted:1.1.0"],
    );
    fires("V1252", &page(content!("contract:selfasserted:2.1.7"), ONE, EXCHANGE), &[]);
}

#[test]
fn what_a_version_or_a_page_does_not_know() {
    let kept = asks!(
        r#"<Item Key="setting.enableRememberMe">true</Item>"#,
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="color" /></OutputClaims>"#
    );
    fires("V1253", &page(content!("contract:unifiedssp:1.0.0"), kept, COMBINED), &["true"]);
    fires("V1253", &page(content!("contract:unifiedssp:1.1.0"), kept, COMBINED), &[]);
    fires(
        "V1254",
        &page(content!("contract:selfasserted:2.1.29"), kept, EXCHANGE),
        &["setting.enableRememberMe"],
    );
    fires("V1254", &page(content!("contract:unifiedssp:1.1.0"), kept, COMBINED), &[]);
    fires("V1255", &page(content!("contract:unifiedssp:1.1.0"), kept, COMBINED), &["true"]);
    let mut both = page(content!("contract:unifiedssp:1.1.0"), kept, COMBINED);
    both.party =
        r#"<UserJourneyBehaviors><SingleSignOn Scope="Tenant" KeepAliveInDays="7" /></UserJourneyBehaviors>"#;
    fires("V1255", &both, &[]);
    both.profiles = ONE;
    fires("V1255", &both, &["7"]);
}

#[test]
fn fields_and_pages_that_are_not_shown() {
    let three = asks!(
        "",
        r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="color" /><OutputClaim ClaimTypeReferenceId="size" />
           <OutputClaim ClaimTypeReferenceId="shape" /></OutputClaims>"#
    );
    fires("V1256", &page(content!("contract:unifiedssp:2.1.17"), three, COMBINED), &["shape"]);
    fires("V1256", &page(content!("contract:selfasserted:2.1.29"), three, EXCHANGE), &[]);
    let nothing = concat!(
        asks!(
            "",
            r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="color" DefaultValue="red" /></OutputClaims>
               <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="Check" /></ValidationTechnicalProfiles>"#
        ),
        r#"<TechnicalProfile Id="Check"><DisplayName>C</DisplayName><Protocol Name="Proprietary"
          Handler="Web.TPEngine.Providers.ClaimsTransformationProtocolProvider, Web.TPEngine" />
          <OutputClaims><OutputClaim ClaimTypeReferenceId="size" DefaultValue="x" /></OutputClaims></TechnicalProfile>"#
    );
    fires("V1257", &page(content!("contract:selfasserted:2.1.29"), nothing, EXCHANGE), &["Check"]);
    fires("V1257", &page(content!("contract:selfasserted:2.1.29"), ONE, EXCHANGE), &[]);
}

#[test]
fn a_choice_of_one() {
    let steps = r#"<OrchestrationStep Order="1" Type="ClaimsProviderSelection" ContentDefinitionReferenceId="api.page">
          <ClaimsProviderSelections><ClaimsProviderSelection TargetClaimsExchangeId="E" /></ClaimsProviderSelections>
          </OrchestrationStep>
          <OrchestrationStep Order="2" Type="ClaimsExchange"><ClaimsExchanges>
          <ClaimsExchange Id="E" TechnicalProfileReferenceId="Ask" /></ClaimsExchanges></OrchestrationStep>"#;
    let mut parts = page(content!("contract:providerselection:1.2.4"), ONE, steps);
    parts.last = 3;
    fires("V1258", &parts, &["<ClaimsProviderSelection"]);
    let shown = parts.text().replace(
        "<ClaimsProviderSelections>",
        "<ClaimsProviderSelections DisplayOption=\"ShowSingleProvider\">",
    );
    assert!(super::set::said(&[shown]).iter().all(|(code, _)| code != "V1258"));
}

/// A page that asks for a new password, which a directory profile writes.
fn password(restriction: &str, blocks: &str, policies: &str) -> String {
    let parts = Parts {
        contents: content!("contract:selfasserted:2.1.29"),
        profiles: concat!(
            asks!(
                "",
                r#"<OutputClaims><OutputClaim ClaimTypeReferenceId="newPassword" Required="true" /></OutputClaims>
                   <ValidationTechnicalProfiles><ValidationTechnicalProfile ReferenceId="Write" /></ValidationTechnicalProfiles>"#
            ),
            r#"<TechnicalProfile Id="Write"><DisplayName>W</DisplayName><Protocol Name="Proprietary"
              Handler="Web.TPEngine.Providers.AzureActiveDirectoryProvider, Web.TPEngine" />
              <Metadata><Item Key="Operation">Write</Item><Item Key="RaiseErrorIfClaimsPrincipalDoesNotExist">true</Item></Metadata>
              <InputClaims><InputClaim ClaimTypeReferenceId="objectId" DefaultValue="x" /></InputClaims>
              <PersistedClaims><PersistedClaim ClaimTypeReferenceId="objectId" />
              <PersistedClaim ClaimTypeReferenceId="newPassword" PartnerClaimType="password" />
              <!--policies--></PersistedClaims></TechnicalProfile>"#
        ),
        steps: EXCHANGE,
        last: 2,
        ..Parts::default()
    };
    let claim = format!(
        "<ClaimType Id=\"newPassword\"><DisplayName>P</DisplayName><DataType>string</DataType><UserInputType>Password</UserInputType>{restriction}</ClaimType>
         <ClaimType Id=\"passwordPolicies\"><DisplayName>P</DisplayName><DataType>string</DataType></ClaimType></ClaimsSchema>{blocks}"
    );
    parts.text().replace("</ClaimsSchema>", &claim).replace("<!--policies-->", policies)
}

fn codes(text: String) -> Vec<String> {
    let found = super::set::said(&[text]);
    let all = found.into_iter().map(|(code, _)| code);
    all.filter(|code| code.as_str() >= "V1231" && code.as_str() < "V1250").collect()
}

#[test]
fn password_rules_beside_the_advice_of_nist() {
    let pattern = |pattern: &str| {
        codes(password(
            &format!("<Restriction><Pattern RegularExpression=\"{pattern}\" /></Restriction>"),
            "",
            "",
        ))
    };
    assert_eq!(pattern("^.{6,128}$"), ["V1231"]);
    assert_eq!(pattern("^.{8,128}$"), ["V1232"]);
    assert_eq!(pattern("^.{15,20}$"), ["V1233"]);
    assert_eq!(pattern(r"^(?=.*[a-z])(?=.*\d).{15,128}$"), ["V1234"]);
    assert_eq!(pattern("^.{15,64}$"), Vec::<String>::new());
    let range = |least: u32, most: u32| {
        let validation = "<PredicateValidationReference Id=\"V\" />";
        let blocks = format!(
            "<Predicates><Predicate Id=\"L\" Method=\"IsLengthRange\"><Parameters><Parameter Id=\"Minimum\">{least}</Parameter>
             <Parameter Id=\"Maximum\">{most}</Parameter></Parameters></Predicate></Predicates>
             <PredicateValidations><PredicateValidation Id=\"V\"><PredicateGroups><PredicateGroup Id=\"G\">
             <PredicateReferences><PredicateReference Id=\"L\" /></PredicateReferences></PredicateGroup></PredicateGroups>
             </PredicateValidation></PredicateValidations>"
        );
        codes(password(validation, &blocks, ""))
    };
    assert_eq!(range(4, 64), ["V1231"]);
    assert_eq!(range(15, 64), Vec::<String>::new());
    let relaxed = "<PersistedClaim ClaimTypeReferenceId=\"passwordPolicies\" DefaultValue=\"DisablePasswordExpiration, DisableStrongPassword\" />";
    assert_eq!(codes(password("", "", relaxed)), ["V1231"]);
    assert_eq!(codes(password("", "", "")), Vec::<String>::new(), "the directory's own rules");
}

#[test]
fn patterns_that_explode_or_match_anywhere() {
    let claim = |pattern: &'static str| {
        let parts = page(content!("contract:selfasserted:2.1.29"), ONE, EXCHANGE);
        let restriction = format!(
            "<UserInputType>TextBox</UserInputType><Restriction><Pattern RegularExpression=\"{pattern}\" /></Restriction></ClaimType>"
        );
        parts.text().replacen("<UserInputType>TextBox</UserInputType></ClaimType>", &restriction, 1)
    };
    assert_eq!(codes(claim(r"^([a-z]+\.?)+$")), ["V1241"]);
    assert_eq!(codes(claim(r"^([a-z]+\.)+$")), Vec::<String>::new());
    assert_eq!(codes(claim("[0-9]{5}")), ["V1242"]);
    assert_eq!(codes(claim("^[0-9]{5}$")), Vec::<String>::new());
}
