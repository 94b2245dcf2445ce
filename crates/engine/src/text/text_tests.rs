//! The texts are complete, and a language tag cannot reach anything but them.

use super::*;

fn control(language: &str, id: &str) -> Option<&'static str> {
    control_words(ControlKind::Verification, language).find(|(known, _)| *known == id).map(|(_, text)| text)
}

#[test]
fn each_control_has_the_words_documented_for_it() {
    let ids = |kind| control_words(kind, "en").map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(
        ids(ControlKind::Verification),
        [
            "intro_msg",
            "success_send_code_msg",
            "failure_send_code_msg",
            "success_verify_code_msg",
            "failure_verify_code_msg",
            "but_send_code",
            "but_verify_code",
            "but_send_new_code",
            "but_change_claims",
        ]
    );
    assert_eq!(ids(ControlKind::QrCode), ["title_text", "info_msg", "link_text"]);
    assert_eq!(ids(ControlKind::AuthenticatorAppIcon), ["title_text", "instruction_text"]);
    let details = ids(ControlKind::AuthenticatorInfo);
    assert_eq!(details, ["account_name", "display_prefix", "collapse_text", "title_text"]);
    let captcha = ids(ControlKind::Captcha);
    assert_eq!(captcha.len(), 11);
    assert!(captcha.contains(&"captcha_resolved") && !captcha.contains(&"but_send_code"));
    let titles = ControlKind::ALL.iter().filter_map(|(_, kind)| {
        control_words(*kind, "en").find(|(id, _)| *id == "title_text").map(|(_, text)| text)
    });
    let titles: std::collections::BTreeSet<_> = titles.collect();
    assert_eq!(titles.len(), 3, "one id, three meanings: {titles:?}");
}

fn ids(table: Table) -> Vec<&'static str> {
    table.iter().map(|(id, _)| *id).collect()
}

/// Disclaimers have no built-in text in any language; only English lists their ids.
fn translated(table: Table) -> Vec<&'static str> {
    ids(table).into_iter().filter(|id| !id.starts_with("disclaimer_")).collect()
}

#[test]
fn every_language_has_every_id_in_the_same_order() {
    for texts in LANGUAGES.iter().filter(|texts| texts.tag != "en") {
        let pairs = [
            (texts.unified, ENGLISH.unified),
            (texts.self_asserted, ENGLISH.self_asserted),
            (texts.phone, ENGLISH.phone),
            (texts.others, ENGLISH.others),
            (texts.errors, ENGLISH.errors),
            (texts.controls, ENGLISH.controls),
            (texts.own, ENGLISH.own),
        ];
        for (ours, english) in pairs {
            assert_eq!(ids(ours), translated(english), "{}", texts.tag);
            for (id, text) in ours {
                assert!(!text.is_empty(), "{} {id}", texts.tag);
            }
        }
    }
}

#[test]
fn placeholders_survive_translation() {
    let holes = |text: &str| (0..3).filter(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
    for texts in LANGUAGES {
        for (table, english) in [(texts.unified, ENGLISH.unified), (texts.errors, ENGLISH.errors)] {
            for (id, text) in table {
                assert_eq!(holes(text), holes(find(english, id).expect("id")), "{} {id}", texts.tag);
            }
        }
    }
}

#[test]
fn twelve_months_in_every_language() {
    for tag in languages() {
        let words = ux(PageKind::SelfAsserted, PageVersion(2, 1, 0), tag);
        assert_eq!(words.get("months").map(|months| months.split(',').count()), Some(12), "{tag}");
    }
}

#[test]
fn a_region_falls_back_to_its_language_and_an_unknown_one_to_english() {
    let heading = |tag: &str| ux(PageKind::Unified, PageVersion(2, 1, 0), tag).remove("heading");
    assert_eq!(heading("fr-CA").as_deref(), Some("Connexion"));
    assert_eq!(heading("de").as_deref(), Some("Anmelden"));
    assert_eq!(heading("xx-XX").as_deref(), Some("Sign in"));
    assert_eq!(error("es-MX", "usermessageifinvalidpassword"), Some("La contraseña no es correcta."));
    assert_eq!(error("en", "UserMessageIfNobodyKnows"), None);
    assert_eq!(control("de-AT", "but_send_code"), Some("Prüfcode senden"));
}

#[test]
fn attack_045_a_hostile_language_tag_gives_english() {
    let tags = ["../../etc/passwd", "zh-Hant-TW-u-ca-chinese", "", "-", "en\u{0}", "../de", "de/../../x"];
    for tag in tags {
        let words = ux(PageKind::Unified, PageVersion(2, 1, 0), tag);
        assert_eq!(words.get("button_signin").map(String::as_str), Some("Sign in"), "{tag:?}");
    }
}

#[test]
fn documented_english_literals_stand() {
    let unified = ux(PageKind::Unified, PageVersion(2, 1, 5), "en");
    assert_eq!(unified.get("requiredField_generic").map(String::as_str), Some("Please enter your {0}"));
    assert_eq!(
        unified.get("unknown_error").map(String::as_str),
        Some("We are having trouble signing you in. Please try again later.")
    );
    assert_eq!(
        error("en", "UserMessageIfClaimsPrincipalAlreadyExists"),
        Some("A user with the specified ID already exists. Please choose a different one.")
    );
    assert_eq!(
        control("en", "success_verify_code_msg"),
        Some("E-mail address verified. You can now continue.")
    );
}

#[test]
fn control_strings_left_the_page_words_in_2_1() {
    let old = ux(PageKind::SelfAsserted, PageVersion(2, 0, 0), "en");
    let new = ux(PageKind::SelfAsserted, PageVersion(2, 1, 0), "en");
    assert!(old.contains_key("verification_control_but_send_code"));
    assert!(!new.contains_key("verification_control_but_send_code"));
}

#[test]
fn arabic_and_hebrew_run_from_right_to_left() {
    assert!(is_right_to_left("ar-EG") && is_right_to_left("he"));
    assert!(!is_right_to_left("de") && !is_right_to_left(""));
}
