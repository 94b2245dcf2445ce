//! Methods that take texts apart or change them (claims-transformations 11). Positions count UTF-16 units.

use super::ordinal::{contains, lower, upper};
use super::{
    Arguments, BOOLEAN, Defect, Failure, Function, MOST_TEXT, NUMBER, Results, TEXT, TEXT_FLAG, TEXTS, Value,
    maybe, once,
};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ChangeCase",
        about: "The text in capital or small letters.",
        inputs: &[once("inputClaim1", TEXT)],
        parameters: &[once("toCase", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: change_case,
    },
    Function {
        name: "ParseDomain",
        about: "What stands behind the @ of an e-mail address; an empty text where it is no address.",
        inputs: &[once("emailAddress", TEXT)],
        parameters: &[],
        outputs: &[once("domain", TEXT)],
        run: domain,
    },
    Function {
        name: "StringContains",
        about: "Whether the text contains a constant.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[once("contains", TEXT), maybe("ignoreCase", TEXT_FLAG)],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: text_contains,
    },
    Function {
        name: "StringJoin",
        about: "The items of a collection with a delimiter between them.",
        inputs: &[once("inputClaim", TEXTS)],
        parameters: &[once("delimiter", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: join,
    },
    Function {
        name: "StringReplace",
        about: "The text with every occurrence of a constant replaced by another.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[once("oldValue", TEXT), once("newValue", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: replace,
    },
    Function {
        name: "StringSplit",
        about: "The pieces of a text between delimiters; empty pieces stay.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[once("delimiter", TEXT)],
        outputs: &[once("outputClaim", TEXTS)],
        run: split,
    },
    Function {
        name: "StringSubstring",
        about: "A part of the text, by start and length.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[once("startIndex", NUMBER), once("length", NUMBER)],
        outputs: &[once("outputClaim", TEXT)],
        run: substring,
    },
];

fn change_case(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.required_text("inputClaim1")?;
    let case = arguments.required_words("toCase")?;
    let change: fn(char) -> char = match case.trim() {
        case if case.eq_ignore_ascii_case("LOWER") => lower,
        case if case.eq_ignore_ascii_case("UPPER") => upper,
        case => return Err(Failure::Wrong(format!("`{case}` is not a case of ChangeCase"))),
    };
    Ok(Results::text("outputClaim", text.chars().map(change).collect::<String>()))
}

fn domain(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let address = arguments.required_text("emailAddress")?;
    let domain = match address.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() => domain,
        _ => "",
    };
    Ok(Results::text("domain", domain))
}

fn text_contains(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.required_text("inputClaim")?;
    let part = arguments.required_words("contains")?;
    let ignore_case = arguments.flag("ignoreCase").unwrap_or(false);
    let found = !text.is_empty() && contains(&text, &part, ignore_case);
    Ok(Results::one("outputClaim", Value::Boolean(found)))
}

fn join(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    arguments.required("inputClaim")?;
    let items = arguments.texts("inputClaim")?.unwrap_or_default();
    let delimiter = arguments.required_words("delimiter")?;
    if items.len().saturating_mul(delimiter.len()) > MOST_TEXT {
        return Err(Defect::OutOfRange.into());
    }
    Ok(Results::text("outputClaim", items.join(&delimiter)))
}

fn replace(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.required_text("inputClaim")?;
    let (old, new) = (arguments.required_words("oldValue")?, arguments.required_words("newValue")?);
    if old.is_empty() {
        return Err(Failure::Wrong("the parameter `oldValue` is empty".to_owned()));
    }
    let count = text.matches(old.as_ref()).count();
    if count.saturating_mul(new.len()) > MOST_TEXT {
        return Err(Defect::OutOfRange.into());
    }
    Ok(Results::text("outputClaim", text.replace(old.as_ref(), &new)))
}

/// An empty delimiter splits nothing, as in .NET.
fn split(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.required_text("inputClaim")?;
    let delimiter = arguments.required_words("delimiter")?;
    let pieces = match delimiter.as_ref() {
        "" => vec![text.into_owned()],
        delimiter => text.split(delimiter).map(str::to_owned).collect(),
    };
    Ok(Results::one("outputClaim", Value::Strings(pieces)))
}

/// Refuses a range beyond the text, and one that would cut a character in two.
fn substring(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let text = arguments.required_text("inputClaim")?;
    let place = |id| {
        let number = arguments.required_number(id)?;
        usize::try_from(number).map_err(|_| Failure::from(Defect::OutOfRange))
    };
    let (start, length) = (place("startIndex")?, place("length")?);
    let end = start.checked_add(length).ok_or(Defect::OutOfRange)?;
    let units: Vec<u16> = text.encode_utf16().collect();
    let part = units.get(start..end).ok_or(Defect::OutOfRange)?;
    let part = String::from_utf16(part).map_err(|_| Defect::OutOfRange)?;
    Ok(Results::text("outputClaim", part))
}
