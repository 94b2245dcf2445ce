//! Display controls: groups of fields with actions of their own (policy-language 4.8).

use std::sync::Arc;

use super::profile::Validation;
use crate::claims::{Mapping, Name};

/// One DisplayControl.
#[derive(Debug)]
pub struct DisplayControl {
    /// Declared id, a prefix of element ids in the page.
    pub id: Name,
    /// UserInterfaceControlType.
    pub kind: ControlKind,
    /// `DisplayName`, newer than the schema.
    pub caption: Option<String>,
    /// Pre-fill of display claims.
    pub inputs: Vec<Mapping>,
    /// Fields in order.
    pub fields: Vec<ControlField>,
    /// What the control hands to the page.
    pub outputs: Vec<Mapping>,
    /// Actions by id.
    pub actions: Vec<Action>,
}

impl DisplayControl {
    /// The action of that id, in any case.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id.eq_ignore_ascii_case(id))
    }

    /// The field of a role (ControlClaimType).
    pub fn field(&self, role: &str) -> Option<&ControlField> {
        self.fields.iter().find(|field| field.role.as_deref() == Some(role))
    }

    /// The field that takes the code.
    pub fn code_field(&self) -> Option<&ControlField> {
        self.field("VerificationCode")
    }
}

/// UserInterfaceControlType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// `VerificationControl`
    Verification,
    /// `QrCodeControl`
    QrCode,
    /// `AuthenticatorInfoControl`
    AuthenticatorInfo,
    /// `AuthenticatorAppIconControl`
    AuthenticatorAppIcon,
    /// `CaptchaControl`
    Captcha,
}

impl ControlKind {
    /// All kinds with the name a policy uses.
    pub const ALL: &'static [(&'static str, ControlKind)] = &[
        ("VerificationControl", ControlKind::Verification),
        ("QrCodeControl", ControlKind::QrCode),
        ("AuthenticatorInfoControl", ControlKind::AuthenticatorInfo),
        ("AuthenticatorAppIconControl", ControlKind::AuthenticatorAppIcon),
        ("CaptchaControl", ControlKind::Captcha),
    ];

    /// The name a policy uses, which is also a class in the page.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("VerificationControl", |(name, _)| name)
    }
}

/// One DisplayClaim of a control.
#[derive(Debug)]
pub struct ControlField {
    /// The claim type.
    pub claim: Name,
    /// `Required`.
    pub required: bool,
    /// `ControlClaimType` in its canonical spelling (`Email`, `VerificationCode`, …).
    pub role: Option<String>,
}

/// One Action with the profiles it runs, in order.
#[derive(Debug)]
pub struct Action {
    /// `SendCode`, `VerifyCode`, `GetChallenge`, `VerifyChallenge`.
    pub id: Name,
    /// What it runs.
    pub profiles: Vec<Arc<Validation>>,
}
