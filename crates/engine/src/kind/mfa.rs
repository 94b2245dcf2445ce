//! Azure MFA: codes by message and codes of an authenticator app, without a page of its own (technical-profiles 12).

use super::{Metadata, Shape, needs_inputs};

/// What such a profile does; the partner names of its inputs in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// `OneWaySMS`: sends a code to `phoneNumber` of `userPrincipalName`; optional `companyName`, `locale`.
    SendSms,
    /// `Verify`: checks `verificationCode` against what was sent to `phoneNumber`.
    VerifySms,
    /// `GetAvailableDevices`: counts the authenticator apps of `userPrincipalName`; output `numberOfAvailableDevices`.
    CountDevices,
    /// `BeginVerifyOTP`: opens the check of a code of an app, of `userPrincipalName`, `objectId`; a `secretKey` with a
    /// value is one to be enrolled.
    BeginTotp,
    /// `VerifyOTP`: checks `otpCode`.
    VerifyTotp,
}

impl Mfa {
    /// The partner names of the input claims that the operation needs.
    pub fn inputs(self) -> &'static [&'static str] {
        match self {
            Mfa::SendSms => &["userPrincipalName", "phoneNumber"],
            Mfa::VerifySms => &["phoneNumber", "verificationCode"],
            Mfa::CountDevices => &["userPrincipalName"],
            Mfa::BeginTotp => &["userPrincipalName", "objectId", "secretKey"],
            Mfa::VerifyTotp => &["otpCode"],
        }
    }
}

/// Reads the settings (technical-profiles 12).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Mfa> {
    let operations = [
        ("OneWaySMS", Mfa::SendSms),
        ("Verify", Mfa::VerifySms),
        ("GetAvailableDevices", Mfa::CountDevices),
        ("BeginVerifyOTP", Mfa::BeginTotp),
        ("VerifyOTP", Mfa::VerifyTotp),
    ];
    let operation = metadata.needed_choice("Operation", &operations)?;
    needs_inputs(shape, metadata, operation.inputs());
    Some(operation)
}
