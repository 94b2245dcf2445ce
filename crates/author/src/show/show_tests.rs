//! What an author wants to see of two small files.

use vestibule_engine::inherit;
use vestibule_engine::source::Sources;
use vestibule_engine::syntax::{self, TrustFrameworkPolicy};

use super::*;

const BASE: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Base" PublicPolicyUri="http://x">
  <BuildingBlocks>
    <ClaimsSchema>
      <ClaimType Id="email"><DisplayName>Mail &amp; "more"</DisplayName><DataType>string</DataType></ClaimType>
    </ClaimsSchema>
    <Predicates>
      <Predicate Id="Space" Method="IncludesCharacters">
        <Parameters><Parameter Id="CharacterSet"> </Parameter></Parameters>
      </Predicate>
    </Predicates>
  </BuildingBlocks>
  <ClaimsProviders>
    <ClaimsProvider>
      <Domain>contoso.com</Domain>
      <DisplayName>Things</DisplayName>
      <TechnicalProfiles>
        <TechnicalProfile Id="Common">
          <Protocol Name="None" />
          <Metadata><Item Key="a">1</Item><Item Key="b">&lt;&#13;two
 lines></Item></Metadata>
        </TechnicalProfile>
        <TechnicalProfile Id="Own"><IncludeTechnicalProfile ReferenceId="Common" /></TechnicalProfile>
      </TechnicalProfiles>
    </ClaimsProvider>
  </ClaimsProviders>
</TrustFrameworkPolicy>"#;

const CHILD: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="contoso.onmicrosoft.com" PolicyId="B2C_1A_Child" PublicPolicyUri="http://x">
  <BasePolicy><TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_Base</PolicyId></BasePolicy>
  <ClaimsProviders>
    <ClaimsProvider>
      <TechnicalProfiles>
        <TechnicalProfile Id="Common">
          <Metadata><Item Key="a">2</Item></Metadata>
          <OutputClaims><OutputClaim ClaimTypeReferenceId="email" DefaultValue="&quot;&#10;&#9;&lt;" /></OutputClaims>
        </TechnicalProfile>
      </TechnicalProfiles>
    </ClaimsProvider>
  </ClaimsProviders>
</TrustFrameworkPolicy>"#;

fn merged(base: &str, child: &str) -> (Sources, Effective) {
    let mut sources = Sources::default();
    sources.add("policies/a--b.xml", base.as_bytes());
    sources.add("policies/Child.xml", child.as_bytes());
    let trees: Vec<TrustFrameworkPolicy> = sources.iter().map(|source| syntax::parse(source).0).collect();
    let tree = inherit::merge(&inherit::chain(&trees[1], &trees).unwrap()).unwrap();
    (sources, tree)
}

fn one(options: Options, sort: Option<Sort>, id: &str) -> Result<String, NotThere> {
    let (sources, tree) = merged(BASE, CHILD);
    only(&tree, &sources, options, (sort, id))
}

#[test]
fn a_profile_says_where_each_part_comes_from() {
    let shown = one(Options::default(), Some(Sort::Profile), "common").unwrap();
    assert_eq!(
        shown,
        r#"<!-- a- -b.xml:18, overridden in Child.xml:7 -->
<TechnicalProfile Id="Common">
  <Protocol Name="None" /> <!-- a- -b.xml:19 -->
  <Metadata>
    <Item Key="a">2</Item> <!-- Child.xml:8 -->
    <Item Key="b">&lt;&#13;two
 lines&gt;</Item> <!-- a- -b.xml:20 -->
  </Metadata>
  <OutputClaims>
    <OutputClaim ClaimTypeReferenceId="email" DefaultValue="&quot;&#10;&#9;&lt;" /> <!-- Child.xml:9 -->
  </OutputClaims>
</TechnicalProfile>
"#
    );
}

#[test]
fn comments_can_be_fewer_or_none() {
    let others = Options { origins: Origins::Others, ..Options::default() };
    let shown = one(others, Some(Sort::Profile), "Common").unwrap();
    assert!(shown.contains("<Protocol Name=\"None\" />\n"), "{shown}");
    assert!(shown.contains("<Item Key=\"a\">2</Item> <!-- Child.xml:8 -->\n"), "{shown}");
    assert!(shown.starts_with("<!-- a- -b.xml:18, overridden in Child.xml:7 -->\n"), "{shown}");
    let none = Options { origins: Origins::None, ..Options::default() };
    assert!(!one(none, None, "Common").unwrap().contains("<!--"));
}

#[test]
fn includes_are_laid_in_on_demand() {
    let shown = one(Options::default(), None, "Own").unwrap();
    assert!(shown.contains("<IncludeTechnicalProfile ReferenceId=\"Common\" />"), "{shown}");
    let resolved = Options { resolved: true, origins: Origins::None };
    assert_eq!(
        one(resolved, None, "Own").unwrap(),
        one(resolved, None, "Common").unwrap().replace("\"Common\"", "\"Own\"")
    );
}

#[test]
fn a_wrong_id_gets_the_nearest_or_the_sort_it_has() {
    let missing = |sort, id| one(Options::default(), sort, id).unwrap_err();
    assert_eq!(missing(Some(Sort::Profile), "Comon"), NotThere { other: None, near: Some("Common".into()) });
    assert_eq!(missing(None, "Comon"), NotThere { other: None, near: Some("Common".into()) });
    assert_eq!(missing(Some(Sort::Journey), "Common").other, Some(Sort::Profile));
}

#[test]
fn what_is_shown_reads_back_as_it_was() {
    let (sources, tree) = merged(BASE, CHILD);
    let shown = whole(&tree, &sources, Options::default());
    let mut again = Sources::default();
    let id = again.add("shown.xml", shown.as_bytes());
    let (parsed, found) = syntax::parse(again.get(id).unwrap());
    assert!(found.is_empty(), "{}", found.to_text(&again, false));
    let text = |blocks: &BuildingBlocks| {
        let parameter = &blocks.predicates[0].parameters[0];
        (blocks.claims_schema[0].display_name.clone().unwrap().value, parameter.value.value.clone())
    };
    assert_eq!(text(&parsed.building_blocks), ("Mail & \"more\"".to_owned(), " ".to_owned()));
    let provider = &parsed.claims_providers[0];
    assert_eq!(provider.names.domains[0].value, "contoso.com");
    assert_eq!(provider.technical_profiles[0].metadata[1].value.value, "<\rtwo\n lines>");
    assert_eq!(
        provider.technical_profiles[0].output_claims[0].default_value.as_deref().map(String::as_str),
        Some("\"\n\t<")
    );
}
