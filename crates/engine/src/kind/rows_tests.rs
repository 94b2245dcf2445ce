//! One row a kind: complete settings, their typed form, their defaults, and what is needed (technical-profiles
//! 3–23; identity providers and issuers apart).

use super::email_code::EmailCode;
use super::kinds_tests::{PLAIN, Row, check, least, whole};
use super::phone::PhoneMode;
use super::rest::{Authentication, Placement};
use super::*;

fn name(text: &str) -> Name {
    Name::from(text)
}

const DIRECTORY: Row = Row {
    name: "directory",
    handler: "Web.TPEngine.Providers.AzureActiveDirectoryProvider",
    items: &[
        ("Operation", "write"),
        ("RaiseErrorIfClaimsPrincipalDoesNotExist", "True"),
        ("RaiseErrorIfClaimsPrincipalAlreadyExists", "1"),
        ("ApplicationObjectId", "11111111-1111-1111-1111-111111111111"),
        ("ClientId", "22222222-2222-2222-2222-222222222222"),
        ("api-version", "1.6"),
    ],
    needed: &["Operation"],
    bad: &[
        ("Operation", "Readd"),
        ("RaiseErrorIfClaimsPrincipalDoesNotExist", "yes"),
        ("RaiseErrorIfClaimsPrincipalAlreadyExists", "no"),
    ],
    ..PLAIN
};

#[test]
fn directory_3_1() {
    check(&[DIRECTORY]);
    let Kind::Directory(read) = whole(&DIRECTORY) else { panic!("no directory") };
    assert_eq!(
        read,
        Directory {
            operation: Operation::Write,
            error_if_absent: true,
            error_if_present: true,
            extensions_client: Some("22222222-2222-2222-2222-222222222222".to_owned()),
        }
    );
    let Kind::Directory(read) = least(&DIRECTORY) else { panic!("no directory") };
    assert_eq!((read.error_if_absent, read.error_if_present, read.extensions_client), (false, false, None));
}

const PAGE: Row = Row {
    name: "self-asserted",
    handler: "Web.TPEngine.Providers.SelfAssertedAttributeProvider",
    items: &[
        ("ContentDefinitionReferenceId", "API.Page"),
        ("EnforceEmailVerification", "False"),
        ("AllowGenerationOfClaimsWithNullValues", "true"),
        ("setting.operatingMode", "username"),
        ("setting.retryLimit", "3"),
        ("setting.showCancelButton", "0"),
        ("setting.showContinueButton", "false"),
        ("setting.showSignupLink", "false"),
        ("SignUpTarget", "SignUp"),
        ("setting.forgotPasswordLinkLocation", "AfterButtons"),
        ("setting.forgotPasswordLinkOverride", "Forgot"),
        ("setting.enableRememberMe", "true"),
        ("setting.inputVerificationDelayTimeInMilliseconds", "5"),
        ("IpAddressClaimReferenceId", "token"),
    ],
    needed: &["ContentDefinitionReferenceId"],
    bad: &[
        ("EnforceEmailVerification", "no"),
        ("setting.operatingMode", "Phone"),
        ("setting.retryLimit", "0"),
        ("setting.forgotPasswordLinkLocation", "Below"),
        ("setting.inputVerificationDelayTimeInMilliseconds", "-1"),
    ],
    ..PLAIN
};

#[test]
fn self_asserted_4_1() {
    check(&[PAGE]);
    let Kind::SelfAsserted(read) = whole(&PAGE) else { panic!("no page") };
    assert_eq!(read.content, name("api.page"));
    assert!(!read.enforce_verification && read.allow_null_values && read.username_mode && read.remember_me);
    assert!(!read.show_cancel && !read.show_continue && !read.show_signup);
    assert_eq!((read.retry_limit, read.delay_milliseconds), (Some(3), 5));
    assert_eq!((read.sign_up_targets, read.forgot_target), (vec![name("SignUp")], Some(name("Forgot"))));
    assert_eq!(
        (read.forgot_place, read.address_claim),
        (ForgotPasswordPlace::AfterButtons, Some(name("token")))
    );
    let Kind::SelfAsserted(read) = least(&PAGE) else { panic!("no page") };
    assert!(read.enforce_verification && !read.allow_null_values && !read.username_mode && !read.remember_me);
    assert!(read.show_cancel && read.show_continue && read.show_signup);
    assert_eq!((read.retry_limit, read.delay_milliseconds), (None, 2000));
    assert_eq!(read.forgot_place, ForgotPasswordPlace::AfterLabel);
}

const REST: Row = Row {
    name: "REST",
    handler: "Web.TPEngine.Providers.RestfulProvider",
    items: &[
        ("ServiceUrl", "https://a.test/users"),
        ("AuthenticationType", "basic"),
        ("SendClaimsIn", "QueryString"),
        ("AllowInsecureAuthInProduction", "true"),
        ("ClaimUsedForRequestPayload", "OBJECTID"),
        ("ResolveJsonPathsInJsonTokens", "true"),
        ("DebugMode", "true"),
        ("ClaimsFormat", "Body"),
    ],
    keys: &["BasicAuthenticationUsername", "BasicAuthenticationPassword"],
    needed: &["ServiceUrl", "AuthenticationType"],
    needed_keys: &["BasicAuthenticationUsername", "BasicAuthenticationPassword"],
    bad: &[
        ("AuthenticationType", "Digest"),
        ("SendClaimsIn", "Cookie"),
        ("ResolveJsonPathsInJsonTokens", "j"),
        ("DebugMode", "on"),
        ("AllowInsecureAuthInProduction", "maybe"),
    ],
    ..PLAIN
};
const REST_BEARER: Row = Row {
    name: "REST with a fixed token",
    items: &[("ServiceUrl", "https://a.test/"), ("AuthenticationType", "Bearer")],
    keys: &["BearerAuthenticationToken"],
    needed_keys: &["BearerAuthenticationToken"],
    bad: &[],
    ..REST
};
const REST_CLAIM: Row = Row {
    name: "REST with a claim's token",
    items: &[
        ("ServiceUrl", "https://a.test/"),
        ("AuthenticationType", "Bearer"),
        ("UseClaimAsBearerToken", "Token"),
    ],
    keys: &[],
    needed_keys: &[],
    needed: &["ServiceUrl", "AuthenticationType"],
    bad: &[],
    ..REST
};
const REST_CERTIFICATE: Row = Row {
    name: "REST with a certificate",
    items: &[("ServiceUrl", "https://a.test/"), ("AuthenticationType", "ClientCertificate")],
    keys: &["ClientCertificate"],
    needed_keys: &["ClientCertificate"],
    bad: &[],
    ..REST
};
const REST_KEY: Row = Row {
    name: "REST with a key in a header",
    items: &[("ServiceUrl", "https://a.test/"), ("AuthenticationType", "ApiKeyHeader")],
    keys: &["X-Functions-Key"],
    needed_keys: &["X-Functions-Key"],
    bad: &[],
    ..REST
};

#[test]
fn rest_10() {
    check(&[REST, REST_BEARER, REST_CERTIFICATE, REST_KEY]);
    whole(&REST_CLAIM);
    let Kind::Rest(read) = whole(&REST) else { panic!("no call") };
    assert_eq!(
        read,
        Rest {
            url: "https://a.test/users".to_owned(),
            resolvable: None,
            authentication: Authentication::Basic {
                user: name("B2C_1A_BasicAuthenticationUsername"),
                password: name("B2C_1A_BasicAuthenticationPassword"),
            },
            placement: Placement::QueryString,
            payload_claim: Some(name("objectId")),
            json_paths: true,
            debug: true,
            encode_placeholders: true,
        }
    );
    let Kind::Rest(read) = least(&REST_BEARER) else { panic!("no call") };
    assert_eq!(
        read,
        Rest {
            url: "https://a.test/".to_owned(),
            resolvable: None,
            authentication: Authentication::BearerKey(name("B2C_1A_BearerAuthenticationToken")),
            placement: Placement::Body,
            payload_claim: None,
            json_paths: false,
            debug: false,
            encode_placeholders: true,
        }
    );
    let authentication = |row| match whole(row) {
        Kind::Rest(read) => read.authentication,
        other => panic!("{other:?}"),
    };
    assert_eq!(authentication(&REST_CLAIM), Authentication::BearerClaim(name("token")));
    let certificate = Authentication::ClientCertificate(name("B2C_1A_ClientCertificate"));
    assert_eq!(authentication(&REST_CERTIFICATE), certificate);
    let key = name("B2C_1A_X-Functions-Key");
    assert_eq!(
        authentication(&REST_KEY),
        Authentication::ApiKey { header: "x-functions-key".to_owned(), key }
    );
}

const CODE: Row = Row {
    name: "one-time password",
    handler: "Web.TPEngine.Providers.OneTimePasswordProtocolProvider",
    items: &[
        ("Operation", "GenerateCode"),
        ("CodeExpirationInSeconds", "60"),
        ("CodeLength", "8"),
        ("CharacterSet", "A-Z"),
        ("NumRetryAttempts", "2"),
        ("NumCodeGenerationAttempts", "4"),
        ("ReuseSameCode", "true"),
    ],
    inputs: &["identifier"],
    needed: &["Operation"],
    needed_inputs: &["identifier"],
    bad: &[
        ("Operation", "SendCode"),
        ("CodeExpirationInSeconds", "59"),
        ("CodeExpirationInSeconds", "1201"),
        ("CodeLength", "3"),
        ("CodeLength", "33"),
        ("CharacterSet", "0-8"),
        ("ReuseSameCode", "perhaps"),
    ],
    ..PLAIN
};
const CHECK_CODE: Row = Row {
    name: "one-time password, checked",
    items: &[("Operation", "VerifyCode")],
    inputs: &["identifier", "otpToVerify"],
    needed_inputs: &["identifier", "otpToVerify"],
    bad: &[],
    ..CODE
};

#[test]
fn one_time_password_11() {
    check(&[CODE, CHECK_CODE]);
    let code = |row| match row {
        Kind::OneTimePassword(OneTimePassword::Generate(code)) => code,
        other => panic!("{other:?}"),
    };
    let written = GenerateCode {
        seconds: 60,
        length: 8,
        characters: "A-Z".to_owned(),
        tries: 2,
        codes: 4,
        reuse: true,
    };
    assert_eq!(code(whole(&CODE)), written);
    let default = GenerateCode {
        seconds: 600,
        length: 6,
        characters: "0-9".to_owned(),
        tries: 5,
        codes: 10,
        reuse: false,
    };
    assert_eq!(code(least(&CODE)), default);
}

/// The inputs of each operation (technical-profiles 12, 14, 23).
#[test]
fn operations_need_their_inputs() {
    let mfa = Row { name: "MFA", handler: "Web.TPEngine.Providers.AzureMfaProtocolProvider", ..PLAIN };
    let email = Row { name: "AadSspr", handler: "Web.TPEngine.Providers.AadSsprProtocolProvider", ..PLAIN };
    let access =
        Row { name: "CA", handler: "Web.TPEngine.Providers.ConditionalAccessProtocolProvider", ..PLAIN };
    macro_rules! row {
        ($base:expr, $key:literal, $operation:literal, $inputs:expr) => {
            Row {
                items: &[($key, $operation)],
                inputs: $inputs,
                needed: &[$key],
                needed_inputs: $inputs,
                bad: &[($key, "Nothing")],
                ..$base
            }
        };
    }
    check(&[
        row!(mfa, "Operation", "OneWaySMS", &["userPrincipalName", "phoneNumber"]),
        row!(mfa, "Operation", "Verify", &["phoneNumber", "verificationCode"]),
        row!(mfa, "Operation", "GetAvailableDevices", &["userPrincipalName"]),
        row!(mfa, "Operation", "BeginVerifyOTP", &["userPrincipalName", "objectId", "secretKey"]),
        row!(mfa, "Operation", "VerifyOTP", &["otpCode"]),
        row!(email, "Operation", "SendCode", &["emailAddress"]),
        row!(email, "Operation", "VerifyCode", &["emailAddress", "verificationCode"]),
        row!(
            access,
            "OperationType",
            "Evaluation",
            &["UserId", "AuthenticationMethodsUsed", "IsFederated", "IsMfaRegistered"]
        ),
        row!(access, "OperationType", "Remediation", &["ChallengesSatisfied"]),
    ]);
    let kind = whole(&row!(mfa, "Operation", "VerifyOTP", &["otpCode"]));
    assert!(matches!(kind, Kind::Mfa(Mfa::VerifyTotp)));
    let kind = whole(&row!(email, "Operation", "SendCode", &["emailAddress"]));
    assert!(matches!(kind, Kind::EmailCode(EmailCode::Send)));
}

const PHONE: Row = Row {
    name: "phone factor",
    handler: "Web.TPEngine.Providers.PhoneFactorProtocolProvider",
    items: &[
        ("ContentDefinitionReferenceId", "api.page"),
        ("ManualPhoneNumberEntryAllowed", "true"),
        ("setting.authenticationMode", "sms"),
        ("setting.autodial", "true"),
    ],
    inputs: &["UserId"],
    needed: &["ContentDefinitionReferenceId"],
    needed_inputs: &["UserId"],
    bad: &[("ManualPhoneNumberEntryAllowed", "y"), ("setting.authenticationMode", "fax")],
    ..PLAIN
};

#[test]
fn phone_factor_13() {
    check(&[PHONE]);
    let Kind::PhoneFactor(read) = whole(&PHONE) else { panic!("no page") };
    assert_eq!((read.content, read.mode), (name("api.page"), PhoneMode::Sms));
    assert!(read.manual_entry && read.autodial);
    let Kind::PhoneFactor(read) = least(&PHONE) else { panic!("no page") };
    assert!(read.mode == PhoneMode::Mixed && !read.manual_entry && !read.autodial);
}

const INSIGHTS: Row = Row {
    name: "insights",
    handler: "Web.TPEngine.Providers.Insights.AzureApplicationInsightsProvider",
    items: &[
        ("InstrumentationKey", "58734a70-edde-477e-b758-8fa132745e12"),
        ("DeveloperMode", "true"),
        ("DisableTelemetry ", "true"),
    ],
    inputs: &["eventName"],
    needed_inputs: &["eventName"],
    bad: &[("DeveloperMode", "dev")],
    ..PLAIN
};

#[test]
fn insights_22() {
    // The key with a space behind it, which real files have, would make the typing error a repetition.
    check(&[Row { items: &[("DeveloperMode", "true")], ..INSIGHTS }]);
    let Kind::Insights(read) = whole(&INSIGHTS) else { panic!("no event") };
    let key = Some("58734a70-edde-477e-b758-8fa132745e12".to_owned());
    assert_eq!(read, Insights { instrumentation_key: key, developer_mode: true, disabled: true });
    let Kind::Insights(read) = least(&INSIGHTS) else { panic!("no event") };
    assert_eq!(read, Insights { instrumentation_key: None, developer_mode: false, disabled: false });
}

/// What the same protocol `None` stands for, by its use and its looks (technical-profiles 2, 18, 19).
#[test]
fn protocol_none_covers_different_things() {
    let none = Row { protocol: "None", ..PLAIN };
    assert!(matches!(whole(&none), Kind::Setup));
    let bearer = Row {
        formats: [Some("JWT"), None],
        items: &[("issuer", "https://me.test/"), ("audience", "[\"app\"]"), ("client_assertion_type", "x")],
        ..none
    };
    let Kind::Bearer(read) = whole(&bearer) else { panic!("no check") };
    assert_eq!((read.issuer.as_str(), read.audience), ("https://me.test/", vec!["app".to_owned()]));
    let json = Row { protocol: "None", formats: [None, Some("JSON")], role: Role::Issuer, ..PLAIN };
    assert!(matches!(whole(&json), Kind::JsonIssuer));
    let error = Row {
        protocol: "OAuth2",
        formats: [None, Some("OAuth2Error")],
        role: Role::Issuer,
        inputs: &["errorCode", "errorMessage"],
        needed_inputs: &["errorCode", "errorMessage"],
        ..PLAIN
    };
    check(&[Row { ..error }]);
    assert!(matches!(whole(&error), Kind::ErrorIssuer));
}

/// technical-profiles 6: a password grant never leaves for another site.
#[test]
fn a_password_grant_is_known_by_its_inputs_or_by_being_called() {
    let inputs: &[&str] = &["username", "password"];
    let row = Row {
        name: "password grant",
        protocol: "OpenIdConnect",
        items: &[
            ("METADATA", "https://login.microsoftonline.com/{tenant}/.well-known/openid-configuration"),
            ("authorization_endpoint", "https://login.microsoftonline.com/{tenant}/oauth2/token"),
            ("ProviderName", "https://sts.windows.net/"),
            ("response_mode", "query"),
        ],
        inputs,
        ..PLAIN
    };
    let Kind::PasswordGrant(read) = whole(&row) else { panic!("no grant") };
    assert_eq!(read.foreign_endpoint, None);
    let foreign = Row { items: &[("authorization_endpoint", "https://idp.test/token")], ..row };
    let Kind::PasswordGrant(read) = whole(&foreign) else { panic!("no grant") };
    assert_eq!(read.foreign_endpoint.as_deref(), Some("https://idp.test/token"));
    check(&[Row { role: Role::Call, needed_inputs: inputs, ..foreign }]);
}

#[test]
fn session_providers_21() {
    let base = |handler| Row { name: "session", handler, ..PLAIN };
    let table = [
        ("Web.TPEngine.SSO.NoopSSOSessionProvider", Session::Noop),
        ("Web.TPEngine.SSO.DefaultSSOSessionProvider", Session::Default),
        ("Web.TPEngine.SSO.ExternalLoginSSOSessionProvider", Session::ExternalLogin),
        ("Web.TPEngine.SSO.OAuthSSOSessionProvider", Session::OAuth),
        ("Web.TPEngine.SSO.SamlSSOSessionProvider", Session::Saml { registers: true }),
    ];
    for (handler, expected) in table {
        assert!(matches!(whole(&base(handler)), Kind::Session(read) if read == expected), "{handler}");
    }
    let saml = Row {
        items: &[("RegisterServiceProviders", "false"), ("IncludeSessionIndex", "true")],
        bad: &[("RegisterServiceProviders", "x")],
        ..base("Web.TPEngine.SSO.SamlSSOSessionProvider")
    };
    check(&[Row { ..saml }]);
    assert!(matches!(whole(&saml), Kind::Session(Session::Saml { registers: false })));
    check(&[Row {
        items: &[("AlwaysFetchClaimsFromProvider", "true")],
        bad: &[("AlwaysFetchClaimsFromProvider", "x")],
        ..base("Web.TPEngine.SSO.ExternalLoginSSOSessionProvider")
    }]);
}
