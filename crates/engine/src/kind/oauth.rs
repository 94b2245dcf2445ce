//! OAuth2 identity providers: claims come from an endpoint that is asked with the access token (technical-profiles 7).

use super::provider::{self, ClientProof, Method, ResponseMode, TokenPlace};
use super::{Metadata, Shape};

/// Settings of an OAuth2 identity provider. Addresses are as written; `{tenant}` in them is the tenant's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthProvider {
    /// client_id.
    pub client_id: String,
    /// authorization_endpoint, always asked by GET.
    pub authorization_endpoint: String,
    /// AccessTokenEndpoint.
    pub token_endpoint: String,
    /// ClaimsEndpoint, always asked by GET.
    pub claims_endpoint: String,
    /// end_session_endpoint.
    pub end_session_endpoint: Option<String>,
    /// scope.
    pub scope: Option<String>,
    /// ProviderName: a label.
    pub provider_name: Option<String>,
    /// response_mode.
    pub response_mode: ResponseMode,
    /// HttpBinding: GET sends the token request in the query string.
    pub method: Method,
    /// AccessTokenResponseFormat.
    pub token_format: TokenResponse,
    /// UsePolicyInRedirectUri: the redirect URI names the policy.
    pub policy_in_redirect: bool,
    /// How the token endpoint is told who asks.
    pub proof: ClientProof,
    /// AdditionalRequestQueryParameters: further parameters of the authorization request, name and value.
    pub extra_parameters: Vec<(String, String)>,
    /// BearerTokenTransmissionMethod.
    pub token_place: TokenPlace,
    /// ClaimsEndpointAccessTokenName: the parameter that carries the token in the query string.
    pub token_parameter: String,
    /// ClaimsEndpointFormatName and ClaimsEndpointFormat: one more parameter of the claims request.
    pub format_parameter: Option<(String, String)>,
    /// ExtraParamsInAccessTokenEndpointResponse: fields of the token response that are kept …
    pub forwarded_fields: Vec<String>,
    /// … and ExtraParamsInClaimsEndpointRequest: the parameters of the claims request they are sent as.
    pub forwarded_parameters: Vec<String>,
    /// ResponseErrorCodeParamName: the field that holds an error although the status is 200.
    pub error_field: Option<String>,
    /// ResolveJsonPathsInJsonTokens: partner names of the output claims are paths.
    pub json_paths: bool,
    /// IdTokenAudience.
    pub audience: Option<String>,
    /// SingleLogoutEnabled.
    pub single_logout: bool,
    /// UserAgentForClaimsExchange; `{tenant}` and `{policy}` are replaced.
    pub user_agent: Option<String>,
    /// external_user_identity_claim_id: the field that names the user for good.
    pub user_id_field: Option<String>,
    /// resource: sent with the authorization request.
    pub resource: Option<String>,
}

/// `AccessTokenResponseFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenResponse {
    /// As a form: what a token request by GET answers unless told otherwise.
    Form,
    /// `Json`: what a token request by POST answers unless told otherwise.
    Json,
    /// `JsonP`: JSON in a function call.
    JsonP,
}

/// Keys that are known and without effect.
const OTHER: &[&str] = &[
    "ClaimsResponseFormat",
    "ValidTokenIssuerPrefixes",
    "DiscoverMetadataByTokenIssuer",
    "METADATA",
    "issuer",
    "grant_type",
];

/// Reads the settings (technical-profiles 7).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<OAuthProvider> {
    metadata.known(OTHER);
    metadata.choice("response_types", &[("code", ())]);
    let proof = provider::proof(shape, metadata, true);
    let method = provider::method(metadata);
    let client_id = metadata.needed_owned("client_id");
    let authorization_endpoint = metadata.needed_address("authorization_endpoint");
    let token_endpoint = metadata.needed_address("AccessTokenEndpoint");
    let claims_endpoint = metadata.needed_address("ClaimsEndpoint");
    let token_parameter = metadata.owned("ClaimsEndpointAccessTokenName");
    let format = metadata.owned("ClaimsEndpointFormat");
    Some(OAuthProvider {
        end_session_endpoint: metadata.address("end_session_endpoint"),
        scope: metadata.owned("scope"),
        provider_name: metadata.owned("ProviderName"),
        response_mode: provider::response_mode(metadata),
        method,
        token_format: token_format(metadata, method),
        policy_in_redirect: metadata.flag("UsePolicyInRedirectUri", false),
        extra_parameters: extra_parameters(metadata),
        token_place: provider::token_place(metadata),
        token_parameter: token_parameter.unwrap_or_else(|| "access_token".to_owned()),
        format_parameter: metadata.owned("ClaimsEndpointFormatName").zip(format),
        forwarded_fields: metadata.list("ExtraParamsInAccessTokenEndpointResponse"),
        forwarded_parameters: metadata.list("ExtraParamsInClaimsEndpointRequest"),
        error_field: metadata.owned("ResponseErrorCodeParamName"),
        json_paths: metadata.flag("ResolveJsonPathsInJsonTokens", false),
        audience: metadata.owned("IdTokenAudience"),
        single_logout: metadata.flag("SingleLogoutEnabled", true),
        user_agent: metadata.owned("UserAgentForClaimsExchange"),
        user_id_field: metadata.owned("external_user_identity_claim_id"),
        resource: metadata.owned("resource"),
        client_id: client_id?,
        authorization_endpoint: authorization_endpoint?,
        token_endpoint: token_endpoint?,
        claims_endpoint: claims_endpoint?,
        proof: proof?,
    })
}

fn token_format(metadata: &Metadata<'_>, method: Method) -> TokenResponse {
    let by_method = match method {
        Method::Get => TokenResponse::Form,
        Method::Post => TokenResponse::Json,
    };
    let formats = [("Default", by_method), ("Json", TokenResponse::Json), ("JsonP", TokenResponse::JsonP)];
    metadata.choice("AccessTokenResponseFormat", &formats).unwrap_or(by_method)
}

/// `name=value` pairs, separated by commas; a name alone has an empty value.
fn extra_parameters(metadata: &Metadata<'_>) -> Vec<(String, String)> {
    let pair = |text: String| match text.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
        None => (text, String::new()),
    };
    metadata.list("AdditionalRequestQueryParameters").into_iter().map(pair).collect()
}
