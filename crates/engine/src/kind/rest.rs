//! REST calls (technical-profiles 10).
//!
//! In: metadata, keys and the partner names of the input claims. Out: [`Rest`], everything a caller needs to make the
//! request and read the answer; messages of failures are the profile's. Must not know HTTP.

use super::{Metadata, Shape};
use crate::claims::{Claims, Facts, Name, Template, Unsupported};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::source::Spanned;

/// Settings of a REST call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// ServiceUrl as written. With [`Placement::Url`] each `{name}` in it is the value of the input claim of that
    /// partner name, percent-encoded.
    pub url: String,
    /// The same taken apart, where the profile expands claim resolvers in it.
    pub resolvable: Option<Resolvable>,
    /// AuthenticationType with the keys it needs.
    pub authentication: Authentication,
    /// SendClaimsIn.
    pub placement: Placement,
    /// ClaimUsedForRequestPayload: its text is the whole body, of type application/json.
    pub payload_claim: Option<Name>,
    /// ResolveJsonPathsInJsonTokens: partner names of the output claims are paths.
    pub json_paths: bool,
    /// DebugMode: an error's code, requestId, developerMessage and moreInfo are shown.
    pub debug: bool,
    /// ClaimResolverUrlFormatting: values of placeholders are percent-encoded; only ever seen as true.
    pub encode_placeholders: bool,
}

/// A ServiceUrl whose claim resolvers are expanded: metadata values are where IncludeClaimResolvingInClaimsHandling is
/// true (policy-language 11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolvable {
    /// Scheme and host, as written: neither is ever up to a request.
    origin: String,
    /// Path and query.
    rest: Template,
}

impl Resolvable {
    /// The address with every resolver's value, percent-encoded; one without a value leaves nothing. A value is never
    /// looked at again: its own braces are encoded (attack 21).
    pub fn resolve(&self, facts: &Facts<'_>, claims: &Claims) -> String {
        // In a path a space is %20; a plus of the value's own is %2B by then.
        let encode = |value: String| {
            url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
        };
        let rest = self.rest.resolve_with(facts, claims, encode).unwrap_or_default();
        format!("{}{rest}", self.origin)
    }
}

/// `AuthenticationType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// `None`
    None,
    /// `Basic`: containers of user name and password.
    Basic {
        /// Key `BasicAuthenticationUsername`.
        user: Name,
        /// Key `BasicAuthenticationPassword`.
        password: Name,
    },
    /// `Bearer` with a fixed token: the container of key `BearerAuthenticationToken`.
    BearerKey(Name),
    /// `Bearer` with the token that a claim holds (UseClaimAsBearerToken); without a value AADB2C90194.
    BearerClaim(Name),
    /// `ClientCertificate`: the container of key `ClientCertificate`.
    ClientCertificate(Name),
    /// `ApiKeyHeader`: the name of the header, lower-cased, and the container of its value.
    ApiKey {
        /// The id of the profile's one key.
        header: String,
        /// Its container.
        key: Name,
    },
}

/// `SendClaimsIn`: where the input claims travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// `Body`: POST, a JSON object.
    #[default]
    Body,
    /// `Form`: POST, urlencoded.
    Form,
    /// `Header`: GET, one header a claim.
    Header,
    /// `QueryString`: GET.
    QueryString,
    /// `Url`: GET, placeholders in the address.
    Url,
}

/// Keys that are known and without effect.
const OTHER: &[&str] = &["ClaimsFormat", "BearerTokenTransmissionMethod"];

/// Reads the settings (technical-profiles 10).
pub(super) fn read(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Rest> {
    metadata.known(OTHER);
    let authentication = authentication(shape, metadata);
    let placements = [
        ("Body", Placement::Body),
        ("Form", Placement::Form),
        ("Header", Placement::Header),
        ("QueryString", Placement::QueryString),
        ("Url", Placement::Url),
    ];
    let placement = metadata.choice("SendClaimsIn", &placements).unwrap_or_default();
    let url = metadata.needed_address("ServiceUrl");
    if let Some(text) = metadata.text("ServiceUrl").filter(|_| placement == Placement::Url) {
        placeholders(text, shape, metadata);
    }
    Some(Rest {
        resolvable: resolvable(metadata),
        placement,
        payload_claim: metadata.claim("ClaimUsedForRequestPayload"),
        json_paths: metadata.flag("ResolveJsonPathsInJsonTokens", false),
        debug: metadata.flag("DebugMode", false),
        encode_placeholders: metadata.flag("ClaimResolverUrlFormatting", true),
        url: url?,
        authentication: authentication?,
    })
}

/// The address with its resolvers, if the profile expands them and there are any.
fn resolvable(metadata: &Metadata<'_>) -> Option<Resolvable> {
    let text = metadata.text("ServiceUrl")?;
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let (template, unknown) =
        Template::parse(rest.strip_prefix(host)?, |id| metadata.claim_called(id, text.span));
    if !metadata.flag("IncludeClaimResolvingInClaimsHandling", false) {
        return None;
    }
    for Unsupported { resolver, .. } in unknown {
        let message = message!("there is no claim resolver `{resolver}`");
        metadata.wrong(Diagnostic::warning(codes::UNKNOWN_RESOLVER, text.span, message));
    }
    (!template.is_plain()).then(|| Resolvable { origin: format!("{scheme}://{host}"), rest: template })
}

/// The words of AuthenticationType.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Basic,
    Bearer,
    ClientCertificate,
    ApiKeyHeader,
}

fn authentication(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Authentication> {
    let words = [
        ("None", Word::None),
        ("Basic", Word::Basic),
        ("Bearer", Word::Bearer),
        ("ClientCertificate", Word::ClientCertificate),
        ("ApiKeyHeader", Word::ApiKeyHeader),
    ];
    let allowed = metadata.flag("AllowInsecureAuthInProduction", false);
    let bearer_claim = metadata.claim("UseClaimAsBearerToken");
    let word = metadata.needed_choice("AuthenticationType", &words)?;
    Some(match word {
        Word::None => {
            if !allowed && shape.production {
                insecure(metadata);
            }
            Authentication::None
        }
        Word::Basic => {
            let user = shape.needed_key("BasicAuthenticationUsername", metadata);
            let password = shape.needed_key("BasicAuthenticationPassword", metadata);
            Authentication::Basic { user: user?, password: password? }
        }
        Word::Bearer if metadata.text("UseClaimAsBearerToken").is_some() => {
            Authentication::BearerClaim(bearer_claim?)
        }
        Word::Bearer => Authentication::BearerKey(bearer_key(shape, metadata)?),
        Word::ClientCertificate => {
            Authentication::ClientCertificate(shape.needed_key("ClientCertificate", metadata)?)
        }
        Word::ApiKeyHeader => api_key(shape, metadata)?,
    })
}

fn bearer_key(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Name> {
    let key = shape.keys.get("bearerauthenticationtoken").cloned();
    if key.is_none() {
        let message = message!("the cryptographic key `BearerAuthenticationToken` is missing");
        let help = "add it to the profile's CryptographicKeys, or name the claim that holds the token in the metadata \
                    item `UseClaimAsBearerToken`";
        metadata.lacks(Diagnostic::error(codes::MISSING_KEY, metadata.place(), message).help(help));
    }
    key
}

/// The id of the profile's only key is the name of the header.
fn api_key(shape: &Shape<'_>, metadata: &Metadata<'_>) -> Option<Authentication> {
    let mut keys = shape.keys.iter();
    if let (Some((header, key)), None) = (keys.next(), keys.next()) {
        return Some(Authentication::ApiKey { header: header.clone(), key: key.clone() });
    }
    let message = message!(
        "`ApiKeyHeader` needs exactly one cryptographic key, whose id is the name of the header; there are {}",
        shape.keys.len()
    );
    let help = "for instance `<Key Id=\"x-functions-key\" StorageReferenceId=\"B2C_1A_…\" />`";
    metadata.lacks(Diagnostic::error(codes::MISSING_KEY, metadata.place(), message).help(help));
    None
}

/// A call without authentication in a policy for production: the cloud refuses the upload (90256–90259). Here it is a
/// warning, because published policies have such calls and run nonetheless (technical-profiles 10: severity settable).
fn insecure(metadata: &Metadata<'_>) {
    let place = metadata.text("AuthenticationType").map_or(metadata.place(), |text| text.span);
    let message = message!(
        "a policy in production may not call a service without authentication unless the profile allows it"
    );
    let help = "choose another AuthenticationType, add `<Item Key=\"AllowInsecureAuthInProduction\">true</Item>`, or \
                set DeploymentMode to Development";
    metadata.wrong(Diagnostic::warning(codes::INSECURE_CALL, place, message).help(help));
}

/// Placeholders of an address that are looked at.
const MOST_PLACEHOLDERS: usize = 100;

/// `{name}` in the address is the value of an input claim; the host is never up to a claim.
fn placeholders(text: Spanned<&str>, shape: &Shape<'_>, metadata: &Metadata<'_>) {
    let rest = text.split_once("://").map_or(*text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    for (place, name) in names(rest).into_iter().take(MOST_PLACEHOLDERS) {
        // A resolver or a build-time setting has a colon.
        if name.contains(':') {
            continue;
        }
        if place < host.len() {
            let message = message!("the placeholder `{{{name}}}` stands in the host name");
            metadata.wrong(
                Diagnostic::error(codes::BAD_SETTING, text.span, message)
                    .help("a claim may fill in path and query, never the host"),
            );
        } else if !shape.unknown_input && !shape.inputs.iter().any(|input| input.eq_ignore_ascii_case(name)) {
            let message = message!("no input claim fills in the placeholder `{{{name}}}`");
            let warning = Diagnostic::warning(codes::UNFILLED_PLACEHOLDER, text.span, message);
            metadata.wrong(warning.did_you_mean(name, shape.inputs.iter().map(String::as_str)));
        }
    }
}

/// The names in braces, with the places where the braces begin.
fn names(text: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    for (place, _) in text.match_indices('{') {
        let inside = text.get(place + 1..).and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        all.extend(inside.filter(|name| !name.contains('{')).map(|name| (place, name)));
    }
    all
}
