//! `[openid]`: what the server can do beyond the cloud. Each is off, and in no document, until it is turned on.

use super::document::Section;
use super::keys;

/// Extensions of OpenID Connect that the cloud does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenId {
    /// Clients may prove themselves by a signed assertion (RFC 7523).
    pub private_key_jwt: bool,
    /// The revocation endpoint exists (RFC 7009).
    pub revocation: bool,
    /// The introspection endpoint exists (RFC 7662).
    pub introspection: bool,
}

pub(super) fn read(root: &Section<'_>) -> OpenId {
    let section = root.section("openid", keys::OPENID);
    OpenId {
        private_key_jwt: section.flag("private_key_jwt", false),
        revocation: section.flag("revocation", false),
        introspection: section.flag("introspection", false),
    }
}
