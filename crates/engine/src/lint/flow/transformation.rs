//! Claims transformations on one way. In: ids in order and the bag. Out: the bag after them.

use super::bag::{Bag, Values};
use crate::lint::subject::{Family, Subject};
use crate::source::Spanned;
use crate::syntax::ClaimsTransformation;

/// Runs the transformations.
pub(super) fn transform(subject: &Subject<'_>, ids: &[Spanned<String>], bag: &mut Bag) {
    for one in ids.iter().filter_map(|id| subject.transformation(id)) {
        run(subject, one, bag);
    }
}

fn run(subject: &Subject<'_>, one: &ClaimsTransformation, bag: &mut Bag) {
    let method = one.transformation_method.as_ref().map_or("", |method| method.as_str()).to_ascii_lowercase();
    let claim = |id: &Spanned<String>| subject.find(Family::Claim, id);
    let mut inputs = one.input_claims.iter().filter_map(|input| claim(&input.claim_type_reference_id));
    let adds = method.starts_with("additem") || method.starts_with("addparameter");
    let whole = match method.as_str() {
        "doesclaimexist" => true,
        _ if adds => inputs.any(|input| bag.has(input)) || !one.input_parameters.is_empty(),
        _ => inputs.all(|input| bag.has(input)),
    };
    for output in one.output_claims.iter().filter_map(|output| claim(&output.claim_type_reference_id)) {
        match method.as_str() {
            "nullclaim" => bag.drop(output),
            "createstringclaim" => bag.put(output, constant(one)),
            _ if whole && !may_yield_nothing(&method) => bag.put(output, Values::Any),
            _ => bag.maybe(output, Values::Any),
        }
    }
}

fn constant(one: &ClaimsTransformation) -> Values {
    let value = one.input_parameters.first().and_then(|parameter| parameter.value.as_ref());
    value.filter(|value| !value.contains('{')).map_or(Values::Any, |value| Values::one(value))
}

/// Methods that look for something, or do something only if it fits.
fn may_yield_nothing(method: &str) -> bool {
    let looks = ["get", "lookup", "stringcollection"];
    method.contains("if") || looks.iter().any(|start| method.starts_with(start))
}
