//! Claims transformations (policy-language 4.4, claims-transformations 1). In: the merged tree. Out: transformations
//! whose claims and parameters fit their method; what the method does not expect, or misses, is reported.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::claim::Claims;
use super::names::Sort;
use super::report::Report;
use super::view::View;
use crate::claims::{DataType, Name, Value};
use crate::diagnostic::{Diagnostic, codes, did_you_mean};
use crate::message;
use crate::policy::Place;
use crate::source::{Span, Spanned};
use crate::syntax::{self, InputParameter, TransformationClaim};
use crate::transform::{self, Function, Often, Slot, Transformation};

/// Transformations in the tree's order; nothing where one is broken.
pub(super) struct Transformations {
    in_order: Vec<Option<Arc<Transformation>>>,
}

impl Transformations {
    /// The transformation at that place of the tree.
    pub(super) fn get(&self, index: usize) -> Option<&Arc<Transformation>> {
        self.in_order.get(index)?.as_ref()
    }

    /// Where they stand, by id.
    pub(super) fn places(&self, view: &View<'_>) -> BTreeMap<Name, Place> {
        let written = &view.tree.building_blocks.claims_transformations;
        let all = self.in_order.iter().zip(written);
        all.filter_map(|(made, one)| Some((made.as_ref()?.id.clone(), view.place(one.span)))).collect()
    }

    /// By id.
    pub(super) fn by_id(&self) -> BTreeMap<Name, Arc<Transformation>> {
        self.in_order.iter().flatten().map(|one| (one.id.clone(), one.clone())).collect()
    }
}

/// Compiles all transformations.
pub(super) fn check(view: &View<'_>, claims: &Claims, report: &mut Report) -> Transformations {
    let all = view.tree.building_blocks.claims_transformations.iter().enumerate();
    let in_order = all.map(|(index, one)| {
        // Of one with a part missing nothing can be said to be missing.
        let whole = !view.damage.has(Sort::Transformation, index);
        transformation(view, claims, (one, whole), report).map(Arc::new)
    });
    Transformations { in_order: in_order.collect() }
}

fn transformation(
    view: &View<'_>,
    claims: &Claims,
    (one, whole): (&syntax::ClaimsTransformation, bool),
    report: &mut Report,
) -> Option<Transformation> {
    let spoilt = report.spoilt();
    let inputs = uses(view, claims, &one.input_claims, report);
    let outputs = uses(view, claims, &one.output_claims, report);
    let function = function(one, whole, report)?;
    let place = one.span;
    Signature { function, part: "input claim", slots: function.inputs, place, whole }
        .check(view, &inputs, report);
    Signature { function, part: "output claim", slots: function.outputs, place, whole }
        .check(view, &outputs, report);
    parameters((one, whole), function, report);
    let taken = |used: &Use<'_>| Some((used.slot.value.to_owned(), used.claim.clone()?));
    let made = Transformation::new(
        view.names.find(Sort::Transformation, &one.id)?.name.clone(),
        function,
        inputs.iter().filter_map(taken).map(|(slot, (claim, _))| (slot, claim)).collect(),
        values(one, function, report),
        outputs.iter().filter_map(taken).map(|(slot, (claim, kind))| (slot, claim, kind)).collect(),
    );
    let pattern = one.input_parameters.iter().find(|given| given.id.eq_ignore_ascii_case("matchTo"));
    let pattern = pattern.and_then(|given| given.value.as_ref()).map_or(place, |value| value.span);
    let made = made.map_err(|why| report.error(codes::BAD_PARAMETER, pattern, message!("{why}"))).ok();
    if report.spoilt() > spoilt {
        // What was let pass must not be passed over when the transformation is reached: it may be an assertion.
        return Some(Transformation::unusable(view.names.find(Sort::Transformation, &one.id)?.name.clone()));
    }
    made
}

fn function(
    one: &syntax::ClaimsTransformation,
    whole: bool,
    report: &mut Report,
) -> Option<&'static Function> {
    let Some(method) = &one.transformation_method else {
        if !whole {
            return None;
        }
        let message = message!("a claims transformation needs the attribute `TransformationMethod`");
        report.error(codes::UNKNOWN_METHOD, one.span, message);
        return None;
    };
    if let Some(function) = transform::function(method) {
        return Some(function);
    }
    let known = transform::functions().map(|one| one.name);
    let message = message!("there is no transformation method `{}`", method.value);
    report.push(Diagnostic::error(codes::UNKNOWN_METHOD, method.span, message).did_you_mean(method, known));
    None
}

/// A claim given to a transformation: the slot it is given to, and what it is if it is known.
struct Use<'a> {
    slot: Spanned<&'a str>,
    claim: Option<(Name, DataType)>,
    place: Span,
}

fn uses<'a>(
    view: &View<'_>,
    claims: &Claims,
    list: &'a [TransformationClaim],
    report: &mut Report,
) -> Vec<Use<'a>> {
    let mut one = |one: &'a TransformationClaim| {
        let slot = one.transformation_claim_type.as_ref().unwrap_or(&one.claim_type_reference_id);
        let claim = claims.resolve(view, &one.claim_type_reference_id, report);
        let claim = claim.filter(|claim| view.has_type(&claim.id));
        Use {
            slot: Spanned::new(slot.as_str(), slot.span),
            claim: claim.map(|claim| (claim.id.clone(), claim.data_type)),
            place: one.claim_type_reference_id.span,
        }
    };
    list.iter().map(&mut one).collect()
}

/// One half of a method's signature.
struct Signature<'a> {
    function: &'static Function,
    part: &'a str,
    slots: &'static [Slot],
    place: Span,
    whole: bool,
}

impl Signature<'_> {
    /// Compares what is declared with what is expected. A wrong name and a missing one are taken for one mistake, and
    /// an unknown claim without TransformationClaimType could be anything.
    fn check(&self, view: &View<'_>, uses: &[Use<'_>], report: &mut Report) {
        let any = self.slots.iter().find(|slot| slot.often == Often::Many);
        let mut missing: Vec<&Slot> = self.slots.iter().filter(|slot| slot.often == Often::Once).collect();
        let mut unexpected = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for used in uses {
            let slot = self.slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(*used.slot));
            let Some(slot) = slot.or(any) else {
                unexpected.push(used);
                continue;
            };
            missing.retain(|other| other.name != slot.name);
            self.check_type(view, slot, used, report);
            if slot.often != Often::Many && seen.contains(&slot.name) {
                let message =
                    message!("`{}` takes only one {} `{}`", self.function.name, self.part, slot.name);
                report.error(codes::SIGNATURE, used.place, message);
            }
            seen.push(slot.name);
        }
        let unknown = |used: &&Use<'_>| used.claim.is_none() && used.slot.span == used.place;
        for used in unexpected.iter().copied().filter(|used| !unknown(used)) {
            report.push(self.unexpected(used, &missing));
        }
        if unexpected.is_empty() && self.whole {
            for slot in missing {
                let message = message!("`{}` needs the {} `{}`", self.function.name, self.part, slot.name);
                report.error(codes::SIGNATURE, self.place, message);
            }
        }
    }

    fn unexpected(&self, used: &Use<'_>, missing: &[&Slot]) -> Diagnostic {
        let message = message!("`{}` has no {} `{}`", self.function.name, self.part, *used.slot);
        let diagnostic = Diagnostic::error(codes::SIGNATURE, used.slot.span, message);
        if let Some(near) = did_you_mean(*used.slot, self.slots.iter().map(|slot| slot.name)) {
            return diagnostic.help(format!("did you mean `{near}`?")).suggest(*used.slot, near);
        }
        if missing.is_empty() {
            return diagnostic;
        }
        let names: Vec<String> = missing.iter().map(|slot| format!("`{}`", slot.name)).collect();
        diagnostic.help(format!("expected and not given: {}", names.join(", ")))
    }

    fn check_type(&self, view: &View<'_>, slot: &Slot, used: &Use<'_>, report: &mut Report) {
        let Some((claim, kind)) = &used.claim else { return };
        if slot.types.is_empty() || slot.types.contains(kind) {
            return;
        }
        let (part, name, method) = (self.part, slot.name, self.function.name);
        let message = message!(
            "the {part} `{name}` of `{method}` is {}, but `{claim}` is {}",
            types(slot),
            kind.name()
        );
        report.push(view.typed(claim, Diagnostic::error(codes::SIGNATURE_TYPE, used.place, message)));
    }
}

fn types(slot: &Slot) -> String {
    slot.types.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ")
}

/// The slot that a parameter is for.
fn parameter_slot(given: &InputParameter, function: &'static Function) -> Option<&'static Slot> {
    let named = function.parameters.iter().find(|slot| slot.name.eq_ignore_ascii_case(&given.id));
    named.or_else(|| function.parameters.iter().find(|slot| slot.often == Often::Many))
}

fn parameters(
    (one, whole): (&syntax::ClaimsTransformation, bool),
    function: &'static Function,
    report: &mut Report,
) {
    let mut missing: Vec<&Slot> =
        function.parameters.iter().filter(|slot| slot.often == Often::Once).collect();
    let mut unexpected = false;
    for given in &one.input_parameters {
        let Some(slot) = parameter_slot(given, function) else {
            unexpected = true;
            let message = message!("`{}` has no parameter `{}`", function.name, given.id.value);
            let diagnostic = Diagnostic::error(codes::SIGNATURE, given.id.span, message);
            report.push(diagnostic.did_you_mean(&given.id, function.parameters.iter().map(|slot| slot.name)));
            continue;
        };
        missing.retain(|other| other.name != slot.name);
        let Some(written) = given.data_type.as_ref() else { continue };
        let kind = DataType::named(written.name()).unwrap_or(DataType::String);
        // The cloud takes any type here and fails at run time; a flag may be given as text (claims-transformations 1).
        if !slot.types.is_empty() && !slot.types.contains(&kind) {
            let message = message!("the parameter `{}` of `{}` is {}", slot.name, function.name, types(slot));
            report.warning(codes::SIGNATURE_TYPE, written.span, message);
        }
    }
    if !unexpected && whole {
        for slot in missing {
            let message = message!("`{}` needs the parameter `{}`", function.name, slot.name);
            report.error(codes::SIGNATURE, one.span, message);
        }
    }
}

/// Parameters as values: of the type written, or of the one the method takes if the two differ.
fn values(
    one: &syntax::ClaimsTransformation,
    function: &'static Function,
    report: &mut Report,
) -> Vec<(String, Value)> {
    let mut values = Vec::with_capacity(one.input_parameters.len());
    for given in &one.input_parameters {
        let Some(text) = &given.value else { continue };
        let written = given.data_type.as_ref().and_then(|kind| DataType::named(kind.name()));
        let slot = parameter_slot(given, function).filter(|slot| !slot.types.is_empty());
        let wanted = match (slot, written) {
            (Some(slot), Some(written)) if slot.types.contains(&written) => Some(written),
            (Some(slot), _) => slot.types.first().copied(),
            (None, written) => written,
        };
        match Value::parse(text, wanted.unwrap_or(DataType::String)) {
            Ok(value) => values.push((given.id.as_str().to_owned(), value)),
            Err(why) => {
                let diagnostic = Diagnostic::error(codes::BAD_PARAMETER, text.span, message!("{why}"));
                report.push(match given.data_type.as_ref() {
                    Some(kind) => diagnostic.also(kind.span, "its type is given here"),
                    None => diagnostic,
                });
            }
        }
    }
    values
}
