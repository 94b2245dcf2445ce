//! The DOM of user-interface 3, element by element, for page versions 1.1, 1.2 and 2.1.

use super::*;

pub(super) fn check(html: &str, table: &[(&str, usize)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(selector, expected)| {
            let found = count(html, selector);
            (found != *expected).then(|| format!("{selector}: {found}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{html}", wrong.join("\n"));
}

#[test]
fn the_combined_page_of_2_1() {
    let html = draw(&unified(PageVersion(2, 1, 5)));
    check(
        &html,
        &[
            ("#api[data-name=Unified][role=main]", 1),
            ("#api > div.heading > h1[role=heading]", 1),
            (
                "#api > div.claims-provider-list-buttons.social[role=form][aria-label='Sign in with your social account']",
                1,
            ),
            ("#api > div.social > div.intro > h2[aria-level='1']", 1),
            ("div.options > div > button.accountButton.claims-provider-selection[role=link]", 2),
            ("div.options > div > button.firstButton#FacebookExchange", 1),
            ("button.firstButton", 1),
            ("#api > div.divider > h2", 1),
            (
                "#api > form#localAccountForm.localAccount[action='JavaScript:void(0);'][aria-label='Sign in with your Email Address']",
                1,
            ),
            ("#localAccountForm > div.intro > h2[aria-level='1']", 1),
            (
                "#localAccountForm > div.error.pageLevel[role=alert][aria-hidden=true][style='display:none'] > p",
                1,
            ),
            ("#localAccountForm > div.entry > div:nth-child(1) > label[for=signInName]", 1),
            ("#localAccountForm > div.entry > div.entry-item > div.error.itemLevel[role=alert] > p", 1),
            (
                "div.entry-item > input#signInName[name='Email Address'][type=email][pattern][placeholder='Email Address'][aria-label='Email Address'][title='Please enter a valid Email Address'][autofocus]",
                1,
            ),
            ("div.entry-item > div.password-label > label[for=password]", 1),
            ("div.entry-item > div.password-label > a#forgotPassword", 1),
            ("div.entry-item > div.error.itemLevel > p[role=alert]", 1),
            (
                "div.entry-item > input#password[name=Password][type=password][placeholder=Password][aria-label=Password][autocomplete=current-password][aria-required=true]",
                1,
            ),
            ("div.entry > div.working", 1),
            ("div.entry > div.rememberMe > input#rememberMe[type=checkbox][name=rememberMe]", 1),
            ("div.rememberMe > label[for=rememberMe]", 1),
            ("div.entry > div.buttons > button#next[type=submit][form=localAccountForm]", 1),
            ("#localAccountForm > div.divider > h2", 1),
            ("#localAccountForm > div.create > p > a#createAccount[href]", 1),
            ("#localAccountForm > div.claims-provider-list-text-links > p > a#WorkExchange[href]", 1),
            ("#api [tabindex]", 0),
        ],
    );
}

#[test]
fn links_of_the_combined_page_carry_the_token_and_an_encoded_transaction() {
    let html = draw(&unified(PageVersion(2, 1, 5)));
    let tail = "csrf_token=QUJDREVG_x%3D%3D&amp;tx=StateProperties%3DeyJUSUQiOiI3ZDFmIn0&amp;p=B2C_1A_SignUpOrSignIn";
    let path = "/contoso.onmicrosoft.com/B2C_1A_SignUpOrSignIn/api/CombinedSigninAndSignup/";
    for start in ["unified?local=signup&amp;", "unified?claimsexchange=ForgotPasswordExchange&amp;"] {
        assert!(html.contains(&format!("href=\"{path}{start}{tail}\"")), "{start}");
    }
    let mut legacy = unified(PageVersion(2, 1, 5));
    if let Body::Unified(unified) = &mut legacy.body {
        unified.forgot = Some(Forgot { place: ForgotPasswordPlace::AfterInput, target: None });
    }
    let html = draw(&legacy);
    assert!(html.contains(&format!("href=\"{path}forgotPassword?{tail}\"")));
    check(
        &html,
        &[
            (".password-label #forgotPassword", 0),
            ("div.entry-item > div.forgot-password.center-height > a#forgotPassword", 1),
        ],
    );
}

#[test]
fn the_forgot_password_link_has_four_places() {
    let places = [
        (ForgotPasswordPlace::AfterLabel, "div.password-label > a#forgotPassword", 1),
        (ForgotPasswordPlace::AfterInput, "div.entry-item > div.forgot-password > a#forgotPassword", 1),
        (ForgotPasswordPlace::AfterButtons, "div.entry > div.forgot-password > a#forgotPassword", 1),
        (ForgotPasswordPlace::None, "#forgotPassword", 0),
    ];
    for (place, selector, expected) in places {
        let mut page = unified(PageVersion(2, 1, 5));
        if let Body::Unified(unified) = &mut page.body {
            unified.forgot = Some(Forgot { place, target: None });
        }
        check(&draw(&page), &[(selector, expected)]);
    }
}

#[test]
fn several_sign_up_links_stand_in_one_sentence() {
    let mut page = unified(PageVersion(2, 1, 5));
    if let Body::Unified(unified) = &mut page.body {
        unified.sign_up = vec![
            provider("SignUpWithLogonEmailExchange", "Email", false),
            provider("SignUpWithLogonNameExchange", "Name", false),
        ];
    }
    let html = draw(&page);
    check(
        &html,
        &[
            ("#createAccount", 0),
            (
                "#localAccountForm > div.claims-provider-list-text-links > p > a#SignUpWithLogonNameExchange",
                1,
            ),
        ],
    );
    assert!(html.contains("Sign up with <a id=\"SignUpWithLogonEmailExchange\""), "{html}");
}

#[test]
fn the_combined_page_of_1_2_and_1_1() {
    let shared: &[(&str, usize)] = &[
        ("#api > div.heading", 0),
        ("#api > div.social[role=form]", 1),
        ("div.entry-item > input#logonIdentifier[name=LogonIdentifier][tabindex='1']", 1),
        ("div.entry-item > label[for=logonIdentifier]", 1),
        ("input#password[name=Password][tabindex='1']", 1),
        ("#next[tabindex='1'], #createAccount[tabindex='1'], #rememberMe[tabindex='1']", 2),
    ];
    let html = draw(&unified(PageVersion(1, 2, 0)));
    check(&html, shared);
    check(&html, &[("#api > form#localAccountForm.localAccount", 1), ("#logonIdentifier[type=email]", 1)]);
    let html = draw(&unified(PageVersion(1, 1, 0)));
    check(
        &html,
        &[
            ("#api > div.localAccount[role=form]", 1),
            ("#api form", 0),
            ("#logonIdentifier[type=text]", 1),
            ("#next:not([type])", 1),
        ],
    );
    // What the page posts without script stands beside it and is tied by `form`.
    check(
        &html,
        &[
            ("form#localAccountForm", 1),
            ("#password[form=localAccountForm]", 1),
            ("#logonIdentifier[form=localAccountForm]", 1),
        ],
    );
}

#[test]
fn the_self_asserted_page_of_2_1() {
    let html = draw(&sign_up(PageVersion(2, 1, 29)));
    check(
        &html,
        &[
            ("#api[data-name=SelfAsserted]", 1),
            ("#api > div.heading > h1[role=heading]", 1),
            ("#api > div.buttons", 1),
            ("#api > div.intro > p", 1),
            ("#api > form#attributeVerification[action='JavaScript:void(0);']", 1),
            ("form > div#passwordEntryMismatch.error.pageLevel[style='display:none'][aria-hidden=true]", 1),
            ("form > div#requiredFieldMissing.error.pageLevel", 1),
            ("form > div#fieldIncorrect.error.pageLevel", 1),
            ("form > div#captchaUnresolved.error.pageLevel", 1),
            ("form > div#claimVerificationServerError.error.pageLevel", 1),
            ("form > div#attributeList.attr > ul > li.Password.newPassword_li > div.attrEntry", 1),
            ("li > div.attrEntry > label#newPassword_label[for=newPassword].required", 1),
            ("li > div.attrEntry > label#displayName_label.required", 0),
            ("li.Password > div.attrEntry > div.error.itemLevel[role=alert]", 2),
            (
                "li > div.attrEntry > input#newPassword.textInput[type=password][autocomplete=new-password][aria-required=true]",
                1,
            ),
            (
                "li > div.attrEntry > a.helpLink.tiny[href='javascript:void(0)'][data-help='Help for New Password']",
                1,
            ),
            (
                "form > div.buttons > button#continue[type=submit][form=attributeVerification][aria-disabled=true][aria-label=Create][tabindex='-1']",
                1,
            ),
            ("form > div.buttons > button#cancel[aria-label=Cancel][formnovalidate]", 1),
            (
                "form > div.verifying-modal[aria-live=assertive][aria-labelledby=verifying_blurb] > div#verifying_blurb",
                1,
            ),
            ("#newPassword[disabled][aria-disabled=true][tabindex='-1']", 1),
            (".nothing_li", 0),
        ],
    );
    let early = draw(&sign_up(PageVersion(2, 1, 7)));
    check(
        &early,
        &[
            ("#captchaUnresolved", 0),
            ("#newPassword[disabled]", 0),
            ("#continue[aria-disabled=false]", 1),
            ("li.newPassword_li", 0),
            ("li.Password", 2),
        ],
    );
}

#[test]
fn every_input_type() {
    let html = draw(&sign_up(PageVersion(2, 1, 7)));
    check(
        &html,
        &[
            (
                "input#displayName.textInput[type=text][placeholder='Display Name'][title='Help for Display Name']",
                1,
            ),
            ("#displayName[aria-required]", 0),
            ("select#colour.dropdown_single > option[value=Green][selected]", 1),
            ("select#colour > option[value=placeholder]", 0),
            ("input#shade_Red[name=shade][type=radio][value=Red]", 1),
            ("label[for=shade_Red]", 1),
            ("input#likes_Green[type=checkbox][name=likes][checked]", 1),
            ("div#born.date > select#born_day.day > option[value='3'][selected]", 1),
            ("div#born.date > select#born_month.month > option[value='2'][selected]", 1),
            ("div#born.date > select#born_year.year > option[value='2001'][selected]", 1),
            ("div#born.date > select:nth-child(1).day", 1),
            ("input#number[type=text][readonly][value='42']", 1),
            ("p#terms.textInParagraph[tabindex='0']", 1),
            ("p#terms b", 0),
        ],
    );
    let mut page = sign_up(PageVersion(2, 1, 7));
    if let Body::Form(form) = &mut page.body {
        for item in &mut form.items {
            if let Item::Field(field) = item {
                field.choices.iter_mut().for_each(|choice| choice.selected = false);
            }
        }
    }
    let placeholder =
        "select#colour > option:first-child[value=placeholder][disabled][selected][style='display:none']";
    check(&draw(&page), &[(placeholder, 1)]);
}

#[test]
fn built_in_verification_by_state() {
    let ids = [
        "intro",
        "info",
        "success",
        "fail_retry",
        "fail_no_retry",
        "fail_throttled",
        "fail_code_expired",
        "fail_server",
        "incorrect_format",
    ];
    let buttons = ["ver_but_send", "ver_but_verify", "ver_but_resend", "ver_but_edit", "ver_but_default"];
    let states: &[(Verification, &[&str])] = &[
        (Verification::Initial, &["intro", "ver_but_send"]),
        (Verification::Sent, &["info", "ver_input_label", "ver_input", "ver_but_verify", "ver_but_resend"]),
        (Verification::Verified, &["success", "ver_but_edit"]),
    ];
    for (state, shown) in states {
        let mut page = sign_up(PageVersion(2, 1, 5));
        if let Body::Form(Form { items, .. }) = &mut page.body
            && let Some(Item::Field(mail)) = items.first_mut()
        {
            mail.verification = Some(*state);
        }
        let html = draw(&page);
        for id in ids.iter().chain(&buttons).chain(&["ver_input_label", "ver_input", "ver_wait"]) {
            let (display, hidden) = if shown.contains(id) { ("inline", "false") } else { ("none", "true") };
            check(&html, &[(&format!("#email_{id}[style='display:{display}'][aria-hidden={hidden}]"), 1)]);
        }
        check(
            &html,
            &[(
                "li.EmailBox > .attrEntry > div.buttons.verify[data-claim_id=email] > input#email_ver_input.verifyInput",
                1,
            )],
        );
        check(&html, &[("#email[readonly]", usize::from(*state == Verification::Verified))]);
        check(&html, &[("div.verify > button[type=button]", 5)]);
    }
}

#[test]
fn the_verification_control_by_state() {
    let k = "emailVerificationControl";
    let states: &[(Verification, &[&str])] = &[
        (Verification::Initial, &["send_code"]),
        (Verification::Sent, &["verify_code", "send_new_code"]),
        (Verification::Verified, &["change_claims"]),
    ];
    for (state, shown) in states {
        let mut page = sign_up(PageVersion(2, 1, 29));
        if let Body::Form(Form { items, .. }) = &mut page.body
            && let Some(Item::Control(control)) = items.get_mut(1)
        {
            control.state = *state;
        }
        let html = draw(&page);
        for button in ["send_code", "verify_code", "send_new_code", "change_claims"] {
            let display = if shown.contains(&button) { "inline" } else { "none" };
            check(&html, &[(&format!("#{k}_but_{button}[type=button][style='display:{display}']"), 1)]);
        }
        check(
            &html,
            &[
                (
                    "li.VerificationControl.emailVerificationControl_li > div.attrEntry > label#emailVerificationControl_label[for=emailVerificationControl]",
                    1,
                ),
                ("div.attrEntry > div#emailVerificationControl.verificationControlContent", 1),
                (
                    ".verificationControlContent > div.verificationInfoText > div#emailVerificationControl_info_message[style='display:none']",
                    1,
                ),
                (
                    ".verificationControlContent > div.verificationSuccessText > div#emailVerificationControl_success_message",
                    1,
                ),
                (
                    ".verificationControlContent > div.verificationErrorText.error > div#emailVerificationControl_error_message",
                    1,
                ),
                (".verificationControlContent > ul > li.TextBox.contact_li.contact", 1),
                (".verificationControlContent > ul > li.TextBox.verificationCode_li.VerificationCode", 1),
                ("#verificationCode[disabled]", usize::from(*state != Verification::Sent)),
                ("li.VerificationCode[style='display:none']", usize::from(*state != Verification::Sent)),
                ("#contact[readonly]", usize::from(*state == Verification::Verified)),
                (".verificationControlContent > div.buttons > button.sendCode", 1),
            ],
        );
    }
}

#[test]
fn the_self_asserted_page_of_1_2_and_1_1() {
    let html = draw(&sign_up(PageVersion(1, 2, 0)));
    check(
        &html,
        &[
            ("#api > form#attributeVerification", 1),
            ("#api > .heading", 0),
            ("#email[type=email]", 1),
            ("#email_ver_wait", 1),
        ],
    );
    let html = draw(&sign_up(PageVersion(1, 1, 0)));
    check(
        &html,
        &[
            ("#api > div#attributeVerification[role=form]", 1),
            ("#api form", 0),
            ("#requiredFieldMissing.error.pageLevel", 1),
            ("#newPassword[required]", 1),
            ("#newPassword[aria-required]", 0),
            ("#continue[disabled]", 1),
            ("a.helpLink[onclick]", 12),
            ("div.buttons.verify[claim_id=email]", 1),
        ],
    );
    let html = draw(&sign_up(PageVersion(1, 0, 0)));
    check(&html, &[("#requiredFieldMissing.errorText", 1), ("li > .attrEntry > .helpText", 12)]);
}

#[test]
fn buttons_are_not_drawn_where_the_policy_hides_them() {
    let mut page = sign_up(PageVersion(2, 1, 7));
    if let Body::Form(form) = &mut page.body {
        (form.show_continue, form.show_cancel) = (false, false);
    }
    check(&draw(&page), &[("#continue", 0), ("#cancel", 0)]);
}

#[test]
fn providers_alone_have_a_list() {
    let providers = vec![provider("FacebookExchange", "Facebook", false)];
    let body = || Body::Selection(providers.clone());
    let new = draw(&page(PageKind::Selection, PageVersion(1, 2, 1), body()));
    check(
        &new,
        &[("#api[data-name=IdpSelections] .options > div > button.accountButton#FacebookExchange", 1)],
    );
    let old = draw(&page(PageKind::Selection, PageVersion(1, 0, 0), body()));
    check(
        &old,
        &[("#api > div.intro > p", 1), ("#api > div > ul > li > button.accountButton#FacebookExchange", 1)],
    );
}

#[test]
fn without_script_every_button_posts_and_enter_presses_the_right_one() {
    let html = draw(&unified(PageVersion(2, 1, 5)));
    check(
        &html,
        &[
            ("#next[formaction][formmethod=post]", 1),
            ("input[type=hidden][name=csrf_token][form=localAccountForm]", 1),
            ("input[type=hidden][name=request_type][form=localAccountForm]", 1),
            ("#api input[type=hidden]", 0),
            (
                "#FacebookExchange[formaction][formmethod=post][formnovalidate][form=v-choices][name=claimsexchange][value=FacebookExchange]",
                1,
            ),
            // The only submit button of the form itself: what Enter presses.
            ("button[form=localAccountForm]", 1),
        ],
    );
    assert!(
        attribute(&html, "#next", "formaction")
            .unwrap()
            .contains("/api/CombinedSigninAndSignup/form?tx=StateProperties%3D")
    );
    let html = draw(&sign_up(PageVersion(2, 1, 29)));
    check(
        &html,
        &[
            ("#cancel[formaction][formnovalidate][name=v_action][value=cancel]", 1),
            ("#newPassword[name=newPassword]", 1),
        ],
    );
    for action in ["send:email", "act:emailVerificationControl:SendCode"] {
        assert!(html.contains(&format!("name=\"v_action\" value=\"{action}\"")), "{action}");
    }
}

#[test]
fn problems_of_the_last_answer_stand_in_place() {
    let mut page = unified(PageVersion(2, 1, 5));
    page.problems.page = Some("Your password is incorrect.".to_owned());
    page.problems.fields = BTreeMap::from([("signInName".into(), "Please enter it".to_owned())]);
    let html = draw(&page);
    check(
        &html,
        &[
            (".error.pageLevel[style='display:block'][aria-hidden=false] > p", 1),
            ("#signInName.highlightError[aria-invalid=true][aria-describedby]", 1),
            (".error.itemLevel.show[style='display:block']", 1),
        ],
    );
    let mut page = sign_up(PageVersion(2, 1, 5));
    page.problems.page = Some("Already there".to_owned());
    let shown = "#claimVerificationServerError[style='display:block'][aria-hidden=false][role=alert][aria-live=polite][tabindex='1']";
    check(&draw(&page), &[(shown, 1)]);
}

/// A page with the three controls that enrol an authenticator app.
fn enrolment(content: &str) -> Page {
    let held =
        |id: &str, value: &str| Field { value: Some(value.to_owned()), ..field(id, id, InputType::TextBox) };
    let control = |id: &str, kind, fields| {
        Item::Control(Control {
            id: id.into(),
            kind,
            label: String::new(),
            fields,
            words: control_words(kind),
            state: Verification::Initial,
            challenge: None,
        })
    };
    let items = vec![
        control("authenticatorAppIconControl", ControlKind::AuthenticatorAppIcon, Vec::new()),
        control(
            "totpQrCodeControl",
            ControlKind::QrCode,
            vec![(held("qrCodeContent", content), Some("QrCodeContent".to_owned()))],
        ),
        control(
            "authenticatorInfoControl",
            ControlKind::AuthenticatorInfo,
            vec![(held("totpIdentifier", "ada@b.test"), None), (held("secretKey", "mfrggzdf"), None)],
        ),
    ];
    let form = Form { items, show_continue: true, show_cancel: true };
    page(PageKind::SelfAsserted, PageVersion(2, 1, 9), Body::Form(form))
}

#[test]
fn the_controls_that_enrol_an_authenticator_app() {
    let html = draw(&enrolment("otpauth://totp/Contoso:ada?secret=mfrggzdf&issuer=Contoso"));
    check(
        &html,
        &[
            (
                "li.AuthenticatorAppIconControl div.authenticatorIconControlContent#authenticatorAppIconControl",
                1,
            ),
            ("#authenticatorAppIconControl > #authenticatorAppIconControl-title", 1),
            ("a.googleStoreIconControlContent#authenticatorAppIconControl-google[href]", 1),
            ("a.appStoreIconControlContent#authenticatorAppIconControl-apple[href]", 1),
            ("#authenticatorAppIconControl-instruction", 1),
            ("li.QrCodeControl div.qrCodeControlContent#totpQrCodeControl", 1),
            ("#totpQrCodeControl > #totpQrCodeControl-title", 1),
            ("#totpQrCodeControl > #totpQrCodeControl_info_message.qrCodeInfo", 1),
            ("#totpQrCodeControl-picture[title^='otpauth://totp/'] > img#totpQrCodeControl-img[alt]", 1),
            ("img[src^='data:image/svg+xml;base64,']", 1),
            ("#totpQrCodeControl-text[style='display:none']", 1),
            ("#totpQrCodeControl > a[href^='otpauth://totp/']", 1),
            ("li.AuthenticatorInfoControl #authenticatorInfoControl", 1),
            (
                "#authenticatorInfoControl > .authenticatorInfoCollapse#authenticatorInfoControl-collapse_text",
                1,
            ),
            ("#authenticatorInfoControl-account_name", 1),
            ("#authenticatorInfoControl-secret", 1),
            // Nothing of it is a field.
            ("#attributeList input", 0),
        ],
    );
    assert!(html.contains("Account Name: ada@b.test") && html.contains("Secret mfrggzdf"), "{html}");
}

#[test]
fn an_address_that_is_no_authenticators_is_shown_and_not_followed() {
    let html = draw(&enrolment("javascript:alert(1)"));
    check(&html, &[("#totpQrCodeControl > a", 0), ("#totpQrCodeControl-img", 1)]);
    let html = draw(&enrolment(""));
    check(&html, &[("#totpQrCodeControl-img", 0)]);
    let long = draw(&enrolment(&"x".repeat(10_000)));
    check(&long, &[("#totpQrCodeControl-img", 0), ("#totpQrCodeControl-text", 1)]);
}
