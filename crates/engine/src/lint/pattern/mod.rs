//! Family `patterns`: regular expressions. In: the patterns of used claims, predicates and transformations. Out: those that
//! can take time without end on a text made for it, and those that are found anywhere where the whole text was meant.

mod tree;
mod ways;

use super::found::{Found, finding};
use super::subject::{Family, Subject};
use crate::diagnostic::codes;
use crate::message;
use crate::source::Spanned;

/// Looks at every pattern.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for claim in subject.used_claims() {
        let pattern = claim.restriction.as_ref().and_then(|one| one.pattern.as_ref());
        if let Some(pattern) = pattern.and_then(|one| one.regular_expression.as_ref()) {
            explosion(pattern, found);
            anchoring(pattern, found);
        }
        claim.mask.iter().filter_map(|mask| mask.regex.as_ref()).for_each(|one| explosion(one, found));
    }
    let blocks = &subject.tree.building_blocks;
    for (index, one) in blocks.predicates.iter().enumerate() {
        let matches = one.method.as_ref().is_some_and(|method| method.eq_ignore_ascii_case("MatchesRegex"));
        if matches && subject.used.has(Family::Predicate, index) {
            one.parameters.iter().for_each(|one| explosion(&one.value, found));
        }
    }
    for (index, one) in blocks.claims_transformations.iter().enumerate() {
        let method =
            one.transformation_method.as_ref().map_or("", |method| method.as_str()).to_ascii_lowercase();
        if method.contains("regex") && subject.used.has(Family::Transformation, index) {
            let patterns = one.input_parameters.iter().filter(|one| {
                matches!(one.id.to_ascii_lowercase().as_str(), "matchto" | "regex" | "regularexpression")
            });
            patterns.filter_map(|one| one.value.as_ref()).for_each(|one| explosion(one, found));
        }
    }
}

/// The shortest and the longest text that a pattern takes, where it takes only whole texts.
pub(super) fn length(pattern: &str) -> Option<(u32, Option<u32>)> {
    let tree = tree::parse(pattern)?;
    (tree.anchors() == (true, true)).then(|| tree.length())
}

fn explosion(pattern: &Spanned<String>, found: &mut Found) {
    if tree::parse(pattern).and_then(|tree| ways::explodes(&tree)) == Some(true) {
        let message = message!("a text made for it keeps this pattern busy for ever");
        let help = "inside of a repetition, let every round begin or end with a character that nothing else in the round \
                    can be: `([a-z]+\\.)+` instead of `([a-z]+\\.?)+`";
        let diagnostic = finding(codes::EXPLOSIVE_PATTERN, pattern.span, message);
        found.push(diagnostic.label("can match one text in endlessly many ways").help(help));
    }
}

fn anchoring(pattern: &Spanned<String>, found: &mut Found) {
    let Some(tree) = tree::parse(pattern) else { return };
    let (missing, example) = match tree.anchors() {
        (true, true) => return,
        (false, true) => ("begins", format!("^{}", pattern.value)),
        (true, false) => ("ends", format!("{}$", pattern.value)),
        (false, false) => ("begins or ends", format!("^(?:{})$", pattern.value)),
    };
    let message =
        message!("the pattern may be found anywhere in the text: it does not say where it {missing}");
    let diagnostic = finding(codes::UNANCHORED_PATTERN, pattern.span, message);
    found.push(diagnostic.help(format!("for the whole text write `{example}`")));
}
