//! Assertions on Booleans and other methods without a family of their own.

use super::{Arguments, DataType, Failure, Function, Results, Value, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "AssertBooleanClaimIsEqualToValue",
    inputs: &[once("inputClaim", &[DataType::Boolean])],
    parameters: &[once("valueToCompareTo", &[DataType::Boolean])],
    outputs: &[],
    run: assert_boolean,
}];

fn assert_boolean(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let Value::Boolean(value) = arguments.required("inputClaim")? else {
        return Err(Failure::Wrong("inputClaim is not a boolean".to_owned()));
    };
    if Some(*value) == arguments.flag("valueToCompareTo") {
        return Ok(Vec::new());
    }
    Err(Failure::Assertion("UserMessageIfClaimsTransformationBooleanValueIsNotEqual"))
}
