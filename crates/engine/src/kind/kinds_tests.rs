//! Every kind of technical profile against technical-profiles 3–23: what its settings are read as, what it needs, which
//! values it refuses, and that an unknown key is told with the nearest known one.

use super::*;
use crate::diagnostic::Severity;
use crate::kind::metadata::{Ids, Item};
use crate::source::Sources;

/// A complete profile of some kind. Items, keys and inputs are all there; the lists below say which of them it needs.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) protocol: &'static str,
    pub(super) handler: &'static str,
    pub(super) formats: [Option<&'static str>; 2],
    pub(super) role: Role,
    pub(super) items: &'static [(&'static str, &'static str)],
    pub(super) keys: &'static [&'static str],
    pub(super) inputs: &'static [&'static str],
    pub(super) needed: &'static [&'static str],
    pub(super) needed_keys: &'static [&'static str],
    pub(super) needed_inputs: &'static [&'static str],
    pub(super) bad: &'static [(&'static str, &'static str)],
    /// What is needed is not enough: one needs this or that.
    pub(super) either_or: bool,
}

/// A profile that needs nothing.
pub(super) const PLAIN: Row = Row {
    name: "",
    protocol: "Proprietary",
    handler: "",
    formats: [None, None],
    role: Role::Exchange,
    items: &[],
    keys: &[],
    inputs: &[],
    needed: &[],
    needed_keys: &[],
    needed_inputs: &[],
    bad: &[],
    either_or: false,
};

/// A finding: severity and code, where it stands, its help. Places: `profile`, `key N`, `value N` of the Nth item,
/// `protocol`.
type Found = (String, String, Vec<String>);

struct Reading {
    kind: Option<Kind>,
    found: Vec<Found>,
}

fn spans() -> impl Fn(usize) -> Span {
    let mut sources = Sources::default();
    let source = sources.add("x.xml", " ".repeat(400).as_bytes());
    move |at| {
        let start = u32::try_from(at).unwrap_or_default();
        Span { source, start, end: start + 1 }
    }
}

/// Reads a profile.
fn read_row(row: &Row, items: &[(&str, &str)], keys: &[&str], inputs: &[&str]) -> Reading {
    let span = spans();
    let known = |names: &'static [&'static str]| {
        move |id: &str, span: Span| {
            let found = names.iter().find(|name| name.eq_ignore_ascii_case(id));
            found.map(|name| Name::from(*name)).ok_or_else(|| {
                Box::new(Diagnostic::error(codes::UNKNOWN_CLAIM_TYPE, span, message!("unknown `{id}`")))
            })
        }
    };
    let (claim, content, journey) = (known(&["objectId", "token"]), known(&["api.page"]), known(&["Redeem"]));
    let exchange = |id: &str| Some(Name::from(id));
    let declared = |id: &str| claim(id, span(0)).ok();
    let ids =
        Ids { claim: &claim, declared: &declared, content: &content, journey: &journey, exchange: &exchange };
    let all = items.iter().enumerate().map(|(at, (key, value))| Item {
        key: Spanned::new(*key, span(10 + 2 * at)),
        value: Spanned::new(*value, span(11 + 2 * at)),
    });
    let metadata = Metadata::new(all, ids, span(0));
    metadata.known(&["IncludeClaimResolvingInClaimsHandling"]);
    let keys: BTreeMap<String, Name> =
        keys.iter().map(|key| (key.to_lowercase(), Name::from(format!("B2C_1A_{key}")))).collect();
    let [input, output] = row.formats;
    let spanned = |text: &'static str| Spanned::new(text, span(1));
    let shape = Shape {
        id: "Example",
        protocol: Some(spanned(row.protocol)),
        handler: Some(spanned(row.handler)).filter(|handler| !handler.is_empty()),
        input_format: input.map(spanned),
        output_format: output.map(spanned),
        role: row.role,
        inputs: inputs.iter().map(|name| name.to_lowercase()).collect(),
        has_outputs: true,
        unknown_input: false,
        keys: &keys,
        production: true,
    };
    let kind = read(&shape, &metadata);
    let findings = metadata.finish();
    let place = |at: u32| match at {
        0 => "profile".to_owned(),
        1 => "protocol".to_owned(),
        _ if at.is_multiple_of(2) => format!("key {}", (at - 10) / 2),
        _ => format!("value {}", (at - 10) / 2),
    };
    let tell = |one: Diagnostic| {
        let mark = if one.severity == Severity::Error { "" } else { "?" };
        (format!("{}{mark}", one.code.id), place(one.span.start), one.help)
    };
    Reading { kind, found: findings.wrong.into_iter().chain(findings.lacking).map(tell).collect() }
}

/// Reads a row as it stands.
pub(super) fn whole(row: &Row) -> Kind {
    let reading = read_row(row, row.items, row.keys, row.inputs);
    assert_eq!(reading.found, [], "{}", row.name);
    reading.kind.unwrap_or(Kind::Inert)
}

/// Reads a row with nothing but what it needs.
pub(super) fn least(row: &Row) -> Kind {
    let items: Vec<_> = row.items.iter().copied().filter(|(key, _)| row.needed.contains(key)).collect();
    let reading = read_row(row, &items, row.needed_keys, row.needed_inputs);
    assert_eq!(reading.found, [], "{}", row.name);
    reading.kind.unwrap_or(Kind::Inert)
}

fn without<T: Copy>(list: &[T], left_out: impl Fn(&T) -> bool) -> Vec<T> {
    list.iter().copied().filter(|one| !left_out(one)).collect()
}

/// What holds for every row: one missing thing, one bad value, one unknown key is one finding, at its place.
pub(super) fn check(rows: &[Row]) {
    for row in rows {
        whole(row);
        if !row.either_or {
            least(row);
        }
        let name = row.name;
        for key in row.needed {
            let items = without(row.items, |(one, _)| one == key);
            let found = read_row(row, &items, row.keys, row.inputs).found;
            let places: Vec<_> =
                found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect();
            assert_eq!(places, [("V0506", "profile")], "{name} without {key}");
        }
        for key in row.needed_keys {
            let keys = without(row.keys, |one| one == key);
            let found = read_row(row, row.items, &keys, row.inputs).found;
            let places: Vec<_> =
                found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect();
            assert_eq!(places, [("V0507", "profile")], "{name} without key {key}");
        }
        for input in row.needed_inputs {
            let inputs = without(row.inputs, |one| one == input);
            let found = read_row(row, row.items, row.keys, &inputs).found;
            let places: Vec<_> =
                found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect();
            assert_eq!(places, [("V0514", "profile")], "{name} without input {input}");
        }
        for (key, value) in row.bad {
            let mut items = row.items.to_vec();
            let at = items.iter().position(|(one, _)| one == key);
            let at = at.unwrap_or_else(|| {
                items.push((key, value));
                items.len() - 1
            });
            if let Some(item) = items.get_mut(at) {
                item.1 = value;
            }
            let found = read_row(row, &items, row.keys, row.inputs).found;
            let places: Vec<_> = found.iter().map(|(code, place, _)| (code.clone(), place.clone())).collect();
            assert_eq!(places, [("V0505".to_owned(), format!("value {at}"))], "{name} with {key}={value}");
        }
        unknown(row);
    }
}

/// A key with a letter too much is passed over, with the right one as a suggestion.
fn unknown(row: &Row) {
    for (key, _) in row.items {
        let mistyped = format!("{key}q");
        let mut items = row.items.to_vec();
        items.push((&mistyped, "x"));
        let found = read_row(row, &items, row.keys, row.inputs).found;
        let at = format!("key {}", row.items.len());
        let help = vec![format!("did you mean `{key}`?")];
        assert_eq!(found, [("V0504?".to_owned(), at, help)], "{} with {mistyped}", row.name);
    }
}

#[test]
fn protocols_and_formats_that_nobody_serves_are_refused_at_their_place() {
    for protocol in ["WsFed", "WsTrust", "UProve11"] {
        let row = Row { protocol, ..PLAIN };
        let reading = read_row(&row, &[], &[], &[]);
        let [(code, place, _)] = reading.found.as_slice() else { panic!("{protocol}: {:?}", reading.found) };
        assert_eq!((code.as_str(), place.as_str()), ("V0503", "protocol"), "{protocol}");
        assert!(reading.kind.is_none(), "{protocol}");
    }
    for format in ["SAML11", "CpimUnsigned", "UProve11"] {
        for formats in [[Some(format), None], [None, Some(format)]] {
            let row = Row { protocol: "OpenIdConnect", formats, ..PLAIN };
            let found = read_row(&row, &[], &[], &[]).found;
            let codes: Vec<_> = found.iter().map(|(code, ..)| code.as_str()).collect();
            assert_eq!(codes, ["V0503"], "{format}");
        }
    }
}

/// technical-profiles 2: which protocols an issuer of each format may have.
#[test]
fn an_issuer_has_a_protocol_that_goes_with_its_format() {
    let table: &[(&str, &[&str])] = &[
        ("JWT", &["None", "OpenIdConnect"]),
        ("SAML2", &["None", "SAML2"]),
        ("JSON", &["None"]),
        ("OAuth2Error", &["None", "OAuth2"]),
    ];
    let keys = ["issuer_secret", "issuer_refresh_token_key", "SamlMessageSigning"];
    let items = [("issuer_refresh_token_user_identity_claim_type", "objectId")];
    for (format, fitting) in table {
        for protocol in ["None", "OpenIdConnect", "OAuth1", "OAuth2", "SAML2"] {
            let row = Row { protocol, formats: [None, Some(format)], role: Role::Issuer, ..PLAIN };
            let found = read_row(&row, &items, &keys, &["errorCode", "errorMessage"]).found;
            let codes: Vec<_> = found
                .iter()
                .filter(|(code, ..)| code == "V0503")
                .map(|(_, place, _)| place.as_str())
                .collect();
            let expected: &[&str] = if fitting.contains(&protocol) { &[] } else { &["protocol"] };
            assert_eq!(codes, expected, "{protocol} {format}");
        }
    }
}

#[test]
fn an_unknown_handler_is_told_with_the_nearest_one() {
    let row = Row { handler: "Web.TPEngine.Providers.RestfulProvidr, Web.TPEngine", ..PLAIN };
    let found = read_row(&row, &[], &[], &[]).found;
    let help = vec!["did you mean `Web.TPEngine.Providers.RestfulProvider`?".to_owned()];
    assert_eq!(found, [("V0502".to_owned(), "protocol".to_owned(), help)]);
}

/// technical-profiles 2 and policy-language 5.4: the assembly behind the class, and spaces, do not count.
#[test]
fn a_handler_is_known_by_its_class_in_any_case() {
    for handler in [
        "Web.TPEngine.Providers.UserJourneyContextProvider, Web.TPEngine, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null",
        "web.tpengine.providers.userjourneycontextprovider",
        " Web.TPEngine.Providers.UserJourneyContextProvider ,Web.TPEngine",
    ] {
        assert!(matches!(whole(&Row { handler, ..PLAIN }), Kind::JourneyContext(_)), "{handler}");
    }
}

#[test]
fn a_call_without_authentication_in_production_is_told() {
    let items = [("ServiceUrl", "https://a.test/"), ("AuthenticationType", "None")];
    let row = Row { handler: "Web.TPEngine.Providers.RestfulProvider", ..PLAIN };
    let found = read_row(&row, &items, &[], &[]).found;
    assert_eq!(
        found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect::<Vec<_>>(),
        [("V0520?", "value 1")]
    );
    let items = [items[0], items[1], ("AllowInsecureAuthInProduction", "true")];
    assert_eq!(read_row(&row, &items, &[], &[]).found, []);
}

/// technical-profiles 10: placeholders fill in path and query from the input claims, never the host.
#[test]
fn placeholders_of_an_address_are_input_claims_and_never_its_host() {
    let row = Row { handler: "Web.TPEngine.Providers.RestfulProvider", ..PLAIN };
    let table = [
        ("https://a.test/users/{objectId}?m={mail}", vec![]),
        ("https://a.test/{Culture:RFC5646}/x", vec![]),
        ("https://{objectId}.test/", vec!["V0505"]),
        ("https://{objectId}/", vec!["V0505"]),
        ("https://a.test/{nobody}", vec!["V0521?"]),
    ];
    for (address, expected) in table {
        let items = [("ServiceUrl", address), ("AuthenticationType", "Bearer"), ("SendClaimsIn", "Url")];
        let found = read_row(&row, &items, &["BearerAuthenticationToken"], &["objectId", "mail"]).found;
        assert_eq!(found.iter().map(|(code, ..)| code.as_str()).collect::<Vec<_>>(), expected, "{address}");
    }
}

#[test]
fn an_address_that_is_none_earns_a_warning_unless_it_is_to_be_filled_in() {
    let row = Row { handler: "Web.TPEngine.Providers.RestfulProvider", ..PLAIN };
    for (address, expected) in [
        ("api.contoso.com/x", vec!["V0505?"]),
        ("https://a.test/a b", vec!["V0505?"]),
        ("{Settings:Api}", vec![]),
        ("your api here", vec![]),
        ("http://a.test", vec![]),
    ] {
        let items = [("ServiceUrl", address), ("AuthenticationType", "Bearer")];
        let found = read_row(&row, &items, &["BearerAuthenticationToken"], &[]).found;
        assert_eq!(found.iter().map(|(code, ..)| code.as_str()).collect::<Vec<_>>(), expected, "{address}");
    }
}

/// technical-profiles 5: `ValidTokenIssuerPrefixes` guards discovery by the token's own issuer.
#[test]
fn discovery_by_the_tokens_issuer_needs_its_guard() {
    let row = Row { protocol: "OpenIdConnect", ..PLAIN };
    let items = [
        ("METADATA", "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"),
        ("client_id", "app"),
        ("response_types", "id_token"),
        ("DiscoverMetadataByTokenIssuer", "true"),
    ];
    let found = read_row(&row, &items, &[], &[]).found;
    assert_eq!(
        found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect::<Vec<_>>(),
        [("V0506", "profile")]
    );
    let mut guarded = items.to_vec();
    guarded.push(("ValidTokenIssuerPrefixes", "https://login.microsoftonline.com/"));
    assert_eq!(read_row(&row, &guarded, &[], &[]).found, []);
}

/// technical-profiles 20: a hint is checked with a secret, whose issuer and audience are then given, or by discovery.
#[test]
fn a_hint_without_a_key_or_a_discovery_document_is_refused() {
    let row = Row { protocol: "None", role: Role::Hint, ..PLAIN };
    let found = read_row(&row, &[], &[], &[]).found;
    assert_eq!(
        found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect::<Vec<_>>(),
        [("V0506", "profile")]
    );
}

/// technical-profiles 9: SHA-1 is the default of requests, and can be forged.
#[test]
fn sha1_is_warned_of_where_something_is_signed_with_it() {
    let row = Row { protocol: "SAML2", ..PLAIN };
    let key = ["SamlMessageSigning"];
    for (items, keys, expected) in [
        (vec![("PartnerEntity", "https://a.test/m")], &key[..], vec!["V0522?"]),
        (
            vec![("PartnerEntity", "https://a.test/m"), ("XmlSignatureAlgorithm", "Sha1")],
            &key,
            vec!["V0522?"],
        ),
        (vec![("PartnerEntity", "https://a.test/m"), ("XmlSignatureAlgorithm", "Sha256")], &key, vec![]),
        (vec![("PartnerEntity", "https://a.test/m"), ("WantsSignedRequests", "false")], &[], vec![]),
        (vec![("PartnerEntity", "https://a.test/m"), ("RequestsSigned", "false")], &[], vec![]),
    ] {
        let found = read_row(&row, &items, keys, &[]).found;
        assert_eq!(found.iter().map(|(code, ..)| code.as_str()).collect::<Vec<_>>(), expected, "{items:?}");
    }
}

/// technical-profiles 10: the id of the only key is the name of the header.
#[test]
fn an_api_key_is_exactly_one() {
    let row = Row { handler: "Web.TPEngine.Providers.RestfulProvider", ..PLAIN };
    let items = [("ServiceUrl", "https://a.test/"), ("AuthenticationType", "ApiKeyHeader")];
    for (keys, expected) in
        [(&["x-functions-key"][..], vec![]), (&[], vec!["V0507"]), (&["a", "b"], vec!["V0507"])]
    {
        let found = read_row(&row, &items, keys, &[]).found;
        assert_eq!(found.iter().map(|(code, ..)| code.as_str()).collect::<Vec<_>>(), expected, "{keys:?}");
    }
}
