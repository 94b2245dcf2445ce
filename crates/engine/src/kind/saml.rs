//! SAML identity providers, and what both sides of SAML have in common (technical-profiles 9).

use super::{Metadata, Shape};
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;

/// Settings of a SAML identity provider; this server is the service provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlProvider {
    /// PartnerEntity.
    pub partner: PartnerEntity,
    /// WantsSignedRequests: requests are signed. They are also where the provider's metadata wants it.
    pub sign_requests: bool,
    /// XmlSignatureAlgorithm of what this side signs.
    pub signature: Signature,
    /// WantsSignedAssertions: assertions must be signed.
    pub signed_assertions: bool,
    /// ResponsesSigned: the Response element must be signed.
    pub signed_responses: bool,
    /// WantsEncryptedAssertions: assertions must be encrypted, and signed then.
    pub encrypted_assertions: bool,
    /// NameIdPolicyFormat: NameIDPolicy/@Format.
    pub name_id_format: String,
    /// NameIdPolicyAllowCreate: NameIDPolicy/@AllowCreate; none: not sent.
    pub allow_create: Option<bool>,
    /// AuthenticationRequestExtensions: XML of samlp:Extensions.
    pub extensions: Option<String>,
    /// IncludeAuthnContextClassReferences: classes of RequestedAuthnContext.
    pub context_classes: Vec<String>,
    /// IncludeKeyInfo: signatures over POST carry the certificate.
    pub key_info: bool,
    /// ForceAuthN, where the policy fixes it; none: true after `prompt=login`.
    pub force: Option<bool>,
    /// ProviderName: AuthnRequest/@ProviderName.
    pub provider_name: Option<String>,
    /// SingleLogoutEnabled.
    pub single_logout: bool,
    /// IdpInitiatedProfileEnabled: unsolicited responses are taken.
    pub unsolicited: bool,
    /// IssuerUri: this side's entity id, where it is not the address of its metadata.
    pub entity_id: Option<String>,
    /// Container of key `SamlMessageSigning`; there where requests are signed.
    pub message_key: Option<Name>,
    /// Container of key `SamlAssertionDecryption`; there where assertions are encrypted.
    pub decryption_key: Option<Name>,
    /// Container of key `MetadataSigning`.
    pub metadata_key: Option<Name>,
}

/// `PartnerEntity`: the other side's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerEntity {
    /// To be fetched from this address.
    Address(String),
    /// The document itself.
    Document(String),
}

/// `XmlSignatureAlgorithm`, always with RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// `Sha1`
    Sha1,
    /// `Sha256`
    Sha256,
    /// `Sha384`
    Sha384,
    /// `Sha512`
    Sha512,
}

/// The name format that says nothing, and the default.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Reads the settings (technical-profiles 9).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<SamlProvider> {
    let partner = partner(metadata);
    // `RequestsSigned` is the old name.
    let old = metadata.flag("RequestsSigned", true);
    let sign_requests = metadata.flag("WantsSignedRequests", old);
    let encrypted_assertions = metadata.flag("WantsEncryptedAssertions", false);
    let message_key = key_where(shape, metadata, "SamlMessageSigning", sign_requests);
    let decryption_key = key_where(shape, metadata, "SamlAssertionDecryption", encrypted_assertions);
    let format = metadata.owned("NameIdPolicyFormat");
    let mut provider = SamlProvider {
        partner: PartnerEntity::Address(String::new()),
        sign_requests,
        signature: signature(metadata, Signature::Sha1, sign_requests),
        signed_assertions: metadata.flag("WantsSignedAssertions", true),
        signed_responses: metadata.flag("ResponsesSigned", true),
        encrypted_assertions,
        name_id_format: format.unwrap_or_else(|| UNSPECIFIED.to_owned()),
        allow_create: metadata.flag_if("NameIdPolicyAllowCreate"),
        extensions: metadata.owned("AuthenticationRequestExtensions"),
        context_classes: metadata.list("IncludeAuthnContextClassReferences"),
        key_info: metadata.flag("IncludeKeyInfo", true),
        force: metadata.flag_if("ForceAuthN"),
        provider_name: metadata.owned("ProviderName"),
        single_logout: metadata.flag("SingleLogoutEnabled", true),
        unsolicited: metadata.flag("IdpInitiatedProfileEnabled", false),
        entity_id: metadata.owned("IssuerUri"),
        message_key,
        decryption_key,
        metadata_key: shape.key("MetadataSigning"),
    };
    provider.partner = partner?;
    let whole = (provider.message_key.is_some() || !sign_requests)
        && (provider.decryption_key.is_some() || !encrypted_assertions);
    whole.then_some(provider)
}

fn key_where(shape: &Shape<'_>, metadata: &Metadata<'_>, role: &'static str, needed: bool) -> Option<Name> {
    if needed { shape.needed_key(role, metadata) } else { shape.key(role) }
}

/// Reads `PartnerEntity`: a document, if it looks like XML, else its address.
pub(super) fn partner(metadata: &Metadata<'_>) -> Option<PartnerEntity> {
    let text = metadata.needed("PartnerEntity")?;
    if text.starts_with('<') {
        return Some(PartnerEntity::Document(text.value.to_owned()));
    }
    metadata.address("PartnerEntity").map(PartnerEntity::Address)
}

/// Reads `XmlSignatureAlgorithm`; `used`: whether anything is signed with it. SHA-1 can be forged, so it is warned of.
pub(super) fn signature(metadata: &Metadata<'_>, default: Signature, used: bool) -> Signature {
    let algorithms = [
        ("Sha1", Signature::Sha1),
        ("Sha256", Signature::Sha256),
        ("Sha384", Signature::Sha384),
        ("Sha512", Signature::Sha512),
    ];
    let written = metadata.choice("XmlSignatureAlgorithm", &algorithms);
    let signature = written.unwrap_or(default);
    let told = written.is_none() && metadata.has("XmlSignatureAlgorithm");
    if !told && signature == Signature::Sha1 && used {
        let place = metadata.text("XmlSignatureAlgorithm").map_or(metadata.place(), |text| text.span);
        let message =
            message!("signatures with SHA-1 can be forged; without a setting it is what SAML requests get");
        let help = "add `<Item Key=\"XmlSignatureAlgorithm\">Sha256</Item>` once the other side takes it";
        metadata.wrong(Diagnostic::warning(codes::WEAK_SIGNATURE, place, message).help(help));
    }
    signature
}
