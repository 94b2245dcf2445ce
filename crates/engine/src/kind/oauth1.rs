//! OAuth1 identity providers; only Twitter was ever seen (technical-profiles 8).

use super::{Metadata, Shape};
use crate::claims::Name;

/// Settings of an OAuth1 identity provider. Requests are signed with HMAC-SHA1 (RFC 5849).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth1Provider {
    /// client_id: the consumer key.
    pub client_id: String,
    /// Container of key `client_secret`: the consumer secret.
    pub secret: Name,
    /// request_token_endpoint.
    pub request_endpoint: String,
    /// authorization_endpoint.
    pub authorization_endpoint: String,
    /// access_token_endpoint.
    pub token_endpoint: String,
    /// ClaimsEndpoint, asked after the token where it is given. It answers JSON.
    pub claims_endpoint: Option<String>,
    /// ProviderName: a label.
    pub provider_name: Option<String>,
}

/// Reads the settings (technical-profiles 8).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<OAuth1Provider> {
    metadata.known(&["UsePolicyInRedirectUri"]);
    metadata.choice("ClaimsResponseFormat", &[("json", ())]);
    let client_id = metadata.needed_owned("client_id");
    let request_endpoint = metadata.needed_address("request_token_endpoint");
    let authorization_endpoint = metadata.needed_address("authorization_endpoint");
    let token_endpoint = metadata.needed_address("access_token_endpoint");
    let secret = shape.needed_key("client_secret", metadata);
    Some(OAuth1Provider {
        claims_endpoint: metadata.address("ClaimsEndpoint"),
        provider_name: metadata.owned("ProviderName"),
        client_id: client_id?,
        secret: secret?,
        request_endpoint: request_endpoint?,
        authorization_endpoint: authorization_endpoint?,
        token_endpoint: token_endpoint?,
    })
}
