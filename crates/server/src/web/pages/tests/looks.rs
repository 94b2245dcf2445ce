//! Our own looks: small, readable, in both directions; and files whose content is fixed.

use aws_lc_rs::digest;

use super::super::template::Custom;
use super::super::{assets, document};
use super::*;
use vestibule_engine::journey::trouble::Trouble;

#[test]
fn the_first_page_with_its_styles_and_script_is_at_most_60_kilobytes() {
    for (look, _) in Look::ALL {
        let page = draw_in(&unified(PageVersion(2, 1, 5)), &Template::BuiltIn(*look));
        let size = page.body.len() + assets::PAGE_SCRIPT.size();
        assert!(size <= 60_000, "{look:?}: {size} bytes");
    }
}

#[test]
fn jquery_is_unmodified() {
    // sha256sum package/dist/jquery.min.js of the npm package jquery 3.7.1
    let recorded = "fc9a93dd241f6b045cbff0481cf4e1901becd0e12fb45166a8f17f95823f0b1a";
    let file = assets::find(assets::JQUERY.path()).unwrap();
    let found = digest::digest(&digest::SHA256, file.body.as_bytes());
    let found: String = found.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, recorded);
    assert!(file.cache_control.contains("max-age=31536000"));
}

#[test]
fn built_in_templates_can_be_fetched_and_nothing_else() {
    for path in [
        "tenant/templates/AzureBlue/unified.cshtml",
        "tenant/templates/msa/selfAsserted.cshtml",
        "tenant/default/exception.cshtml",
    ] {
        let file = assets::find(path).unwrap();
        assert_eq!(count(&file.body, "#api[role=main]"), 1, "{path}");
        assert_eq!(count(&file.body, "script"), 0, "{path}");
    }
    for path in [
        "",
        "tenant/templates/AzureBlue/../../../etc/passwd",
        "tenant/templates/AzureBlue/",
        "vestibule/page.js",
        "ä",
    ] {
        assert!(assets::find(path).is_none(), "{path}");
    }
}

#[test]
fn right_to_left_in_our_templates_only() {
    let mut page = unified(PageVersion(2, 1, 5));
    page.language = "ar".to_owned();
    assert_eq!(count(&draw(&page), "html[lang=ar][dir=rtl]"), 1);
    page.language = "de".to_owned();
    assert_eq!(count(&draw(&page), "html[lang=de]:not([dir])"), 1);
}

#[test]
fn a_notice_is_told_by_our_own_templates() {
    let mut page = unified(PageVersion(2, 1, 5));
    page.notice = Some("Social sign-in is not there yet.".to_owned());
    assert_eq!(count(&draw(&page), "p.v-notice"), 1);
}

/// `--v-NAME:#rrggbb` of the light and the dark rule.
fn colours(css: &str) -> [BTreeMap<String, [u8; 3]>; 2] {
    let (light, dark) = css.split_once("@media (prefers-color-scheme:dark)").unwrap();
    let read = |text: &str| {
        let declared = text.split("--v-").skip(1).filter_map(|rest| rest.split_once(':'));
        declared
            .filter_map(|(name, rest)| {
                let digits: String =
                    rest.strip_prefix('#')?.chars().take_while(char::is_ascii_hexdigit).collect();
                let long =
                    if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits };
                let byte = |place: usize| u8::from_str_radix(long.get(place..place + 2)?, 16).ok();
                Some((name.to_owned(), [byte(0)?, byte(2)?, byte(4)?]))
            })
            .collect::<BTreeMap<_, _>>()
    };
    [read(light), read(dark.split("}}").next().unwrap())]
}

/// Contrast ratio by WCAG 2.2.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let light = |[r, g, b]: [u8; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn shipped_colours_can_be_read() {
    // Text 4.5 to 1, borders of controls 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
    let pairs = [
        ("text", "surface", 4.5),
        ("text", "ground", 4.5),
        ("muted", "surface", 4.5),
        ("muted", "ground", 4.5),
        ("accent", "surface", 4.5),
        ("accent-text", "accent", 4.5),
        ("danger", "surface", 4.5),
        ("success", "surface", 4.5),
        ("line", "surface", 3.0),
    ];
    for (scheme, tokens) in colours(document::BASE).iter().enumerate() {
        for (front, back, least) in pairs {
            let ratio = contrast(tokens[front], tokens[back]);
            assert!(ratio >= least, "{scheme}: {front} on {back} is {ratio:.2}");
        }
    }
}

#[test]
fn pages_that_ask_nothing() {
    let brand = Brand::default();
    let about = Exception {
        language: "en",
        nonce: "bm9uY2U=",
        correlation: "c0ffee00-2222-4333-8444-555555555555",
        at: "2026-01-02T03:04:05.6Z".parse().unwrap(),
        brand: &brand,
        framing: &[],
    };
    let html = exception(&about, "AADB2C90037: <b>no</b>", None).body;
    assert_eq!(count(&html, "#api.error-page-content[data-name=GlobalException] > .error-page-help"), 1);
    assert_eq!(count(&html, ".error-page-messagedetails > .error-page-correlationid"), 1);
    assert_eq!(count(&html, ".error-page-messagedetails > .error-page-detail"), 1);
    assert!(html.contains("Timestamp: 2026-01-02 03:04:05Z") && html.contains("AADB2C90037: &lt;b&gt;"));
    assert_eq!(count(&html, "script"), 0);
    for page in [expired(&about), signed_out(&about, Onward::default())] {
        assert_eq!(count(&page.body, "h1"), 1);
        assert!(!page.body.contains("AADB2C"));
    }
}

#[test]
fn an_error_stands_in_the_policys_own_page() {
    let brand = Brand::default();
    let about = Exception {
        language: "de",
        nonce: "bm9uY2U=",
        correlation: "c0ffee00-2222-4333-8444-555555555555",
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        brand: &brand,
        framing: &[],
    };
    let html = "<!DOCTYPE html><html><head><script>var mine = 1;</script></head><body><div id=\"api\"></div></body></html>";
    let template = Template::Custom(Custom::read(html.as_bytes().to_vec(), None).unwrap().into());
    let mut trouble = Trouble {
        template: "https://customer.example/error.html?a=b".to_owned(),
        language: "de".to_owned(),
        version: PageVersion(1, 2, 5),
        scripts: false,
        framing: Vec::new(),
        heading: Some("Das ging schief".to_owned()),
        intro: None,
    };
    let draw = |trouble: &Trouble| {
        let own = Own { trouble, template: &template, static_base: "/static/" };
        exception(&about, "AADB2C90037: <b>no</b>", Some(own)).body
    };
    let drawn = draw(&trouble);
    assert_eq!(count(&drawn, "#api.error-page-content[data-name=GlobalException] > .heading > h1"), 1);
    assert_eq!(count(&drawn, ".error-page-messagedetails > .error-page-correlationid"), 1);
    assert_eq!((count(&drawn, ".error-page-messagedetails"), count(&drawn, "script")), (1, 0));
    assert!(drawn.contains(">Das ging schief</h1>") && drawn.contains("AADB2C90037: &lt;b&gt;no&lt;/b&gt;"));
    assert!(drawn.contains("Timestamp") || drawn.contains("2026-01-02 03:04:05Z"), "{drawn}");

    trouble.version = PageVersion(1, 0, 0);
    assert_eq!(count(&draw(&trouble), ".error-page-messagedetails"), 2, "whom to ask, below 1.1.0");
    trouble.scripts = true;
    let drawn = draw(&trouble);
    assert_eq!(count(&drawn, "script[nonce='bm9uY2U=']"), 3, "ours, jQuery, the template's");
    assert!(drawn.find("jquery.").unwrap() < drawn.find("var mine").unwrap());
    assert!(drawn.contains("\"locale\":{\"lang\":\"de\"}") && !drawn.contains("csrf"), "{drawn}");
}
