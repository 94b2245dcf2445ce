//! Claim resolvers: `{Group:Name}` in default values, page addresses and parameters (policy-language 11).
//!
//! In: text from a policy, once, when it is compiled; then the facts of a request and the bag. Out: text, or nothing
//! where a whole-value resolver has no value. A resolved value is never looked at again (attack 21).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Claims, Name};

/// What resolvers may know of a running journey.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The language in force as an RFC 5646 tag, for instance `en-US` or `en`.
    pub language: &'a str,
    /// The running policy's id in its declared spelling.
    pub policy: &'a str,
    /// The tenant's name, for instance `contoso.onmicrosoft.com`.
    pub tenant: &'a str,
    /// The tenant's GUID.
    pub tenant_id: &'a str,
    /// The journey's correlation id.
    pub correlation: &'a str,
    /// The time of this request.
    pub now: Timestamp,
    /// `Production`, `Development` or `Debugging`.
    pub deployment_mode: &'a str,
    /// The host name of the request.
    pub host: &'a str,
    /// The client's address.
    pub address: &'a str,
    /// Whether "keep me signed in" was chosen; `None` where it was not offered.
    pub keep_signed_in: Option<bool>,
    /// Every parameter of the application's request, by name as sent.
    pub parameters: &'a BTreeMap<String, String>,
    /// User name and password of a password grant.
    pub credentials: Option<(&'a str, &'a str)>,
}

/// What claim resolvers look at: a request and the bag.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The request.
    pub facts: Facts<'a>,
    /// The bag.
    pub claims: &'a Claims,
}

/// A text that somebody is told: as written, or with claim resolvers in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// As written.
    Plain(String),
    /// With claim resolvers.
    Resolved(Template),
}

impl Text {
    /// The text with every resolver's value. `fill` is done to what the policy wrote, never to a value.
    pub fn say(&self, known: Known<'_>, fill: impl Fn(&str) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => fill(text),
            Part::Resolver(resolver) => resolver.value(&known.facts, known.claims).unwrap_or_default(),
        };
        match self {
            Text::Plain(text) => fill(text),
            Text::Resolved(template) => template.parts.iter().map(part).collect(),
        }
    }
}

/// One resolver, recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// `{Culture:LanguageName}` and its kin, by the part asked for.
    Culture(Culture),
    /// `{Policy:PolicyId}`, also written `{policy}`.
    PolicyId,
    /// `{Policy:RelyingPartyTenantId}`, `{Policy:TrustFrameworkTenantId}`: the tenant's name.
    Tenant,
    /// `{Policy:TenantObjectId}`: the tenant's GUID.
    TenantId,
    /// `{Context:…}`
    Context(Context),
    /// `{Claim:id}`, in the declared spelling.
    Claim(Name),
    /// `{OIDC:…}` or `{OAUTH-KV:…}`: a parameter of the request, by its wire name.
    Parameter(String),
    /// `{OIDC:Username}` of a password grant.
    Username,
    /// `{OIDC:Password}` of a password grant.
    Password,
    /// `{SAML:…}`: known, without value in an OpenID Connect journey.
    Saml(String),
}

/// The parts of a language tag a policy can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culture {
    /// `en`
    LanguageName,
    /// `1033`
    Lcid,
    /// `US`
    RegionName,
    /// `en-US`
    Rfc5646,
}

/// What `{Context:…}` can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The server's version.
    BuildNumber,
    /// The journey's correlation id.
    CorrelationId,
    /// `10/10/2021 12:00:00 PM`
    DateTimeInUtc,
    /// `Production` or `Development`
    DeploymentMode,
    /// The host the browser used.
    HostName,
    /// The client's address.
    IpAddress,
    /// `true` or `false`
    Kmsi,
}

/// Names under `{OIDC:…}` with the request parameter each reads.
const OIDC: &[(&str, &str)] = &[
    ("AuthenticationContextReferences", "acr_values"),
    ("ClientId", "client_id"),
    ("DomainHint", "domain_hint"),
    ("LoginHint", "login_hint"),
    ("MaxAge", "max_age"),
    ("Nonce", "nonce"),
    ("Prompt", "prompt"),
    ("RedirectUri", "redirect_uri"),
    ("Resource", "resource"),
    ("Scope", "scope"),
];

/// Names under `{SAML:…}`.
const SAML: &[&str] = &[
    "AuthnContextClassReferences",
    "NameIdPolicyFormat",
    "Issuer",
    "AllowCreate",
    "ForceAuthn",
    "ProviderName",
    "RelayState",
    "Subject",
    "Binding",
];

/// Windows' numbers for the cultures that the cloud's pages have texts for (user-interface 7), each neutral one with that
/// of its first region; others have no LCID here.
const LCID: &[(&str, &str)] = &[
    ("ar", "1025"),
    ("bn", "1093"),
    ("cs", "1029"),
    ("da", "1030"),
    ("de", "1031"),
    ("el", "1032"),
    ("en", "1033"),
    ("en-AU", "3081"),
    ("en-CA", "4105"),
    ("en-GB", "2057"),
    ("es", "3082"),
    ("es-MX", "2058"),
    ("fi", "1035"),
    ("fr", "1036"),
    ("fr-BE", "2060"),
    ("fr-CA", "3084"),
    ("fr-CH", "4108"),
    ("de-AT", "3079"),
    ("de-CH", "2055"),
    ("gu", "1095"),
    ("he", "1037"),
    ("hi", "1081"),
    ("hr", "1050"),
    ("hu", "1038"),
    ("id", "1057"),
    ("it", "1040"),
    ("ja", "1041"),
    ("kn", "1099"),
    ("ko", "1042"),
    ("ml", "1100"),
    ("mr", "1102"),
    ("ms", "1086"),
    ("nb", "1044"),
    ("nl", "1043"),
    ("no", "1044"),
    ("pa", "1094"),
    ("pl", "1045"),
    ("pt", "2070"),
    ("pt-BR", "1046"),
    ("ro", "1048"),
    ("ru", "1049"),
    ("sk", "1051"),
    ("sv", "1053"),
    ("ta", "1097"),
    ("te", "1098"),
    ("th", "1054"),
    ("tr", "1055"),
    ("vi", "1066"),
    ("zh", "2052"),
    ("zh-Hant", "1028"),
    ("zh-TW", "1028"),
    ("zh-HK", "3076"),
];

/// Text with resolvers in it, taken apart once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Resolver(Resolver),
}

impl Template {
    /// Takes `text` apart. `claim` brings a claim id to its declared spelling. Braces that hold no known group stay
    /// text; the second value lists those that look like a resolver of a known group with an unknown name
    /// (AADB2C90044 in the cloud), for a diagnostic.
    pub fn parse(text: &str, claim: impl Fn(&str) -> Option<Name>) -> (Template, Vec<Unsupported>) {
        let mut parts = Vec::new();
        let mut unknown = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            plain.push_str(before);
            let found = after.split_once('}').map(|(inner, tail)| (recognise(inner, &claim), inner, tail));
            match found {
                Some((Recognised::Resolver(resolver), _, tail)) => {
                    push_text(&mut parts, &mut plain);
                    parts.push(Part::Resolver(resolver));
                    rest = tail;
                }
                Some((kind, inner, _)) => {
                    let known_group = matches!(kind, Recognised::UnknownName);
                    if known_group || matches!(kind, Recognised::UnknownGroup) {
                        unknown.push(Unsupported { resolver: format!("{{{inner}}}"), known_group });
                    }
                    plain.push('{');
                    rest = after;
                }
                None => {
                    plain.push('{');
                    rest = after;
                }
            }
        }
        plain.push_str(rest);
        push_text(&mut parts, &mut plain);
        (Template { parts }, unknown)
    }

    /// The time, where it is asked for and nothing else: a claim of a date type takes it whole, not its American form.
    pub fn instant(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        let [Part::Resolver(Resolver::Context(Context::DateTimeInUtc))] = self.parts.as_slice() else {
            return None;
        };
        Some(facts.now)
    }

    /// What stands before the first resolver.
    pub fn literal_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether there is no resolver in it.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The resolvers in it.
    pub fn resolvers(&self) -> impl Iterator<Item = &Resolver> {
        self.parts.iter().filter_map(|part| match part {
            Part::Resolver(resolver) => Some(resolver),
            Part::Text(_) => None,
        })
    }

    /// The text with every resolver replaced. A template that is one resolver and nothing else gives nothing where
    /// the resolver has no value; inside longer text such a resolver gives the empty text (policy-language 11).
    pub fn resolve(&self, facts: &Facts<'_>, claims: &Claims) -> Option<String> {
        self.resolve_with(facts, claims, |value| value)
    }

    /// As `resolve`, with each resolved value passed through `encode` (page addresses: percent-encoding).
    pub fn resolve_with(
        &self,
        facts: &Facts<'_>,
        claims: &Claims,
        encode: impl Fn(String) -> String,
    ) -> Option<String> {
        if let [Part::Resolver(resolver)] = self.parts.as_slice() {
            return resolver.value(facts, claims).filter(|value| !value.is_empty()).map(encode);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Resolver(resolver) => {
                    text.push_str(&encode(resolver.value(facts, claims).unwrap_or_default()));
                }
            }
        }
        Some(text)
    }
}

fn push_text(parts: &mut Vec<Part>, plain: &mut String) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain)));
    }
}

/// A claim resolver that does not exist, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// With its braces.
    pub resolver: String,
    /// Whether at least its group exists.
    pub known_group: bool,
}

impl Unsupported {
    /// AADB2C90044 for a name that its group does not have, 90045 for a group that there is not (policy-language 13).
    pub fn code(&self) -> u32 {
        if self.known_group { 90044 } else { 90045 }
    }
}

enum Recognised {
    Resolver(Resolver),
    UnknownName,
    UnknownGroup,
    PlainText,
}

/// Braces with a colon in them that mean something else (policy-language 11): never claim resolvers.
const OTHER_GROUPS: &[&str] = &["oauth2", "property", "service", "settings", "urn", "http", "https"];

/// Whether it looks like `Group:Name`: anything else in braces, JSON for instance, is text.
fn is_resolver_like(group: &str, name: &str) -> bool {
    let letters = |text: &str, more: &[char]| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    let other = OTHER_GROUPS.iter().any(|known| known.eq_ignore_ascii_case(group));
    !other && letters(group, &['-']) && letters(name, &['-', '_', '.'])
}

/// Finds the resolver a pair of braces holds; groups and names in any case (policy-language 11).
fn recognise(inner: &str, claim: &impl Fn(&str) -> Option<Name>) -> Recognised {
    if inner.eq_ignore_ascii_case("policy") {
        return Recognised::Resolver(Resolver::PolicyId);
    }
    let Some((group, name)) = inner.split_once(':') else { return Recognised::PlainText };
    let found = match group.to_ascii_lowercase().as_str() {
        "culture" => culture(name),
        "policy" => policy(name),
        "context" => context(name),
        "claim" => claim(name).map(Resolver::Claim),
        "oidc" => oidc(name),
        "oauth-kv" if !name.is_empty() => Some(Resolver::Parameter(name.to_owned())),
        "saml" => SAML.iter().find(|n| n.eq_ignore_ascii_case(name)).map(|n| Resolver::Saml((*n).to_owned())),
        _ if is_resolver_like(group, name) => return Recognised::UnknownGroup,
        _ => return Recognised::PlainText,
    };
    found.map_or(Recognised::UnknownName, Recognised::Resolver)
}

fn culture(name: &str) -> Option<Resolver> {
    let part = match name.to_ascii_lowercase().as_str() {
        "languagename" => Culture::LanguageName,
        "lcid" => Culture::Lcid,
        "regionname" => Culture::RegionName,
        "rfc5646" => Culture::Rfc5646,
        _ => return None,
    };
    Some(Resolver::Culture(part))
}

fn policy(name: &str) -> Option<Resolver> {
    match name.to_ascii_lowercase().as_str() {
        "policyid" => Some(Resolver::PolicyId),
        "relyingpartytenantid" | "trustframeworktenantid" => Some(Resolver::Tenant),
        "tenantobjectid" => Some(Resolver::TenantId),
        _ => None,
    }
}

fn context(name: &str) -> Option<Resolver> {
    let part = match name.to_ascii_lowercase().as_str() {
        "buildnumber" => Context::BuildNumber,
        "correlationid" => Context::CorrelationId,
        "datetimeinutc" => Context::DateTimeInUtc,
        "deploymentmode" => Context::DeploymentMode,
        "hostname" => Context::HostName,
        "ipaddress" => Context::IpAddress,
        "kmsi" => Context::Kmsi,
        _ => return None,
    };
    Some(Resolver::Context(part))
}

fn oidc(name: &str) -> Option<Resolver> {
    if name.eq_ignore_ascii_case("username") {
        return Some(Resolver::Username);
    }
    if name.eq_ignore_ascii_case("password") {
        return Some(Resolver::Password);
    }
    let (_, wire) = OIDC.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(Resolver::Parameter((*wire).to_owned()))
}

impl Resolver {
    /// The value, or nothing where the request has none.
    pub fn value(&self, facts: &Facts<'_>, claims: &Claims) -> Option<String> {
        match self {
            Resolver::Culture(part) => part.of(facts.language),
            Resolver::PolicyId => Some(facts.policy.to_owned()),
            Resolver::Tenant => Some(facts.tenant.to_owned()),
            Resolver::TenantId => Some(facts.tenant_id.to_owned()),
            Resolver::Context(part) => part.of(facts),
            Resolver::Claim(name) => claims.text(name),
            Resolver::Parameter(name) => parameter(facts.parameters, name),
            Resolver::Username => facts.credentials.map(|(name, _)| name.to_owned()),
            Resolver::Password => facts.credentials.map(|(_, password)| password.to_owned()),
            Resolver::Saml(_) => None,
        }
    }
}

/// A request parameter by name; exactly as written first, then in any case.
fn parameter(parameters: &BTreeMap<String, String>, name: &str) -> Option<String> {
    let exact = parameters.get(name);
    exact
        .or_else(|| parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v))
        .cloned()
}

impl Culture {
    fn of(self, tag: &str) -> Option<String> {
        let mut subtags = tag.split('-');
        let language = subtags.next()?;
        match self {
            Culture::LanguageName => Some(language.to_owned()),
            Culture::Rfc5646 => Some(tag.to_owned()),
            Culture::RegionName => subtags
                .find(|s| s.len() == 2 && s.chars().all(|c| c.is_ascii_alphabetic()))
                .map(str::to_owned),
            Culture::Lcid => LCID
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(tag))
                .or_else(|| LCID.iter().find(|(known, _)| known.eq_ignore_ascii_case(language)))
                .map(|(_, number)| (*number).to_owned()),
        }
    }
}

impl Context {
    fn of(self, facts: &Facts<'_>) -> Option<String> {
        match self {
            Context::BuildNumber => Some(env!("CARGO_PKG_VERSION").to_owned()),
            Context::CorrelationId => Some(facts.correlation.to_owned()),
            Context::DateTimeInUtc => Some(us_date_time(facts.now)),
            Context::DeploymentMode => Some(facts.deployment_mode.to_owned()),
            Context::HostName => Some(facts.host.to_owned()),
            Context::IpAddress => Some(facts.address.to_owned()),
            Context::Kmsi => facts.keep_signed_in.map(|kept| kept.to_string()),
        }
    }
}

/// The cloud's form of `{Context:DateTimeInUtc}`: `10/10/2021 12:00:00 PM` (policy-language 11).
fn us_date_time(now: Timestamp) -> String {
    let at = now.to_zoned(jiff::tz::TimeZone::UTC);
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        h @ 1..=11 => (h, "AM"),
        12 => (12, "PM"),
        h => (h - 12, "PM"),
    };
    format!("{}/{}/{} {}:{:02}:{:02} {half}", at.month(), at.day(), at.year(), hour, at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, parameters: &[(&str, &str)]) -> Option<String> {
        let parameters = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let facts = Facts {
            language: "fr-CA",
            policy: "B2C_1A_X",
            tenant: "contoso.onmicrosoft.com",
            tenant_id: "00000000-0000-4000-8000-000000000000",
            correlation: "c",
            now: "2021-10-10T12:00:00Z".parse().unwrap(),
            deployment_mode: "Production",
            host: "login.example",
            address: "192.0.2.1",
            keep_signed_in: None,
            parameters: &parameters,
            credentials: None,
        };
        let claims = [(Name::from("objectId"), Value::text_of("{OIDC:Nonce}"))].into_iter().collect();
        let known = |id: &str| id.eq_ignore_ascii_case("objectid").then(|| Name::from("objectId"));
        Template::parse(text, known).0.resolve(&facts, &claims)
    }

    use super::super::Value;

    #[test]
    fn resolvers_give_the_values_of_policy_language_11() {
        let table = [
            ("{Culture:LanguageName}", Some("fr")),
            ("{culture:RFC5646}", Some("fr-CA")),
            ("{Culture:RegionName}", Some("CA")),
            ("{Culture:LCID}", Some("3084")),
            ("{Policy:PolicyId}", Some("B2C_1A_X")),
            ("{policy}", Some("B2C_1A_X")),
            ("{Policy:TenantObjectId}", Some("00000000-0000-4000-8000-000000000000")),
            ("{Policy:RelyingPartyTenantId}", Some("contoso.onmicrosoft.com")),
            ("{Context:DateTimeInUtc}", Some("10/10/2021 12:00:00 PM")),
            ("{Context:KMSI}", None),
            ("{OIDC:LoginHint}", Some("a@x.test")),
            ("{oidc:loginhint}", Some("a@x.test")),
            ("{OAUTH-KV:campaign}", Some("spring")),
            ("{OAUTH-KV:absent}", None),
            ("https://h/{Culture:LanguageName}/x?c={OAUTH-KV:absent}", Some("https://h/fr/x?c=")),
            ("{tenant}", Some("{tenant}")),
            ("{0} and {", Some("{0} and {")),
        ];
        for (text, expected) in table {
            let got = resolve(text, &[("login_hint", "a@x.test"), ("campaign", "spring")]);
            assert_eq!(got.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn attack_021_a_resolved_value_is_never_resolved_again() {
        let hostile = "{Claim:objectId}{{7*7}}'; DROP TABLE users;--";
        assert_eq!(resolve("{OAUTH-KV:x}", &[("x", hostile)]).as_deref(), Some(hostile));
        assert_eq!(resolve("{Claim:objectid}", &[("nonce", "n")]).as_deref(), Some("{OIDC:Nonce}"));
    }

    #[test]
    fn an_unknown_name_of_a_known_group_is_told() {
        let text = "{Context:Weather} {QueryString:y} {\"a\":1} {oauth2:access_token} {0}";
        let (template, unknown) = Template::parse(text, |_| None);
        let told: Vec<_> = unknown.iter().map(|one| (one.resolver.as_str(), one.code())).collect();
        assert_eq!(told, [("{Context:Weather}", 90044), ("{QueryString:y}", 90045)]);
        assert!(template.is_plain());
    }
}
