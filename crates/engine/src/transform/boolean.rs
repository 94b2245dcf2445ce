//! Methods on truth values (claims-transformations 3).

use super::{Arguments, BOOLEAN, FLAG, Failure, Function, Results, Value, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AndClaims",
        about: "Whether both claims are true.",
        inputs: &[once("inputClaim1", BOOLEAN), once("inputClaim2", BOOLEAN)],
        parameters: &[],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| combine(arguments, |a, b| a && b),
    },
    Function {
        name: "OrClaims",
        about: "Whether one of the claims is true.",
        inputs: &[once("inputClaim1", BOOLEAN), once("inputClaim2", BOOLEAN)],
        parameters: &[],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| combine(arguments, |a, b| a || b),
    },
    Function {
        name: "NotClaims",
        about: "The opposite of the claim.",
        inputs: &[once("inputClaim", BOOLEAN)],
        parameters: &[],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| {
            Ok(Results::one("outputClaim", Value::Boolean(!arguments.required_flag("inputClaim")?)))
        },
    },
    Function {
        name: "AssertBooleanClaimIsEqualToValue",
        about: "Fails unless the claim has the value.",
        inputs: &[once("inputClaim", BOOLEAN)],
        parameters: &[once("valueToCompareTo", FLAG)],
        outputs: &[],
        run: assert_equal,
    },
    Function {
        name: "CompareBooleanClaimToValue",
        about: "Whether the claim has the value.",
        inputs: &[once("inputClaim", BOOLEAN)],
        parameters: &[once("valueToCompareTo", FLAG)],
        outputs: &[once("compareResult", BOOLEAN)],
        run: |arguments| Ok(Results::one("compareResult", Value::Boolean(equal(arguments)?))),
    },
];

/// No short circuit: both claims must be there.
fn combine(arguments: &Arguments<'_>, rule: fn(bool, bool) -> bool) -> Result<Results, Failure> {
    let (a, b) = (arguments.required_flag("inputClaim1")?, arguments.required_flag("inputClaim2")?);
    Ok(Results::one("outputClaim", Value::Boolean(rule(a, b))))
}

fn equal(arguments: &Arguments<'_>) -> Result<bool, Failure> {
    Ok(Some(arguments.required_flag("inputClaim")?) == arguments.flag("valueToCompareTo"))
}

fn assert_equal(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    if equal(arguments)? {
        return Ok(Results::none());
    }
    Err(Failure::Assertion("UserMessageIfClaimsTransformationBooleanValueIsNotEqual"))
}
