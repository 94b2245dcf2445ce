//! The reader of id_token_hint, run by a step of type GetClaims (technical-profiles 20).

use super::{Metadata, Shape};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a hint's reader. Its output claims are what the hint may bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHint {
    /// By which key the hint's signature is checked; the family of algorithms follows from it.
    pub trust: HintTrust,
    /// issuer: what `iss` must be; with a discovery document it overrides that one's.
    pub issuer: Option<String>,
    /// IdTokenAudience: what `aud` must hold.
    pub audience: Option<String>,
}

/// What a hint's signature is checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HintTrust {
    /// An HMAC with the container of key `client_secret`; `issuer` and `audience` are there then.
    Secret(Name),
    /// A public key of the discovery document at METADATA.
    Discovery(String),
}

/// Reads the settings (technical-profiles 20).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<TokenHint> {
    metadata.known(&["client_assertion_type"]);
    // An empty one has yet to be filled in.
    let discovery = if metadata.has("METADATA") { metadata.needed_address("METADATA") } else { None };
    let secret = shape.key("client_secret");
    let trust = match (discovery, secret) {
        (Some(address), _) => Some(HintTrust::Discovery(address)),
        (None, Some(secret)) => Some(HintTrust::Secret(secret)),
        (None, None) => {
            untrusted(shape, metadata);
            None
        }
    };
    let shared = matches!(trust, Some(HintTrust::Secret(_)));
    let text = |key| if shared { metadata.needed_owned(key) } else { metadata.owned(key) };
    let (issuer, audience) = (text("issuer"), text("IdTokenAudience"));
    let whole = !shared || (issuer.is_some() && audience.is_some());
    trust.filter(|_| whole).map(|trust| TokenHint { trust, issuer, audience })
}

fn untrusted(shape: &Shape<'_>, metadata: &Metadata<'_>) {
    let message = message!(
        "technical profile `{}` reads id_token_hint, but has nothing to check its signature with",
        shape.id
    );
    let help = "add the metadata item `METADATA` with the address of a discovery document, or the cryptographic key \
                `client_secret`";
    metadata.lacks(Diagnostic::error(codes::MISSING_SETTING, metadata.place(), message).help(help));
}
