//! Traps of pages: fields that are not shown, or not as meant.

use super::super::flow::page::{Field, fields, is_validated};
use super::super::found::{Found, finding};
use super::super::sort::Sort;
use super::super::subject::{Family, Subject, flag, partner, setting};
use crate::diagnostic::codes;
use crate::message;
use crate::syntax::{ClaimReference, TechnicalProfile, UserInputType};

/// What the name of a field that repeats a password is made of.
const REPEATED: &[&str] = &["confirm", "reenter", "repeat", "retype"];

pub(in crate::lint) fn check(subject: &Subject<'_>, found: &mut Found) {
    for (profile, _) in subject.used_profiles().filter(|(_, sort)| *sort == Sort::Page) {
        let shown = fields(subject, profile);
        hidden(subject, profile, &shown, found);
        defaults(subject, profile, found);
        texts(subject, profile, &shown, found);
        repeated(&shown, found);
        address(subject, profile, found);
        kept(profile, &shown, found);
        forgotten(subject, profile, found);
    }
}

/// One display claim hides every output claim (policy-language 14, 5).
fn hidden(subject: &Subject<'_>, profile: &TechnicalProfile, shown: &[Field<'_>], found: &mut Found) {
    let Some(first) = profile.display_claims.first() else { return };
    for output in &profile.output_claims {
        let id = &output.claim_type_reference_id;
        if partner(output).eq_ignore_ascii_case("Verified.Email") {
            let message = message!("the address `{}` is not verified: the page has display claims", id.value);
            let help = "show it by a display control of type VerificationControl";
            let diagnostic = finding(codes::VERIFIED_EMAIL_HIDDEN, id.span, message);
            found.push(diagnostic.also(first.span, "one display claim turns it off").help(help));
        }
        let asked = subject.claim(id).is_some_and(|claim| claim.user_input_type.is_some());
        // Who writes both lists in one file may mean to hand an earlier value on.
        let apart = profile.display_claims.iter().all(|one| one.span.source != output.span.source);
        let required = output.required.is_some_and(|flag| flag.value);
        let meant = apart || required || !is_yielded(subject, profile, id);
        if asked && meant && output.default_value.is_none() && !has_source(subject, profile, output, shown) {
            let message = message!(
                "`{}` is not asked for: the page has display claims, and this is none of them",
                id.value
            );
            let diagnostic =
                finding(codes::HIDDEN_OUTPUT, id.span, message).label("nothing gives it a value");
            let help = "list it in DisplayClaims too; one display claim anywhere in the chain hides all output claims";
            found.push(diagnostic.also(first.span, "a display claim").help(help));
        }
    }
}

/// Whether another profile outputs the claim.
fn is_yielded(subject: &Subject<'_>, page: &TechnicalProfile, id: &str) -> bool {
    let mut others = subject.used_profiles().filter(|(other, _)| other.id.span != page.id.span);
    others.any(|(other, _)| {
        other.output_claims.iter().any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id))
    })
}

/// Whether the page gets the claim from somewhere.
fn has_source(
    subject: &Subject<'_>,
    profile: &TechnicalProfile,
    output: &ClaimReference,
    shown: &[Field<'_>],
) -> bool {
    let id = &output.claim_type_reference_id;
    let is = |other: &str| other.eq_ignore_ascii_case(id);
    let controls = profile.display_claims.iter().filter_map(|one| one.display_control_reference_id.as_ref());
    let mut given = controls.filter_map(|id| subject.control(id)).flat_map(|control| &control.output_claims);
    let called =
        profile.validation_technical_profiles.iter().filter_map(|one| subject.profile(&one.reference_id));
    let mut transformations: Vec<_> =
        profile.input_claims_transformations.iter().chain(&profile.output_claims_transformations).collect();
    for (one, _) in called {
        transformations
            .extend(one.input_claims_transformations.iter().chain(&one.output_claims_transformations));
    }
    let mut made = transformations
        .into_iter()
        .filter_map(|id| subject.transformation(id))
        .flat_map(|one| &one.output_claims);
    shown.iter().any(|field| is(field.id))
        || profile.input_claims.iter().any(|input| is(&input.claim_type_reference_id))
        || is_validated(subject, profile, id)
        || given.any(|one| is(&one.claim_type_reference_id))
        || made.any(|one| is(&one.claim_type_reference_id))
}

/// A default keeps a field from the page (policy-language 14, 5).
fn defaults(subject: &Subject<'_>, profile: &TechnicalProfile, found: &mut Found) {
    let wanted = |output: &&ClaimReference| {
        let kind = subject.claim(&output.claim_type_reference_id).and_then(|claim| claim.user_input_type);
        kind.is_some_and(|kind| !matches!(kind.value, UserInputType::Readonly | UserInputType::Paragraph))
            && profile.display_claims.is_empty()
    };
    for output in profile.output_claims.iter().filter(wanted) {
        let id = &output.claim_type_reference_id;
        let required = output.required.is_some_and(|flag| flag.value);
        let typed = subject.claim(id).and_then(|claim| claim.user_input_type).map(|kind| kind.value);
        let chosen = matches!(
            typed,
            Some(
                UserInputType::RadioSingleSelect
                    | UserInputType::DropdownSingleSelect
                    | UserInputType::CheckboxMultiSelect
            )
        );
        if let Some(default) = output.default_value.as_ref().filter(|_| required || chosen) {
            let message =
                message!("`{}` is not asked for: an output claim with a DefaultValue is no field", id.value);
            let help =
                "give the InputClaim the DefaultValue instead: then it is what the field shows at first";
            found.push(
                finding(codes::DEFAULT_HIDES_FIELD, default.span, message)
                    .label("hides the field")
                    .help(help),
            );
        } else if output.default_value.is_none() && required && is_validated(subject, profile, id) {
            let message =
                message!("`{}` is not asked for: a validation profile of the page outputs it", id.value);
            let help = "list it in DisplayClaims if the user shall fill it in, else leave `Required` out";
            found.push(finding(codes::VALIDATION_HIDES_FIELD, id.span, message).help(help));
        }
    }
}

/// Paragraphs and read-only fields show what an input claim gives them.
fn texts(subject: &Subject<'_>, profile: &TechnicalProfile, shown: &[Field<'_>], found: &mut Found) {
    for field in shown.iter().filter(|field| !field.is_entered()) {
        let id = &field.id.value;
        let paragraph =
            field.claim.user_input_type.is_some_and(|kind| kind.value == UserInputType::Paragraph);
        if field.required && paragraph {
            let message =
                message!("nobody can fill in the paragraph `{id}`, so that requiring it may block the page");
            found.push(
                finding(codes::REQUIRED_PARAGRAPH, field.id.span, message).help("leave `Required` out"),
            );
        }
        let given =
            profile.input_claims.iter().any(|input| input.claim_type_reference_id.eq_ignore_ascii_case(id));
        let inner = subject.tree.building_blocks.display_controls.iter().any(|control| {
            control.display_claims.iter().any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id))
        });
        let made = profile.input_claims_transformations.iter().filter_map(|id| subject.transformation(id));
        let made = made
            .flat_map(|one| &one.output_claims)
            .any(|one| one.claim_type_reference_id.eq_ignore_ascii_case(id));
        if !given && !inner && !made {
            let message = message!("`{id}` is shown empty: it is no input claim of the page");
            let help = "list it in InputClaims, with a DefaultValue where no step before sets it";
            found.push(finding(codes::EMPTY_TEXT, field.id.span, message).label("shows nothing").help(help));
        }
    }
}

/// Only `reenterPassword` is compared with the password (technical-profiles 4.5).
fn repeated(shown: &[Field<'_>], found: &mut Found) {
    let secret = |field: &&Field<'_>| {
        field.claim.user_input_type.is_some_and(|kind| kind.value == UserInputType::Password)
    };
    let secrets: Vec<&Field<'_>> = shown.iter().filter(secret).collect();
    let has = |name: &str| secrets.iter().any(|field| field.id.eq_ignore_ascii_case(name));
    for field in secrets.iter().filter(|_| secrets.len() > 1) {
        let name = field.id.to_ascii_lowercase();
        let magic = name == "reenterpassword" && (has("newPassword") || has("password"));
        if REPEATED.iter().any(|part| name.contains(part)) && !magic {
            let message = message!("the page does not compare `{}` with the password", field.id.value);
            let help = "name the claims `newPassword` (or `password`) and `reenterPassword`, or compare them by \
                        AssertStringClaimsAreEqual in a validation profile";
            found.push(finding(codes::NOT_COMPARED, field.id.span, message).help(help));
        }
    }
}

fn address(subject: &Subject<'_>, profile: &TechnicalProfile, found: &mut Found) {
    let Some(id) = setting(&profile.metadata, "IpAddressClaimReferenceId") else { return };
    if subject.find(Family::Claim, id).is_none() {
        let message =
            message!("the claim type `{}` is not declared, so that the address is kept nowhere", id.value);
        let help = "declare the claim type, or remove the item";
        found.push_about(&profile.id, finding(codes::UNDECLARED_ADDRESS, id.span, message).help(help));
    }
}

/// An emptied field keeps its old value (technical-profiles 25, 5).
fn kept(profile: &TechnicalProfile, shown: &[Field<'_>], found: &mut Found) {
    if flag(&profile.metadata, "AllowGenerationOfClaimsWithNullValues", false) {
        return;
    }
    let prefilled = |field: &&Field<'_>| {
        field.is_entered()
            && !field.required
            && profile
                .input_claims
                .iter()
                .any(|input| input.claim_type_reference_id.eq_ignore_ascii_case(field.id))
    };
    if let Some(field) = shown.iter().find(prefilled) {
        let message =
            message!("users cannot clear `{}`: an emptied field keeps its old value", field.id.value);
        let help = "set `AllowGenerationOfClaimsWithNullValues` to `true` if they shall be able to";
        found.push_about(&profile.id, finding(codes::NOT_CLEARABLE, field.id.span, message).help(help));
    }
}

/// Without an exchange of its own the link is an error for the application (technical-profiles 25, 18).
fn forgotten(subject: &Subject<'_>, profile: &TechnicalProfile, found: &mut Found) {
    let place = setting(&profile.metadata, "setting.forgotPasswordLinkLocation");
    let nowhere = place.is_some_and(|place| place.eq_ignore_ascii_case("None"));
    let own = setting(&profile.metadata, "setting.forgotPasswordLinkOverride").is_some();
    if nowhere || own || setting(&profile.metadata, "SignUpTarget").is_none() || subject.party().is_none() {
        return;
    }
    let message =
        message!("whoever forgot the password goes back to the application with the error AADB2C90118");
    let help = "let applications answer it by a password reset policy, or name an exchange in \
                `setting.forgotPasswordLinkOverride`";
    found.push_about(&profile.id, finding(codes::FORGOTTEN_IS_AN_ERROR, profile.id.span, message).help(help));
}
