//! Traps of claims: defaults, resolvers, names and what reaches the token.

use super::super::found::{Found, finding};
use super::super::sort::Sort;
use super::super::subject::{Family, Subject, flag};
use crate::claims;
use crate::diagnostic::codes;
use crate::message;
use crate::source::Spanned;
use crate::syntax::{ClaimReference, DataType, TechnicalProfile, UserInputType};

pub(in crate::lint) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (profile, sort) in subject.used_profiles() {
        for claim in profile.input_claims.iter().chain(&profile.output_claims) {
            forced(claim, found);
            resolver(subject, profile, claim, found);
        }
        passwords(subject, profile, sort, found);
        spaces(profile, found);
        messages(subject, profile, found);
    }
    character_sets(subject, found);
    token(subject, found);
}

fn forced(claim: &ClaimReference, found: &mut Found) {
    let Some(always) = claim.always_use_default_value.filter(|flag| flag.value) else { return };
    if claim.default_value.is_none() {
        let id = &claim.claim_type_reference_id.value;
        let message = message!("AlwaysUseDefaultValue of `{id}` does nothing without a DefaultValue");
        found.push(
            finding(codes::ALWAYS_NOTHING, always.span, message).help("add the DefaultValue, or remove it"),
        );
    }
}

/// A resolver without AlwaysUseDefaultValue counts only while the claim is absent (policy-language 11.1).
fn resolver(subject: &Subject<'_>, profile: &TechnicalProfile, claim: &ClaimReference, found: &mut Found) {
    let Some(text) = &claim.default_value else { return };
    let known = |id: &str| subject.claim(id).map(|claim| claims::Name::from(claim.id.as_str()));
    let is_resolver = text.starts_with('{') && !claims::Template::parse(text, known).0.is_plain();
    if !is_resolver {
        return;
    }
    let id = &claim.claim_type_reference_id;
    let expands = flag(&profile.metadata, "IncludeClaimResolvingInClaimsHandling", false);
    if expands && !claim.always_use_default_value.is_some_and(|flag| flag.value) {
        let message = message!("`{}` counts only while `{}` is absent", text.value, id.value);
        let help = "add AlwaysUseDefaultValue=\"true\" if it shall replace an earlier value";
        found.push(finding(codes::RESOLVER_AS_FALLBACK, text.span, message).help(help));
    }
    let kind = subject.claim(id).and_then(|claim| claim.data_type).map(|kind| kind.value);
    if text.eq_ignore_ascii_case("{Context:DateTimeInUtc}")
        && matches!(kind, Some(DataType::Date | DataType::DateTime))
    {
        let message =
            message!("the resolver gives a text such as `10/31/2026 12:00:00 PM`, no date in ISO form");
        let help = "use the transformation GetCurrentDateTime";
        found.push(finding(codes::DATE_AS_TEXT, text.span, message).help(help));
    }
}

/// A password ends with its page (policy-language 6.3).
fn passwords(subject: &Subject<'_>, profile: &TechnicalProfile, sort: Sort, found: &mut Found) {
    if sort == Sort::Page || subject.is_called(&profile.id) || !subject.is_exchanged(&profile.id) {
        return;
    }
    let inputs = profile.input_claims.iter().map(|claim| &claim.claim_type_reference_id);
    let persisted = profile.persisted_claims.iter().map(|claim| &claim.claim_type_reference_id);
    for id in inputs.chain(persisted) {
        let kind = subject.claim(id).and_then(|claim| claim.user_input_type);
        if kind.is_some_and(|kind| kind.value == UserInputType::Password) {
            let message =
                message!("`{}` is never there: a password ends with the page that asked for it", id.value);
            let help = "run this profile as a validation profile of that page";
            found.push(finding(codes::PASSWORD_GONE, id.span, message).help(help));
        }
    }
}

/// Outer white space of a key, which is trimmed here (technical-profiles 1.3).
fn spaces(profile: &TechnicalProfile, found: &mut Found) {
    for item in &profile.metadata {
        let written = (item.key.span.end - item.key.span.start) as usize;
        if written > item.key.len() && !item.key.contains(['&', '<', '>', '"', '\'']) {
            let message = message!("there is white space around the key `{}`", item.key.value);
            found.push(finding(codes::STRAY_SPACE, item.key.span, message).help("remove it"));
        }
    }
}

/// The page's own text for an error comes before that of its validation profile (policy-language 14, 8).
fn messages(subject: &Subject<'_>, page: &TechnicalProfile, found: &mut Found) {
    for called in &page.validation_technical_profiles {
        let Some((validation, _)) = subject.profile(&called.reference_id) else { continue };
        for item in validation
            .metadata
            .iter()
            .filter(|item| item.key.to_ascii_lowercase().starts_with("usermessageif"))
        {
            let own = page.metadata.iter().find(|other| other.key.eq_ignore_ascii_case(&item.key));
            if let Some(own) = own.filter(|own| own.value.value != item.value.value) {
                let message = message!(
                    "the page `{}` has a text of its own for this error, which is shown instead",
                    page.id.value
                );
                let diagnostic =
                    finding(codes::MESSAGE_NOT_SHOWN, item.value.span, message).also(own.value.span, "shown");
                found.push(diagnostic.help("write the text once, in the page"));
            }
        }
    }
}

/// A character set is no class of a regular expression (policy-language 4.2).
fn character_sets(subject: &Subject<'_>, found: &mut Found) {
    let all = subject.tree.building_blocks.predicates.iter().enumerate();
    for (_, one) in all.filter(|(index, _)| subject.used.has(Family::Predicate, *index)) {
        let includes =
            one.method.as_ref().is_some_and(|method| method.eq_ignore_ascii_case("IncludesCharacters"));
        for parameter in one.parameters.iter().filter(|_| includes) {
            let text: &Spanned<String> = &parameter.value;
            let class = text.len() > 2 && text.starts_with('[') && text.ends_with(']') && !text.contains("{");
            let escape = ["\\d", "\\w", "\\s"].iter().any(|escape| text.contains(escape));
            if class || escape {
                let message = message!("`{}` is a set of characters, no regular expression", text.value);
                let help =
                    "list characters and ranges: `a-z`, `0-9`; brackets and `\\d` stand for themselves";
                found.push(finding(codes::NO_CLASS, text.span, message).help(help));
            }
        }
    }
}

/// What the relying party sends.
fn token(subject: &Subject<'_>, found: &mut Found) {
    for output in subject.party().into_iter().flat_map(|party| &party.output_claims) {
        let id = &output.claim_type_reference_id;
        let listed = subject.used_profiles().any(|(profile, _)| {
            profile.output_claims.iter().any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id))
        });
        let empty = output.default_value.as_ref().is_some_and(|text| text.is_empty());
        let made =
            subject.tree.building_blocks.claims_transformations.iter().enumerate().any(|(index, one)| {
                subject.used.has(Family::Transformation, index)
                    && one
                        .output_claims
                        .iter()
                        .any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id))
            });
        if empty && !listed && !made {
            let message = message!(
                "`{}` is never in the token: nothing sets it, and an empty default counts as absent",
                id.value
            );
            let help = "remove the claim, or let a step output it";
            found.push(finding(codes::EMPTY_DEFAULT, id.span, message).help(help));
        } else if output.default_value.is_none() && !listed && made {
            let message = message!(
                "`{}` comes from a transformation, but no profile lists it in its OutputClaims",
                id.value
            );
            let help =
                "list it in the profile that runs the transformation; the cloud refuses the upload without";
            found.push(finding(codes::UNLISTED_OUTPUT, id.span, message).help(help));
        }
        let kind = subject.claim(id).and_then(|claim| claim.data_type);
        if kind.is_some_and(|kind| kind.value == DataType::DateTime) {
            let message = message!("`{}` is sent as a number of seconds since 1970", id.value);
            let help =
                "convert it to a string by FormatStringClaim or the like if applications expect a date";
            found.push(finding(codes::DATE_AS_NUMBER, id.span, message).help(help));
        }
    }
}
