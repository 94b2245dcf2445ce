//! The password grant: OpenID Connect without a redirect (technical-profiles 6).

use super::{Metadata, Role, Shape, needs_inputs};

/// Settings of a password grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordGrant {
    /// The token endpoint of a foreign authority; none: the built-in directory (reference README 7).
    pub foreign_endpoint: Option<String>,
}

/// Whether a profile checks a password instead of sending the browser away: it is only called, or has the inputs for it
/// (technical-profiles 6).
pub(super) fn is_password_grant(shape: &Shape<'_>) -> bool {
    let has = |name: &str| shape.inputs.iter().any(|input| input == name);
    shape.role == Role::Call || (has("username") && has("password"))
}

/// Keys that are known and without effect here.
const OTHER: &[&str] = &[
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
    "SingleLogoutEnabled",
];

/// Reads the settings of a password grant. The authority is the built-in directory if its address has `{tenant}` in it
/// or names no authority at all (reference README 7).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<PasswordGrant> {
    needs_inputs(shape, metadata, &["username", "password"]);
    metadata.known(OTHER);
    let endpoint = metadata.address("authorization_endpoint");
    let discovery = metadata.address("METADATA");
    let local = endpoint.iter().chain(&discovery).any(|address| is_built_in(address));
    Some(PasswordGrant { foreign_endpoint: endpoint.filter(|_| !local) })
}

fn is_built_in(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    lower.contains("{tenant}") || lower.starts_with("https://sts.windows.net/")
}
