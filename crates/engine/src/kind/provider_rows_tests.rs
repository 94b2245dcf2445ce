//! One row a kind, of identity providers and of what is issued: complete settings, their typed form, their defaults, and
//! what is needed (technical-profiles 5–9, 16, 17, 20).

use super::kinds_tests::{PLAIN, Row, check, least, whole};
use super::oauth::TokenResponse;
use super::openid::{BodyClaims, ResponseType};
use super::provider::{AssertionAlgorithm, ClientProof, Method, ResponseMode, TokenPlace};
use super::saml::{PartnerEntity, Signature};
use super::token_hint::HintTrust;
use super::*;

fn name(text: &str) -> Name {
    Name::from(text)
}

const OPENID: Row = Row {
    name: "OpenID Connect",
    protocol: "OpenIdConnect",
    // Official snippets carry a token format that proves nothing (technical-profiles 2).
    formats: [None, Some("JWT")],
    items: &[
        ("METADATA", "https://login.contoso.com/.well-known/openid-configuration"),
        ("client_id", "app"),
        ("authorization_endpoint", "https://login.contoso.com/authorize"),
        ("AccessTokenEndpoint", "https://login.contoso.com/token"),
        ("JWKS", "https://login.contoso.com/keys"),
        ("end_session_endpoint", "https://login.contoso.com/logout"),
        ("issuer", "https://login.contoso.com/"),
        ("response_types", "code id_token"),
        ("response_mode", "query"),
        ("scope", "openid email"),
        ("HttpBinding", "GET"),
        ("UsePolicyInRedirectUri", "1"),
        ("ProviderName", "Contoso"),
        ("IdTokenAudience", "audience"),
        ("ValidTokenIssuerPrefixes", "https://a.test/, https://b.test/"),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("token_signing_algorithm", "RS512"),
        ("SingleLogoutEnabled", "false"),
        ("ReadBodyClaimsOnIdpRedirect", "user.name.firstName user.email"),
        ("MarkAsFailureOnStatusCode5xx", "true"),
        ("ClaimsEndpoint", "https://login.contoso.com/me"),
        ("BearerTokenTransmissionMethod", "AuthorizationHeader"),
        ("UserAgentForClaimsExchange", "CPIM/{tenant}"),
    ],
    keys: &["assertion_signing_key"],
    needed: &["client_id"],
    needed_keys: &["assertion_signing_key"],
    bad: &[
        ("response_types", "magic"),
        ("response_mode", "fragment"),
        ("HttpBinding", "PUT"),
        ("UsePolicyInRedirectUri", "2"),
        ("token_endpoint_auth_method", "tls_client_auth"),
        ("token_signing_algorithm", "HS256"),
        ("SingleLogoutEnabled", "off"),
        ("BearerTokenTransmissionMethod", "Cookie"),
    ],
    ..PLAIN
};
const OPENID_LEAST: Row = Row {
    name: "OpenID Connect with defaults",
    items: &[
        ("METADATA", "https://login.contoso.com/.well-known/openid-configuration"),
        ("client_id", "app"),
    ],
    keys: &["client_secret"],
    needed: &["METADATA", "client_id"],
    needed_keys: &["client_secret"],
    bad: &[],
    ..OPENID
};

#[test]
fn openid_connect_5() {
    check(&[OPENID_LEAST]);
    let Kind::OpenIdProvider(read) = whole(&OPENID) else { panic!("no provider") };
    let key = name("B2C_1A_assertion_signing_key");
    assert_eq!(read.proof, ClientProof::Assertion(key, AssertionAlgorithm::Rs512));
    assert_eq!((read.response_type, read.response_mode), (ResponseType::CodeIdToken, ResponseMode::Query));
    assert_eq!((read.method, read.token_place), (Method::Get, TokenPlace::AuthorizationHeader));
    assert!(read.policy_in_redirect && !read.single_logout && read.fails_on_5xx);
    assert_eq!((read.audience.as_str(), read.scope.as_str()), ("audience", "openid email"));
    assert_eq!(read.issuer_prefixes, ["https://a.test/", "https://b.test/"]);
    let paths = ["user.name.firstName", "user.email"].map(str::to_owned).to_vec();
    assert_eq!(read.body_claims, BodyClaims::Paths(paths));
    assert_eq!(read.key_set.as_deref(), Some("https://login.contoso.com/keys"));
    let Kind::OpenIdProvider(read) = least(&OPENID_LEAST) else { panic!("no provider") };
    assert_eq!(read.proof, ClientProof::Post(name("B2C_1A_client_secret")));
    assert_eq!((read.response_type, read.response_mode), (ResponseType::Code, ResponseMode::FormPost));
    assert_eq!((read.method, read.token_place), (Method::Post, TokenPlace::QueryString));
    assert!(!read.policy_in_redirect && read.single_logout && !read.fails_on_5xx);
    assert_eq!((read.audience.as_str(), read.scope.as_str()), ("app", "openid"));
    assert_eq!((read.body_claims, read.claims_endpoint), (BodyClaims::None, None));
}

#[test]
fn an_id_token_needs_no_secret_and_every_bad_word_is_told() {
    let row = Row {
        items: &[
            ("METADATA", "https://login.contoso.com/.well-known/openid-configuration"),
            ("client_id", "app"),
            ("response_types", "id_token"),
        ],
        keys: &[],
        needed: &["METADATA", "client_id"],
        needed_keys: &[],
        bad: &[],
        ..OPENID
    };
    let Kind::OpenIdProvider(read) = whole(&row) else { panic!("no provider") };
    assert_eq!(read.proof, ClientProof::None);
    check(&[Row {
        items: &[("METADATA", "https://login.contoso.com/x"), ("client_id", "app")],
        keys: &["client_secret", "assertion_signing_key"],
        needed: &[],
        needed_keys: &[],
        either_or: true,
        ..OPENID
    }]);
}

const OAUTH: Row = Row {
    name: "OAuth2",
    protocol: "OAuth2",
    items: &[
        ("client_id", "app"),
        ("authorization_endpoint", "https://a.test/authorize"),
        ("AccessTokenEndpoint", "https://a.test/token"),
        ("ClaimsEndpoint", "https://a.test/me"),
        ("HttpBinding", "GET"),
        ("AccessTokenResponseFormat", "json"),
        ("BearerTokenTransmissionMethod", "AuthorizationHeader"),
        ("ClaimsEndpointAccessTokenName", "token"),
        ("ClaimsEndpointFormatName", "format"),
        ("ClaimsEndpointFormat", "json"),
        ("AdditionalRequestQueryParameters", "display=popup,prompt"),
        ("ExtraParamsInAccessTokenEndpointResponse", "openid, uid"),
        ("ResponseErrorCodeParamName", "errcode"),
        ("ResolveJsonPathsInJsonTokens", "true"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("SingleLogoutEnabled", "false"),
        ("UsePolicyInRedirectUri", "0"),
    ],
    keys: &["client_secret"],
    needed: &["client_id", "authorization_endpoint", "AccessTokenEndpoint", "ClaimsEndpoint"],
    needed_keys: &["client_secret"],
    bad: &[
        ("HttpBinding", "HEAD"),
        ("AccessTokenResponseFormat", "xml"),
        ("BearerTokenTransmissionMethod", "Body"),
        ("response_types", "token"),
        ("response_mode", "fragment"),
        ("UsePolicyInRedirectUri", "x"),
        ("ResolveJsonPathsInJsonTokens", "x"),
    ],
    ..PLAIN
};

#[test]
fn oauth2_7() {
    check(&[OAUTH]);
    let Kind::OAuthProvider(read) = whole(&OAUTH) else { panic!("no provider") };
    assert_eq!(read.proof, ClientProof::Basic(name("B2C_1A_client_secret")));
    assert_eq!((read.method, read.token_format), (Method::Get, TokenResponse::Json));
    assert_eq!((read.token_place, read.token_parameter.as_str()), (TokenPlace::AuthorizationHeader, "token"));
    assert_eq!(read.format_parameter, Some(("format".to_owned(), "json".to_owned())));
    let extra =
        [("display", "popup"), ("prompt", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(read.extra_parameters, extra);
    assert_eq!(read.forwarded_fields, ["openid", "uid"]);
    assert!(read.json_paths && !read.single_logout && !read.policy_in_redirect);
    let Kind::OAuthProvider(read) = least(&OAUTH) else { panic!("no provider") };
    assert_eq!(read.proof, ClientProof::Post(name("B2C_1A_client_secret")));
    assert_eq!((read.method, read.token_format), (Method::Post, TokenResponse::Json));
    assert_eq!((read.token_place, read.token_parameter.as_str()), (TokenPlace::QueryString, "access_token"));
    // By GET the answer is a form unless the policy says otherwise (technical-profiles 7).
    let facebook = Row {
        items: &[
            ("client_id", "app"),
            ("authorization_endpoint", "https://a.test/authorize"),
            ("AccessTokenEndpoint", "https://a.test/token"),
            ("ClaimsEndpoint", "https://a.test/me"),
            ("HttpBinding", "GET"),
        ],
        ..OAUTH
    };
    let Kind::OAuthProvider(read) = whole(&facebook) else { panic!("no provider") };
    assert_eq!(read.token_format, TokenResponse::Form);
}

const OAUTH1: Row = Row {
    name: "OAuth1",
    protocol: "OAuth1",
    items: &[
        ("client_id", "consumer"),
        ("request_token_endpoint", "https://a.test/request"),
        ("authorization_endpoint", "https://a.test/authorize"),
        ("access_token_endpoint", "https://a.test/access"),
        ("ClaimsEndpoint", "https://a.test/me"),
        ("ClaimsResponseFormat", "json"),
        ("ProviderName", "Twitter"),
    ],
    keys: &["client_secret"],
    needed: &["client_id", "request_token_endpoint", "authorization_endpoint", "access_token_endpoint"],
    needed_keys: &["client_secret"],
    bad: &[("ClaimsResponseFormat", "xml")],
    ..PLAIN
};

#[test]
fn oauth1_8() {
    check(&[OAUTH1]);
    let Kind::OAuth1Provider(read) = whole(&OAUTH1) else { panic!("no provider") };
    assert_eq!((read.secret, read.client_id.as_str()), (name("B2C_1A_client_secret"), "consumer"));
    assert_eq!(read.claims_endpoint.as_deref(), Some("https://a.test/me"));
}

const SAML: Row = Row {
    name: "SAML",
    protocol: "SAML2",
    items: &[
        ("PartnerEntity", "<m:EntityDescriptor xmlns:m='urn:oasis:names:tc:SAML:2.0:metadata'/>"),
        ("WantsSignedRequests", "true"),
        ("XmlSignatureAlgorithm", "Sha512"),
        ("WantsSignedAssertions", "false"),
        ("ResponsesSigned", "false"),
        ("WantsEncryptedAssertions", "true"),
        ("NameIdPolicyFormat", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        ("NameIdPolicyAllowCreate", "true"),
        ("IncludeAuthnContextClassReferences", "urn:a, urn:b"),
        ("IncludeKeyInfo", "false"),
        ("ForceAuthN", "true"),
        ("SingleLogoutEnabled", "false"),
        ("IdpInitiatedProfileEnabled", "true"),
        ("IssuerUri", "https://me.test"),
    ],
    keys: &["SamlMessageSigning", "SamlAssertionDecryption", "MetadataSigning"],
    needed: &["PartnerEntity"],
    needed_keys: &["SamlMessageSigning", "SamlAssertionDecryption"],
    bad: &[
        ("XmlSignatureAlgorithm", "Md5"),
        ("WantsSignedRequests", "x"),
        ("NameIdPolicyAllowCreate", "x"),
        ("ForceAuthN", "x"),
    ],
    ..PLAIN
};

#[test]
fn saml_provider_9() {
    check(&[Row { either_or: true, ..SAML }]);
    let Kind::SamlProvider(read) = whole(&SAML) else { panic!("no provider") };
    assert!(
        matches!(&read.partner, PartnerEntity::Document(text) if text.starts_with("<m:EntityDescriptor"))
    );
    assert_eq!((read.signature, read.allow_create, read.force), (Signature::Sha512, Some(true), Some(true)));
    assert!(!read.signed_assertions && !read.signed_responses && read.encrypted_assertions);
    assert_eq!(read.context_classes, ["urn:a", "urn:b"]);
    assert_eq!(read.decryption_key, Some(name("B2C_1A_SamlAssertionDecryption")));
    let least = Row {
        items: &[("PartnerEntity", "https://idp.test/metadata"), ("XmlSignatureAlgorithm", "Sha256")],
        keys: &["SamlMessageSigning"],
        ..SAML
    };
    let Kind::SamlProvider(read) = whole(&least) else { panic!("no provider") };
    assert_eq!(read.partner, PartnerEntity::Address("https://idp.test/metadata".to_owned()));
    assert_eq!(read.name_id_format, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    assert!(read.sign_requests && read.signed_assertions && read.signed_responses && read.key_info);
    assert!(!read.encrypted_assertions && read.single_logout && !read.unsolicited);
    assert_eq!((read.allow_create, read.force, read.decryption_key), (None, None, None));
}

const JWT: Row = Row {
    name: "JWT issuer",
    protocol: "None",
    formats: [None, Some("JWT")],
    role: Role::Issuer,
    items: &[
        ("issuer_refresh_token_user_identity_claim_type", "OBJECTID"),
        ("token_lifetime_secs", "300"),
        ("id_token_lifetime_secs", "86400"),
        ("refresh_token_lifetime_secs", "86400"),
        ("rolling_refresh_token_lifetime_secs", "31536000"),
        ("IssuanceClaimPattern", "AuthorityWithTfp"),
        ("AuthenticationContextReferenceClaimPattern", "None"),
        ("SendTokenResponseBodyWithJsonNumbers", "false"),
        ("RefreshTokenUserJourneyId", "redeem"),
        ("client_id", "{service:te}"),
    ],
    keys: &["issuer_secret", "issuer_refresh_token_key"],
    needed: &["issuer_refresh_token_user_identity_claim_type"],
    needed_keys: &["issuer_secret", "issuer_refresh_token_key"],
    bad: &[
        ("token_lifetime_secs", "299"),
        ("token_lifetime_secs", "86401"),
        ("id_token_lifetime_secs", "x"),
        ("refresh_token_lifetime_secs", "86399"),
        ("refresh_token_lifetime_secs", "7776001"),
        ("rolling_refresh_token_lifetime_secs", "31536001"),
        ("IssuanceClaimPattern", "Tfp"),
        ("AuthenticationContextReferenceClaimPattern", "acr"),
    ],
    ..PLAIN
};

#[test]
fn jwt_issuer_16() {
    check(&[JWT]);
    let Kind::TokenIssuer(read) = whole(&JWT) else { panic!("no issuer") };
    assert_eq!((read.access_seconds, read.id_seconds), (300, 86_400));
    assert_eq!((read.refresh_seconds, read.rolling_seconds), (86_400, Some(31_536_000)));
    assert_eq!((read.issuer, read.acr, read.json_numbers), (IssuerPattern::WithPolicy, false, false));
    assert_eq!((read.user_claim, read.refresh_journey), (name("objectId"), Some(name("Redeem"))));
    let Kind::TokenIssuer(read) = least(&JWT) else { panic!("no issuer") };
    assert_eq!((read.access_seconds, read.id_seconds), (3600, 3600));
    assert_eq!((read.refresh_seconds, read.rolling_seconds), (1_209_600, Some(7_776_000)));
    assert_eq!((read.issuer, read.acr, read.json_numbers), (IssuerPattern::TenantGuid, true, true));
}

const SAML_ISSUER: Row = Row {
    name: "SAML issuer",
    protocol: "SAML2",
    formats: [None, Some("SAML2")],
    role: Role::Issuer,
    items: &[
        ("IssuerUri", "https://me.test"),
        ("XmlSignatureAlgorithm", "Sha384"),
        ("TokenLifeTimeInSeconds", "600"),
        ("TokenNotBeforeSkewInSeconds", "3600"),
        ("RemoveMillisecondsFromDateTime", "true"),
    ],
    keys: &["SamlMessageSigning"],
    needed_keys: &["SamlMessageSigning"],
    bad: &[
        ("XmlSignatureAlgorithm", "x"),
        ("TokenNotBeforeSkewInSeconds", "3601"),
        ("TokenLifeTimeInSeconds", "0"),
    ],
    ..PLAIN
};

#[test]
fn saml_issuer_17() {
    check(&[SAML_ISSUER]);
    let Kind::SamlIssuer(read) = whole(&SAML_ISSUER) else { panic!("no issuer") };
    assert_eq!((read.seconds, read.skew_seconds, read.whole_seconds), (600, 3600, true));
    assert_eq!(read.signature, Signature::Sha384);
    // One key may serve all.
    let key = name("B2C_1A_SamlMessageSigning");
    assert_eq!((&read.assertion_key, &read.message_key, &read.metadata_key), (&key, &key, &key));
    let Kind::SamlIssuer(read) = least(&SAML_ISSUER) else { panic!("no issuer") };
    assert_eq!((read.seconds, read.skew_seconds, read.whole_seconds), (300, 0, false));
    assert_eq!(read.signature, Signature::Sha256);
}

#[test]
fn hints_20() {
    let secret = Row {
        name: "hint with a secret",
        protocol: "None",
        role: Role::Hint,
        items: &[("issuer", "https://app.test"), ("IdTokenAudience", "me")],
        keys: &["client_secret"],
        needed: &["issuer", "IdTokenAudience"],
        ..PLAIN
    };
    check(&[Row { either_or: true, ..secret }]);
    let Kind::TokenHint(read) = whole(&secret) else { panic!("no reader") };
    assert_eq!(
        read,
        TokenHint {
            trust: HintTrust::Secret(name("B2C_1A_client_secret")),
            issuer: Some("https://app.test".to_owned()),
            audience: Some("me".to_owned()),
        }
    );
    let discovery = Row {
        name: "hint with a discovery document",
        items: &[("METADATA", "https://app.test/.well-known/openid-configuration")],
        keys: &[],
        needed: &["METADATA"],
        ..secret
    };
    check(&[Row { ..discovery }]);
    let Kind::TokenHint(read) = whole(&discovery) else { panic!("no reader") };
    let address = "https://app.test/.well-known/openid-configuration".to_owned();
    assert_eq!(read, TokenHint { trust: HintTrust::Discovery(address), issuer: None, audience: None });
}
