//! The check of a bearer token or client assertion, by which a journey is authorized (technical-profiles 18).

use super::{Metadata, Shape};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of the bearer check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// `issuer`: what the token's `iss` must be, as the policy writes it; empty where it writes none: the issuer of the
    /// policy itself.
    pub issuer: String,
    /// `audience`: client ids the token may be for; empty: any application of the tenant.
    pub audience: Vec<String>,
}

/// Reads the settings of a bearer check.
pub(super) fn read(_shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Bearer> {
    metadata.known(&["client_assertion_type"]);
    let audience = metadata.text("audience").map(|text| {
        let list: Result<Vec<String>, _> = serde_json::from_str(*text);
        list.unwrap_or_else(|_| {
            let message = message!("`{}` is no JSON array of client ids", *text);
            metadata.wrong(Diagnostic::error(codes::BAD_SETTING, text.span, message));
            Vec::new()
        })
    });
    let issuer = metadata.owned("issuer").unwrap_or_default();
    Some(Bearer { issuer, audience: audience.unwrap_or_default() })
}
