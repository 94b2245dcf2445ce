//! OpenID Connect without a redirect: the password grant (technical-profiles 6) and the bearer check of UserInfo
//! (technical-profiles 18).

use super::{Metadata, Role, Shape, needs_inputs};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a password grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordGrant {
    /// The token endpoint of a foreign authority; none: the built-in directory (reference README 7).
    pub foreign_endpoint: Option<String>,
}

/// Settings of the bearer check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// `issuer`: what the token's `iss` must be, as the policy writes it; empty where it writes none: the issuer of the
    /// policy itself.
    pub issuer: String,
    /// `audience`: client ids the token may be for; empty: any application of the tenant.
    pub audience: Vec<String>,
}

/// Whether a profile checks a password instead of sending the browser away: it is only called, or has the inputs for it
/// (technical-profiles 6).
pub(super) fn is_password_grant(shape: &Shape<'_>) -> bool {
    let has = |name: &str| shape.inputs.iter().any(|input| input == name);
    shape.role == Role::Call || (has("username") && has("password"))
}

/// Reads the settings of a password grant. The authority is the built-in directory if its address has `{tenant}` in it
/// or names no authority at all (reference README 7).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<PasswordGrant> {
    needs_inputs(shape, metadata, &["username", "password"]);
    metadata.known(&[
        "ProviderName",
        "client_id",
        "IdTokenAudience",
        "response_types",
        "response_mode",
        "scope",
        "grant_type",
        "UsePolicyInRedirectUri",
        "HttpBinding",
        "issuer",
        "resource",
        "ValidTokenIssuerPrefixes",
        "DiscoverMetadataByTokenIssuer",
        "token_endpoint_auth_method",
    ]);
    let endpoint = metadata.text("authorization_endpoint").map(|text| text.value);
    let discovery = metadata.text("METADATA").map(|text| text.value);
    let foreign = endpoint.filter(|_| !endpoint.into_iter().chain(discovery).any(is_built_in));
    Some(PasswordGrant { foreign_endpoint: foreign.map(str::to_owned) })
}

fn is_built_in(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    lower.contains("{tenant}") || lower.starts_with("https://sts.windows.net/")
}

/// Reads the settings of a bearer check.
pub(super) fn read_bearer(metadata: &Metadata<'_>) -> Option<Bearer> {
    metadata.known(&["client_assertion_type"]);
    let audience = metadata.text("audience").map(|text| {
        let list: Result<Vec<String>, _> = serde_json::from_str(*text);
        list.unwrap_or_else(|_| {
            let message = message!("`{}` is no JSON array of client ids", *text);
            metadata.wrong(Diagnostic::error(codes::BAD_SETTING, text.span, message));
            Vec::new()
        })
    });
    let issuer = metadata.text("issuer").map_or_else(String::new, |text| text.value.to_owned());
    Some(Bearer { issuer, audience: audience.unwrap_or_default() })
}
