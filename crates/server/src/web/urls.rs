//! The URL forms of a policy's endpoints (protocols 1): `/{T}/{P}/…`, `/{T}/…?p={P}`, each also behind `/tfp` and `/te`.
//!
//! In: path and `p` of a request as sent. Out: an [`Address`], or why there is none; and the URLs that discovery prints
//! in the same form. Pure: whether tenant and policy exist is for others to say, and nothing here touches a file.

use percent_encoding::percent_decode_str;

/// Longest tenant or policy name looked up at all.
const MAX_NAME: usize = 128;

/// One endpoint of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Discovery document.
    Discovery,
    /// Public signing keys.
    Keys,
    /// Authorization endpoint.
    Authorize,
    /// Token endpoint.
    Token,
    /// Revocation, where it is on.
    Revocation,
    /// Introspection, where it is on.
    Introspection,
    /// End of the session.
    Logout,
    /// UserInfo.
    UserInfo,
    /// Posts of a page. No parts.
    SelfAsserted,
    /// Navigation of a page. Parts: page id, action (`confirmed`, `unified`, `cancelled`, `error`, `form` …).
    Page,
    /// Display control action. Parts: control id, action id.
    ControlAction,
    /// Posts of the phone page. No parts.
    Phone,
    /// Page timing beacon.
    Trace,
}

impl Endpoint {
    /// Endpoints that clients ask themselves, and that answer everything in JSON.
    #[must_use]
    pub fn is_direct(self) -> bool {
        matches!(self, Self::Token | Self::Revocation | Self::Introspection)
    }

    /// Page routes: `tx` decides, `p` is not compared with the path (protocols 1, attack 10).
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self, Self::SelfAsserted | Self::Page | Self::ControlAction | Self::Phone | Self::Trace)
    }
}

/// Every endpoint by what follows tenant and policy; `*` is a part that is handed on.
const ENDPOINTS: &[(&str, Endpoint)] = &[
    ("v2.0/.well-known/openid-configuration", Endpoint::Discovery),
    (".well-known/openid-configuration", Endpoint::Discovery),
    ("discovery/v2.0/keys", Endpoint::Keys),
    ("oauth2/v2.0/authorize", Endpoint::Authorize),
    ("oauth2/v2.0/token", Endpoint::Token),
    ("oauth2/v2.0/revoke", Endpoint::Revocation),
    ("oauth2/v2.0/introspect", Endpoint::Introspection),
    ("oauth2/v2.0/logout", Endpoint::Logout),
    ("openid/v2.0/userinfo", Endpoint::UserInfo),
    ("SelfAsserted", Endpoint::SelfAsserted),
    ("SelfAsserted/DisplayControlAction/vbeta/*/*", Endpoint::ControlAction),
    ("Phonefactor/verify", Endpoint::Phone),
    ("api/*/*", Endpoint::Page),
    ("client/perftrace", Endpoint::Trace),
];

/// Where a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `/tfp` or `/te` as sent, or nothing.
    pub prefix: String,
    /// Tenant as sent: name or GUID in any case.
    pub tenant: String,
    /// Policy as sent, in any case.
    pub policy: String,
    /// Whether the policy stands in the path; else in `p`.
    pub policy_in_path: bool,
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// What stood at the `*`s.
    pub parts: Vec<String>,
}

/// Why a request has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// 404.
    NotFound,
    /// 400: path and `p` name different policies.
    Differs,
    /// 404: an endpoint of a tenant, and neither path nor `p` says of which policy.
    NoPolicy {
        /// As sent.
        tenant: String,
        /// Which endpoint.
        endpoint: Endpoint,
    },
}

/// Reads an address.
///
/// `path` is the path as sent, percent-encoded; `p` the decoded query parameter, if any. Endpoint words, prefixes and the
/// comparison of the two policies are case-insensitive.
///
/// # Errors
/// [`NoAddress`]: no endpoint of that form, or two policies.
pub fn parse(path: &str, p: Option<&str>) -> Result<Address, NoAddress> {
    let segments = appended(segments(path)?);
    let (prefix, rest) = match segments.split_first() {
        Some((first, rest)) if is_prefix(first) => (format!("/{first}"), rest),
        _ => (String::new(), segments.as_slice()),
    };
    let (tenant, rest) = rest.split_first().ok_or(NoAddress::NotFound)?;
    let in_path = rest.split_first().and_then(|(policy, tail)| Some((policy, find(tail)?)));
    let (in_path, (endpoint, parts)) = match (find(rest), in_path) {
        (Some(found), _) => (None, found),
        (None, Some((policy, found))) => (Some(policy.clone()), found),
        (None, None) => return Err(NoAddress::NotFound),
    };
    let policy_in_path = in_path.is_some();
    let policy = match (in_path, p.filter(|p| !p.is_empty())) {
        (Some(one), Some(other)) if !endpoint.is_page() && !one.eq_ignore_ascii_case(other) => {
            return Err(NoAddress::Differs);
        }
        (Some(policy), _) => policy,
        (None, Some(policy)) => name(policy)?.to_owned(),
        (None, None) => return Err(NoAddress::NoPolicy { tenant: tenant.clone(), endpoint }),
    };
    Ok(Address { prefix, tenant: tenant.clone(), policy, policy_in_path, endpoint, parts })
}

impl Address {
    /// The URL of an endpoint in this address's form: prefix and tenant as requested, policy in lower case
    /// (MSAL.js replaces the policy in these texts: protocols 1 and 16). `tail` has no leading slash.
    #[must_use]
    pub fn url(&self, origin: &str, tail: &str) -> String {
        let policy = self.policy.to_lowercase();
        match self.policy_in_path {
            true => format!("{origin}{}/{}/{policy}/{tail}", self.prefix, self.tenant),
            false => format!("{origin}{}/{}/{tail}?p={policy}", self.prefix, self.tenant),
        }
    }
}

/// Documents whose address is put before the issuer's path, not behind it (RFC 8414 section 3.1).
const INSERTED: &[&str] = &["oauth-authorization-server", "openid-configuration"];

/// The segments with a well-known name that stood first at their end, where the other form has it.
fn appended(segments: Vec<String>) -> Vec<String> {
    match segments.as_slice() {
        [first, name, issuer @ ..]
            if first.eq_ignore_ascii_case(".well-known")
                && INSERTED.iter().any(|known| known.eq_ignore_ascii_case(name)) =>
        {
            let tail = [".well-known", "openid-configuration"].map(str::to_owned);
            issuer.iter().cloned().chain(tail).collect()
        }
        _ => segments,
    }
}

fn is_prefix(segment: &str) -> bool {
    segment.eq_ignore_ascii_case("tfp") || segment.eq_ignore_ascii_case("te")
}

/// The decoded segments; one trailing slash is forgiven (user-interface 6.1).
fn segments(path: &str) -> Result<Vec<String>, NoAddress> {
    let path = path.strip_prefix('/').ok_or(NoAddress::NotFound)?;
    path.strip_suffix('/').unwrap_or(path).split('/').map(segment).collect()
}

fn segment(raw: &str) -> Result<String, NoAddress> {
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| NoAddress::NotFound)?;
    name(&decoded).map(str::to_owned)
}

/// A name that can be looked up: nothing that means something in a path, and not endless.
fn name(text: &str) -> Result<&str, NoAddress> {
    let forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | '?' | '#' | '%');
    let fits = !text.is_empty()
        && text.len() <= MAX_NAME
        && text != "."
        && text != ".."
        && !text.contains(forbidden);
    fits.then_some(text).ok_or(NoAddress::NotFound)
}

fn find(tail: &[String]) -> Option<(Endpoint, Vec<String>)> {
    ENDPOINTS.iter().find_map(|(pattern, endpoint)| Some((*endpoint, captures(pattern, tail)?)))
}

fn captures(pattern: &str, tail: &[String]) -> Option<Vec<String>> {
    let words: Vec<&str> = pattern.split('/').collect();
    if words.len() != tail.len() {
        return None;
    }
    let mut parts = Vec::new();
    for (word, segment) in words.iter().zip(tail) {
        match *word {
            "*" => parts.push(segment.clone()),
            word if word.eq_ignore_ascii_case(segment) => {}
            _ => return None,
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: &str = "contoso.onmicrosoft.com";

    fn address(path: &str, p: Option<&str>) -> Result<(String, String, String, Endpoint), NoAddress> {
        parse(path, p).map(|a| (a.prefix, a.tenant, a.policy, a.endpoint))
    }

    #[test]
    fn every_form_of_protocols_1_is_read() {
        let tails = [
            ("v2.0/.well-known/openid-configuration", Endpoint::Discovery),
            ("discovery/v2.0/keys", Endpoint::Keys),
            ("oauth2/v2.0/authorize", Endpoint::Authorize),
            ("oauth2/v2.0/token", Endpoint::Token),
            ("oauth2/v2.0/revoke", Endpoint::Revocation),
            ("oauth2/v2.0/introspect", Endpoint::Introspection),
            ("oauth2/v2.0/logout", Endpoint::Logout),
            ("openid/v2.0/userinfo", Endpoint::UserInfo),
            ("SelfAsserted", Endpoint::SelfAsserted),
            ("client/perftrace", Endpoint::Trace),
            ("Phonefactor/verify", Endpoint::Phone),
            ("api/CombinedSigninAndSignup/confirmed", Endpoint::Page),
            ("SelfAsserted/DisplayControlAction/vbeta/emailControl/SendCode", Endpoint::ControlAction),
        ];
        for (tail, endpoint) in tails {
            for prefix in ["", "/tfp", "/te"] {
                let expected = |policy: &str| Ok((prefix.into(), T.into(), policy.into(), endpoint));
                assert_eq!(address(&format!("{prefix}/{T}/B2C_1A_x/{tail}"), None), expected("B2C_1A_x"));
                assert_eq!(address(&format!("{prefix}/{T}/{tail}"), Some("B2C_1A_x")), expected("B2C_1A_x"));
                let lower = format!("{prefix}/{T}/b2c_1a_x/{tail}").to_lowercase();
                assert_eq!(address(&lower, None), expected("b2c_1a_x"));
                let none = NoAddress::NoPolicy { tenant: T.into(), endpoint };
                assert_eq!(address(&format!("{prefix}/{T}/{tail}"), None), Err(none));
            }
        }
    }

    #[test]
    fn well_known_documents_are_found_before_the_issuers_path_too() {
        let guid = "7ab1d2a3-9d8a-4f0e-8a2f-5d1a0f8a9c11";
        for name in ["oauth-authorization-server", "openid-configuration"] {
            let read = parse(&format!("/.well-known/{name}/tfp/{guid}/b2c_1a_x/v2.0"), None).unwrap();
            assert_eq!((read.endpoint, read.tenant.as_str()), (Endpoint::Discovery, guid));
            let usual = parse(&format!("/tfp/{guid}/b2c_1a_x/v2.0/.well-known/openid-configuration"), None);
            assert_eq!(usual, Ok(read), "the same document, with the same endpoints");
            let no_policy = parse(&format!("/.well-known/{name}/{guid}/v2.0/"), None);
            assert!(matches!(no_policy, Err(NoAddress::NoPolicy { .. })));
        }
        assert_eq!(parse("/.well-known/openid-configuration", None), Err(NoAddress::NotFound));
    }

    #[test]
    fn parts_keep_their_spelling() {
        let read = parse(
            &format!("/{T}/B2C_1A_x/selfasserted/displaycontrolaction/vbeta/emailControl/SendCode/"),
            None,
        );
        assert_eq!(read.unwrap().parts, ["emailControl", "SendCode"]);
        let read = parse(&format!("/{T}/B2C_1A_x/api/SelfAsserted/confirmed/"), None).unwrap();
        assert_eq!(read.parts, ["SelfAsserted", "confirmed"]);
    }

    #[test]
    fn attack_010_policy_in_path_and_p() {
        let path = format!("/{T}/B2C_1A_a/oauth2/v2.0/authorize");
        assert_eq!(parse(&path, Some("B2C_1A_b")), Err(NoAddress::Differs));
        assert!(parse(&path, Some("b2c_1a_A")).is_ok(), "only the case differs");
        let page = format!("/{T}/B2C_1A_a/SelfAsserted");
        assert_eq!(parse(&page, Some("B2C_1A_b")).unwrap().policy, "B2C_1A_a", "page routes do not read p");
        let long = "x".repeat(10_240);
        let bad =
            ["../B2C_1A_x", "..%2fB2C_1A_x", "%2e%2e", "B2C_1A_%00", "B2C_1A_%5c", "%ff", "", long.as_str()];
        for policy in bad {
            let path = format!("/{T}/{policy}/oauth2/v2.0/authorize");
            assert_eq!(parse(&path, None), Err(NoAddress::NotFound), "{policy}");
        }
        for policy in ["../B2C_1A_x", "B2C_1A_\0", "a/b", long.as_str()] {
            let path = format!("/{T}/oauth2/v2.0/authorize");
            assert_eq!(parse(&path, Some(policy)), Err(NoAddress::NotFound), "{policy}");
        }
    }

    #[test]
    fn urls_echo_prefix_and_tenant_and_lower_the_policy() {
        let table = [
            (
                "/Contoso.onmicrosoft.com/B2C_1A_x/oauth2/v2.0/token",
                None,
                "https://h/Contoso.onmicrosoft.com/b2c_1a_x/t",
            ),
            (
                "/tfp/contoso.onmicrosoft.com/B2C_1A_x/oauth2/v2.0/token",
                None,
                "https://h/tfp/contoso.onmicrosoft.com/b2c_1a_x/t",
            ),
            (
                "/contoso.onmicrosoft.com/oauth2/v2.0/token",
                Some("B2C_1A_x"),
                "https://h/contoso.onmicrosoft.com/t?p=b2c_1a_x",
            ),
        ];
        for (path, p, expected) in table {
            assert_eq!(parse(path, p).unwrap().url("https://h", "t"), expected);
        }
    }
}
