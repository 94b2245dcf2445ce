//! The phone page and the captcha against user-interface 3.6 and 3.7, by layout version and state.

use vestibule_engine::journey::page::{Country, KnownNumber, Phone, PhoneState};
use vestibule_engine::kind::phone::PhoneMode;

use super::dom::check;
use super::*;

fn phone(version: PageVersion, change: impl FnOnce(&mut Phone)) -> Page {
    let country = |region: &str, code: &str, name: &str, chosen| Country {
        region: region.to_owned(),
        code: code.to_owned(),
        name: name.to_owned(),
        chosen,
    };
    let mut body = Phone {
        numbers: Vec::new(),
        countries: vec![country("GB", "+44", "United Kingdom", true), country("DE", "+49", "Germany", false)],
        typed: String::new(),
        mode: PhoneMode::Mixed,
        state: PhoneState::Choosing,
        autodial: false,
        show_cancel: true,
        captcha: None,
    };
    change(&mut body);
    page(PageKind::Multifactor, version, Body::Phone(body))
}

fn known(id: u32, chosen: bool) -> KnownNumber {
    KnownNumber { id, label: "Mobile".to_owned(), masked: format!("XXX-XXX-000{id}"), chosen }
}

pub(super) fn captcha(challenge: Option<&str>) -> Control {
    Control {
        id: "captchaControlChallengeCode".into(),
        kind: ControlKind::Captcha,
        label: "Help us beat the bots".to_owned(),
        fields: vec![
            (field("challengeType", "Type", InputType::Paragraph), Some("ChallengeType".to_owned())),
            (field("captchaEntered", "Entered", InputType::TextBox), Some("CaptchaEntered".to_owned())),
        ],
        words: control_words(ControlKind::Captcha),
        state: Verification::Initial,
        challenge: challenge.map(str::to_owned),
    }
}

#[test]
fn a_number_to_be_typed_in_1_2() {
    let html = draw(&phone(PageVersion(1, 2, 5), |_| {}));
    check(
        &html,
        &[
            ("#api[data-name=Phonefactor][role=main]", 1),
            ("#api > div.heading > h1[role=heading]", 1),
            ("#api > div#phonefactor_initial > div.intro > p", 1),
            ("#phonefactor_initial > div#errorMessage.error.pageLevel[role=alert][aria-hidden=true]", 1),
            ("#phoneEntry > div.input.code > label[for=countryCode]", 1),
            ("#phoneEntry .input.code select#countryCode", 1),
            ("#countryCode > option[value='+44'][selected]", 1),
            ("#countryCode > option[value='+49']", 1),
            ("#phoneEntry > div.input.number > label[for=number]", 1),
            ("#phoneEntry .input.number input#number[type=tel]", 1),
            ("#phoneEntry .input.number .error.itemLevel p", 1),
            ("#localNumber", 0),
            (".phoneNumbers", 0),
            ("#codeVerification[style='display:none'][aria-hidden=true] #verificationCode[maxlength='6']", 1),
            ("#codeVerification > p > button#retryCode.textButton", 1),
            ("div.buttons > button#sendCode[style='display:inline']", 1),
            ("div.buttons > button#verifyCode[style='display:none']", 1),
            ("div.buttons > button#verifyPhone[style='display:inline']", 1),
            ("div.buttons > button#cancel", 1),
            (".dialing-modal[style='display:none'] > #dialing_blurb", 1),
            (".dialing-modal > #dialing_number", 1),
            // Fields and buttons are of a form beside the page, so that they work without script.
            ("form#v-phone-form[method=post] > input[name=csrf_token]", 1),
            ("#number[form=v-phone-form]", 1),
            ("#sendCode[form=v-phone-form][formaction][name=v_action][value='dial:sms']", 1),
            ("#api [tabindex]", 0),
        ],
    );
    assert!(html.contains("var UV_PHONE = {\"PhoneNumbers\":[]};"), "{html}");
    assert!(html.contains("United Kingdom (+44)"));
}

#[test]
fn the_skeleton_of_1_0() {
    let html = draw(&phone(PageVersion(1, 0, 0), |_| {}));
    check(
        &html,
        &[
            ("#phonefactor_initial > #errorMessage.errorText", 1),
            ("#phoneEntry.phoneEntry > .phoneNumber > select#countryCode", 1),
            ("#phoneEntry > .phoneNumber > input#localNumber", 1),
            (".buttons > button#verifyCode.sendInitialCodeButton[style='display:inline']", 1),
            ("#sendCode", 0),
            (".buttons > button#verifyPhone", 1),
            ("#api > div.heading", 0),
        ],
    );
}

#[test]
fn numbers_on_record_are_masked_and_chosen_by_their_place() {
    let html =
        draw(&phone(PageVersion(1, 2, 15), |body| body.numbers = vec![known(1, true), known(2, false)]));
    check(
        &html,
        &[
            (".phoneNumbers > .phoneNumber > input[type=radio][name=id]", 2),
            (".phoneNumber > input[value='1'][checked]", 1),
            (".phoneNumber > label[for='1'] > .displayName", 1),
            (".phoneNumber > label[for='2'] > .number", 1),
            ("#phoneEntry", 0),
        ],
    );
    assert!(html.contains("\"PhoneNumbers\":[{\"Id\":1,\"MaskedNumber\":\"XXX-XXX-0001\"}"), "{html}");
    let html = draw(&phone(PageVersion(1, 2, 15), |body| body.numbers = vec![known(1, true)]));
    check(
        &html,
        &[
            (".phoneNumbers > .phoneNumber > .number", 1),
            (".phoneNumbers input", 0),
            ("form#v-phone-form > input[name=id][value='1']", 1),
        ],
    );
}

#[test]
fn modes_and_states_show_their_buttons() {
    let of = |mode, state| {
        draw(&phone(PageVersion(1, 2, 5), |body| {
            (body.mode, body.state) = (mode, state);
        }))
    };
    check(&of(PhoneMode::Sms, PhoneState::Choosing), &[("#sendCode", 1), ("#verifyPhone", 0)]);
    check(&of(PhoneMode::Phone, PhoneState::Choosing), &[("#sendCode", 0), ("#verifyPhone", 1)]);
    check(
        &of(PhoneMode::Mixed, PhoneState::Sent),
        &[
            ("#codeVerification[style='display:block'][aria-hidden=false]", 1),
            ("#sendCode[style='display:none']", 1),
            ("#number[readonly]", 1),
        ],
    );
    let calling = of(PhoneMode::Mixed, PhoneState::Calling);
    check(&calling, &[(".dialing-modal[style='display:block'][aria-hidden=false]", 1)]);
    assert!(calling.contains("value=\"hear\"") && calling.contains("value=\"redial\""), "{calling}");
}

#[test]
fn a_captcha_has_the_ids_that_scripts_look_for() {
    let html = draw(&phone(PageVersion(1, 2, 15), |body| {
        body.numbers = vec![known(1, true)];
        body.captcha = Some(captcha(Some("data:image/png;base64,AAAA")));
    }));
    check(
        &html,
        &[
            ("#captchaUnresolved.error.pageLevel[style='display:none']", 1),
            ("label[for=captchaControlChallengeCode]", 1),
            (".captcha-imageContent > img#captchaControlChallengeCode-img[src^='data:image/png'][alt]", 1),
            ("input#captchaControlChallengeCode[name=captchaEntered][form=v-phone-form]", 1),
            ("button#captchaControlChallengeCode-generateCaptchaBtn[type=button]", 1),
            ("button#captchaControlChallengeCode-switchCaptchaBtn[type=button]", 1),
        ],
    );
    assert!(html.contains("value=\"challenge:captchaControlChallengeCode:Visual\""), "{html}");
    let mut sign_in = unified(PageVersion(2, 1, 17));
    if let Body::Unified(Unified { form: Some(form), .. }) = &mut sign_in.body {
        form.items.push(Item::Control(captcha(None)));
    }
    let html = draw(&sign_in);
    check(
        &html,
        &[
            ("#localAccountForm div.entry > div.CaptchaControl input#captchaControlChallengeCode", 1),
            ("img#captchaControlChallengeCode-img[style='display:none']", 1),
            ("audio#captchaControlChallengeCode-audio[style='display:none']", 1),
        ],
    );
}
