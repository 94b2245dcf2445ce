//! The page that verifies a phone number by a message or a call (technical-profiles 13).

use super::{Metadata, Shape, needs_inputs};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a phone factor page. Its input claim with partner name `UserId` says who; every other one is a number.
/// Outputs: `Verified.OfficePhone` and `newPhoneNumberEntered`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneFactor {
    /// ContentDefinitionReferenceId, in its declared spelling.
    pub content: Name,
    /// ManualPhoneNumberEntryAllowed: the user may type a number.
    pub manual_entry: bool,
    /// setting.authenticationMode.
    pub mode: PhoneMode,
    /// setting.autodial: a single number is called, or written to, at once.
    pub autodial: bool,
    /// setting.showCancelButton.
    pub show_cancel: bool,
    /// setting.retryLimit: wrong codes allowed; none: as the page's version has it.
    pub retry_limit: Option<u32>,
    /// setting.enableCaptchaChallenge: the captcha among its display claims is shown and must be solved.
    pub captcha: bool,
    /// Every `setting.*` as written, without the prefix, in order: what the page's SETTINGS.config shows.
    pub config: Vec<(String, String)>,
}

/// `setting.authenticationMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhoneMode {
    /// `sms`: messages only.
    Sms,
    /// `phone`: calls only.
    Phone,
    /// `mixed`: the user chooses.
    #[default]
    Mixed,
}

/// Reads the settings (technical-profiles 13).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<PhoneFactor> {
    metadata.known(&["setting.showContinueButton"]);
    needs_inputs(shape, metadata, &["UserId"]);
    let modes = [("sms", PhoneMode::Sms), ("phone", PhoneMode::Phone), ("mixed", PhoneMode::Mixed)];
    let written = metadata.choice("setting.authenticationMode", &modes);
    let chosen = written.is_some() || !metadata.has("setting.authenticationMode");
    let mode = written.unwrap_or_default();
    let autodial = metadata.flag("setting.autodial", false);
    if let Some(text) =
        metadata.text("setting.autodial").filter(|_| autodial && chosen && mode == PhoneMode::Mixed)
    {
        let message =
            message!("`setting.autodial` has no effect while the user chooses between message and call");
        let help = "set `setting.authenticationMode` to `sms` or `phone`";
        metadata.wrong(Diagnostic::warning(codes::IDLE_SETTING, text.span, message).help(help));
    }
    let content = metadata.needed_content("ContentDefinitionReferenceId");
    Some(PhoneFactor {
        manual_entry: metadata.flag("ManualPhoneNumberEntryAllowed", false),
        mode,
        autodial: autodial && mode != PhoneMode::Mixed,
        show_cancel: metadata.flag("setting.showCancelButton", true),
        retry_limit: metadata.number("setting.retryLimit", 1..=u32::MAX),
        captcha: metadata.flag("setting.enableCaptchaChallenge", false),
        config: metadata.settings(),
        content: content?,
    })
}
