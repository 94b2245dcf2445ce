//! Which other origins may read an answer (attack 92): everybody the public documents; on token and UserInfo the origins
//! of single-page applications, of the client where it is known, else of any client of the tenant; pages nobody.

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::applications::{Application, RedirectKind};

/// Lets every origin read a public document, without credentials.
pub fn open(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Lets the asking origin read the answer where it is that of a single-page redirect URI of one of `applications`.
/// `vary` always: the answer depends on who asks.
pub fn allow(headers: &mut HeaderMap, origin: Option<&HeaderValue>, applications: &[Application]) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else { return };
    let Ok(text) = origin.to_str() else { return };
    if applications.iter().any(|application| has_origin(application, text)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed =
            HeaderValue::from_static("x-ms-request-id, Retry-After, x-ms-httpver, WWW-Authenticate");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// What a preflight may ask for; `allow` says of whom.
pub fn preflight(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, client-request-id, x-client-SKU, x-client-VER",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether the origin is exactly that of a single-page redirect URI: the texts are compared, never parts of them.
fn has_origin(application: &Application, origin: &str) -> bool {
    let spa = application.redirect_uris.iter().filter(|uri| uri.kind == RedirectKind::Spa);
    let origins = spa.filter_map(|uri| Some(Url::parse(&uri.uri).ok()?.origin()));
    origins.filter(url::Origin::is_tuple).any(|known| known.ascii_serialization() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::{ClientKind, RedirectUri};

    #[test]
    fn attack_092_only_registered_single_page_origins_may_read() {
        let mut application = Application::new("t", "n", ClientKind::Public);
        let uri = |kind, uri: &str| RedirectUri { kind, uri: uri.into() };
        application.redirect_uris = vec![
            uri(RedirectKind::Spa, "https://app.example.com/cb"),
            uri(RedirectKind::Spa, "http://localhost:3000/"),
            uri(RedirectKind::Web, "https://web.example.com/cb"),
            uri(RedirectKind::Native, "myapp://cb"),
        ];
        let table = [
            ("https://app.example.com", true),
            ("http://localhost:3000", true),
            ("https://evil.test", false),
            ("null", false),
            ("https://app.example.com.evil.test", false),
            ("https://evilapp.example.com", false),
            ("https://app.example.com:444", false),
            ("http://app.example.com", false),
            ("https://APP.example.com", false),
            ("https://web.example.com", false),
            ("myapp://cb", false),
            ("*", false),
        ];
        for (origin, allowed) in table {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(origin).unwrap();
            allow(&mut headers, Some(&value), std::slice::from_ref(&application));
            let given = headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).and_then(|v| v.to_str().ok());
            assert_eq!(given, allowed.then_some(origin), "{origin}");
            assert_eq!(headers[header::VARY], "Origin");
            assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        }
    }
}
