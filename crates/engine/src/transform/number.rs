//! Methods on whole numbers (claims-transformations 6).

use super::{
    Arguments, BOOLEAN, DataType, Defect, FLAG, Failure, Function, INT, NUMBER, Results, TEXT, Value, maybe,
    once,
};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AdjustNumber",
        about: "Adds or subtracts one; a claim without a value counts as 0.",
        inputs: &[once("inputClaim", INT)],
        parameters: &[maybe("Operator", TEXT)],
        outputs: &[once("outputClaim", INT)],
        run: adjust,
    },
    Function {
        name: "AssertNumber",
        about: "Compares a number with a constant; fails where the comparison holds, unless throwError is false.",
        inputs: &[once("inputClaim", INT)],
        parameters: &[once("CompareToValue", NUMBER), once("Operator", TEXT), maybe("throwError", FLAG)],
        outputs: &[maybe("outputClaim", BOOLEAN)],
        run: assert_number,
    },
    Function {
        name: "ConvertNumberToStringClaim",
        about: "The number in decimal digits.",
        inputs: &[once("inputClaim", &[DataType::Long])],
        parameters: &[],
        outputs: &[once("outputClaim", TEXT)],
        run: |arguments| Ok(Results::text("outputClaim", arguments.required_text("inputClaim")?)),
    },
];

fn adjust(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let number = arguments.int("inputClaim")?.unwrap_or(0);
    let operator = arguments.words("Operator");
    let operator = operator.as_deref().map_or("INCREMENT", str::trim);
    let adjusted = if operator.eq_ignore_ascii_case("INCREMENT") {
        number.checked_add(1)
    } else if operator.eq_ignore_ascii_case("DECREMENT") {
        number.checked_sub(1)
    } else {
        return Err(Failure::Wrong(format!("`{operator}` is not an operator of AdjustNumber")));
    };
    Ok(Results::one("outputClaim", Value::Int(adjusted.ok_or(Defect::Overflow)?)))
}

/// The condition names the bad case (claims-transformations 6).
fn assert_number(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let number = arguments.int("inputClaim")?.ok_or_else(|| Failure::Absent("inputClaim".to_owned()))?;
    let (number, other) = (i64::from(number), arguments.required_number("CompareToValue")?);
    let operator = arguments.required_words("Operator")?;
    let holds = match operator.trim().to_ascii_lowercase().as_str() {
        "lessthan" => number < other,
        "greaterthan" => number > other,
        "greaterthanorequal" => number >= other,
        "lessthanorequal" => number <= other,
        "equal" => number == other,
        "notequal" => number != other,
        _ => return Err(Failure::Wrong(format!("`{operator}` is not an operator of AssertNumber"))),
    };
    if holds && arguments.flag("throwError").unwrap_or(true) {
        return Err(Failure::Assertion("AssertNumberError"));
    }
    Ok(Results::one("outputClaim", Value::Boolean(holds)))
}
