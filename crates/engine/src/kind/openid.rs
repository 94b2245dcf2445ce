//! OpenID Connect without a redirect: the password grant (technical-profiles 6) and the bearer check of UserInfo
//! (technical-profiles 18).

/// Settings of a password grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordGrant {
    /// The token endpoint of a foreign authority; none: the built-in directory (reference README 7).
    pub foreign_endpoint: Option<String>,
}

/// Settings of the bearer check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// `issuer`: what the token's `iss` must be, as the policy writes it.
    pub issuer: String,
    /// `audience`: client ids the token may be for; empty: any application of the tenant.
    pub audience: Vec<String>,
}
