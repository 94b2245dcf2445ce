//! Captchas, a preview of the cloud (policy-language 4.8, 5.4).

use super::Metadata;

/// What such a profile does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captcha {
    /// `GetChallenge`
    GetChallenge,
    /// `VerifyChallenge`
    VerifyChallenge,
}

/// Settings that are known and without effect.
const OTHER: &[&str] = &["Brand", "Provider", "azureml_id", "siteKey"];

/// Reads the settings. No reference lists them, so that only the operation counts.
pub(super) fn read(metadata: &Metadata<'_>) -> Option<Captcha> {
    metadata.known(OTHER);
    let operations = [("GetChallenge", Captcha::GetChallenge), ("VerifyChallenge", Captcha::VerifyChallenge)];
    metadata.needed_choice("Operation", &operations)
}
