//! The metadata reader, over plain lists of keys and values.

use super::{Ids, Item, Metadata};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::message;
use crate::source::{Sources, Span, Spanned};

fn span() -> Span {
    let mut sources = Sources::default();
    Span::start_of(sources.add("x.xml", b""))
}

/// Reads `items` with `read` and gives what it read and the codes of what was found, `lacking` ones with a `-`.
fn reading<T>(items: &[(&str, &str)], read: impl Fn(&Metadata<'_>) -> T) -> (T, Vec<String>) {
    let known = |id: &str, span: Span| match id.eq_ignore_ascii_case("objectid") {
        true => Ok(Name::from("objectId")),
        false => Err(Box::new(Diagnostic::error(codes::UNKNOWN_CLAIM_TYPE, span, message!("unknown")))),
    };
    let declared = |id: &str| known(id, span()).ok();
    let exchange = |id: &str| id.eq_ignore_ascii_case("signup").then(|| Name::from("SignUp"));
    let ids =
        Ids { claim: &known, declared: &declared, content: &known, journey: &known, exchange: &exchange };
    let items = items
        .iter()
        .map(|(key, value)| Item { key: Spanned::new(*key, span()), value: Spanned::new(*value, span()) });
    let metadata = Metadata::new(items, ids, span());
    let value = read(&metadata);
    let findings = metadata.finish();
    let wrong = findings.wrong.iter().map(|one| {
        let mark = if one.severity == Severity::Warning { "?" } else { "" };
        format!("{}{mark}", one.code.id)
    });
    let lacking = findings.lacking.iter().map(|one| format!("-{}", one.code.id));
    (value, wrong.chain(lacking).collect())
}

#[test]
fn flags_are_read_in_any_case_and_as_digits_and_keys_are_trimmed() {
    let table = [
        (" setting.showSignupLink ", "False", false, vec![]),
        ("SETTING.SHOWSIGNUPLINK", " 0 ", false, vec![]),
        ("setting.showSignupLink", "1", true, vec![]),
        ("setting.showSignupLink", "", true, vec![]),
        ("setting.showSignupLink", "no", true, vec!["V0505"]),
        ("setting.showSignupLinks", "false", true, vec!["V0504?"]),
    ];
    for (key, value, expected, found) in table {
        let read = reading(&[(key, value)], |metadata| metadata.flag("setting.showSignupLink", true));
        assert_eq!(read, (expected, found.into_iter().map(str::to_owned).collect()), "{key}={value}");
    }
}

#[test]
fn numbers_keep_to_their_range() {
    for (value, expected, found) in [
        ("300", Some(300), 0),
        ("86400", Some(86_400), 0),
        ("299", None, 1),
        ("-1", None, 1),
        ("1e3", None, 1),
    ] {
        let (number, all) = reading(&[("token_lifetime_secs", value)], |metadata| {
            metadata.number("token_lifetime_secs", 300..=86_400)
        });
        assert_eq!((number, all.len()), (expected, found), "{value}");
    }
}

#[test]
fn a_needed_key_that_is_not_there_is_lacking_not_wrong() {
    let (text, found) = reading(&[], |metadata| metadata.needed("Operation").is_some());
    assert_eq!((text, found), (false, vec!["-V0506".to_owned()]));
    let (text, found) = reading(&[("Operation", " ")], |metadata| metadata.needed("Operation").is_some());
    assert_eq!((text, found), (false, vec!["-V0505".to_owned()]));
}

#[test]
fn the_last_of_two_items_with_one_key_counts() {
    let (text, _) = reading(&[("scope", "a"), ("SCOPE", "b")], |metadata| {
        metadata.text("scope").map(|text| text.value.to_owned())
    });
    assert_eq!(text.as_deref(), Some("b"));
}

#[test]
fn names_come_back_as_they_are_declared() {
    let items = [("claim", "OBJECTID"), ("other", "nobody"), ("SignUpTarget", "signup, Elsewhere")];
    let (names, found) = reading(&items, |metadata| {
        (metadata.claim("claim"), metadata.claim("other"), metadata.exchanges("SignUpTarget"))
    });
    assert_eq!(names, (Some("objectId".into()), None, vec!["SignUp".into(), "Elsewhere".into()]));
    assert_eq!(found, ["V0301"]);
}

#[test]
fn texts_of_errors_and_pages_are_kept_apart_and_never_unknown() {
    let items = [
        ("UserMessageIfInvalidPassword", "wrong"),
        ("DefaultMessage", "no"),
        ("language.button_Continue", "Go"),
        ("setting.operatingMode", "Email"),
        ("UserMessageIfInvalidPasword", "mistyped"),
    ];
    let ((messages, language, settings), found) = reading(&items, |metadata| {
        metadata.known(&["setting.operatingMode"]);
        (metadata.messages(), metadata.language(), metadata.settings())
    });
    assert_eq!(messages.get("usermessageifinvalidpassword").map(String::as_str), Some("wrong"));
    assert_eq!(messages.get("defaultmessage").map(String::as_str), Some("no"));
    assert_eq!(language.into_iter().collect::<Vec<_>>(), [("button_continue".to_owned(), "Go".to_owned())]);
    assert_eq!(settings, [("operatingMode".to_owned(), "Email".to_owned())]);
    assert_eq!(found, ["V0504?"], "only the mistyped one");
}
