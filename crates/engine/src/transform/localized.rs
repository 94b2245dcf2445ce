//! Methods on the texts of the page's content definition (claims-transformations 11).

use std::borrow::Cow;

use super::arguments::text;
use super::composite::compose;
use super::{Arguments, Defect, Failure, Function, Results, TEXT, Value, many, once};

/// Most characters of a formatted message.
const MOST_MESSAGE: usize = 4_000;

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "FormatLocalizedString",
        about: "A localized format with the claims, in order, in its places; an empty text where there is no format.",
        inputs: &[many("(claim)", TEXT)],
        parameters: &[once("stringFormatId", TEXT)],
        outputs: &[once("outputClaim", TEXT)],
        run: format,
    },
    Function {
        name: "GetLocalizedStringsTransformation",
        about: "Localized strings, one for each output claim; emptied where the language has none.",
        inputs: &[],
        parameters: &[],
        outputs: &[many("(StringId)", TEXT)],
        run: strings,
    },
    Function {
        name: "GetMappedValueFromLocalizedCollection",
        about: "The Value of the output claim's choice whose Text is the claim; without one the output stays as it was.",
        inputs: &[once("mapFromClaim", TEXT)],
        parameters: &[],
        outputs: &[once("restrictionValueClaim", TEXT)],
        run: mapped,
    },
];

fn format(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let id = arguments.required_words("stringFormatId")?.to_ascii_lowercase();
    let format = arguments.around.declared.formats.get(id.as_str()).copied().unwrap_or_default();
    let texts: Vec<Cow<'_, str>> =
        arguments.inputs().map(|(_, value)| value.map(text).unwrap_or_default()).collect();
    let message = compose(format, &texts)?;
    if message.encode_utf16().count() > MOST_MESSAGE {
        return Err(Defect::OutOfRange.into());
    }
    Ok(Results::text("outputClaim", message))
}

/// No other language's text stands in (claims-transformations 11).
fn strings(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let strings = &arguments.around.declared.strings;
    let all = arguments.outputs().map(|(slot, _)| {
        let found = strings.get(slot.to_ascii_lowercase().as_str());
        (slot, found.map(|text| Value::text_of(*text)))
    });
    Ok(all.fold(Results::none(), |results, (slot, value)| results.or_clear(slot.to_owned(), value)))
}

fn mapped(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let Some(wanted) = arguments.text("mapFromClaim") else { return Ok(Results::none()) };
    let found = arguments.around.declared.choices.iter().find(|(text, _)| *text == wanted);
    Ok(found.map_or_else(Results::none, |(_, value)| Results::text("restrictionValueClaim", *value)))
}
