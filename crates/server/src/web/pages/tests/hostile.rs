//! Hostile texts, templates and framers (attacks 23, 37, 40, 42, 43, 44, 93).

use std::sync::Arc;

use super::super::template::Custom;
use super::*;

const EVIL: &str = "<img src=x onerror=alert(1)>{{7*7}}${1}'-alert(1)-'\"></script><script>\u{2028}\u{202e}";

const TEMPLATE: &str = r#"<!DOCTYPE html><html><head><title>Ours</title><link rel="stylesheet" href="https://cdn.example/a.css">
<script src="https://cdn.example/a.js"></script></head><body onload="evil()"><base href="https://evil.example/">
<div id="api" role="main" class="mine"></div><iframe src="https://x.example"></iframe>
<a href=" java&#10;script:evil()">x</a><img data-tenant-branding-logo="true" alt="">
<script>document.getElementById('password').value</script></body></html>"#;

fn custom(text: &str) -> Template {
    Template::Custom(Arc::new(Custom::read(text.as_bytes().to_vec(), None).unwrap()))
}

fn header(html: &Html, name: &str) -> String {
    html.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn attack_037_040_042_texts_and_values_are_inert_everywhere() {
    for version in [PageVersion(1, 1, 0), PageVersion(2, 1, 29)] {
        let mut page = sign_up(version);
        page.words.values_mut().for_each(|word| word.push_str(EVIL));
        page.problems.page = Some(EVIL.to_owned());
        page.problems.fields = BTreeMap::from([("displayName".into(), EVIL.to_owned())]);
        page.notice = Some(EVIL.to_owned());
        if let Body::Form(form) = &mut page.body {
            for item in &mut form.items {
                if let Item::Field(field) = item {
                    field.label = EVIL.to_owned();
                    field.help = Some(EVIL.to_owned());
                    field.value = Some(EVIL.to_owned());
                    field.choices.iter_mut().for_each(|choice| choice.text = EVIL.to_owned());
                }
            }
        }
        let html = draw(&page);
        assert_eq!(count(&html, "img"), 0);
        assert_eq!(count(&html, "[onerror]"), 0);
        // Ours: data, page script; nothing ended one of them early.
        assert_eq!(count(&html, "script"), 2);
        assert!(!html.contains('\u{2028}') || !html.split("</script>").next().unwrap().contains('\u{2028}'));
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "the text is shown back, escaped");
    }
}

#[test]
fn attack_042_a_password_is_never_written_back() {
    let mut page = sign_up(PageVersion(2, 1, 5));
    if let Body::Form(form) = &mut page.body {
        for item in &mut form.items {
            if let Item::Field(field) = item
                && field.input == InputType::Password
            {
                field.value = Some("hunter2-secret".to_owned());
            }
        }
    }
    assert!(!draw(&page).contains("hunter2-secret"));
}

#[test]
fn attack_023_only_named_origins_may_frame_the_page() {
    let html = draw_in(&unified(PageVersion(2, 1, 5)), &Template::BuiltIn(Look::Lobby));
    assert!(header(&html, "content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header(&html, "x-frame-options"), "DENY");
    let mut page = unified(PageVersion(2, 1, 5));
    page.framing =
        ["https://a.example", "https://*.b.example", "x; script-src *"].map(str::to_owned).to_vec();
    let html = draw_in(&page, &Template::BuiltIn(Look::Lobby));
    let policy = header(&html, "content-security-policy");
    assert!(policy.ends_with("frame-ancestors https://a.example https://*.b.example"), "{policy}");
    assert_eq!(header(&html, "x-frame-options"), "ALLOW-FROM https://a.example");
}

#[test]
fn attack_093_pages_are_neither_stored_nor_sniffed_nor_referred() {
    let html = draw_in(&unified(PageVersion(2, 1, 5)), &Template::BuiltIn(Look::Lobby));
    assert_eq!(header(&html, "cache-control"), "no-store");
    assert_eq!(header(&html, "referrer-policy"), "no-referrer");
    assert_eq!(header(&html, "x-content-type-options"), "nosniff");
    assert_eq!(header(&html, "content-type"), "text/html; charset=utf-8");
}

#[test]
fn a_template_keeps_its_attributes_and_gets_ours() {
    let html = draw_in(&unified(PageVersion(2, 1, 5)), &custom(TEMPLATE)).body;
    assert_eq!(count(&html, "html[lang=en]"), 1);
    assert_eq!(count(&html, "html[dir]"), 0);
    assert_eq!(count(&html, "#api[role=main].mine[data-name=Unified] #localAccountForm"), 1);
    assert_eq!(count(&html, "#api #next"), 1);
    assert_eq!(count(&html, "input[name=csrf_token]"), 2);
    let head = html.split("<title>").next().unwrap();
    assert!(head.contains("var SETTINGS = ") && head.contains("/static/vestibule/page."));
    assert!(html.lines().take(2).any(|line| line.contains("<!-- CorrelationId: ")));
}

#[test]
fn attack_044_scripts_of_a_template_run_only_where_the_policy_allows_them() {
    let drawn = draw_in(&unified(PageVersion(2, 1, 5)), &custom(TEMPLATE));
    let html = &drawn.body;
    assert_eq!(count(html, "script"), 2, "ours alone");
    assert_eq!(count(html, "[onload]") + count(html, "iframe") + count(html, "base"), 0);
    assert_eq!(count(html, "body > a") - count(html, "body > a:not([href])"), 0);
    let policy = header(&drawn, "content-security-policy");
    assert!(
        policy.contains("script-src 'nonce-bm9uY2U=';") && policy.contains("connect-src 'self';"),
        "{policy}"
    );
    assert!(policy.contains("style-src 'nonce-bm9uY2U=' https://cdn.example"), "{policy}");
    assert!(!html.contains("jquery."));

    let mut page = unified(PageVersion(2, 1, 5));
    page.scripts = true;
    let drawn = draw_in(&page, &custom(TEMPLATE));
    assert!(
        header(&drawn, "content-security-policy").contains("script-src 'nonce-bm9uY2U=' 'strict-dynamic'")
    );
    assert_eq!(count(&drawn.body, "script[nonce='bm9uY2U=']"), 5);
    assert!(drawn.body.find("jquery.").unwrap() < drawn.body.find("cdn.example/a.js").unwrap());
    assert_eq!(count(&drawn.body, "iframe") + count(&drawn.body, "base"), 0);

    page.version = PageVersion(2, 1, 10);
    let drawn = draw_in(&page, &custom(TEMPLATE));
    assert_eq!(count(&drawn.body, "body script"), 0, "from 2.1.10 on only the head's");
    assert_eq!(count(&drawn.body, "head script"), 4);
}

#[test]
fn attack_043_a_template_that_cannot_be_used_says_why() {
    let cases: &[(&[u8], &str)] = &[
        (b"<html><head></head><body></body></html>", "no element with id"),
        (b"<html><head></head><body><p id=\"api\">\xff\xfe</p></body></html>", "not UTF-8"),
        (b"<div id=\"api\"></div>", "no head"),
    ];
    for (text, cause) in cases {
        let error = Custom::read(text.to_vec(), None).unwrap_err();
        assert!(error.contains(cause), "{error}");
    }
}
