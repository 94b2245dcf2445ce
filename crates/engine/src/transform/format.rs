//! Methods that make texts from constants and claims (claims-transformations 11).

use std::borrow::Cow;

use url::form_urlencoded::byte_serialize;

use super::composite::compose;
use super::{Arguments, Failure, Function, Results, Surroundings, TEXT, many, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "CreateStringClaim",
        about: "A constant.",
        inputs: &[],
        parameters: &[once("value", TEXT)],
        outputs: &[once("createdClaim", TEXT)],
        run: constant,
    },
    Function {
        name: "FormatStringClaim",
        about: "A format with the claim in its place {0}.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[once("stringFormat", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: |arguments| format(arguments, &["inputClaim"]),
    },
    Function {
        name: "FormatStringMultipleClaims",
        about: "A format with two claims in its places {0} and {1}.",
        inputs: &[once("inputClaim1", TEXT), once("inputClaim2", TEXT)],
        parameters: &[once("stringFormat", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: |arguments| format(arguments, &["inputClaim1", "inputClaim2"]),
    },
    Function {
        name: "BuildUri",
        about: "An address from scheme, host, path and query.",
        inputs: &[once("path", TEXT), many("query.(name)", TEXT)],
        parameters: &[once("scheme", TEXT), once("host", TEXT), many("query.(name)", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: build_uri,
    },
];

/// The text with the known expressions resolved; other braces stay. `escape` changes what an expression stands for.
fn resolve<'t>(text: &'t str, around: &Surroundings<'_>, escape: fn(&str) -> String) -> Cow<'t, str> {
    let expressions = [
        ("{RelyingPartyTenantId}", around.tenant),
        ("{TrustFrameworkTenantId}", around.tenant),
        ("{TechnicalProfileId}", around.profile),
        ("{AuthenticatorIssuer}", around.authenticator),
    ];
    if !text.contains('{') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let place = |(name, value): &(&str, &str)| {
            let tail = behind.strip_prefix(name.trim_start_matches('{'))?;
            Some((tail, escape(value)))
        };
        match expressions.iter().find_map(place) {
            Some((tail, value)) => {
                out.push_str(&value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn constant(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let value = arguments.required_words("value")?;
    Ok(Results::text("createdClaim", resolve(&value, &arguments.around, str::to_owned)))
}

/// Expressions first, then the places: what an expression or a claim says is not formatted again
/// (claims-transformations 14.2).
fn format(arguments: &Arguments<'_>, slots: &[&str]) -> Result<Results, Failure> {
    let format = arguments.required_words("stringFormat")?;
    let format = resolve(&format, &arguments.around, |value| value.replace('{', "{{").replace('}', "}}"));
    let texts: Vec<Cow<'_, str>> =
        slots.iter().map(|slot| arguments.text(slot).unwrap_or_default()).collect();
    Ok(Results::text("outputClaim", compose(&format, &texts)?))
}

/// `scheme://host/path?name=value`: the path percent-encoded, the values form-encoded, claims before parameters; a
/// claim without a value is left out (claims-transformations 11).
fn build_uri(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let around = &arguments.around;
    let resolved = |id| {
        let words = arguments.required_words(id)?;
        Ok::<_, Failure>(resolve(&words, around, str::to_owned).into_owned())
    };
    let mut uri = format!("{}://{}/", resolved("scheme")?, resolved("host")?);
    let path = arguments.required_text("path")?;
    path_encode(path.strip_prefix('/').unwrap_or(&path), &mut uri);
    let claims = arguments.inputs().filter_map(|(slot, value)| Some((slot, value?.text())));
    let constants = arguments
        .parameters()
        .map(|(id, value)| (id, resolve(&value.text(), around, str::to_owned).into_owned()));
    let mut mark = '?';
    for (slot, value) in claims.chain(constants) {
        let Some(("query", name)) = slot.split_once('.').map(|(q, name)| (lower_query(q), name)) else {
            continue;
        };
        uri.push(mark);
        uri.extend(byte_serialize(name.as_bytes()));
        uri.push('=');
        uri.extend(byte_serialize(value.as_bytes()));
        mark = '&';
    }
    Ok(Results::text("outputClaim", uri))
}

fn lower_query(prefix: &str) -> &str {
    if prefix.eq_ignore_ascii_case("query") { "query" } else { prefix }
}

/// A path as RFC 3986 section 3.3 writes it; `/` stays.
fn path_encode(path: &str, out: &mut String) {
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' => out.push(char::from(byte)),
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}
