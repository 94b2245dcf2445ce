//! The script objects, and the expressions by which clients in the wild read them (user-interface 2.4), row by row.

use serde_json::Value;
use vestibule_engine::regex::Regex;

use super::*;

fn all() -> Vec<String> {
    vec![
        draw(&unified(PageVersion(2, 1, 5))),
        draw(&sign_up(PageVersion(2, 1, 29))),
        draw(&unified(PageVersion(1, 1, 0))),
    ]
}

/// `var NAME = ` up to the first `};`, as a client in the wild does it.
fn object(html: &str, name: &str) -> Value {
    let (_, rest) = html.split_once(&format!("var {name} = ")).unwrap();
    let (inside, _) = rest.split_once("};").unwrap();
    serde_json::from_str(&format!("{inside}}}")).unwrap_or_else(|error| panic!("{name}: {error}: {inside}"))
}

#[test]
fn settings_hold_no_semicolon_and_are_strict_json_by_every_way_of_reading() {
    let expression = Regex::new(r"var SETTINGS = (\{[^;]+\});").unwrap();
    let mut hostile = unified(PageVersion(2, 1, 5));
    hostile.template = "https://cdn.example/a.html?x={1};y};</script>&z=1".to_owned();
    hostile.config.push(("x".to_owned(), "};a;b<!--".to_owned()));
    for html in all().into_iter().chain([draw(&hostile)]) {
        assert!(expression.is_match(&html));
        let settings = object(&html, "SETTINGS");
        assert_eq!(settings["csrf"], CSRF);
        assert_eq!(settings["transId"], TRANS);
        assert_eq!(settings["hosts"]["tenant"], "/contoso.onmicrosoft.com/B2C_1A_SignUpOrSignIn");
        assert!(settings["trimSpacesInPassword"].is_boolean() && settings["retryLimit"].is_number());
        let line = html.lines().find(|line| line.starts_with("var SETTINGS = ")).unwrap();
        assert_eq!(line.matches(';').count(), 1, "{line}");
    }
    assert_eq!(object(&draw(&hostile), "SETTINGS")["remoteResource"], hostile.template);
}

#[test]
fn the_token_stands_where_expressions_look_for_it() {
    for html in all() {
        for expression in [r#""csrf":"\w+=*""#, r#""csrf"\s*:\s*"(.+?)","#, r#""transId":"(.*?)""#] {
            assert!(Regex::new(expression).unwrap().is_match(&html), "{expression}");
        }
    }
}

#[test]
fn the_first_line_with_a_transaction_is_the_settings_line_and_holds_it_once() {
    for html in all() {
        let lines: Vec<&str> = html.lines().filter(|line| line.contains("StateProperties=")).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("var SETTINGS = ") && lines[0].matches("StateProperties=").count() == 1);
    }
}

#[test]
fn fields_are_listed_with_a_space_after_colons_in_the_order_of_the_contract() {
    let html = draw(&sign_up(PageVersion(2, 1, 29)));
    let line = html.lines().find(|line| line.starts_with("var SA_FIELDS = ")).unwrap();
    assert_eq!(line.matches(';').count(), 1);
    for text in [
        r#"{"AttributeFields": ["#,
        r#""UX_INPUT_TYPE": "Password""#,
        r#""USER_INPUT_TYPE": "DisplayControl""#,
    ] {
        assert!(line.contains(text), "{text}");
    }
    let fields = object(&html, "SA_FIELDS");
    let keys: Vec<&String> = fields["AttributeFields"][0].as_object().unwrap().keys().collect();
    let order = [
        "UX_INPUT_TYPE",
        "USER_INPUT_TYPE",
        "IS_TEXT",
        "IS_EMAIL",
        "IS_PASSWORD",
        "IS_DATE",
        "IS_RADIO",
        "IS_DROP",
        "IS_TEXT_IN_PARAGRAPH",
        "IS_CHECK_MULTI",
        "IS_LINK",
        "VERIFY",
        "ID",
        "DN",
        "U_HELP",
        "PRE",
        "DAY_PRE",
        "MONTH_PRE",
        "YEAR_PRE",
        "PAT",
        "PAT_DESC",
        "IS_REQ",
        "IS_RDO",
        "OPTIONS",
    ];
    assert_eq!(keys, order);
    assert_eq!(fields["AttributeFields"][0]["VERIFY"], true);
    assert_eq!(fields["AttributeFields"][1]["DISPLAY_FIELDS"][1]["CONTROL_CLAIM"], "VerificationCode");
    assert_eq!(fields["AttributeFields"][8]["YEAR_PRE"], "2001");
    assert_eq!(fields["AttributeFields"][4]["YEAR_PRE"], "0");
}

#[test]
fn content_is_entity_encoded_and_providers_are_in_order() {
    let html = draw(&unified(PageVersion(2, 1, 5)));
    let content = html.lines().find_map(|line| line.strip_prefix("var CONTENT = ")).unwrap();
    let content: Value = serde_json::from_str(content.strip_suffix(';').unwrap()).unwrap();
    assert_eq!(content["createaccount_intro"], "Don&#39;t have an account?");
    let ids: Vec<Value> =
        object(&html, "CP")["list"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, ["FacebookExchange", "GoogleExchange", "WorkExchange"]);
    assert!(html.contains("var UV_PHONE = {};"));
}

#[test]
fn the_correlation_id_is_a_comment_at_the_top() {
    let html = draw(&unified(PageVersion(2, 1, 5)));
    assert!(
        html.lines().nth(1).unwrap().contains("<!-- CorrelationId: c0ffee00-2222-4333-8444-555555555555 -->")
    );
}
