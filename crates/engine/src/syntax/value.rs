//! Values that the schema enumerates, with the names it gives them, and the comparison of ids.
//!
//! Must not be known here: XML, spans, which element a value stands in.

/// Whether two ids are the same: case is ignored (policy-language 1, README 2).
pub fn same_id(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    fold(one) == fold(other)
}

/// An id in the form in which ids are compared; a key for maps.
pub fn fold(id: &str) -> String {
    id.to_lowercase()
}

/// A value of which the schema lists all forms.
pub(super) trait Choice: Copy + 'static {
    /// Every value with its name in the XML.
    const ALL: &'static [(Self, &'static str)];
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            pub enum $name {
                $(
                    #[doc = concat!("`", $text, "`.")]
                    $(#[$variant_doc])*
                    $variant,
                )*
            }

            impl Choice for $name {
                const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $text)),*];
            }

            impl $name {
                /// The name in the XML.
                pub const fn name(self) -> &'static str {
                    match self {
                        $(Self::$variant => $text,)*
                    }
                }
            }
        )*
    };
}

choices! {
    /// `TrustFrameworkPolicy/@DeploymentMode` (policy-language 1.1).
    DeploymentMode {
        Production = "Production",
        Development = "Development",
        Debugging = "Debugging",
    }
    /// `@MergeBehavior` of lists (policy-language 2.2).
    MergeBehavior {
        Append = "Append",
        Prepend = "Prepend",
        ReplaceAll = "ReplaceAll",
    }
    /// `ClaimType/@StatementType` (policy-language 4.1).
    StatementType {
        Attribute = "Attribute",
        Authentication = "Authentication",
        Subject = "Subject",
    }
    /// `DataType` of a claim or a parameter (policy-language 4.1.1).
    DataType {
        Boolean = "boolean",
        Date = "date",
        DateTime = "dateTime",
        Duration = "duration",
        Int = "int",
        Long = "long",
        String = "string",
        StringCollection = "stringCollection",
        AlternativeSecurityIdCollection = "alternativeSecurityIdCollection",
        UserIdentityCollection = "userIdentityCollection",
        UserIdentity = "userIdentity",
        PhoneNumber = "phoneNumber",
        ObjectIdentityCollection = "objectIdentityCollection",
        ObjectIdentity = "objectIdentity",
    }
    /// `UserInputType` of a claim (policy-language 4.1.2).
    UserInputType {
        TextBox = "TextBox",
        EmailBox = "EmailBox",
        DateTimeDropdown = "DateTimeDropdown",
        RadioSingleSelect = "RadioSingleSelect",
        DropdownSingleSelect = "DropdownSingleSelect",
        CheckboxMultiSelect = "CheckboxMultiSelect",
        Password = "Password",
        Readonly = "Readonly",
        Button = "Button",
        Paragraph = "Paragraph",
    }
    /// `Mask/@Type` (policy-language 4.1.3).
    MaskType {
        Simple = "Simple",
        Regex = "Regex",
    }
    /// `Protocol/@Name` (policy-language 5.2).
    ProtocolName {
        None = "None",
        OAuth1 = "OAuth1",
        OAuth2 = "OAuth2",
        Saml2 = "SAML2",
        OpenIdConnect = "OpenIdConnect",
        WsFed = "WsFed",
        WsTrust = "WsTrust",
        UProve11 = "UProve11",
        Proprietary = "Proprietary",
    }
    /// `InputTokenFormat` and `OutputTokenFormat` (policy-language 5.2).
    TokenFormat {
        Json = "JSON",
        Jwt = "JWT",
        Saml11 = "SAML11",
        Saml2 = "SAML2",
        CpimUnsigned = "CpimUnsigned",
        UProve11 = "UProve11",
        OAuth2Error = "OAuth2Error",
    }
    /// `EnabledForUserJourneys` (policy-language 5.5).
    EnabledForUserJourneys {
        True = "true",
        False = "false",
        OnClaimsExistence = "OnClaimsExistence",
        Always = "Always",
        Never = "Never",
        OnItemExistenceInStringCollectionClaim = "OnItemExistenceInStringCollectionClaim",
        OnItemAbsenceInStringCollectionClaim = "OnItemAbsenceInStringCollectionClaim",
    }
    /// `ErrorHandler/Action` (policy-language 5.2).
    ErrorHandlingAction {
        Reauthenticate = "Reauthenticate",
        InvalidClient = "InvalidClient",
    }
    /// `ErrorHandler/ErrorResponseFormat` (policy-language 5.2).
    ErrorResponseFormat {
        Json = "json",
    }
    /// `DisplayControl/@UserInterfaceControlType` (policy-language 4.8; the last is newer than the schema).
    UserInterfaceControlType {
        VerificationControl = "VerificationControl",
        QrCodeControl = "QrCodeControl",
        AuthenticatorInfoControl = "AuthenticatorInfoControl",
        AuthenticatorAppIconControl = "AuthenticatorAppIconControl",
        CaptchaControl = "CaptchaControl",
    }
    /// `OrchestrationStep/@Type` (policy-language 7.1).
    OrchestrationStepType {
        ConsentScreen = "ConsentScreen",
        ClaimsProviderSelection = "ClaimsProviderSelection",
        CombinedSignInAndSignUp = "CombinedSignInAndSignUp",
        ClaimsExchange = "ClaimsExchange",
        ReviewScreen = "ReviewScreen",
        SendClaims = "SendClaims",
        GetClaims = "GetClaims",
        UserDialog = "UserDialog",
        InvokeSubJourney = "InvokeSubJourney",
        Noop = "Noop",
    }
    /// `Precondition/@Type` (policy-language 7.3).
    PreconditionType {
        ClaimsExist = "ClaimsExist",
        ClaimEquals = "ClaimEquals",
    }
    /// `Precondition/Action` (policy-language 7.3).
    PreconditionAction {
        SkipThisOrchestrationStep = "SkipThisOrchestrationStep",
        SkipThisValidationTechnicalProfile = "SkipThisValidationTechnicalProfile",
    }
    /// `ClaimsProviderSelections/@DisplayOption` (policy-language 7.4).
    DisplayOption {
        DoNotShowSingleProvider = "DoNotShowSingleProvider",
        ShowSingleProvider = "ShowSingleProvider",
    }
    /// `SubJourney/@Type` (policy-language 8).
    SubJourneyType {
        Transfer = "Transfer",
        Call = "Call",
    }
    /// `SingleSignOn/@Scope` (policy-language 9.2).
    SingleSignOnScope {
        Suppressed = "Suppressed",
        TrustFramework = "TrustFramework",
        Tenant = "Tenant",
        Application = "Application",
        Policy = "Policy",
    }
    /// `SessionExpiryType` (policy-language 9.2).
    SessionExpiryType {
        Rolling = "Rolling",
        Absolute = "Absolute",
    }
    /// `JourneyInsights/@TelemetryEngine` (policy-language 9.2).
    TelemetryEngine {
        ApplicationInsights = "ApplicationInsights",
    }
    /// `ScriptExecution` (policy-language 9.2).
    ScriptExecution {
        Disallow = "Disallow",
        Allow = "Allow",
    }
    /// `OnError/@Mode` (policy-language 9.2).
    OnErrorMode {
        ReturnToRequestor = "ReturnToRequestor",
        DisplayInService = "DisplayInService",
    }
}
