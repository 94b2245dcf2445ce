//! The built-in directory (technical-profiles 3).

use super::Metadata;

/// Settings of a directory profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Operation.
    pub operation: Operation,
    /// RaiseErrorIfClaimsPrincipalDoesNotExist.
    pub error_if_absent: bool,
    /// RaiseErrorIfClaimsPrincipalAlreadyExists.
    pub error_if_present: bool,
    /// ClientId of the extensions application: part of extension attributes' external names.
    pub extensions_client: Option<String>,
}

/// Operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads attributes.
    Read,
    /// Creates or updates.
    Write,
    /// Clears attributes.
    DeleteClaims,
    /// Deletes the user.
    DeleteClaimsPrincipal,
}

/// Reads the settings of a directory profile (technical-profiles 3.1).
pub(super) fn read(metadata: &Metadata<'_>) -> Option<Directory> {
    metadata.known(&["ApplicationObjectId", "api-version"]);
    let operations = [
        ("Read", Operation::Read),
        ("Write", Operation::Write),
        ("DeleteClaims", Operation::DeleteClaims),
        ("DeleteClaimsPrincipal", Operation::DeleteClaimsPrincipal),
    ];
    let error_if_absent = metadata.flag("RaiseErrorIfClaimsPrincipalDoesNotExist", false);
    let error_if_present = metadata.flag("RaiseErrorIfClaimsPrincipalAlreadyExists", false);
    let extensions_client = metadata.text("ClientId").map(|id| id.value.to_owned());
    let operation = metadata.needed_choice("Operation", &operations)?;
    Some(Directory { operation, error_if_absent, error_if_present, extensions_client })
}

/// One attribute of the directory and what a policy may do with it (technical-profiles 24.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name; compared in any case.
    pub name: &'static str,
    /// `I`: an input claim finds the user by it. `P`: it can be persisted. `O`: it can be read. `R`: persisting it is
    /// accepted and without effect.
    pub uses: &'static str,
}

/// Every attribute.
pub const ATTRIBUTES: &[Attribute] = &[
    attribute("objectId", "IPO"),
    attribute("userPrincipalName", "IPO"),
    attribute("displayName", "PO"),
    attribute("givenName", "PO"),
    attribute("surname", "PO"),
    attribute("city", "PO"),
    attribute("country", "PO"),
    attribute("state", "PO"),
    attribute("jobTitle", "PO"),
    attribute("physicalDeliveryOfficeName", "PO"),
    attribute("department", "PO"),
    attribute("mailNickName", "PO"),
    attribute("mobile", "PO"),
    attribute("postalCode", "PO"),
    attribute("streetAddress", "PO"),
    attribute("usageLocation", "PO"),
    attribute("preferredLanguage", "PO"),
    attribute("telephoneNumber", "PO"),
    attribute("facsimileTelephoneNumber", "PO"),
    attribute("immutableId", "PO"),
    attribute("netId", "PO"),
    attribute("otherMails", "PO"),
    attribute("accountEnabled", "PO"),
    attribute("ageGroup", "PO"),
    attribute("consentProvidedForMinor", "PO"),
    attribute("legalCountry", "PO"),
    attribute("dateOfBirth", "PO"),
    attribute("legalAgeGroupClassification", "O"),
    attribute("createdDateTime", "RO"),
    attribute("creationType", "RO"),
    attribute("userType", "RO"),
    attribute("refreshTokensValidFromDateTime", "O"),
    attribute("signInNames", "I"),
    attribute("logonIdentifier", "I"),
    attribute("signInNames.emailAddress", "IPO"),
    attribute("signInNames.userName", "IPO"),
    attribute("signInNames.phoneNumber", "IPO"),
    attribute("alternativeSecurityId", "IPO"),
    attribute("alternativeSecurityIds", "PO"),
    attribute("userIdentities", "IPO"),
    attribute("strongAuthenticationPhoneNumber", "PO"),
    attribute("strongAuthenticationAlternativePhoneNumber", "PO"),
    attribute("strongAuthenticationEmailAddress", "IPO"),
    attribute("password", "P"),
    attribute("passwordPolicies", "P"),
    attribute("passwordProfile.forceChangePasswordNextLogin", "P"),
    attribute("userState", "O"),
    attribute("userStateChangedOn", "O"),
    attribute("newClaimsPrincipalCreated", "O"),
];

const fn attribute(name: &'static str, uses: &'static str) -> Attribute {
    Attribute { name, uses }
}

/// Finds an attribute by its name in any case. Sign-in names of any type and extension attributes can do everything
/// and have no row; they are given as written.
pub fn find(name: &str) -> Option<(&str, &'static str)> {
    if let Some(row) = ATTRIBUTES.iter().find(|row| row.name.eq_ignore_ascii_case(name)) {
        return Some((row.name, row.uses));
    }
    let lower = name.to_ascii_lowercase();
    let free = ["signinnames.", "extension_"]
        .iter()
        .any(|prefix| lower.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()));
    free.then_some((name, "IPO"))
}

/// Whether the name of an attribute of the policy's own has the form it must have (95023 in the cloud): `extension_` and
/// then ASCII letters, digits and `_`. Any other name has.
pub fn is_well_formed(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let own = lower.strip_prefix("extension_");
    own.is_none_or(|own| !own.is_empty() && own.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}
