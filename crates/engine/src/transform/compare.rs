//! Methods that compare texts and set claims by the outcome (claims-transformations 11).

use super::ordinal::equal;
use super::{
    Arguments, BOOLEAN, FLAG, Failure, Function, Results, TEXT, TEXT_FLAG, Value, many, maybe, once,
};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AssertStringClaimsAreEqual",
        about: "Fails unless the claims are equal.",
        inputs: &[once("inputClaim1", TEXT), once("inputClaim2", TEXT)],
        parameters: &[once("stringComparison", TEXT)],
        outputs: &[],
        run: assert_equal,
    },
    Function {
        name: "CompareClaims",
        about: "Whether two claims are equal, or not equal.",
        inputs: &[once("inputClaim1", TEXT), once("inputClaim2", TEXT)],
        parameters: &[once("operator", TEXT), maybe("ignoreCase", TEXT_FLAG)],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| compare(arguments, arguments.text("inputClaim2").as_deref()),
    },
    Function {
        name: "CompareClaimToValue",
        about: "Whether a claim is equal, or not equal, to a constant.",
        inputs: &[once("inputClaim1", TEXT)],
        parameters: &[once("compareTo", TEXT), once("operator", TEXT), maybe("ignoreCase", TEXT_FLAG)],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| compare(arguments, arguments.words("compareTo").as_deref()),
    },
    Function {
        name: "LookupValue",
        about: "The value of the parameter whose id is the claim's text; any other parameter is an entry.",
        inputs: &[once("inputParameterId", TEXT)],
        parameters: &[maybe("errorOnFailedLookup", FLAG), many("(any id)", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: look_up,
    },
    Function {
        name: "SetClaimIfBooleansMatch",
        about: "Sets a text where the Boolean claim has the value; else the output stays as it was.",
        inputs: &[once("claimToMatch", BOOLEAN)],
        parameters: &[once("matchTo", TEXT_FLAG), once("outputClaimIfMatched", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: set_if_boolean,
    },
    Function {
        name: "SetClaimsIfRegexMatch",
        about: "Whether a pattern is found in the text; sets a text, and claims named like the pattern's groups, where \
                it is, and empties the text where it is not.",
        inputs: &[once("claimToMatch", TEXT)],
        parameters: &[
            once("matchTo", TEXT),
            maybe("outputClaimIfMatched", TEXT),
            maybe("extractGroups", FLAG),
        ],
        outputs: &[
            maybe("outputClaim", TEXT),
            once("regexCompareResultClaim", BOOLEAN),
            many("(group name)", TEXT),
        ],
        run: set_if_pattern,
    },
    Function {
        name: "SetClaimsIfStringsAreEqual",
        about: "Whether the claim is a constant; sets a message and its code where it is.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[
            once("matchTo", TEXT),
            once("stringComparison", TEXT),
            once("stringMatchMsg", TEXT),
            once("stringMatchMsgCode", TEXT),
        ],
        outputs: &[
            once("outputClaim1", TEXT),
            once("outputClaim2", TEXT),
            once("stringCompareResultClaim", BOOLEAN),
        ],
        run: set_if_equal,
    },
    Function {
        name: "SetClaimsIfStringsMatch",
        about: "Whether the claim is a constant; sets a text where it is, and empties it where it is not.",
        inputs: &[once("claimToMatch", TEXT)],
        parameters: &[
            once("matchTo", TEXT),
            once("stringComparison", TEXT),
            once("outputClaimIfMatched", TEXT),
        ],
        outputs: &[once("outputClaim", TEXT), once("stringCompareResultClaim", BOOLEAN)],
        run: set_if_match,
    },
];

/// Absent equals absent and nothing else.
fn same(a: Option<&str>, b: Option<&str>, ignore_case: bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => equal(a, b, ignore_case),
        (None, None) => true,
        _ => false,
    }
}

/// `stringComparison`: `Ordinal` or `OrdinalIgnoreCase`.
fn ignores_case(arguments: &Arguments<'_>) -> Result<bool, Failure> {
    let comparison = arguments.required_words("stringComparison")?;
    match comparison.trim() {
        name if name.eq_ignore_ascii_case("Ordinal") => Ok(false),
        name if name.eq_ignore_ascii_case("OrdinalIgnoreCase") => Ok(true),
        name => Err(Failure::Wrong(format!("`{name}` is neither Ordinal nor OrdinalIgnoreCase"))),
    }
}

fn assert_equal(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let (a, b) = (arguments.text("inputClaim1"), arguments.text("inputClaim2"));
    if same(a.as_deref(), b.as_deref(), ignores_case(arguments)?) {
        return Ok(Results::none());
    }
    Err(Failure::Assertion("UserMessageIfClaimsTransformationStringsAreNotEqual"))
}

fn compare(arguments: &Arguments<'_>, other: Option<&str>) -> Result<Results, Failure> {
    let ignore_case = arguments.flag("ignoreCase").unwrap_or(false);
    let equal = same(arguments.text("inputClaim1").as_deref(), other, ignore_case);
    let operator = arguments.required_words("operator")?;
    let result = match operator.trim() {
        name if name.eq_ignore_ascii_case("EQUAL") => equal,
        name if name.eq_ignore_ascii_case("NOT EQUAL") => !equal,
        name => return Err(Failure::Wrong(format!("`{name}` is neither EQUAL nor NOT EQUAL"))),
    };
    Ok(Results::one("outputClaim", Value::Boolean(result)))
}

/// Ids are compared exactly: policies keep banned passwords in them (claims-transformations 11).
fn look_up(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let wanted = arguments.text("inputParameterId");
    let mut entries =
        arguments.parameters().filter(|(id, _)| !id.eq_ignore_ascii_case("errorOnFailedLookup"));
    let found = wanted.and_then(|wanted| entries.find(|(id, _)| *id == wanted));
    if found.is_none() && arguments.flag("errorOnFailedLookup").unwrap_or(false) {
        return Err(Failure::Assertion("LookupNotFound"));
    }
    Ok(Results::none().or_clear("outputClaim", found.map(|(_, value)| value.clone())))
}

fn set_if_boolean(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    if Some(arguments.required_flag("claimToMatch")?) != arguments.flag("matchTo") {
        return Ok(Results::none());
    }
    Ok(Results::text("outputClaim", arguments.required_words("outputClaimIfMatched")?))
}

fn set_if_pattern(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let missing = || Failure::Wrong("the parameter `matchTo` is missing".to_owned());
    let pattern = arguments.pattern().ok_or_else(missing)?;
    let text = arguments.text("claimToMatch");
    let groups = match text.as_deref() {
        None => None,
        Some(text) if arguments.flag("extractGroups").unwrap_or(false) => pattern.named_groups(text),
        Some(text) => pattern.is_match(text).then(Vec::new),
    };
    let matched = groups.is_some();
    let set = arguments.parameter("outputClaimIfMatched").filter(|_| matched).cloned();
    let results =
        Results::one("regexCompareResultClaim", Value::Boolean(matched)).or_clear("outputClaim", set);
    let groups = groups.unwrap_or_default().into_iter();
    Ok(groups.fold(results, |results, (name, text)| results.and(name, Value::String(text))))
}

fn set_if_equal(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let matched = same(
        arguments.text("inputClaim").as_deref(),
        Some(&arguments.required_words("matchTo")?),
        ignores_case(arguments)?,
    );
    let result = Results::one("stringCompareResultClaim", Value::Boolean(matched));
    if !matched {
        return Ok(result);
    }
    let text = |id| arguments.required_words(id).map(Value::text_of);
    Ok(result.and("outputClaim1", text("stringMatchMsg")?).and("outputClaim2", text("stringMatchMsgCode")?))
}

fn set_if_match(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let matched = same(
        arguments.text("claimToMatch").as_deref(),
        Some(&arguments.required_words("matchTo")?),
        ignores_case(arguments)?,
    );
    let set = arguments.parameter("outputClaimIfMatched").filter(|_| matched).cloned();
    Ok(Results::one("stringCompareResultClaim", Value::Boolean(matched)).or_clear("outputClaim", set))
}
