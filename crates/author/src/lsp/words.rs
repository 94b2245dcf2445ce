//! Words that places expect beside ids and settings: handlers, predicate methods, partner names, ids of texts, pages,
//! languages, roles of keys. Tables only.

/// What ends the string of every handler.
pub(super) const ASSEMBLY: &str = ", Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

/// A handler.
pub(super) struct Handler {
    /// The class up to its last part.
    pub(super) space: &'static str,
    /// The last part, which is also its section of the settings.
    pub(super) section: &'static str,
    /// A line about it.
    pub(super) about: &'static str,
}

const fn handler(space: &'static str, section: &'static str, about: &'static str) -> Handler {
    Handler { space, section, about }
}

const PROVIDERS: &str = "Web.TPEngine.Providers.";
const SSO: &str = "Web.TPEngine.SSO.";

/// Every handler (technical-profiles 2).
pub(super) const HANDLERS: &[Handler] = &[
    handler(PROVIDERS, "SelfAssertedAttributeProvider", "A page that asks the user."),
    handler(PROVIDERS, "AzureActiveDirectoryProvider", "Reads, writes or deletes a user of the directory."),
    handler(
        PROVIDERS,
        "ClaimsTransformationProtocolProvider",
        "Runs claims transformations and nothing else.",
    ),
    handler(PROVIDERS, "RestfulProvider", "Calls a web service."),
    handler(PROVIDERS, "OneTimePasswordProtocolProvider", "Makes or checks a one-time code."),
    handler(PROVIDERS, "AadSsprProtocolProvider", "Sends a code by e-mail, or checks it."),
    handler(PROVIDERS, "AzureMfaProtocolProvider", "Sends a code by SMS, or checks it or that of an app."),
    handler(PROVIDERS, "PhoneFactorProtocolProvider", "A page that verifies a phone number."),
    handler(PROVIDERS, "ConditionalAccessProtocolProvider", "Evaluates conditions of access."),
    handler(
        "Web.TPEngine.Providers.Insights.",
        "AzureApplicationInsightsProvider",
        "Sends an event to Application Insights.",
    ),
    handler(
        PROVIDERS,
        "UserJourneyContextProvider",
        "Gives facts of the journey; claim resolvers do it better.",
    ),
    handler(PROVIDERS, "CaptchaProvider", "Makes or checks a captcha."),
    handler(
        SSO,
        "DefaultSSOSessionProvider",
        "Session: keeps claims, and skips the profile while they are kept.",
    ),
    handler(SSO, "NoopSSOSessionProvider", "Session: the profile always runs."),
    handler(SSO, "ExternalLoginSSOSessionProvider", "Session: remembers the identity provider."),
    handler(SSO, "OAuthSSOSessionProvider", "Session: remembers applications for single sign-out."),
    handler(SSO, "SamlSSOSessionProvider", "Session: remembers SAML partners for single sign-out."),
];

/// A method of predicates.
pub(super) struct PredicateMethod {
    /// Its name.
    pub(super) name: &'static str,
    /// Its parameters.
    pub(super) parameters: &'static [&'static str],
    /// A line about it.
    pub(super) about: &'static str,
}

/// Every method of predicates (policy-language 4.2).
pub(super) const PREDICATE_METHODS: &[PredicateMethod] = &[
    PredicateMethod {
        name: "IsLengthRange",
        parameters: &["Minimum", "Maximum"],
        about: "The text has at least Minimum and at most Maximum letters.",
    },
    PredicateMethod {
        name: "MatchesRegex",
        parameters: &["RegularExpression"],
        about: "The text contains a match; anchor the pattern with `^…$` to compare the whole.",
    },
    PredicateMethod {
        name: "IncludesCharacters",
        parameters: &["CharacterSet"],
        about: "The text contains one of the characters at least; ranges such as `a-z` are allowed.",
    },
    PredicateMethod {
        name: "IsDateRange",
        parameters: &["Minimum", "Maximum"],
        about: "The date lies between the two, each `yyyy-mm-dd` or `Today`.",
    },
];

/// Partner names by section and the list they stand in: names with a fixed meaning to the handler.
pub(super) const PARTNERS: &[(&str, &str, &[&str])] = &[
    ("SelfAssertedAttributeProvider", "OutputClaim", &["Verified.Email"]),
    ("OneTimePasswordProtocolProvider", "InputClaim", &["identifier", "otpToVerify"]),
    ("OneTimePasswordProtocolProvider", "OutputClaim", &["otpGenerated"]),
    ("AadSsprProtocolProvider", "InputClaim", &["emailAddress", "verificationCode"]),
    (
        "AzureMfaProtocolProvider",
        "InputClaim",
        &[
            "userPrincipalName",
            "phoneNumber",
            "verificationCode",
            "companyName",
            "locale",
            "objectId",
            "secretKey",
            "otpCode",
        ],
    ),
    ("AzureMfaProtocolProvider", "OutputClaim", &["numberOfAvailableDevices"]),
    ("PhoneFactorProtocolProvider", "InputClaim", &["UserId"]),
    ("PhoneFactorProtocolProvider", "OutputClaim", &["Verified.OfficePhone", "newPhoneNumberEntered"]),
    (
        "ConditionalAccessProtocolProvider",
        "InputClaim",
        &["UserId", "AuthenticationMethodsUsed", "IsFederated", "IsMfaRegistered", "estsRequestId"],
    ),
    ("ConditionalAccessProtocolProvider", "OutputClaim", &["Challenges", "MultiConditionalAccessStatus"]),
    ("AzureApplicationInsightsProvider", "InputClaim", &["eventName", "{property:Name}"]),
    ("UserJourneyContextProvider", "OutputClaim", &["IP-Address", "CorrelationId"]),
    (
        "OpenIdConnect",
        "InputClaim",
        &[
            "username",
            "password",
            "grant_type",
            "scope",
            "nca",
            "client_id",
            "resource_id",
            "login_hint",
            "domain_hint",
        ],
    ),
    (
        "OpenIdConnect",
        "OutputClaim",
        &[
            "oid",
            "tid",
            "sub",
            "given_name",
            "family_name",
            "name",
            "upn",
            "email",
            "passwordExpired",
            "{oauth2:access_token}",
            "{oauth2:token_type}",
            "{oauth2:expires_in}",
            "{oauth2:refresh_token}",
        ],
    ),
    (
        "OAuth2",
        "OutputClaim",
        &[
            "id",
            "email",
            "name",
            "first_name",
            "last_name",
            "{oauth2:access_token}",
            "{oauth2:token_type}",
            "{oauth2:expires_in}",
            "{oauth2:refresh_token}",
        ],
    ),
    ("SAML2", "InputClaim", &["subject"]),
    ("SAML2", "OutputClaim", &["assertionSubjectName"]),
    ("JsonIssuer", "InputClaim", &["errorCode", "errorMessage"]),
    ("RelyingParty", "OutputClaim", &["sub", "email", "name", "given_name", "family_name", "tid"]),
];

/// What keys are for, by section.
pub(super) const KEY_ROLES: &[(&str, &[&str])] = &[
    ("JwtIssuer", &["issuer_secret", "issuer_refresh_token_key"]),
    ("OpenIdConnect", &["client_secret", "assertion_signing_key"]),
    ("OAuth2", &["client_secret", "assertion_signing_key"]),
    ("OAuth1", &["client_secret"]),
    ("SAML2", &["SamlMessageSigning", "SamlAssertionDecryption", "MetadataSigning"]),
    ("SamlIssuer", &["SamlAssertionSigning", "SamlMessageSigning", "MetadataSigning"]),
    (
        "RestfulProvider",
        &[
            "BasicAuthenticationUsername",
            "BasicAuthenticationPassword",
            "ClientCertificate",
            "BearerAuthenticationToken",
        ],
    ),
    ("None", &["client_secret", "issuer_secret"]),
];

/// Ids of texts by what they belong to (policy-language 4.7), and a line about each.
pub(super) const STRINGS: &[(&str, &[(&str, &str)])] = &[
    (
        "ClaimType",
        &[
            ("DisplayName", "The field's label."),
            ("UserHelpText", "The help text beside the field."),
            ("AdminHelpText", "For administrators; never shown."),
            ("PatternHelpText", "What is said when the value does not fit the pattern."),
        ],
    ),
    ("Predicate", &[("HelpText", "What is said when the check fails.")]),
    (
        "DisplayControl",
        &[
            ("intro_msg", "What stands above the control."),
            ("but_send_code", "The button that sends a code."),
            ("but_verify_code", "The button that checks the code."),
            ("but_send_new_code", "The button that sends another code."),
            ("but_change_claims", "The button that changes the address."),
            ("success_send_code_msg", "What is said when a code was sent."),
            ("failure_send_code_msg", "What is said when no code could be sent."),
            ("success_verify_code_msg", "What is said when the code was right."),
            ("failure_verify_code_msg", "What is said when the code was wrong."),
            ("title_text", "Authenticator app: the title."),
            ("info_msg", "Authenticator app: the explanation."),
            ("link_text", "Authenticator app: the link to the app."),
            ("account_name", "Authenticator app: what the account is called."),
            ("display_prefix", "Authenticator app: what stands before the key."),
            ("collapse_text", "Authenticator app: the link to more."),
            ("instruction_text", "Authenticator app: what to do with the code."),
        ],
    ),
];

/// What is known about the id of a text.
pub(super) fn about_string(kind: &str, id: &str) -> Option<String> {
    let (_, list) = STRINGS.iter().find(|(name, _)| *name == kind)?;
    let (name, about) = list.iter().find(|(name, _)| *name == id)?;
    Some(format!("**{name}** · {about}"))
}

/// Pages for DataUri (policy-language 4.6), with the newest version documented.
pub(super) const PAGES: &[(&str, &str)] = &[
    ("contract:selfasserted:2.1.29", "A page that asks the user."),
    ("contract:unifiedssp:2.1.17", "Sign-in and sign-up on one page."),
    ("contract:unifiedssd:1.2.4", "The same without the link for a forgotten password."),
    ("contract:providerselection:1.2.4", "The choice of an identity provider."),
    ("contract:multifactor:1.2.15", "The verification of a phone number."),
    ("contract:globalexception:1.2.5", "The error page."),
    ("contract:claimsconsent:1.0.0", "Consent to claims."),
];

/// What every DataUri begins with.
pub(super) const PAGE_PREFIX: &str = "urn:com:microsoft:aad:b2c:elements:";

/// Languages offered where one is expected; any other can be written.
pub(super) const LANGUAGES: &[&str] = &[
    "en", "ar", "bn", "cs", "da", "de", "el", "es", "fi", "fr", "gu", "he", "hi", "hr", "hu", "id", "it",
    "ja", "kn", "ko", "ml", "mr", "ms", "nb", "nl", "pa", "pl", "pt-br", "pt-pt", "ro", "ru", "sk", "sv",
    "ta", "te", "th", "tr", "uk", "vi", "zh-hans", "zh-hant",
];
