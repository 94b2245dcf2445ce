//! Self-asserted pages (technical-profiles 4.1).

use std::sync::Arc;

use crate::claims::Name;

/// Settings of a self-asserted profile.
#[derive(Clone, Debug)]
pub struct SelfAsserted {
    /// ContentDefinitionReferenceId in its declared spelling; `check` makes sure it exists.
    pub content: Name,
    /// EnforceEmailVerification.
    pub enforce_verification: bool,
    /// AllowGenerationOfClaimsWithNullValues.
    pub allow_null_values: bool,
    /// setting.operatingMode is `Username`.
    pub username_mode: bool,
    /// setting.retryLimit: failed submissions allowed; none: no limit.
    pub retry_limit: Option<u32>,
    /// setting.showCancelButton.
    pub show_cancel: bool,
    /// setting.showContinueButton.
    pub show_continue: bool,
    /// setting.showSignupLink.
    pub show_signup: bool,
    /// SignUpTarget: exchange ids of the next step, in order (one as a rule).
    pub sign_up_targets: Vec<Name>,
    /// setting.forgotPasswordLinkLocation.
    pub forgot_place: ForgotPasswordPlace,
    /// setting.forgotPasswordLinkOverride: an exchange id.
    pub forgot_target: Option<Name>,
    /// setting.enableRememberMe.
    pub remember_me: bool,
    /// setting.inputVerificationDelayTimeInMilliseconds.
    pub delay_milliseconds: u32,
    /// IpAddressClaimReferenceId, where that claim type is declared.
    pub address_claim: Option<Name>,
    /// Every `setting.*` as written, without the prefix, in order: what the page's SETTINGS.config shows.
    pub config: Arc<[(String, String)]>,
}

/// setting.forgotPasswordLinkLocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForgotPasswordPlace {
    /// Beside the password's label.
    #[default]
    AfterLabel,
    /// Below the password.
    AfterInput,
    /// Below the buttons.
    AfterButtons,
    /// Nowhere.
    None,
}
