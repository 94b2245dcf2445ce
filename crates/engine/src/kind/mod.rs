//! Kinds of technical profiles: what each is, its settings, and how they are read from `<Metadata>`.
//!
//! In: a plain list of key, value and place, once, when a policy is compiled. Out: a typed settings struct; no metadata
//! string is looked up at run time. Must not know the syntax tree, other profiles or journeys.

pub mod directory;
pub mod email_code;
pub mod one_time_password;
pub mod openid;
pub mod self_asserted;
pub mod session;
pub mod token_issuer;

pub use directory::{Directory, Operation};
pub use email_code::EmailCode;
pub use one_time_password::{GenerateCode, OneTimePassword};
pub use openid::PasswordGrant;
pub use self_asserted::{ForgotPasswordPlace, SelfAsserted};
pub use session::Session;
pub use token_issuer::{IssuerPattern, TokenIssuer};

/// What a technical profile does (technical-profiles 2).
#[derive(Debug)]
pub enum Kind {
    /// A page that asks.
    SelfAsserted(SelfAsserted),
    /// Reads or writes the built-in directory.
    Directory(Directory),
    /// Checks a password: a password grant, answered by the built-in directory or by a foreign token endpoint.
    PasswordGrant(PasswordGrant),
    /// Runs its transformations and nothing else.
    ClaimsTransformation,
    /// The built-in e-mail code (AadSspr).
    EmailCode(EmailCode),
    /// Makes or checks a one-time code; never sends it.
    OneTimePassword(OneTimePassword),
    /// Issues a JWT: the end of a journey.
    TokenIssuer(TokenIssuer),
    /// Answers with a JSON document (UserInfo).
    JsonIssuer,
    /// Ends the journey with an error of the policy's own.
    ErrorIssuer,
    /// Reads the bearer token of a UserInfo request.
    Bearer(openid::Bearer),
    /// Claims of the redeemed refresh token, or of a client-credentials request.
    Setup,
    /// Keeps or restores claims of a session.
    Session(Session),
    /// The engine's own default profile: accepted, without behaviour.
    Inert,
    /// Known to the language and checked, but not run by this version; the text names it for people, for instance
    /// "OAuth2 identity provider".
    NotYet(&'static str),
}

impl Kind {
    /// Whether the profile shows a page or leaves for another site, and so cannot validate or run at the token endpoint.
    pub fn is_interactive(&self) -> bool {
        match self {
            Kind::SelfAsserted(_) => true,
            Kind::NotYet(what) => what.ends_with("identity provider") || what.ends_with("page"),
            _ => false,
        }
    }
}
