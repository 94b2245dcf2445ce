//! Preconditions of steps and validation profiles (policy-language 7.3).

use super::claim::Claims;
use super::report::Report;
use super::view::View;
use crate::diagnostic::{Diagnostic, codes};
use crate::message;
use crate::policy::Precondition;
use crate::policy::journey::Test;
use crate::syntax::{self, PreconditionAction, PreconditionType};

/// Compiles preconditions; `action` is what they can do at this place.
pub(super) fn preconditions(
    view: &View<'_>,
    claims: &Claims,
    list: &Option<Vec<syntax::Precondition>>,
    action: PreconditionAction,
    report: &mut Report,
) -> Vec<Precondition> {
    let mut all = Vec::new();
    for one in list.iter().flatten() {
        for written in one.actions.iter().filter(|written| written.value != action) {
            let message = message!("`{}` cannot be done here", written.value.name());
            let diagnostic = Diagnostic::error(codes::BAD_PRECONDITION, written.span, message);
            let diagnostic = diagnostic.help(format!("did you mean `{}`?", action.name()));
            report.push(diagnostic.suggest(written.value.name(), action.name()));
        }
        all.extend(precondition(view, claims, one, report));
    }
    all
}

fn precondition(
    view: &View<'_>,
    claims: &Claims,
    one: &syntax::Precondition,
    report: &mut Report,
) -> Option<Precondition> {
    let skip_if = one.execute_actions_if.is_none_or(|flag| flag.value);
    let refuse = |report: &mut Report, what: &str| {
        report.error(codes::BAD_PRECONDITION, one.span, message!("{what}"));
        None
    };
    let test = match (one.kind.as_ref().map(|kind| kind.value), one.values.as_slice()) {
        // That it lacks, or has a wrong one, was said when the file was read.
        (None, _) => return None,
        (Some(PreconditionType::ClaimsExist), []) => {
            return refuse(report, "`ClaimsExist` needs the claim type as its Value");
        }
        (Some(PreconditionType::ClaimsExist), values) => {
            let names = values.iter().map(|value| Some(claims.resolve(view, value, report)?.id.clone()));
            Test::ClaimsExist(names.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?)
        }
        (Some(PreconditionType::ClaimEquals), [claim, literal]) => {
            let claim = claims.resolve(view, claim, report)?;
            Test::ClaimEquals(claim.id.clone(), claim.data_type, literal.value.clone())
        }
        (Some(PreconditionType::ClaimEquals), _) => {
            return refuse(
                report,
                "`ClaimEquals` needs two Values: a claim type and what it is compared with",
            );
        }
    };
    Some(Precondition { test, skip_if })
}
