//! The built-in e-mail code, AadSspr (technical-profiles 14).

use super::{Metadata, Shape, needs_inputs};

/// Settings of an e-mail code profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailCode {
    /// `SendCode`: input `emailAddress`.
    Send,
    /// `VerifyCode`: inputs `emailAddress` and `verificationCode`.
    Verify,
}

/// Reads the settings of an e-mail code profile.
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<EmailCode> {
    metadata.known(&["allowTestEmailAddressPassThrough"]);
    let operations = [("SendCode", EmailCode::Send), ("VerifyCode", EmailCode::Verify)];
    let operation = metadata.needed_choice("Operation", &operations)?;
    needs_inputs(
        shape,
        metadata,
        match operation {
            EmailCode::Send => &["emailAddress"],
            EmailCode::Verify => &["emailAddress", "verificationCode"],
        },
    );
    Some(operation)
}
