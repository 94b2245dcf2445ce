//! The controls that enrol an authenticator app: where to get one, the QR code, the account details in letters
//! (user-interface 3.6). They work without script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcodegen::{QrCode, QrCodeEcc};
use vestibule_engine::journey::page::Control;

use super::control::word;
use super::markup::{Element, el};

/// Where the app is to be had.
const STORES: &[(&str, &str, &str, &str)] = &[
    (
        "google",
        "googleStoreIconControlContent",
        "Google Play",
        "https://play.google.com/store/apps/details?id=com.azure.authenticator",
    ),
    (
        "apple",
        "appStoreIconControlContent",
        "App Store",
        "https://apps.apple.com/app/microsoft-authenticator/id983156458",
    ),
];

/// Where to get an app.
pub(super) fn app(control: &Control) -> Element {
    let id = &control.id;
    let store = |(name, class, title, address): &(&str, &'static str, &str, &str)| {
        el("a")
            .id(format!("{id}-{name}"))
            .class(*class)
            .attr("href", *address)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .text(*title)
    };
    el("div")
        .id(&**id)
        .class("authenticatorIconControlContent")
        .child(line(control, "title", "title_text"))
        .children(STORES.iter().map(store))
        .child(line(control, "instruction", "instruction_text"))
}

/// The QR code of an `otpauth:` address, as a picture and as a link for whoever reads this on the phone itself.
pub(super) fn qr_code(control: &Control) -> Element {
    let id = &control.id;
    let content = control.fields.iter().find(|(_, role)| role.as_deref() == Some("QrCodeContent"));
    let content = content.or_else(|| control.fields.first()).and_then(|(field, _)| field.value.as_deref());
    let content = content.unwrap_or_default();
    let info = el("div").id(format!("{id}_info_message")).class("qrCodeInfo").text(word(control, "info_msg"));
    let picture =
        el("div").id(format!("{id}-picture")).attr("title", content).children(drawn(content).map(|source| {
            el("img").id(format!("{id}-img")).attr("src", source).attr("alt", word(control, "title_text"))
        }));
    let hidden = el("div").id(format!("{id}-text")).shown(None).text(content);
    // Only such an address is worth a link; anything else a policy may have made is shown, not followed.
    let link = content
        .to_ascii_lowercase()
        .starts_with("otpauth://")
        .then(|| el("a").attr("href", content).text(word(control, "link_text")));
    el("div")
        .id(&**id)
        .class("qrCodeControlContent")
        .child(line(control, "title", "title_text"))
        .child(info)
        .child(picture)
        .child(hidden)
        .children(link)
}

/// The account's name and secret, for apps without a camera.
pub(super) fn info(control: &Control) -> Element {
    let id = &control.id;
    let value =
        |at: usize| control.fields.get(at).and_then(|(field, _)| field.value.as_deref()).unwrap_or_default();
    let account = format!("{} {}", word(control, "account_name"), value(0));
    let secret = format!("{} {}", word(control, "display_prefix"), value(1));
    let collapse = el("a")
        .id(format!("{id}-collapse_text"))
        .class("authenticatorInfoCollapse")
        .attr("href", "javascript:void(0)")
        .text(word(control, "collapse_text"));
    el("div")
        .id(&**id)
        .class("authenticatorInfoControlContent")
        .child(line(control, "title", "title_text"))
        .child(el("div").id(format!("{id}-account_name")).text(account))
        .child(el("div").id(format!("{id}-secret")).text(secret))
        .child(collapse)
}

fn line(control: &Control, part: &str, key: &str) -> Element {
    el("div").id(format!("{}-{part}", control.id)).text(word(control, key))
}

/// The code as an SVG in a `data:` address; nothing where there is nothing to say or too much.
fn drawn(content: &str) -> Option<String> {
    if content.is_empty() {
        return None;
    }
    let code = QrCode::encode_text(content, QrCodeEcc::Medium).ok()?;
    let (size, quiet) = (code.size(), 4);
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + quiet, y + quiet));
        }
    }
    let whole = size + 2 * quiet;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{whole}v{whole}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    );
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}
