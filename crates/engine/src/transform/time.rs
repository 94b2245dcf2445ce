//! Methods on dates and times.

use jiff::Timestamp;

use super::{Arguments, DataType, Failure, Function, Results, Value, maybe, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "AssertDateTimeIsGreaterThan",
    inputs: &[once("leftOperand", &[DataType::String]), once("rightOperand", &[DataType::String])],
    parameters: &[
        maybe("AssertIfEqualTo", &[DataType::Boolean, DataType::String]),
        maybe("AssertIfRightOperandIsNotPresent", &[DataType::Boolean, DataType::String]),
        maybe("TreatAsEqualIfWithinMillseconds", &[DataType::Int, DataType::Long]),
    ],
    outputs: &[],
    run: assert_later,
}];

/// Fails unless left is later than right by more than the tolerance; within the tolerance AssertIfEqualTo decides
/// (claims-transformations 4). An absent right operand fails where AssertIfRightOperandIsNotPresent is true
/// (reference README 24).
fn assert_later(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    const FAILED: Failure = Failure::Assertion("DateTimeGreaterThan");
    let left = instant(arguments.required("leftOperand")?)?;
    let Some(right) = arguments.input("rightOperand") else {
        let closed = arguments.flag("AssertIfRightOperandIsNotPresent").unwrap_or(false);
        return if closed { Err(FAILED) } else { Ok(Vec::new()) };
    };
    let right = instant(right)?;
    let tolerance = match arguments.parameter("TreatAsEqualIfWithinMillseconds") {
        Some(Value::Int(n)) => i64::from(*n),
        Some(Value::Long(n)) => *n,
        _ => 0,
    };
    let distance = left.as_millisecond().saturating_sub(right.as_millisecond());
    let equal = distance.saturating_abs() <= tolerance;
    let failed = if equal { arguments.flag("AssertIfEqualTo").unwrap_or(true) } else { distance < 0 };
    if failed { Err(FAILED) } else { Ok(Vec::new()) }
}

fn instant(value: &Value) -> Result<Timestamp, Failure> {
    match value {
        Value::DateTime(at) => Ok(*at),
        other => match Value::parse(&other.text(), DataType::DateTime) {
            Ok(Value::DateTime(at)) => Ok(at),
            _ => Err(Failure::Wrong("an operand is not a date and time".to_owned())),
        },
    }
}
