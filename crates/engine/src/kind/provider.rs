//! What identity providers of OpenID Connect and OAuth2 have in common (technical-profiles 5, 7): how this side proves
//! who it is, and how the provider is spoken to.
//!
//! In: metadata and keys. Out: typed words. Must not know the rest of either kind.

use super::{Metadata, Shape};
use crate::claims::Name;

/// How the token endpoint is told who asks (`token_endpoint_auth_method`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// The browser brings the tokens, so nothing is redeemed.
    None,
    /// `client_secret_post`: in the form; the container of key `client_secret`.
    Post(Name),
    /// `client_secret_basic`: in the header, and then not in the form.
    Basic(Name),
    /// `private_key_jwt`: an assertion signed with the container of key `assertion_signing_key`, an RSA key.
    Assertion(Name, AssertionAlgorithm),
}

/// `token_signing_algorithm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssertionAlgorithm {
    /// `RS256`
    #[default]
    Rs256,
    /// `RS512`
    Rs512,
}

/// `HttpBinding`: how tokens are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// In the query string.
    Get,
    /// In a form.
    #[default]
    Post,
}

/// `response_mode`: how the browser brings the answer back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// `query`
    Query,
    /// `form_post`
    #[default]
    FormPost,
}

/// `BearerTokenTransmissionMethod`: how the claims endpoint gets the access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenPlace {
    /// As a parameter of the address.
    #[default]
    QueryString,
    /// As `Authorization: Bearer …`.
    AuthorizationHeader,
}

/// How often the method of proof is written.
#[derive(Clone, Copy)]
enum Proof {
    Post,
    Basic,
    Assertion,
}

/// Reads how this side proves who it is; `redeems`: whether it ever asks the token endpoint.
pub(super) fn proof(shape: &Shape<'_>, metadata: &Metadata<'_>, redeems: bool) -> Option<ClientProof> {
    let methods = [
        ("client_secret_post", Proof::Post),
        ("client_secret_basic", Proof::Basic),
        ("private_key_jwt", Proof::Assertion),
    ];
    let method = metadata.choice("token_endpoint_auth_method", &methods).unwrap_or(Proof::Post);
    let algorithms = [("RS256", AssertionAlgorithm::Rs256), ("RS512", AssertionAlgorithm::Rs512)];
    let algorithm = metadata.choice("token_signing_algorithm", &algorithms).unwrap_or_default();
    if !redeems {
        return Some(ClientProof::None);
    }
    Some(match method {
        Proof::Post => ClientProof::Post(shape.needed_key("client_secret", metadata)?),
        Proof::Basic => ClientProof::Basic(shape.needed_key("client_secret", metadata)?),
        Proof::Assertion => {
            ClientProof::Assertion(shape.needed_key("assertion_signing_key", metadata)?, algorithm)
        }
    })
}

/// Reads `HttpBinding`.
pub(super) fn method(metadata: &Metadata<'_>) -> Method {
    metadata.choice("HttpBinding", &[("GET", Method::Get), ("POST", Method::Post)]).unwrap_or_default()
}

/// Reads `response_mode`. `fragment` is refused: what stands behind `#` never reaches a server.
pub(super) fn response_mode(metadata: &Metadata<'_>) -> ResponseMode {
    let modes = [("form_post", ResponseMode::FormPost), ("query", ResponseMode::Query)];
    metadata.choice("response_mode", &modes).unwrap_or_default()
}

/// Reads `BearerTokenTransmissionMethod`.
pub(super) fn token_place(metadata: &Metadata<'_>) -> TokenPlace {
    let places =
        [("AuthorizationHeader", TokenPlace::AuthorizationHeader), ("QueryString", TokenPlace::QueryString)];
    metadata.choice("BearerTokenTransmissionMethod", &places).unwrap_or_default()
}
