//! The built-in directory (technical-profiles 3).

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
