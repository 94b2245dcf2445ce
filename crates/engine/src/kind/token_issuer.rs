//! The JWT issuer (technical-profiles 16; lifetimes: protocols 4).

use crate::claims::Name;

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
