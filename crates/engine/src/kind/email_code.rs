//! The built-in e-mail code, AadSspr (technical-profiles 14).

use super::Metadata;

/// Settings of an e-mail code profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailCode {
    /// `SendCode`: input `emailAddress`.
    Send,
    /// `VerifyCode`: inputs `emailAddress` and `verificationCode`.
    Verify,
}

/// Reads the settings of an e-mail code profile.
pub(super) fn read(metadata: &Metadata<'_>) -> Option<EmailCode> {
    metadata.known(&["allowTestEmailAddressPassThrough"]);
    metadata.needed_choice("Operation", &[("SendCode", EmailCode::Send), ("VerifyCode", EmailCode::Verify)])
}
