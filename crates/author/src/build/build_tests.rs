//! Files of an author with two environments.

use vestibule_engine::syntax;

use super::*;

const SETTINGS: &str = r#"{
  "Environments": [
    { "Name": "Development", "Production": false, "Tenant": "dev.onmicrosoft.com",
      "PolicySettings": { "ApiUrl": "https://a/?x=1&y=\"2\"", "Old": "1&amp;2", "Port": 8080, "Debug": true, "No": null } },
    { "Name": "Production", "Production": true, "Tenant": "prod.onmicrosoft.com", "PolicySettings": {} }
  ]
}"#;

fn environments(text: &str) -> Environments {
    Environments::parse(text).unwrap().unwrap()
}

fn built(text: &str) -> String {
    let files = [("Base.xml".to_owned(), text.as_bytes().to_owned())];
    let environments = environments(SETTINGS);
    let built = build(&files, &environments.choose(Some("development")).unwrap().settings);
    String::from_utf8(built.map_err(|(sources, why)| why.to_text(&sources, false)).unwrap().remove(0))
        .unwrap()
}

#[test]
fn the_first_environment_counts_where_none_is_named() {
    let environments = environments(SETTINGS);
    assert_eq!(environments.folder, "Environments");
    assert_eq!(environments.choose(None).unwrap().name, "Development");
    assert!(environments.choose(Some("production")).unwrap().production);
    assert_eq!(
        environments.choose(Some("test")).unwrap_err(),
        "there is no environment `test`; there is Development, Production"
    );
}

#[test]
fn values_are_escaped_for_the_place_they_stand_in() {
    assert_eq!(built("<A>{Settings:ApiUrl}</A>"), "<A>https://a/?x=1&amp;y=\"2\"</A>");
    assert_eq!(built("<A b='{Settings:ApiUrl}'/>"), "<A b='https://a/?x=1&amp;y=&quot;2&quot;'/>");
    assert_eq!(
        built("<A><![CDATA[{Settings:ApiUrl}]]>&amp;</A>"),
        "<A><![CDATA[https://a/?x=1&y=\"2\"]]>&amp;</A>"
    );
    assert_eq!(built("<A>{settings:old} {Settings:Port} {Settings:debug}</A>"), "<A>1&amp;2 8080 true</A>");
}

#[test]
fn everything_else_stays_byte_by_byte() {
    let text = "\u{feff}<?xml version='1.0'?>\r\n<A  b = '1' >\r\n <!-- {Settings:Unknown} {Settings:Tenant} -->&#10;{{ci}}{Claim:x}</A >\r\n";
    assert_eq!(built(text), text.replace("{Settings:Tenant}", "dev.onmicrosoft.com"));
}

#[test]
fn names_without_a_value_are_told_with_place_and_suggestion_and_nothing_is_built() {
    let text = "<A>\n  <B c=\"{Settings:ApiUlr}\">{Settings:No}</B>\n</A>";
    let files =
        [("Base.xml".to_owned(), text.as_bytes().to_owned()), ("Broken.xml".to_owned(), b"<A>".to_vec())];
    let (sources, why) = build(&files, &environments(SETTINGS).list[0].settings).unwrap_err();
    let told = why.to_text(&sources, false);
    assert_eq!(why.error_count(), 3, "{told}");
    let places: Vec<&str> = why.iter().map(|one| sources.slice(one.span)).collect();
    assert_eq!(places.get(..2).unwrap(), ["{Settings:ApiUlr}", "{Settings:No}"]);
    assert!(told.contains("did you mean `ApiUrl`?"), "{told}");
}

#[test]
fn the_files_of_an_environment_mean_what_is_compiled_with_its_settings() {
    let text = "<TrustFrameworkPolicy xmlns='http://schemas.microsoft.com/online/cpim/schemas/2013/06' \
                PolicySchemaVersion='0.3.0.0' TenantId='{Settings:Tenant}' PolicyId='B2C_1A_{Settings:Filename}' \
                PublicPolicyUri='{Settings:ApiUrl}'/>";
    let settings = environments(SETTINGS).list.remove(0).settings;
    let mut given = Sources::with_settings(Some(settings));
    let given_id = given.add("Base.xml", text.as_bytes());
    let mut filled = Sources::default();
    let filled_id = filled.add("Base.xml", built(text).as_bytes());
    let value = |tree: syntax::TrustFrameworkPolicy| {
        [tree.tenant_id, tree.policy_id, tree.public_policy_uri].map(|one| one.unwrap().value)
    };
    let given = value(syntax::parse(given.get(given_id).unwrap()).0);
    assert_eq!(given, value(syntax::parse(filled.get(filled_id).unwrap()).0));
    assert_eq!(given, ["dev.onmicrosoft.com", "B2C_1A_Base", "https://a/?x=1&y=\"2\""]);
}

#[test]
fn an_encoding_that_lacks_a_character_gets_a_reference() {
    let text = SETTINGS.replace("8080", "\"\u{20ac}\"");
    let bytes: Vec<u8> = "<?xml version='1.0' encoding='iso-8859-1'?><A>\u{e9}{Settings:Port}</A>"
        .chars()
        .map(|one| one as u8)
        .collect();
    let files = [("a.xml".to_owned(), bytes)];
    let built = build(&files, &environments(&text).list[0].settings).unwrap();
    assert!(built[0].ends_with(b"<A>\xe9&#8364;</A>"));
}

#[test]
fn a_wrong_file_is_told_whole() {
    assert_eq!(Environments::parse("{\"Logging\": {}}"), Ok(None));
    assert!(Environments::parse("{").unwrap_err()[0].starts_with("not JSON: "));
    let wrong = r#"{ "EnvironmentsFolder": 1, "Environments": [
        { "Tenant": "x" },
        { "Name": "../x" },
        { "Name": "A", "Tenant": 1, "PolicySettings": { "a": [] } },
        { "Name": "a", "PolicySettings": 1 } ] }"#;
    assert_eq!(
        Environments::parse(wrong).unwrap_err(),
        [
            "environment 1 has no `Name`",
            "`../x` cannot be the name of a folder, so not of an environment",
            "the `Tenant` of `A` is no text",
            "the setting `a` of `A` is neither a text nor a number",
            "the `PolicySettings` of `a` are no object",
            "two environments are called `a`",
            "`EnvironmentsFolder` is not the name of a folder",
        ]
    );
    assert_eq!(Environments::parse(r#"{"Environments": []}"#).unwrap_err(), ["`Environments` is empty"]);
}
