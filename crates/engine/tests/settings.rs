//! Policies with `{Settings:…}`: filled where they are read, reported where the author wrote them.

use std::sync::Arc;

use vestibule_engine::diagnostic::codes;
use vestibule_engine::settings::Settings;
use vestibule_engine::source::Sources;
use vestibule_engine::{Compiled, compile};

const FILE: &str = r#"<TrustFrameworkPolicy xmlns="http://schemas.microsoft.com/online/cpim/schemas/2013/06"
  PolicySchemaVersion="0.3.0.0" TenantId="{Settings:tenant}" PolicyId="B2C_1A_{Settings:PolicyFilename}"
  PublicPolicyUri="http://{Settings:Tenant}/x" DeploymentMode="{Settings:Mode}">
  <BuildingBlocks>
    <ClaimsSchema>
      <ClaimType Id="email">
        <DisplayName>  {Settings:Label} &amp; more</DisplayName>
        <DataType>{Settings:Type}</DataType>
      </ClaimType>
      <!-- {Settings:Nothing} -->
      <ClaimType Id="other"><DisplayName>x{Settings:Labl}</DisplayName></ClaimType>
    </ClaimsSchema>
  </BuildingBlocks>
</TrustFrameworkPolicy>"#;

fn compiled(values: &[(&str, &str)]) -> (Sources, Compiled) {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut sources = Sources::with_settings(Some(Arc::new(Settings::new("Test", values))));
    sources.add("policies/B2C_1A_Base.xml", FILE.as_bytes());
    let compiled = compile(&sources);
    (sources, compiled)
}

const VALUES: &[(&str, &str)] = &[
    ("Tenant", "contoso.onmicrosoft.com"),
    ("Mode", "Development"),
    ("Label", "<Mail>"),
    ("Type", "string"),
];

#[test]
fn values_stand_where_their_names_were() {
    let (_, compiled) = compiled(VALUES);
    let policy = compiled.policies.first().expect("it compiles");
    assert_eq!((&*policy.id, &*policy.tenant), ("B2C_1A_Base", "contoso.onmicrosoft.com"));
    assert_eq!(policy.deployment_mode.name(), "Development");
    let claim = policy.claims.get("email").expect("the claim");
    assert_eq!(claim.display_name, "<Mail> & more");
}

#[test]
fn a_missing_setting_is_reported_once_at_its_own_place() {
    let (sources, compiled) = compiled(VALUES);
    let unset: Vec<_> = compiled.diagnostics.iter().collect();
    assert_eq!(unset.len(), 1, "{}", compiled.diagnostics.to_text(&sources, false));
    assert_eq!(unset[0].code, codes::UNSET);
    assert_eq!(sources.slice(unset[0].span), "{Settings:Labl}");
    assert!(unset[0].help.iter().any(|help| help == "did you mean `Label`?"), "{:?}", unset[0].help);
}

#[test]
fn a_wrong_value_is_reported_where_it_is_filled_in() {
    let wrong: Vec<_> =
        VALUES.iter().map(|(name, value)| (*name, if *name == "Type" { "strin" } else { *value })).collect();
    let (sources, compiled) = compiled(&wrong);
    let error = compiled.diagnostics.iter().find(|one| one.code == codes::BAD_VALUE).expect("an error");
    assert_eq!(sources.slice(error.span), "{Settings:Type}");
    assert!(error.message.contains("`strin`"), "{}", error.message);
}

#[test]
fn another_value_is_another_revision() {
    let other: Vec<_> =
        VALUES.iter().map(|(name, value)| (*name, if *name == "Label" { "Post" } else { *value })).collect();
    let revision = |values: &[(&str, &str)]| compiled(values).1.policies[0].revision.clone();
    assert_ne!(revision(VALUES), revision(&other));
    assert_eq!(revision(VALUES), revision(VALUES));
}
