//! Kinds that are known and checked, but not run by this version: what each is called, which settings and keys it needs,
//! and which it knows (technical-profiles 5–23).

use super::metadata::Metadata;
use super::{Kind, Shape};

/// What is known of such a kind.
pub(super) struct Known {
    /// For people; ends with "identity provider" or "page" where the browser must leave or show something.
    pub(super) what: &'static str,
    /// Settings that must be there.
    pub(super) needed: &'static [&'static str],
    /// Settings that may be there.
    pub(super) optional: &'static [&'static str],
}

/// `RestfulProvider`.
pub(super) const REST: Known = Known {
    what: "REST call",
    needed: &["ServiceUrl", "AuthenticationType"],
    optional: &[
        "AllowInsecureAuthInProduction",
        "SendClaimsIn",
        "ClaimUsedForRequestPayload",
        "UseClaimAsBearerToken",
        "ResolveJsonPathsInJsonTokens",
        "DebugMode",
        "ClaimsFormat",
        "BearerTokenTransmissionMethod",
        "ClaimResolverUrlFormatting",
    ],
};
/// `AzureMfaProtocolProvider`.
pub(super) const MFA: Known = Known { what: "multi-factor call", needed: &["Operation"], optional: &[] };
/// `PhoneFactorProtocolProvider`.
pub(super) const PHONE: Known = Known {
    what: "phone verification page",
    needed: &["ContentDefinitionReferenceId"],
    optional: &[
        "ManualPhoneNumberEntryAllowed",
        "setting.authenticationMode",
        "setting.autodial",
        "setting.retryLimit",
        "setting.enableCaptchaChallenge",
        "setting.showCancelButton",
    ],
};
/// `ConditionalAccessProtocolProvider`.
pub(super) const CONDITIONAL: Known =
    Known { what: "conditional access", needed: &["OperationType"], optional: &[] };
/// `AzureApplicationInsightsProvider`; a self-hosted engine needs no key.
pub(super) const INSIGHTS: Known = Known {
    what: "telemetry event",
    needed: &[],
    optional: &["InstrumentationKey", "DeveloperMode", "DisableTelemetry"],
};
/// `UserJourneyContextProvider`.
pub(super) const CONTEXT: Known = Known { what: "journey context", needed: &[], optional: &[] };
/// `CaptchaProvider`, a preview of the cloud.
pub(super) const CAPTCHA: Known = Known {
    what: "captcha",
    needed: &[],
    optional: &["Operation", "Provider", "azureml_id", "siteKey", "SiteKey"],
};
/// OAuth2, used by an exchange.
pub(super) const OAUTH2: Known = Known {
    what: "OAuth2 identity provider",
    needed: &["client_id", "authorization_endpoint", "AccessTokenEndpoint", "ClaimsEndpoint"],
    optional: &[
        "scope",
        "ProviderName",
        "response_mode",
        "response_types",
        "HttpBinding",
        "AccessTokenResponseFormat",
        "UsePolicyInRedirectUri",
        "token_endpoint_auth_method",
        "token_signing_algorithm",
        "AdditionalRequestQueryParameters",
        "BearerTokenTransmissionMethod",
        "ClaimsEndpointAccessTokenName",
        "ClaimsEndpointFormatName",
        "ClaimsEndpointFormat",
        "ExtraParamsInAccessTokenEndpointResponse",
        "ExtraParamsInClaimsEndpointRequest",
        "ResponseErrorCodeParamName",
        "ResolveJsonPathsInJsonTokens",
        "IdTokenAudience",
        "end_session_endpoint",
        "UserAgentForClaimsExchange",
        "external_user_identity_claim_id",
        "ClaimsResponseFormat",
        "ValidTokenIssuerPrefixes",
        "DiscoverMetadataByTokenIssuer",
        "METADATA",
        "issuer",
        "resource",
    ],
};
/// OAuth1, used by an exchange.
pub(super) const OAUTH1: Known = Known {
    what: "OAuth1 identity provider",
    needed: &["client_id", "request_token_endpoint", "authorization_endpoint", "access_token_endpoint"],
    optional: &["ClaimsEndpoint", "ClaimsResponseFormat", "ProviderName"],
};
/// OpenID Connect, used by an exchange.
pub(super) const OPENID: Known = Known {
    what: "OpenID Connect identity provider",
    needed: &["client_id"],
    optional: &[
        "METADATA",
        "authorization_endpoint",
        "end_session_endpoint",
        "issuer",
        "AccessTokenEndpoint",
        "JWKS",
        "response_types",
        "response_mode",
        "scope",
        "HttpBinding",
        "UsePolicyInRedirectUri",
        "ProviderName",
        "IdTokenAudience",
        "DiscoverMetadataByTokenIssuer",
        "ValidTokenIssuerPrefixes",
        "token_endpoint_auth_method",
        "token_signing_algorithm",
        "ReadBodyClaimsOnIdpRedirect",
        "MarkAsFailureOnStatusCode5xx",
        "ClaimsEndpoint",
        "BearerTokenTransmissionMethod",
        "external_user_identity_claim_id",
        "resource",
        "UserAgentForClaimsExchange",
        "grant_type",
    ],
};
/// SAML2, used by an exchange.
pub(super) const SAML: Known = Known {
    what: "SAML identity provider",
    needed: &["PartnerEntity"],
    optional: &[
        "WantsSignedRequests",
        "XmlSignatureAlgorithm",
        "WantsSignedAssertions",
        "ResponsesSigned",
        "WantsEncryptedAssertions",
        "NameIdPolicyFormat",
        "NameIdPolicyAllowCreate",
        "AuthenticationRequestExtensions",
        "IncludeAuthnContextClassReferences",
        "IncludeKeyInfo",
        "ForceAuthN",
        "ProviderName",
        "IdpInitiatedProfileEnabled",
        "IssuerUri",
        "RequestsSigned",
    ],
};
/// `OutputTokenFormat` SAML2, used by SendClaims.
pub(super) const SAML_ISSUER: Known = Known {
    what: "SAML token issuer",
    needed: &[],
    optional: &[
        "IssuerUri",
        "XmlSignatureAlgorithm",
        "TokenLifeTimeInSeconds",
        "TokenNotBeforeSkewInSeconds",
        "RemoveMillisecondsFromDateTime",
    ],
};
/// Used by GetClaims.
pub(super) const HINT: Known = Known {
    what: "id_token_hint reader",
    needed: &[],
    optional: &["METADATA", "issuer", "IdTokenAudience", "client_assertion_type"],
};

/// Reads such a profile.
pub(super) fn read(known: &Known, _shape: &Shape<'_>, metadata: &Metadata<'_>) -> Kind {
    for key in known.needed {
        metadata.needed(key);
    }
    metadata.known(known.optional);
    metadata.content("ContentDefinitionReferenceId");
    Kind::NotYet(known.what)
}
