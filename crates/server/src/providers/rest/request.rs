//! Input claims to a request. In: settings and claims. Out: method, address, headers, body; or a refusal where a claim
//! cannot be sent as the policy wants it. Authentication comes afterwards.

use serde_json::{Map, Value as Json};
use url::Url;
use vestibule_engine::claims::Value;
use vestibule_engine::journey::world::{Refusal, Sent, Words};
use vestibule_engine::kind::Rest;
use vestibule_engine::kind::rest::{Authentication, Placement};

use crate::http::{Method, Outgoing};

/// Builds the request, but for what authenticates it. The address is that with its claim resolvers replaced, where it
/// has any.
pub(super) fn build(
    (settings, address): (&Rest, Option<&str>),
    inputs: &[Sent],
) -> Result<Outgoing, Refusal> {
    let url = address.unwrap_or(&settings.url);
    let sent: Vec<&Sent> = inputs.iter().filter(|sent| travels(settings, sent)).collect();
    let address = match settings.placement {
        Placement::Url => filled(url, inputs),
        _ => url.to_owned(),
    };
    if address != settings.url && climbs(&address) {
        return Err(Refusal { code: 90037, words: Words::Key("UserMessageIfInvalidInput", Vec::new()) });
    }
    let Ok(url) = Url::parse(&address) else {
        let text = format!("The address of the service, `{}`, is not one.", settings.url);
        return Err(Refusal { code: 90023, words: Words::Given(text) });
    };
    if let Some(claim) = &settings.payload_claim {
        let text = inputs.iter().find(|input| input.claim == *claim).map(|input| input.value.text());
        let mut outgoing = Outgoing::new(Method::Post, url);
        outgoing.body("application/json", text.unwrap_or_default().into_bytes());
        return Ok(outgoing);
    }
    match settings.placement {
        Placement::Body => {
            let body: Map<String, Json> =
                sent.iter().map(|sent| (sent.partner.clone(), json(&sent.value))).collect();
            let mut outgoing = Outgoing::new(Method::Post, url);
            outgoing.body("application/json", Json::Object(body).to_string().into_bytes());
            Ok(outgoing)
        }
        Placement::Form => {
            let pairs = sent.iter().map(|sent| (sent.partner.as_str(), plain(&sent.value)));
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let mut outgoing = Outgoing::new(Method::Post, url);
            outgoing.body("application/x-www-form-urlencoded", form.into_bytes());
            Ok(outgoing)
        }
        Placement::QueryString => {
            let mut url = url;
            for one in &sent {
                url.query_pairs_mut().append_pair(&one.partner, &plain(&one.value));
            }
            Ok(Outgoing::new(Method::Get, url))
        }
        Placement::Header => {
            let mut outgoing = Outgoing::new(Method::Get, url);
            for one in &sent {
                if !outgoing.header(&one.partner, plain(&one.value).as_bytes()) {
                    return Err(unsendable(one));
                }
            }
            Ok(outgoing)
        }
        Placement::Url => Ok(Outgoing::new(Method::Get, url)),
    }
}

/// Whether a segment of the path is `.` or `..`, which no encoding hides from whoever resolves the path.
fn climbs(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.split('/').any(|segment| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | ".."))
}

/// The claim that is the bearer token travels in its header alone.
fn travels(settings: &Rest, sent: &Sent) -> bool {
    !matches!(&settings.authentication, Authentication::BearerClaim(claim) if sent.claim == *claim)
}

/// A name or a value with characters that no header takes: line ends above all (attack 16).
fn unsendable(sent: &Sent) -> Refusal {
    Refusal { code: 90037, words: Words::Key("UserMessageIfInvalidInput", vec![sent.claim.to_string()]) }
}

/// A value in a JSON body: typed, but instants in ISO 8601 (technical-profiles 10).
fn json(value: &Value) -> Json {
    match value {
        Value::DateTime(_) => Json::String(value.text()),
        other => other.json(),
    }
}

/// A value where only text can be.
fn plain(value: &Value) -> String {
    match value {
        Value::Boolean(flag) => flag.to_string(),
        other => other.text(),
    }
}

/// The address with each `{name}` replaced by the input claim of that partner name, else of that id, percent-encoded;
/// nothing is replaced in scheme and host, and a name without a value leaves nothing.
fn filled(address: &str, inputs: &[Sent]) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let host_end = address.get(start..).and_then(|rest| rest.find(['/', '?', '#']));
    let Some((head, mut rest)) = host_end.and_then(|at| address.split_at_checked(start + at)) else {
        return address.to_owned();
    };
    let mut out = head.to_owned();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let by_partner = inputs.iter().find(|sent| sent.partner.eq_ignore_ascii_case(name));
        let found = by_partner.or_else(|| inputs.iter().find(|sent| sent.claim.eq_ignore_ascii_case(name)));
        let value = found.map(|sent| plain(&sent.value)).unwrap_or_default();
        out.extend(percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC));
        rest = tail;
    }
    out.push_str(rest);
    out
}
