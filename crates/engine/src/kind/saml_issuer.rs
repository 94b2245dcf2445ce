//! The issuer of SAML assertions, and what the relying party of a SAML policy says about itself (technical-profiles 17).

use super::saml::{PartnerEntity, Signature, partner, signature};
use super::{Metadata, Shape};
use crate::claims::Name;

/// Settings of a SAML token issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlIssuer {
    /// IssuerUri: the issuer of responses and assertions; none: the entity id of the policy's metadata.
    pub issuer: Option<String>,
    /// XmlSignatureAlgorithm of the assertion.
    pub signature: Signature,
    /// TokenLifeTimeInSeconds, from NotBefore on.
    pub seconds: u32,
    /// TokenNotBeforeSkewInSeconds, 0–3600: how far NotBefore lies in the past.
    pub skew_seconds: u32,
    /// RemoveMillisecondsFromDateTime.
    pub whole_seconds: bool,
    /// Container of key `SamlAssertionSigning`, else the one that signs messages.
    pub assertion_key: Name,
    /// Container of key `SamlMessageSigning`, else the one that signs assertions.
    pub message_key: Name,
    /// Container of key `MetadataSigning`, else the one that signs messages.
    pub metadata_key: Name,
}

/// Metadata of the technical profile of a relying party that speaks SAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlParty {
    /// PartnerEntity: the service provider's metadata, where the registration of the application does not hold it.
    pub partner: Option<PartnerEntity>,
    /// IdpInitiatedProfileEnabled: sign-in may begin here.
    pub unsolicited: bool,
    /// XmlSignatureAlgorithm of the response.
    pub signature: Signature,
    /// WantsSignedResponses.
    pub sign_responses: bool,
    /// WantsEncryptedAssertions, also spelled WantsEncryptedAssertion.
    pub encrypt_assertions: bool,
    /// DataEncryptionMethod.
    pub data_encryption: DataEncryption,
    /// KeyEncryptionMethod.
    pub key_encryption: KeyEncryption,
    /// UseDetachedKeys: EncryptedKey stands beside EncryptedData.
    pub detached_keys: bool,
    /// RequestContextMaximumLengthInBytes: the longest RelayState, at most 2048.
    pub relay_state_bytes: u32,
    /// RemoveMillisecondsFromDateTime.
    pub whole_seconds: bool,
}

/// `DataEncryptionMethod`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataEncryption {
    /// `Aes128`
    Aes128,
    /// `Aes192`
    Aes192,
    /// `Aes256`
    #[default]
    Aes256,
}

/// `KeyEncryptionMethod`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyEncryption {
    /// `Rsa15`
    #[default]
    Rsa15,
    /// `RsaOaep`
    RsaOaep,
}

/// Reads the settings of the issuer (technical-profiles 17).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<SamlIssuer> {
    metadata.known(&["client_id", "issuer_refresh_token_user_identity_claim_type"]);
    let assertion_key = shape.key("SamlAssertionSigning");
    let message_key = shape.key("SamlMessageSigning").or_else(|| assertion_key.clone());
    let message_key = message_key.or_else(|| shape.needed_key("SamlMessageSigning", metadata));
    let issuer = metadata.owned("IssuerUri");
    let signature = signature(metadata, Signature::Sha256, true);
    let seconds = metadata.number("TokenLifeTimeInSeconds", 1..=u32::MAX).unwrap_or(300);
    let skew_seconds = metadata.number("TokenNotBeforeSkewInSeconds", 0..=3600).unwrap_or(0);
    let whole_seconds = metadata.flag("RemoveMillisecondsFromDateTime", false);
    let message_key = message_key?;
    Some(SamlIssuer {
        issuer,
        signature,
        seconds,
        skew_seconds,
        whole_seconds,
        assertion_key: assertion_key.unwrap_or_else(|| message_key.clone()),
        metadata_key: shape.key("MetadataSigning").unwrap_or_else(|| message_key.clone()),
        message_key,
    })
}

/// Reads what a SAML relying party says (technical-profiles 17).
pub fn read_party(metadata: &Metadata<'_>) -> SamlParty {
    let data = [
        ("Aes256", DataEncryption::Aes256),
        ("Aes192", DataEncryption::Aes192),
        ("Aes128", DataEncryption::Aes128),
    ];
    let key = [("Rsa15", KeyEncryption::Rsa15), ("RsaOaep", KeyEncryption::RsaOaep)];
    // One sentence of the documentation drops the final s.
    let singular = metadata.flag("WantsEncryptedAssertion", false);
    SamlParty {
        partner: metadata.text("PartnerEntity").and_then(|_| partner(metadata)),
        unsolicited: metadata.flag("IdpInitiatedProfileEnabled", false),
        signature: signature(metadata, Signature::Sha256, true),
        sign_responses: metadata.flag("WantsSignedResponses", true),
        encrypt_assertions: metadata.flag("WantsEncryptedAssertions", singular),
        data_encryption: metadata.choice("DataEncryptionMethod", &data).unwrap_or_default(),
        key_encryption: metadata.choice("KeyEncryptionMethod", &key).unwrap_or_default(),
        detached_keys: metadata.flag("UseDetachedKeys", false),
        relay_state_bytes: metadata.number("RequestContextMaximumLengthInBytes", 1..=2048).unwrap_or(1000),
        whole_seconds: metadata.flag("RemoveMillisecondsFromDateTime", false),
    }
}
