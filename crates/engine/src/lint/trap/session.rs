//! Traps of sessions and of the directory.

use super::super::found::{Found, finding};
use super::super::sort::Sort;
use super::super::subject::{Subject, flag, partner, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::syntax::{PersistedClaim, TechnicalProfile};

pub(in crate::lint) fn check(subject: &Subject<'_>, found: &mut Found) {
    let kinds = sign_in_names(subject);
    for (profile, sort) in subject.used_profiles() {
        session(subject, profile, sort, found);
        if sort == Sort::Directory {
            names(profile, &kinds, found);
            missed(profile, found);
        }
    }
    refresh(subject, found);
}

/// Participation is keyed by the session profile (policy-language 14, 13; technical-profiles 25, 12).
fn session(subject: &Subject<'_>, profile: &TechnicalProfile, sort: Sort, found: &mut Found) {
    let Some(reference) = &profile.use_technical_profile_for_session_management else { return };
    let Some((session, kind)) = subject.profile(reference) else { return };
    if kind == Sort::Session
        && matches!(sort, Sort::Rest | Sort::Transformation)
        && subject.is_exchanged(&profile.id)
    {
        let message = message!(
            "`{}` is not run in a signed-in session: `{}` restores its claims instead",
            profile.id.value,
            reference.value
        );
        let help = "name a profile of NoopSSOSessionProvider, as `SM-Noop`, if it shall run every time";
        found.push(finding(codes::SKIPPED_IN_SESSION, reference.span, message).help(help));
    }
    if kind == Sort::ExternalSession && sort == Sort::Provider {
        let shared = session.persisted_claims.iter().any(|kept| {
            let id = &kept.claim_type_reference_id;
            let listed =
                profile.output_claims.iter().any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id));
            let made =
                profile.output_claims_transformations.iter().filter_map(|id| subject.transformation(id));
            listed
                || made
                    .flat_map(|one| &one.output_claims)
                    .any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id))
        });
        if !shared {
            let message = message!(
                "the provider is asked again in every session: `{}` keeps none of its output claims",
                reference.value
            );
            let help = "persist one of them there, such as `alternativeSecurityId`";
            found.push(
                finding(codes::SESSION_KEEPS_NOTHING, reference.span, message)
                    .also(session.id.span, "keeps the session")
                    .help(help),
            );
        }
    }
    let excluded = profile.include_in_sso.filter(|flag| !flag.value);
    if let Some(excluded) = excluded.filter(|_| kind == Sort::Session && !subject.is_called(&profile.id)) {
        let message = message!(
            "`{}` is skipped in a session all the same: it names `{}`",
            profile.id.value,
            reference.value
        );
        let help = "IncludeInSso counts for validation profiles; name a profile of NoopSSOSessionProvider to ask every time";
        found.push(
            finding(codes::INCLUDE_IN_SSO, excluded.span, message)
                .also(reference.span, "the session")
                .help(help),
        );
    }
}

fn sign_in_name(claim: &PersistedClaim) -> Option<String> {
    let name =
        claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id).to_ascii_lowercase();
    name.starts_with("signinnames.").then_some(name)
}

/// The sorts of sign-in names that the policy writes.
fn sign_in_names(subject: &Subject<'_>) -> Vec<String> {
    let directory = subject.used_profiles().filter(|(_, sort)| *sort == Sort::Directory);
    let mut names: Vec<String> =
        directory.flat_map(|(profile, _)| &profile.persisted_claims).filter_map(sign_in_name).collect();
    names.sort();
    names.dedup();
    names
}

/// Writing one sign-in name of a known user removes the others (technical-profiles 25, 9).
fn names(profile: &TechnicalProfile, kinds: &[String], found: &mut Found) {
    let writes = setting(&profile.metadata, "Operation").is_some_and(|one| one.eq_ignore_ascii_case("Write"));
    let known = profile.input_claims.iter().any(|input| partner(input).eq_ignore_ascii_case("objectId"));
    if !writes || !known {
        return;
    }
    let own: Vec<String> = profile.persisted_claims.iter().filter_map(sign_in_name).collect();
    let lost: Vec<&String> = kinds.iter().filter(|kind| !own.contains(kind)).collect();
    if let (Some(first), false) = (own.first(), lost.is_empty()) {
        let place = profile.persisted_claims.iter().find(|claim| sign_in_name(claim).as_ref() == Some(first));
        let lost = lost.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        let message = message!("writing `{first}` of a user removes {lost}");
        let help = "read the other sign-in names first and persist them all";
        let span = place.map_or(profile.id.span, |claim| claim.claim_type_reference_id.span);
        found.push(finding(codes::NAMES_REMOVED, span, message).help(help));
    }
}

/// A read that finds nobody still gives its defaults (technical-profiles 25, 8).
fn missed(profile: &TechnicalProfile, found: &mut Found) {
    let reads = setting(&profile.metadata, "Operation").is_some_and(|one| one.eq_ignore_ascii_case("Read"));
    if !reads || flag(&profile.metadata, "RaiseErrorIfClaimsPrincipalDoesNotExist", false) {
        return;
    }
    if let Some(output) = profile.output_claims.iter().find(|output| output.default_value.is_some()) {
        let id = &output.claim_type_reference_id;
        let message = message!("`{}` is set even if `{}` finds no user", id.value, profile.id.value);
        let help = "ask for `objectId` where it matters whether there is a user";
        found.push(finding(codes::DEFAULT_WITHOUT_USER, id.span, message).help(help));
    }
}

/// Without a journey of its own a refresh repeats the old claims (technical-profiles 25, 18).
fn refresh(subject: &Subject<'_>, found: &mut Found) {
    let Some(party) = &subject.tree.relying_party else { return };
    let named = party.endpoints.iter().any(|one| one.id.eq_ignore_ascii_case("Token"));
    let set =
        subject.used_profiles().any(|(one, _)| setting(&one.metadata, "RefreshTokenUserJourneyId").is_some());
    if !named && !set {
        let message =
            message!("a refreshed token repeats the claims of the sign-in, whatever became of the user");
        let help =
            "name a journey that reads the user: `<Endpoint Id=\"Token\" UserJourneyReferenceId=\"…\" />`";
        let span = party.default_user_journey.as_ref().map_or(party.span, |one| one.span);
        found.push(finding(codes::NO_REFRESH_JOURNEY, span, message).help(help));
    }
}
