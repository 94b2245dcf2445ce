//! Every setting and text that changes a page has its effect (user-interface 1.1, 1.2, 7): one small policy for each row of
//! the tables, all loaded by one server, and what is to be found in the first page of each.

use std::fmt::Write as _;
use std::sync::Arc;

use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::browser::{Browser, claims_of};
use crate::harness::Site;
use crate::journey::page_policy::{FORM, PLAIN, Row, UNIFIED, policy};

/// Metadata (user-interface 1.2). Those of the phone page, of captchas and of journeys have tests of their own.
const SETTINGS: &[Row] = &[
    Row {
        name: "plain",
        found: &[
            ("#next", 1),
            ("div.create a#createAccount", 1),
            ("div.password-label > a#forgotPassword", 1),
            ("#rememberMe", 0),
            ("#GoogleExchange.accountButton", 1),
            ("#signInName[type=email]", 1),
        ],
        says: &["Sign up now", "forgotPassword?"],
        ..PLAIN
    },
    Row {
        name: "setting.showSignupLink",
        profile: "<Item Key='setting.showSignupLink'>False</Item>",
        found: &[(".create", 0), ("#createAccount", 0)],
        ..PLAIN
    },
    Row {
        name: "setting.forgotPasswordLinkLocation AfterInput",
        profile: "<Item Key='setting.forgotPasswordLinkLocation'>AfterInput</Item>",
        found: &[("div.entry-item > div.forgot-password > a#forgotPassword", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.forgotPasswordLinkLocation AfterButtons",
        profile: "<Item Key='setting.forgotPasswordLinkLocation'>AfterButtons</Item>",
        found: &[("div.entry > div.forgot-password > a#forgotPassword", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.forgotPasswordLinkLocation None",
        profile: "<Item Key='setting.forgotPasswordLinkLocation'>None</Item>",
        found: &[("#forgotPassword", 0)],
        ..PLAIN
    },
    Row {
        name: "setting.forgotPasswordLinkOverride",
        profile: "<Item Key='setting.forgotPasswordLinkOverride'>GoogleExchange</Item>",
        found: &[("a#forgotPassword[href*='claimsexchange=GoogleExchange']", 1), ("#GoogleExchange", 0)],
        ..PLAIN
    },
    Row {
        name: "setting.forgotPasswordLinkOverride below 2.1.2",
        page: "unifiedssp:2.1.1",
        profile: "<Item Key='setting.forgotPasswordLinkOverride'>GoogleExchange</Item>",
        found: &[("a#forgotPassword[href*='/forgotPassword?']", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.enableRememberMe",
        profile: "<Item Key='setting.enableRememberMe'>True</Item>",
        found: &[("div.rememberMe > #rememberMe", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.enableRememberMe on unifiedssd",
        page: "unifiedssd:1.2.4",
        profile: "<Item Key='setting.enableRememberMe'>True</Item>",
        found: &[("#rememberMe", 0), ("#forgotPassword", 0), ("#next", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.operatingMode Email below 2.0.0",
        page: "unifiedssp:1.2.0",
        found: &[("#logonIdentifier[type=email][pattern]", 1)],
        says: &["Sign in with your existing account"],
        ..PLAIN
    },
    Row {
        name: "setting.operatingMode Username below 2.0.0",
        page: "unifiedssp:1.2.0",
        profile: "<Item Key='setting.operatingMode'>username</Item>",
        found: &[("#logonIdentifier[type=text]", 1)],
        says: &["Sign in with your user name", "\"operatingMode\":\"username\""],
        ..PLAIN
    },
    Row {
        name: "SignUpTarget, two of them",
        profile: "<Item Key='SignUpTarget'>SignUpExchange, GoogleExchange</Item>",
        found: &[("#createAccount", 0), (".claims-provider-list-text-links > p > a#SignUpExchange", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.retryLimit",
        profile: "<Item Key='setting.retryLimit'>7</Item>",
        says: &["\"retryLimit\":7,", "\"retryLimit\":\"7\""],
        ..PLAIN
    },
    Row {
        name: "setting.bottomUnderFormClaimsProviderSelections",
        content: "<Item Key='setting.bottomUnderFormClaimsProviderSelections'>WorkExchange</Item>",
        found: &[
            ("#api > .claims-provider-list-text-links-bottom-under-form > a#WorkExchange", 1),
            (".claims-provider-list-text-links #WorkExchange", 0),
        ],
        says: &["\"bottomUnderFormClaimsProviderSelections\":\"WorkExchange\""],
        ..PLAIN
    },
    Row {
        name: "ClaimsProviderSelectionDisplayType",
        found: &[(".claims-provider-list-text-links > p > a#WorkExchange", 1), ("button#WorkExchange", 0)],
        ..PLAIN
    },
    Row { name: "a plain form", page: FORM, found: &[("#continue", 1), ("#cancel", 1)], ..PLAIN },
    Row {
        name: "setting.showContinueButton",
        page: FORM,
        profile: "<Item Key='setting.showContinueButton'>false</Item>",
        found: &[("#continue", 0), ("#cancel", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.showCancelButton",
        page: FORM,
        profile: "<Item Key='setting.showCancelButton'>FALSE</Item>",
        found: &[("#continue", 1), ("#cancel", 0)],
        ..PLAIN
    },
    Row {
        name: "EnforceEmailVerification true",
        page: FORM,
        found: &[("#email_ver_but_send", 1), ("#continue[aria-disabled=true]", 1)],
        ..PLAIN
    },
    Row {
        name: "EnforceEmailVerification false",
        page: FORM,
        profile: "<Item Key='EnforceEmailVerification'>False</Item>",
        found: &[("#email_ver_but_send", 0), ("#continue[aria-disabled=false]", 1), ("#email", 1)],
        ..PLAIN
    },
    Row {
        name: "setting.inputVerificationDelayTimeInMilliseconds",
        page: FORM,
        profile: "<Item Key='setting.inputVerificationDelayTimeInMilliseconds'>50</Item>",
        says: &["\"inputVerificationDelayTimeInMilliseconds\":\"50\""],
        ..PLAIN
    },
    Row {
        name: "language.button_continue of the profile before that of the content definition",
        page: FORM,
        content: "<Item Key='language.button_continue'>Of the page</Item><Item Key='language.button_cancel'>Leave</Item>",
        profile: "<Item Key='language.button_continue'>Of the profile</Item>",
        says: &[">Of the profile</button>", ">Leave</button>"],
        ..PLAIN
    },
    Row {
        name: "language.intro",
        page: FORM,
        profile: "<Item Key='language.intro'>Tell us who you are.</Item>",
        found: &[("#api > div.intro > p", 1)],
        says: &["<p>Tell us who you are.</p>"],
        ..PLAIN
    },
    Row {
        name: "a localized string before metadata",
        page: FORM,
        profile: "<Item Key='language.button_continue'>Of the profile</Item>",
        texts: "<LocalizedString ElementType='UxElement' StringId='button_continue'>Of the language</LocalizedString>",
        says: &[">Of the language</button>"],
        ..PLAIN
    },
];

/// What each page version changes in the document (user-interface 1.1); scripts and colours have tests in the browser.
const VERSIONS: &[Row] = &[
    Row {
        name: "1.0",
        page: "selfasserted:1.0.0",
        found: &[(".helpText", 3), (".errorText", 3), ("div.heading", 0)],
        ..PLAIN
    },
    Row {
        name: "1.1",
        page: "selfasserted:1.1.0",
        found: &[(".helpText", 0), (".error.pageLevel", 3), ("div#attributeVerification[role=form]", 1)],
        ..PLAIN
    },
    Row {
        name: "1.2",
        page: "selfasserted:1.2.0",
        found: &[("form#attributeVerification[action]", 1), ("#nick[type=text]", 1), ("[data-help]", 3)],
        ..PLAIN
    },
    Row { name: "2.1.0", page: "selfasserted:2.1.0", found: &[("div.heading", 0), (".nick_li", 0)], ..PLAIN },
    Row { name: "2.1.1", page: "selfasserted:2.1.1", found: &[("div.heading > h1", 1)], ..PLAIN },
    Row { name: "2.1.8", page: "selfasserted:2.1.8", found: &[("li.TextBox.nick_li", 1)], ..PLAIN },
    Row {
        name: "2.1.17",
        page: "selfasserted:2.1.17",
        found: &[("#nick[disabled]", 0)],
        says: &["Nickname is required"],
        ..PLAIN
    },
    Row {
        name: "2.1.15",
        page: "selfasserted:2.1.15",
        says: &["\"missing\":\"This information is required.\""],
        ..PLAIN
    },
    Row {
        name: "2.1.18",
        page: "selfasserted:2.1.18",
        found: &[("#nick[disabled][aria-disabled=true][tabindex='-1']", 1)],
        ..PLAIN
    },
    Row { name: "2.1.24", page: "selfasserted:2.1.24", found: &[("#captchaUnresolved", 0)], ..PLAIN },
    Row { name: "2.1.25", page: "selfasserted:2.1.25", found: &[("#captchaUnresolved", 1)], ..PLAIN },
    Row {
        name: "newer than any",
        page: "selfasserted:9.9.9",
        found: &[("#captchaUnresolved", 1), ("#continue", 1)],
        ..PLAIN
    },
    Row {
        name: "unified 1.0",
        page: "unifiedssp:1.0.0",
        profile: "<Item Key='setting.enableRememberMe'>True</Item>",
        found: &[("#rememberMe", 0), ("div.localAccount[role=form]", 1)],
        ..PLAIN
    },
    Row {
        name: "unified 1.1",
        page: "unifiedssp:1.1.0",
        profile: "<Item Key='setting.enableRememberMe'>True</Item>",
        found: &[("#rememberMe", 1)],
        ..PLAIN
    },
    Row {
        name: "unified 1.2",
        page: "unifiedssp:1.2.0",
        found: &[("form#localAccountForm.localAccount", 1), ("#logonIdentifier", 1)],
        ..PLAIN
    },
    Row {
        name: "unified 2.0",
        page: "unifiedssp:2.0.0",
        profile: "<Item Key='SignUpTarget'>SignUpExchange, GoogleExchange</Item>",
        found: &[("#signInName", 1), ("#createAccount", 1), ("div.heading", 0)],
        ..PLAIN
    },
    Row { name: "unified 2.1.1", page: "unifiedssp:2.1.1", found: &[("div.heading > h1", 1)], ..PLAIN },
];

/// Element types and string ids (user-interface 7). Every id of the tables is set to a word of its own and looked for.
const TEXTS: &[Row] = &[
    Row {
        name: "ClaimType",
        page: FORM,
        texts: "<LocalizedString ElementType='ClaimType' ElementId='nick' StringId='DisplayName'>My label</LocalizedString>
                <LocalizedString ElementType='ClaimType' ElementId='nick' StringId='UserHelpText'>My help</LocalizedString>
                <LocalizedString ElementType='ClaimType' ElementId='nick' StringId='PatternHelpText'>My pattern</LocalizedString>
                <LocalizedString ElementType='ClaimType' ElementId='nick' StringId='AdminHelpText'>Hidden words</LocalizedString>",
        found: &[("a.helpLink[data-help='My help']", 1)],
        says: &[">My label</label>", "\"PAT_DESC\": \"My pattern\""],
        ..PLAIN
    },
    Row {
        name: "Predicate and PredicateValidation",
        page: FORM,
        texts: "<LocalizedString ElementType='Predicate' ElementId='nick.long' StringId='HelpText'>My rule</LocalizedString>
                <LocalizedString ElementType='PredicateValidation' ElementId='nick.rules' StringId='group'>My group</LocalizedString>",
        says: &["\"HELP\": \"My rule\"", "\"HELP\": \"My group\""],
        ..PLAIN
    },
    Row {
        name: "InputValidation, the old name",
        page: FORM,
        texts: "<LocalizedString ElementType='InputValidation' ElementId='nick.rules' StringId='group'>Older group</LocalizedString>",
        says: &["\"HELP\": \"Older group\""],
        ..PLAIN
    },
    Row {
        name: "ClaimsProvider",
        texts: "<LocalizedString ElementType='ClaimsProvider' StringId='GoogleExchange'>My provider</LocalizedString>",
        says: &[">My provider</button>", "\"description\":\"My provider\""],
        ..PLAIN
    },
    Row {
        name: "ErrorMessage",
        page: FORM,
        texts: "<LocalizedString ElementType='ErrorMessage' StringId='UserMessageIfInvalidInput'>My {0}!</LocalizedString>",
        says: &["\"invalid\":\"My Nickname!\""],
        ..PLAIN
    },
    Row {
        name: "names that changed between versions",
        texts: "<LocalizedString ElementType='UxElement' StringId='createaccount_link'>Old sign up</LocalizedString>
                <LocalizedString ElementType='UxElement' StringId='requiredField_email'>Old wish</LocalizedString>",
        says: &[">Old sign up</a>", "\"missing\":\"Old wish\""],
        ..PLAIN
    },
    Row {
        name: "new names on an old page",
        page: "unifiedssp:1.2.0",
        texts: "<LocalizedString ElementType='UxElement' StringId='createaccount_one_link'>New sign up</LocalizedString>",
        says: &[">New sign up</a>"],
        ..PLAIN
    },
    Row {
        name: "disclaimers",
        page: FORM,
        texts: "<LocalizedString ElementType='UxElement' StringId='disclaimer_msg_intro'>By going on</LocalizedString>
                <LocalizedString ElementType='UxElement' StringId='disclaimer_link_1_text'>Terms</LocalizedString>
                <LocalizedString ElementType='UxElement' StringId='disclaimer_link_1_url'>https://example.com/terms</LocalizedString>
                <LocalizedString ElementType='UxElement' StringId='disclaimer_link_2_text'>Bad</LocalizedString>
                <LocalizedString ElementType='UxElement' StringId='disclaimer_link_2_url'>javascript:alert(1)</LocalizedString>",
        found: &[(".disclaimer-container > a.disclaimer-link[href='https://example.com/terms']", 1), ("a.disclaimer-link", 1)],
        says: &["By going on"],
        ..PLAIN
    },
];

/// Ids whose words stand in the document itself; the others stand in CONTENT, for scripts.
const DRAWN: &[(&str, &[&str])] = &[
    (
        UNIFIED,
        &[
            "heading",
            "social_intro",
            "local_intro_generic",
            "requiredField_generic",
            "requiredField_password",
            "invalid_generic",
            "createaccount_intro",
            "createaccount_one_link",
            "forgotpassword_link",
            "button_signin",
            "divider_title",
        ],
    ),
    (
        "unifiedssp:1.2.0",
        &[
            "logonIdentifier_email",
            "password",
            "local_intro_email",
            "requiredField_email",
            "requiredField_password",
            "invalid_email",
            "invalid_password",
            "createaccount_link",
        ],
    ),
    (
        FORM,
        &[
            "heading",
            "initial_intro",
            "button_continue",
            "button_cancel",
            "required_field_descriptive",
            "error_requiredFieldMissing",
            "error_fieldIncorrect",
            "helplink_text",
            "verifying_blurb",
            "ver_but_send",
            "ver_but_verify",
            "ver_but_resend",
            "ver_but_edit",
            "ver_but_default",
            "ver_input",
            "ver_intro_msg",
            "ver_info_msg",
            "ver_success_msg",
            "ver_fail_retry",
            "ver_fail_no_retry",
            "ver_fail_code_expired",
            "ver_fail_throttled",
            "ver_fail_server",
            "ver_incorrect_format",
        ],
    ),
];

fn count(html: &str, selector: &str) -> usize {
    let mut found = 0;
    let handler = element!(selector, |_| {
        found += 1;
        Ok(())
    });
    rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(handler)).unwrap();
    found
}

/// A server that has the policies, `Row0` and on.
async fn site(policies: &[String]) -> Arc<Site> {
    let site = Site::with(|config| {
        for (number, text) in policies.iter().enumerate() {
            std::fs::write(config.tenants[0].policies.join(format!("Row{number}.xml")), text).unwrap();
        }
    });
    Arc::new(site.await)
}

/// The first page of a policy.
async fn first(site: &Arc<Site>, number: usize) -> String {
    let mut browser = Browser::new(site);
    let reply = browser.start(&format!("B2C_1A_Row{number}"), &[("ui_locales", "en")]).await;
    assert!(!browser.page.text.is_empty(), "row {number}: {} {}", reply.status, reply.text);
    browser.page.text
}

async fn check(rows: &[Row]) {
    let policies: Vec<String> =
        rows.iter().enumerate().map(|(number, row)| policy(&format!("Row{number}"), row)).collect();
    let site = site(&policies).await;
    let mut faults = String::new();
    for (number, row) in rows.iter().enumerate() {
        let html = first(&site, number).await;
        for (selector, expected) in row.found {
            let found = count(&html, selector);
            if found != *expected {
                let _ = writeln!(faults, "{}: {selector}: {found}, expected {expected}", row.name);
            }
        }
        for text in row.says.iter().filter(|text| !html.contains(**text)) {
            let _ = writeln!(faults, "{}: nothing says {text}", row.name);
        }
        assert!(!html.contains("Hidden words"), "an administrator's help is nobody else's");
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test]
async fn every_setting_has_its_effect() {
    check(SETTINGS).await;
}

#[tokio::test]
async fn every_version_changes_what_it_changed() {
    check(VERSIONS).await;
}

#[tokio::test]
async fn every_element_type_has_its_effect() {
    check(TEXTS).await;
}

#[tokio::test]
async fn every_string_id_reaches_its_page() {
    let mut policies = Vec::new();
    for (page, ids) in DRAWN {
        let texts: String = ids
            .iter()
            .map(|id| {
                format!(
                    "<LocalizedString ElementType='UxElement' StringId='{id}'>Mine:{id}</LocalizedString>"
                )
            })
            .collect();
        let row = Row { page, texts: texts.leak(), ..PLAIN };
        policies.push(policy(&format!("Row{}", policies.len()), &row));
    }
    let site = site(&policies).await;
    for (number, (page, ids)) in DRAWN.iter().enumerate() {
        let html = first(&site, number).await;
        let content: serde_json::Value = {
            let (_, rest) = html.split_once("var CONTENT = ").unwrap();
            serde_json::from_str(rest.split_once(";\n").unwrap().0).unwrap()
        };
        // The document but for CONTENT.
        let drawn: String =
            html.lines().filter(|line| !line.starts_with("var CONTENT")).collect::<Vec<_>>().join("\n");
        for id in *ids {
            assert_eq!(content[*id], format!("Mine:{id}"), "{page}");
            assert!(drawn.contains(&format!("Mine:{id}")), "{page}: {id} is nowhere");
        }
    }
}

/// Texts that a transformation asks for are those of the page shown: the step's for its embedded form, whatever page the
/// form's profile names, and for what is run behind it (technical-profiles 4.1).
#[tokio::test]
async fn transformations_speak_with_the_page_shown() {
    let texts = "<LocalizedString ElementType='GetLocalizedStringsTransformationClaimType' StringId='greeting'>Well met</LocalizedString>
                 <LocalizedString ElementType='FormatLocalizedStringTransformationClaimType' StringId='named'>{0}!</LocalizedString>";
    let combined = policy("Row0", &Row { texts, ..PLAIN })
        .replace(
            "<BuildingBlocks>\n<ClaimsSchema>",
            "<BuildingBlocks>\n<ClaimsSchema><ClaimType Id='greeting'><DataType>string</DataType></ClaimType>",
        )
        .replace(
            "</PredicateValidations>",
            "</PredicateValidations><ClaimsTransformations>
<ClaimsTransformation Id='Greet' TransformationMethod='GetLocalizedStringsTransformation'><OutputClaims>
<OutputClaim ClaimTypeReferenceId='greeting' TransformationClaimType='greeting'/></OutputClaims></ClaimsTransformation>
<ClaimsTransformation Id='Name' TransformationMethod='FormatLocalizedString'><InputClaims>
<InputClaim ClaimTypeReferenceId='greeting'/></InputClaims><InputParameters>
<InputParameter Id='stringFormatId' DataType='string' Value='named'/></InputParameters><OutputClaims>
<OutputClaim ClaimTypeReferenceId='signInName' TransformationClaimType='outputClaim'/></OutputClaims></ClaimsTransformation>
</ClaimsTransformations>",
        )
        .replace(
            "<Item Key='ContentDefinitionReferenceId'>api.row</Item>",
            "<Item Key='ContentDefinitionReferenceId'>api.selfasserted</Item>",
        )
        .replace(
            "</Metadata>\n<OutputClaims><OutputClaim ClaimTypeReferenceId='signInName'",
            "</Metadata><InputClaimsTransformations><InputClaimsTransformation ReferenceId='Greet'/>
<InputClaimsTransformation ReferenceId='Name'/></InputClaimsTransformations>
<InputClaims><InputClaim ClaimTypeReferenceId='signInName'/></InputClaims>
<OutputClaims><OutputClaim ClaimTypeReferenceId='signInName'",
        );
    let site = site(&[combined]).await;
    let html = first(&site, 0).await;
    assert_eq!(count(&html, "#signInName[value='Well met!']"), 1, "{html}");
}

/// A prefilled field that is emptied keeps what it held, unless the profile lets it give an empty claim
/// (`AllowGenerationOfClaimsWithNullValues`, user-interface 1.2); an empty claim is in no token.
#[tokio::test]
async fn an_emptied_field_keeps_its_value_unless_empty_claims_are_allowed() {
    let items = [
        "<Item Key='EnforceEmailVerification'>false</Item>",
        "<Item Key='EnforceEmailVerification'>false</Item><Item Key='AllowGenerationOfClaimsWithNullValues'>True</Item>",
    ];
    let policies: Vec<String> = (0..items.len())
        .map(|number| {
            policy(&format!("Row{number}"), &Row { page: FORM, profile: items[number], ..PLAIN })
                .replace(
                    "</Metadata>\n<OutputClaims><OutputClaim ClaimTypeReferenceId='email'",
                    "</Metadata><InputClaims><InputClaim ClaimTypeReferenceId='givenName' DefaultValue='Ada'/></InputClaims>
<OutputClaims><OutputClaim ClaimTypeReferenceId='email'",
                )
                .replace("PartnerClaimType='sub'/>", "PartnerClaimType='sub'/><OutputClaim ClaimTypeReferenceId='givenName'/>")
        })
        .collect();
    let site = site(&policies).await;
    for (number, expected) in [Some("Ada"), None].into_iter().enumerate() {
        let name = format!("B2C_1A_Row{number}");
        let mut browser = Browser::new(&site);
        browser.start(&name, &[]).await;
        assert_eq!(count(&browser.page.text, "#givenName[value=Ada]"), 1, "{}", browser.page.text);
        let fields = [("email", "ada@example.com"), ("nick", "ada"), ("givenName", "")];
        let answer = browser.submit(&fields).await;
        assert_eq!(answer["status"], "200", "{answer}");
        let reply = browser.confirm().await;
        let claims = claims_of(&site, &name, &reply).await;
        assert_eq!(claims.get("given_name").and_then(|claim| claim.as_str()), expected, "{claims}");
    }
}

/// A language's own collection stands in the place of the claim type's; a language without one has the claim type's
/// (user-interface 7, policy-language 4.1.2). What is not in the collection shown is not taken.
#[tokio::test]
async fn a_localized_collection_replaces_the_claim_types_own() {
    let list = |collection: &str| {
        let row = Row {
            page: FORM,
            profile: "<Item Key='EnforceEmailVerification'>false</Item>",
            texts: "<LocalizedString ElementType='UxElement' StringId='day'>Day</LocalizedString>",
            ..PLAIN
        };
        policy("Row0", &row)
            .replace("<LocalizedStrings>", &format!("{collection}<LocalizedStrings>"))
            .replace(
                "<UserInputType>TextBox</UserInputType>\n<Restriction><Pattern RegularExpression='^[a-z]' HelpText='small'/></Restriction>
<PredicateValidationReference Id='nick.rules'/>",
                "<UserInputType>DropdownSingleSelect</UserInputType><Restriction>
<Enumeration Text='Plain one' Value='one'/><Enumeration Text='Plain two' Value='two' SelectByDefault='true'/></Restriction>",
            )
    };
    let localized = list(
        "<LocalizedCollections><LocalizedCollection ElementType='ClaimType' ElementId='nick' TargetCollection='Restriction'>
<Item Text='Other' Value='other'/><Item Text='Chosen' Value='chosen' SelectByDefault='true'/></LocalizedCollection></LocalizedCollections>",
    );
    let own = list("").replace("B2C_1A_Row0", "B2C_1A_Row1");
    let site = site(&[localized, own]).await;
    for (number, (shown, chosen), (taken, refused)) in
        [(0, ("Other", "chosen"), ("other", "one")), (1, ("Plain one", "two"), ("one", "other"))]
    {
        let mut browser = Browser::new(&site);
        browser.start(&format!("B2C_1A_Row{number}"), &[("ui_locales", "en")]).await;
        let html = browser.page.text.clone();
        assert!(html.contains(&format!(">{shown}</option>")), "{html}");
        assert_eq!(count(&html, &format!("#nick > option[selected][value={chosen}]")), 1, "{html}");
        assert_eq!(count(&html, "#nick > option"), 2, "no placeholder where something is chosen");
        let answer = browser.submit(&[("email", "a@example.com"), ("nick", refused)]).await;
        assert_eq!(answer["message"], "Nickname has invalid input.", "{answer}");
        let answer = browser.submit(&[("email", "a@example.com"), ("nick", taken)]).await;
        assert_eq!(answer["status"], "200", "{answer}");
    }
}
