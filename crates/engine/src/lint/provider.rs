//! Family `security`, identity providers: whose tokens are believed, and how they are signed (technical-profiles 5, 9,
//! 17). In: the provider profiles that are used. Out: checks that are left out or too weak.

use super::found::{Found, finding};
use super::sort::Sort;
use super::subject::{Subject, flag, partner, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::source::Spanned;
use crate::syntax::TechnicalProfile;

/// Checks that only `false` turns off.
const SIGNED: &[(&str, &str)] = &[
    ("WantsSignedAssertions", "assertions are believed without a signature"),
    ("ResponsesSigned", "responses are believed without a signature"),
    ("WantsSignedResponses", "responses are sent without a signature"),
    ("ValidateTokenIssuer", "the issuer of a token is not checked"),
];
/// Prefixes that every tenant of the cloud shares.
const EVERYBODY: &[&str] = &["https://login.microsoftonline.com", "https://sts.windows.net", "https://"];

pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (profile, sort) in subject.used_profiles() {
        if sort == Sort::Provider {
            issuer(profile, found);
            front_channel(profile, found);
        }
        signatures(profile, found);
    }
    if let Some(party) = subject.party() {
        signatures(party, found);
    }
    links(subject, found);
}

fn signatures(profile: &TechnicalProfile, found: &mut Found) {
    for (key, what) in SIGNED {
        if let Some(value) = setting(&profile.metadata, key).filter(|_| !flag(&profile.metadata, key, true)) {
            let message = message!("{what}");
            found.push(
                finding(codes::UNSIGNED, value.span, message)
                    .help(format!("leave `{key}` out, or set it to `true`")),
            );
        }
    }
}

/// Tokens of any tenant are believed unless their issuer is pinned (technical-profiles 5).
fn issuer(profile: &TechnicalProfile, found: &mut Found) {
    let prefixes = setting(&profile.metadata, "ValidTokenIssuerPrefixes");
    let everybody = |text: &Spanned<String>| {
        text.split(',')
            .any(|one| EVERYBODY.contains(&one.trim().trim_end_matches('/')) || one.trim() == "https://")
    };
    if let Some(place) = prefixes.filter(|text| everybody(text)) {
        let message = message!("`{}` lets the users of every tenant of that provider in", profile.id.value);
        let help = "list the issuers that you trust in `ValidTokenIssuerPrefixes`, each with its tenant's id; or assert the \
                    issuer in a claims transformation";
        found.push(finding(codes::ANY_ISSUER, place.span, message).help(help));
    }
}

fn front_channel(profile: &TechnicalProfile, found: &mut Found) {
    let Some(kinds) = setting(&profile.metadata, "response_types") else { return };
    if kinds.split_whitespace().all(|kind| kind != "code") {
        let message = message!(
            "tokens of `{}` come through the browser, where others may get hold of them",
            profile.id.value
        );
        let help = "write `code`, with the provider's secret in the policy key `client_secret`";
        found.push(finding(codes::FRONT_CHANNEL, kinds.span, message).help(help));
    }
}

/// An account found by an address that a provider named, and linked to it (attacks 107).
fn links(subject: &Subject<'_>, found: &mut Found) {
    let provides = |wanted: &str| {
        subject.used_profiles().any(|(profile, sort)| {
            sort == Sort::Provider
                && profile
                    .output_claims
                    .iter()
                    .any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(wanted))
        })
    };
    let identity = |name: &str| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "alternativesecurityid" | "useridentities" | "alternativesecurityids"
        )
    };
    let links = subject.used_profiles().any(|(profile, sort)| {
        sort == Sort::Directory
            && profile.input_claims.iter().any(|input| partner(input).eq_ignore_ascii_case("objectId"))
            && profile.persisted_claims.iter().any(|claim| {
                identity(claim.partner_claim_type.as_ref().unwrap_or(&claim.claim_type_reference_id))
            })
    });
    for (profile, _) in subject.used_profiles().filter(|(_, sort)| *sort == Sort::Directory && links) {
        let address = profile.input_claims.iter().find(|input| {
            let name = partner(input).to_ascii_lowercase();
            let by_address =
                matches!(name.as_str(), "signinnames.emailaddress" | "signinnames" | "othermails");
            by_address && provides(&input.claim_type_reference_id)
        });
        if let Some(input) = address.filter(|_| subject.is_exchanged(&profile.id)) {
            let message = message!(
                "`{}` finds an account by an address that a provider named, and the policy links them",
                profile.id.value
            );
            let help = "let people prove that the account is theirs before it is linked: whoever can name an address at that \
                        provider takes the account over";
            found.push(
                finding(codes::LINKED_BY_ADDRESS, input.claim_type_reference_id.span, message).help(help),
            );
        }
    }
}
