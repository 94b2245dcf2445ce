//! The built-in e-mail code, AadSspr (technical-profiles 14).

/// Settings of an e-mail code profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailCode {
    /// `SendCode`: input `emailAddress`.
    Send,
    /// `VerifyCode`: inputs `emailAddress` and `verificationCode`.
    Verify,
}
