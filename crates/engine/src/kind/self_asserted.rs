//! Self-asserted pages (technical-profiles 4.1).

use super::{Metadata, Role, Shape};
use std::sync::Arc;

use crate::claims::Name;

/// Settings of a self-asserted profile.
#[derive(Clone, Debug)]
pub struct SelfAsserted {
    /// ContentDefinitionReferenceId in its declared spelling; `check` makes sure it exists. Empty where the policy gives
    /// none to a profile that only combined steps show.
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
    /// setting.enableCaptchaChallenge: a captcha among the display claims is shown and must be solved.
    pub captcha: bool,
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

/// Settings of pages that have no field of their own here: the page shows them, or they are without effect.
const OTHER: &[&str] = &[
    "setting.sendHintOnSignup",
    "setting.includePasswordRequirements",
    "setting.announceVerCompleteMsg",
    "setting.bottomUnderFormClaimsProviderSelections",
    "LocalAccountType",
    "LocalAccountProfile",
    "TokenLifeTimeInSeconds",
];

/// Reads the settings of a page (technical-profiles 4.1).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<SelfAsserted> {
    metadata.known(OTHER);
    let places = [
        ("AfterLabel", ForgotPasswordPlace::AfterLabel),
        ("AfterInput", ForgotPasswordPlace::AfterInput),
        ("AfterButtons", ForgotPasswordPlace::AfterButtons),
        ("None", ForgotPasswordPlace::None),
    ];
    // A combined step shows its own page, not the profile's.
    let own_page = shape.role >= Role::Exchange;
    let content = match own_page {
        true => metadata.needed_content("ContentDefinitionReferenceId"),
        false => metadata.content("ContentDefinitionReferenceId"),
    };
    let page = SelfAsserted {
        content: content.clone().unwrap_or_default(),
        enforce_verification: metadata.flag("EnforceEmailVerification", true),
        allow_null_values: metadata.flag("AllowGenerationOfClaimsWithNullValues", false),
        username_mode: metadata
            .choice("setting.operatingMode", &[("Email", false), ("Username", true)])
            .unwrap_or(false),
        retry_limit: metadata.number("setting.retryLimit", 1..=u32::MAX),
        show_cancel: metadata.flag("setting.showCancelButton", true),
        show_continue: metadata.flag("setting.showContinueButton", true),
        show_signup: metadata.flag("setting.showSignupLink", true),
        sign_up_targets: metadata.exchanges("SignUpTarget"),
        forgot_place: metadata.choice("setting.forgotPasswordLinkLocation", &places).unwrap_or_default(),
        forgot_target: metadata.exchanges("setting.forgotPasswordLinkOverride").into_iter().next(),
        remember_me: metadata.flag("setting.enableRememberMe", false),
        captcha: metadata.flag("setting.enableCaptchaChallenge", false),
        delay_milliseconds: metadata
            .number("setting.inputVerificationDelayTimeInMilliseconds", 0..=u32::MAX)
            .unwrap_or(2000),
        address_claim: metadata.claim_if_declared("IpAddressClaimReferenceId"),
        config: metadata.settings().into(),
    };
    (content.is_some() || !own_page).then_some(page)
}
