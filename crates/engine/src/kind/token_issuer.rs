//! The JWT issuer (technical-profiles 16; lifetimes: protocols 4).

use super::{Metadata, Shape};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a JWT issuer. All lifetimes are seconds, checked to be in the documented ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIssuer {
    /// issuer_refresh_token_user_identity_claim_type, in the declared spelling.
    pub user_claim: Name,
    /// SendTokenResponseBodyWithJsonNumbers.
    pub json_numbers: bool,
    /// token_lifetime_secs.
    pub access_seconds: u32,
    /// id_token_lifetime_secs.
    pub id_seconds: u32,
    /// refresh_token_lifetime_secs.
    pub refresh_seconds: u32,
    /// rolling_refresh_token_lifetime_secs; none where allow_infinite_rolling_refresh_token is true.
    pub rolling_seconds: Option<u32>,
    /// IssuanceClaimPattern.
    pub issuer: IssuerPattern,
    /// AuthenticationContextReferenceClaimPattern is not `None`: `acr` holds the policy id in lower case.
    pub acr: bool,
    /// RefreshTokenUserJourneyId.
    pub refresh_journey: Option<Name>,
    /// ClientCredentialsUserJourneyId.
    pub client_credentials_journey: Option<Name>,
    /// Container of key `issuer_secret`, which signs.
    pub signing_key: Name,
    /// Container of key `issuer_refresh_token_key`, which must exist.
    pub refresh_key: Option<Name>,
}

/// IssuanceClaimPattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IssuerPattern {
    /// `AuthorityAndTenantGuid`: `https://{host}/{tenant guid}/v2.0/`
    #[default]
    TenantGuid,
    /// `AuthorityWithTfp`: `https://{host}/tfp/{tenant guid}/{policy}/v2.0/`
    WithPolicy,
}

/// Shortest and longest life of an access or id token, in seconds.
const TOKEN_LIFE: std::ops::RangeInclusive<u32> = 300..=86_400;
/// Shortest and longest life of a refresh token.
const REFRESH_LIFE: std::ops::RangeInclusive<u32> = 86_400..=7_776_000;
/// Shortest and longest sliding window of refresh tokens.
const ROLLING_LIFE: std::ops::RangeInclusive<u32> = 86_400..=31_536_000;

/// Reads the settings of a JWT issuer (technical-profiles 16).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<TokenIssuer> {
    metadata.known(&["client_id", "issuer"]);
    let patterns = [
        ("AuthorityAndTenantGuid", IssuerPattern::TenantGuid),
        ("AuthorityWithTfp", IssuerPattern::WithPolicy),
    ];
    let refresh_seconds = metadata.number("refresh_token_lifetime_secs", REFRESH_LIFE).unwrap_or(1_209_600);
    let user_claim = metadata.needed_claim("issuer_refresh_token_user_identity_claim_type");
    let issuer = TokenIssuer {
        user_claim: user_claim.clone().unwrap_or_default(),
        json_numbers: metadata.flag("SendTokenResponseBodyWithJsonNumbers", true),
        access_seconds: metadata.number("token_lifetime_secs", TOKEN_LIFE).unwrap_or(3600),
        id_seconds: metadata.number("id_token_lifetime_secs", TOKEN_LIFE).unwrap_or(3600),
        refresh_seconds,
        rolling_seconds: rolling(metadata, refresh_seconds),
        issuer: metadata.choice("IssuanceClaimPattern", &patterns).unwrap_or_default(),
        acr: metadata
            .choice("AuthenticationContextReferenceClaimPattern", &[("PolicyId", true), ("None", false)])
            .unwrap_or(true),
        refresh_journey: metadata.journey("RefreshTokenUserJourneyId"),
        client_credentials_journey: metadata.journey("ClientCredentialsUserJourneyId"),
        signing_key: shape.needed_key("issuer_secret", metadata).unwrap_or_default(),
        refresh_key: shape.needed_key("issuer_refresh_token_key", metadata),
    };
    let complete = user_claim.is_some() && !issuer.signing_key.is_empty() && issuer.refresh_key.is_some();
    complete.then_some(issuer)
}

fn rolling(metadata: &Metadata<'_>, refresh_seconds: u32) -> Option<u32> {
    let written = metadata.number("rolling_refresh_token_lifetime_secs", ROLLING_LIFE);
    if let (Some(seconds), Some(text)) = (written, metadata.text("rolling_refresh_token_lifetime_secs"))
        && seconds < refresh_seconds
    {
        let message = message!(
            "the rolling window of {seconds} s is shorter than one refresh token's {refresh_seconds} s"
        );
        metadata.wrong(Diagnostic::error(codes::BAD_SETTING, text.span, message));
    }
    let infinite = metadata.flag("allow_infinite_rolling_refresh_token", false);
    (!infinite).then(|| written.unwrap_or(7_776_000))
}
