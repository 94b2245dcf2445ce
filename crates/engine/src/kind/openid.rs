//! OpenID Connect identity providers: the browser leaves for another site and comes back (technical-profiles 5).

use super::provider::{self, ClientProof, Method, ResponseMode, TokenPlace};
use super::{Metadata, Shape};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of an OpenID Connect identity provider. Addresses are as written; `{tenant}` in them is the tenant's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdProvider {
    /// METADATA: the discovery document; none where every endpoint is given.
    pub discovery: Option<String>,
    /// client_id.
    pub client_id: String,
    /// authorization_endpoint, where it overrides discovery.
    pub authorization_endpoint: Option<String>,
    /// AccessTokenEndpoint, where it overrides discovery.
    pub token_endpoint: Option<String>,
    /// JWKS: the address of the key set, where it overrides discovery.
    pub key_set: Option<String>,
    /// end_session_endpoint, where it overrides discovery.
    pub end_session_endpoint: Option<String>,
    /// issuer: what `iss` must be, where it overrides discovery.
    pub issuer: Option<String>,
    /// response_types.
    pub response_type: ResponseType,
    /// response_mode.
    pub response_mode: ResponseMode,
    /// scope.
    pub scope: String,
    /// HttpBinding.
    pub method: Method,
    /// UsePolicyInRedirectUri: the redirect URI names the policy.
    pub policy_in_redirect: bool,
    /// ProviderName: a label.
    pub provider_name: Option<String>,
    /// IdTokenAudience, else client_id: what `aud` must hold.
    pub audience: String,
    /// DiscoverMetadataByTokenIssuer: discovery is fetched from the issuer of the token at hand.
    pub discover_by_issuer: bool,
    /// ValidTokenIssuerPrefixes: `iss` begins with one of them; empty: not compared.
    pub issuer_prefixes: Vec<String>,
    /// How the token endpoint is told who asks.
    pub proof: ClientProof,
    /// SingleLogoutEnabled: the provider is told of a sign-out.
    pub single_logout: bool,
    /// ReadBodyClaimsOnIdpRedirect.
    pub body_claims: BodyClaims,
    /// MarkAsFailureOnStatusCode5xx.
    pub fails_on_5xx: bool,
    /// ClaimsEndpoint, called only where it is given.
    pub claims_endpoint: Option<String>,
    /// BearerTokenTransmissionMethod.
    pub token_place: TokenPlace,
    /// external_user_identity_claim_id: the field that names the user for good.
    pub user_id_field: Option<String>,
    /// resource: sent with the authorization request.
    pub resource: Option<String>,
    /// UserAgentForClaimsExchange; `{tenant}` and `{policy}` are replaced.
    pub user_agent: Option<String>,
}

/// `response_types`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseType {
    /// `code`
    #[default]
    Code,
    /// `id_token`
    IdToken,
    /// `token`
    Token,
    /// `code id_token`
    CodeIdToken,
}

/// `ReadBodyClaimsOnIdpRedirect`: which fields of the posted answer are claims too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BodyClaims {
    /// None of them.
    #[default]
    None,
    /// Everything under `user`.
    User,
    /// The values at these paths, for instance `user.name.firstName`.
    Paths(Vec<String>),
}

impl ResponseType {
    /// Whether a code comes back that the token endpoint is asked to redeem.
    pub fn redeems(self) -> bool {
        matches!(self, ResponseType::Code | ResponseType::CodeIdToken)
    }
}

/// Keys that are known and without effect.
const OTHER: &[&str] = &["grant_type", "ClaimsResponseFormat"];

/// Reads the settings (technical-profiles 5).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<OpenIdProvider> {
    metadata.known(OTHER);
    let client_id = metadata.needed_owned("client_id");
    let response_type = response_type(metadata);
    let proof = provider::proof(shape, metadata, response_type.redeems());
    let discover_by_issuer = metadata.flag("DiscoverMetadataByTokenIssuer", false);
    let issuer_prefixes = metadata.list("ValidTokenIssuerPrefixes");
    if discover_by_issuer && issuer_prefixes.is_empty() {
        let message = message!(
            "`DiscoverMetadataByTokenIssuer` trusts any issuer as long as `ValidTokenIssuerPrefixes` names none"
        );
        let help = "add `<Item Key=\"ValidTokenIssuerPrefixes\">https://login.microsoftonline.com/</Item>` or the like";
        metadata.lacks(Diagnostic::error(codes::MISSING_SETTING, metadata.place(), message).help(help));
    }
    let mut provider = OpenIdProvider {
        // An empty one has yet to be filled in.
        discovery: if metadata.has("METADATA") { metadata.needed_address("METADATA") } else { None },
        client_id: client_id.clone().unwrap_or_default(),
        authorization_endpoint: metadata.address("authorization_endpoint"),
        token_endpoint: metadata.address("AccessTokenEndpoint"),
        key_set: metadata.address("JWKS"),
        end_session_endpoint: metadata.address("end_session_endpoint"),
        issuer: metadata.owned("issuer"),
        response_type,
        response_mode: provider::response_mode(metadata),
        scope: metadata.owned("scope").unwrap_or_else(|| "openid".to_owned()),
        method: provider::method(metadata),
        policy_in_redirect: metadata.flag("UsePolicyInRedirectUri", false),
        provider_name: metadata.owned("ProviderName"),
        audience: metadata.owned("IdTokenAudience").or_else(|| client_id.clone()).unwrap_or_default(),
        discover_by_issuer,
        issuer_prefixes,
        proof: ClientProof::None,
        single_logout: metadata.flag("SingleLogoutEnabled", true),
        body_claims: body_claims(metadata),
        fails_on_5xx: metadata.flag("MarkAsFailureOnStatusCode5xx", false),
        claims_endpoint: metadata.address("ClaimsEndpoint"),
        token_place: provider::token_place(metadata),
        user_id_field: metadata.owned("external_user_identity_claim_id"),
        resource: metadata.owned("resource"),
        user_agent: metadata.owned("UserAgentForClaimsExchange"),
    };
    let found = needs_endpoints(&provider, metadata);
    provider.proof = proof?;
    (client_id.is_some() && found).then_some(provider)
}

fn response_type(metadata: &Metadata<'_>) -> ResponseType {
    let types = [
        ("code", ResponseType::Code),
        ("id_token", ResponseType::IdToken),
        ("token", ResponseType::Token),
        ("code id_token", ResponseType::CodeIdToken),
        ("id_token code", ResponseType::CodeIdToken),
    ];
    metadata.choice("response_types", &types).unwrap_or_default()
}

/// `true` stands for all of `user`; else the paths are listed, separated by spaces.
fn body_claims(metadata: &Metadata<'_>) -> BodyClaims {
    let Some(text) = metadata.text("ReadBodyClaimsOnIdpRedirect") else { return BodyClaims::None };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => BodyClaims::User,
        "false" | "0" => BodyClaims::None,
        _ => BodyClaims::Paths(
            text.split([' ', ',']).filter(|path| !path.is_empty()).map(str::to_owned).collect(),
        ),
    }
}

/// Without discovery every endpoint that the answer needs must be given.
fn needs_endpoints(provider: &OpenIdProvider, metadata: &Metadata<'_>) -> bool {
    if provider.discovery.is_some() {
        return true;
    }
    let redeems = provider.response_type.redeems();
    let missing = [
        ("authorization_endpoint", provider.authorization_endpoint.is_none()),
        ("AccessTokenEndpoint", redeems && provider.token_endpoint.is_none()),
        ("JWKS", provider.key_set.is_none() && provider.response_type != ResponseType::Token),
    ];
    let missing: Vec<&str> = missing.iter().filter(|(_, missing)| *missing).map(|(key, _)| *key).collect();
    if missing.is_empty() {
        return true;
    }
    let message = message!("the metadata item `METADATA` is missing");
    let help = format!("add the address of the discovery document, or else: {}", missing.join(", "));
    metadata.lacks(Diagnostic::error(codes::MISSING_SETTING, metadata.place(), message).help(help));
    false
}
