//! Claim references (policy-language 5.3, 11.1). In: `InputClaim`, `OutputClaim` and their kin. Out: mappings with the
//! partner's name settled and the default value typed, or taken apart if it holds claim resolvers.

use super::claim::Claims;
use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::claims::{DataType, DefaultValue, Mapping, Template, Unsupported, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::{ClaimType, Protocol};
use crate::source::Spanned;
use crate::syntax::{ClaimReference, ControlClaim, PersistedClaim};

/// A claim reference, whatever element it was.
#[derive(Clone, Copy)]
pub(super) struct Reference<'a> {
    claim: &'a Spanned<String>,
    partner: Option<&'a Spanned<String>>,
    required: bool,
    default: Option<&'a Spanned<String>>,
    always: bool,
    overwrite: bool,
}

/// How the references of one list are read.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Whose default partner names count; none: the claim's own id.
    pub(super) protocol: Option<Protocol>,
    /// Whether default values may hold resolvers here.
    pub(super) resolvers: bool,
    /// Whether one that does not exist ends the journey, because the policy asked for resolvers; elsewhere it is text.
    pub(super) faults: bool,
}

impl<'a> From<&'a ClaimReference> for Reference<'a> {
    fn from(one: &'a ClaimReference) -> Self {
        Self {
            claim: &one.claim_type_reference_id,
            partner: one.partner_claim_type.as_ref(),
            required: one.required.is_some_and(|flag| flag.value),
            default: one.default_value.as_ref(),
            always: one.always_use_default_value.is_some_and(|flag| flag.value),
            overwrite: true,
        }
    }
}

impl<'a> From<&'a PersistedClaim> for Reference<'a> {
    fn from(one: &'a PersistedClaim) -> Self {
        Self {
            claim: &one.claim_type_reference_id,
            partner: one.partner_claim_type.as_ref(),
            required: false,
            default: one.default_value.as_ref(),
            always: one.always_use_default_value.is_some_and(|flag| flag.value),
            overwrite: one.overwrite_if_exists.is_none_or(|flag| flag.value),
        }
    }
}

impl<'a> From<&'a ControlClaim> for Reference<'a> {
    fn from(one: &'a ControlClaim) -> Self {
        Self {
            claim: &one.claim_type_reference_id,
            partner: None,
            required: one.required.is_some_and(|flag| flag.value),
            default: one.default_value.as_ref(),
            always: one.always_use_default_value.is_some_and(|flag| flag.value),
            overwrite: true,
        }
    }
}

/// Compiles a list of references; those of unknown claim types are reported and left out.
pub(super) fn mappings<'a, R: 'a>(
    view: &View<'_>,
    claims: &Claims,
    list: impl IntoIterator<Item = &'a R>,
    rules: Rules,
    report: &mut Report,
) -> Vec<Mapping>
where
    Reference<'a>: From<&'a R>,
{
    let mut all = Vec::new();
    for one in list {
        let reference = Reference::from(one);
        if let Some(claim) = claims.resolve(view, reference.claim, report) {
            all.push(mapping(view, claim, reference, rules, report));
        }
    }
    all
}

fn mapping(
    view: &View<'_>,
    claim: &ClaimType,
    reference: Reference<'_>,
    rules: Rules,
    report: &mut Report,
) -> Mapping {
    let by_protocol = rules.protocol.and_then(|protocol| claim.partner_names.get(wire_name(protocol)?));
    let partner = reference.partner.map(|name| &name.value).filter(|name| !name.is_empty()).or(by_protocol);
    let default = reference.default.and_then(|text| default(view, claim, text, rules, report));
    Mapping {
        claim: claim.id.clone(),
        data_type: claim.data_type,
        partner: partner.map_or_else(|| claim.id.to_string(), Clone::clone),
        partner_given: partner.is_some(),
        required: reference.required,
        default,
        always_default: reference.always,
        overwrite: reference.overwrite,
    }
}

/// The name under which a claim type keeps its default partner name for a protocol.
fn wire_name(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::OAuth1 => Some("oauth1"),
        Protocol::OAuth2 => Some("oauth2"),
        Protocol::Saml2 => Some("saml2"),
        Protocol::OpenIdConnect => Some("openidconnect"),
        Protocol::None | Protocol::Proprietary => None,
    }
}

fn default(
    view: &View<'_>,
    claim: &ClaimType,
    text: &Spanned<String>,
    rules: Rules,
    report: &mut Report,
) -> Option<DefaultValue> {
    let (template, unknown) = match text.contains('{') {
        true => {
            let (template, unknown) = parsed(view, text, report);
            (Some(template), unknown)
        }
        false => (None, None),
    };
    if let Some(unknown) = unknown.filter(|_| rules.faults) {
        return Some(DefaultValue::Unsupported(unknown));
    }
    if let Some(template) = template.filter(|template| !template.is_plain()) {
        if rules.resolvers {
            return Some(DefaultValue::Template(template));
        }
        let message = message!("`{}` stays plain text here", text.value);
        let warning = Diagnostic::warning(codes::RESOLVER_NOT_EXPANDED, text.span, message);
        let help =
            "add `<Item Key=\"IncludeClaimResolvingInClaimsHandling\">true</Item>` to the profile's Metadata";
        report.push(warning.help(help));
    }
    let kind = claim.data_type;
    // An empty default stands for nothing where the type has no empty value (policy-language 9.3).
    if text.is_empty() && kind != DataType::String {
        return None;
    }
    match Value::parse(text, kind) {
        Ok(value) => Some(DefaultValue::Literal(value)),
        Err(_) if !view.has_type(&claim.id) => None,
        Err(why) => {
            let diagnostic = Diagnostic::error(codes::BAD_DEFAULT, text.span, message!("{why}"));
            report.push(view.typed(&claim.id, diagnostic));
            None
        }
    }
}

/// Text with resolvers, taken apart; names that a known group does not have are told.
pub(super) fn template(view: &View<'_>, text: &Spanned<String>, report: &mut Report) -> Template {
    parsed(view, text, report).0
}

/// The same, with the first name that does not exist.
fn parsed(view: &View<'_>, text: &Spanned<String>, report: &mut Report) -> (Template, Option<Unsupported>) {
    let declared = |id: &str| view.names.find(Sort::Claim, id).map(|entry| entry.name.clone());
    let (template, unknown) = Template::parse(text, declared);
    for Unsupported { resolver, .. } in &unknown {
        let message = message!("there is no claim resolver `{resolver}`");
        report.warning(codes::UNKNOWN_RESOLVER, text.span, message);
    }
    (template, unknown.into_iter().next())
}
