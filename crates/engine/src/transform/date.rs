//! Methods on dates and times (claims-transformations 4). Everything is UTC; ticks are 100 ns.

use jiff::{SignedDuration, Timestamp};

use super::arguments::instant;
use super::{
    Arguments, BOOLEAN, DATE, DataType, Defect, FLAG, Failure, Function, INSTANT, NUMBER, Results, TEXT,
    Value, maybe, once,
};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AssertDateTimeIsGreaterThan",
        about: "Fails unless the left date and time is later than the right one.",
        inputs: &[once("leftOperand", TEXT), once("rightOperand", TEXT)],
        parameters: &[
            maybe("AssertIfEqualTo", FLAG),
            maybe("AssertIfRightOperandIsNotPresent", FLAG),
            maybe("TreatAsEqualIfWithinMillseconds", NUMBER),
            // The documented name is a slip of the pen; the right spelling is taken too.
            maybe("TreatAsEqualIfWithinMilliseconds", NUMBER),
        ],
        outputs: &[],
        run: assert_later,
    },
    Function {
        name: "ConvertDateTimeToDateClaim",
        about: "The date of a date and time, in UTC.",
        inputs: &[once("inputClaim", INSTANT)],
        parameters: &[],
        outputs: &[once("outputClaim", DATE)],
        run: to_date,
    },
    Function {
        name: "ConvertDateToDateTimeClaim",
        about: "Midnight of a date, in UTC.",
        inputs: &[once("inputClaim", DATE)],
        parameters: &[],
        outputs: &[once("outputClaim", INSTANT)],
        run: to_instant,
    },
    Function {
        name: "DateTimeComparison",
        about: "Compares the first date and time, moved by a span, with the second, or with now where there is none.",
        inputs: &[once("firstDateTime", INSTANT), once("secondDateTime", INSTANT)],
        parameters: &[once("operator", TEXT), once("timeSpanInSeconds", NUMBER)],
        outputs: &[once("result", BOOLEAN)],
        run: compare,
    },
    Function {
        name: "GetCurrentDateTime",
        about: "Now, in UTC.",
        inputs: &[],
        parameters: &[],
        outputs: &[once("currentDateTime", INSTANT)],
        run: |arguments| Ok(Results::one("currentDateTime", Value::DateTime(arguments.around.now))),
    },
    Function {
        name: "IsTermsOfUseConsentRequired",
        about: "Whether consent is missing or older than the text it was given to.",
        inputs: &[once("termsOfUseConsentDateTime", INSTANT)],
        parameters: &[once("termsOfUseTextUpdateDateTime", &[DataType::DateTime, DataType::String])],
        outputs: &[once("result", BOOLEAN)],
        run: consent_required,
    },
];

/// Fails unless left is later than right by more than the tolerance; within the tolerance AssertIfEqualTo decides.
/// An absent right operand fails where AssertIfRightOperandIsNotPresent is true (reference README 24).
fn assert_later(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    const FAILED: Failure = Failure::Assertion("DateTimeGreaterThan");
    let left = instant(arguments.required("leftOperand")?, "leftOperand")?;
    let Some(right) = arguments.instant("rightOperand")? else {
        let closed = arguments.flag("AssertIfRightOperandIsNotPresent");
        let closed = closed.ok_or_else(|| Failure::Absent("rightOperand".to_owned()))?;
        return if closed { Err(FAILED) } else { Ok(Results::none()) };
    };
    let tolerance = match arguments.number("TreatAsEqualIfWithinMillseconds")? {
        None => arguments.number("TreatAsEqualIfWithinMilliseconds")?.unwrap_or(0),
        Some(given) => given,
    };
    let distance = left.duration_since(right);
    let equal = distance.unsigned_abs() <= SignedDuration::from_millis(tolerance.max(0)).unsigned_abs();
    let failed =
        if equal { arguments.flag("AssertIfEqualTo").unwrap_or(true) } else { distance.is_negative() };
    if failed { Err(FAILED) } else { Ok(Results::none()) }
}

fn to_date(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let at = instant(arguments.required("inputClaim")?, "inputClaim")?;
    Ok(Results::one("outputClaim", Value::Date(at.to_zoned(jiff::tz::TimeZone::UTC).date())))
}

fn to_instant(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    arguments.required("inputClaim")?;
    let date = arguments.date("inputClaim")?.ok_or_else(|| Failure::Absent("inputClaim".to_owned()))?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| Defect::OutOfRange)?;
    Ok(Results::one("outputClaim", Value::DateTime(midnight.timestamp())))
}

fn compare(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let first = instant(arguments.required("firstDateTime")?, "firstDateTime")?;
    let second = arguments.instant("secondDateTime")?.unwrap_or(arguments.around.now);
    let span = SignedDuration::from_secs(arguments.required_number("timeSpanInSeconds")?);
    let moved: Timestamp = first.checked_add(span).map_err(|_| Defect::OutOfRange)?;
    let operator = arguments.required_words("operator")?;
    let result = match operator.trim().to_ascii_lowercase().as_str() {
        "same" => moved == second,
        "later than" => moved > second,
        "earlier than" => moved < second,
        _ => return Err(Failure::Wrong(format!("`{operator}` is not an operator of DateTimeComparison"))),
    };
    Ok(Results::one("result", Value::Boolean(result)))
}

/// Consent of the very instant of the text counts (claims-transformations 4).
fn consent_required(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.parameter("termsOfUseTextUpdateDateTime");
    let text =
        text.ok_or_else(|| Failure::Wrong("the parameter `termsOfUseTextUpdateDateTime` is missing".into()))?;
    let text = instant(text, "termsOfUseTextUpdateDateTime")?;
    let consent = arguments.instant("termsOfUseConsentDateTime")?;
    Ok(Results::one("result", Value::Boolean(consent.is_none_or(|at| at < text))))
}
