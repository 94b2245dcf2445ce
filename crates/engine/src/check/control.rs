//! Display controls (policy-language 4.8). In: the merged tree and the profiles without a page. Out: controls with
//! their fields, and the profiles that their actions run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::claim::Claims;
use super::condition::preconditions;
use super::mapping::{Rules, mappings};
use super::names::Sort;
use super::profile::{Profiles, callee};
use super::report::Report;
use super::view::View;
use crate::claims::Name;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::control::ControlField;
use crate::policy::{Action, ControlKind, DisplayControl, Validation};
use crate::source::Spanned;
use crate::syntax::{self, ControlAction, PreconditionAction, same_id};

/// Controls in the tree's order.
#[derive(Default)]
pub(super) struct Controls {
    in_order: Vec<Option<Arc<DisplayControl>>>,
}

impl Controls {
    /// The control at that place of the tree.
    pub(super) fn get(&self, index: usize) -> Option<&Arc<DisplayControl>> {
        self.in_order.get(index)?.as_ref()
    }

    /// By id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<DisplayControl>> {
        self.in_order.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }
}

/// What a claim can be in a control.
const ROLES: &[&str] = &[
    "Email",
    "Phone",
    "CountryCode",
    "VerificationCode",
    "QrCodeContent",
    "ChallengeType",
    "ChallengeId",
    "ChallengeString",
    "CaptchaEntered",
];
/// What a control can do.
const ACTIONS: &[&str] = &["SendCode", "VerifyCode", "GetChallenge", "VerifyChallenge"];

/// Compiles all controls.
pub(super) fn check(view: &View<'_>, claims: &Claims, profiles: &Profiles, report: &mut Report) -> Controls {
    let all = view.tree.building_blocks.display_controls.iter();
    let in_order = all.map(|one| control(view, claims, profiles, one, report).map(Arc::new));
    Controls { in_order: in_order.collect() }
}

fn control(
    view: &View<'_>,
    claims: &Claims,
    profiles: &Profiles,
    one: &syntax::DisplayControl,
    report: &mut Report,
) -> Option<DisplayControl> {
    let rules = Rules { protocol: None, resolvers: true, faults: false };
    let inputs = mappings(view, claims, &one.input_claims, rules, report);
    let outputs = mappings(view, claims, &one.output_claims, rules, report);
    let fields = one.display_claims.iter().filter_map(|one| field(view, claims, one, report)).collect();
    let actions = one.actions.iter().map(|one| action(view, claims, profiles, one, report)).collect();
    let Some(kind) = one.user_interface_control_type else {
        let message =
            message!("display control `{}` needs the attribute `UserInterfaceControlType`", one.id.value);
        report.error(codes::MISSING_ATTRIBUTE, one.span, message);
        return None;
    };
    let kind = ControlKind::ALL.iter().find(|(name, _)| *name == kind.value.name())?.1;
    let id = view.names.find(Sort::Control, &one.id)?.name.clone();
    let caption = one.display_name.as_ref().map(|name| name.value.clone());
    Some(DisplayControl { id, kind, caption, inputs, fields, outputs, actions })
}

fn field(
    view: &View<'_>,
    claims: &Claims,
    one: &syntax::ControlDisplayClaim,
    report: &mut Report,
) -> Option<ControlField> {
    let claim = claims.resolve(view, &one.claim_type_reference_id, report)?.id.clone();
    let role = one.control_claim_type.as_ref().map(|written| {
        known(written, ROLES, "part of a control", report).unwrap_or_else(|| written.value.clone())
    });
    Some(ControlField { claim, required: one.required.is_some_and(|flag| flag.value), role })
}

fn known(written: &Spanned<String>, words: &[&str], what: &str, report: &mut Report) -> Option<String> {
    let found = words.iter().find(|word| same_id(word, written));
    if found.is_none() {
        let message = message!("there is no {what} `{}`", written.value);
        let diagnostic = Diagnostic::error(codes::BAD_VALUE, written.span, message);
        report.push(diagnostic.did_you_mean(written, words.iter().copied()));
    }
    found.map(|word| (*word).to_owned())
}

fn action(
    view: &View<'_>,
    claims: &Claims,
    profiles: &Profiles,
    one: &ControlAction,
    report: &mut Report,
) -> Action {
    let id = known(&one.id, ACTIONS, "action of a display control", report).unwrap_or_default();
    let mut list = Vec::new();
    for called in &one.technical_profiles {
        let action = PreconditionAction::SkipThisValidationTechnicalProfile;
        let preconditions = preconditions(view, claims, &called.preconditions, action, report);
        if let Some(profile) = callee(view, profiles, &called.technical_profile_reference_id, report) {
            list.push(Arc::new(Validation {
                profile,
                continue_on_error: called.continue_on_error.is_some_and(|flag| flag.value),
                continue_on_success: called.continue_on_success.is_none_or(|flag| flag.value),
                preconditions,
                place: view.place(called.technical_profile_reference_id.span),
            }));
        }
    }
    Action { id: Name::from(id), profiles: list }
}
