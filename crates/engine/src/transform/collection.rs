//! Methods on string collections (claims-transformations 12). Items compare byte by byte unless case is ignored.

use super::ordinal::equal;
use super::{Arguments, BOOLEAN, Failure, Function, Results, TEXT, TEXT_FLAG, TEXTS, Value, maybe, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "AddItemToStringCollection",
        about: "The collection with the item at its end, unless it holds it already.",
        inputs: &[once("item", TEXT), once("collection", TEXTS)],
        parameters: &[],
        outputs: &[once("collection", TEXTS)],
        run: |arguments| add(arguments, arguments.text("item").as_deref()),
    },
    Function {
        name: "AddParameterToStringCollection",
        about: "The collection with a constant at its end, unless it holds it already.",
        inputs: &[once("collection", TEXTS)],
        parameters: &[once("item", TEXT)],
        outputs: &[once("collection", TEXTS)],
        run: |arguments| add(arguments, arguments.words("item").as_deref()),
    },
    Function {
        name: "GetSingleItemFromStringCollection",
        about: "The first item; without one the claim is emptied.",
        inputs: &[once("collection", TEXTS)],
        parameters: &[],
        outputs: &[once("extractedItem", TEXT)],
        run: first,
    },
    Function {
        name: "StringCollectionContains",
        about: "Whether the collection holds a constant.",
        inputs: &[once("inputClaim", TEXTS)],
        parameters: &[once("item", TEXT), maybe("ignoreCase", TEXT_FLAG)],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| contains(arguments, "inputClaim", arguments.words("item").as_deref()),
    },
    Function {
        name: "StringCollectionContainsClaim",
        about: "Whether the collection holds the value of a claim.",
        inputs: &[once("collection", TEXTS), once("item", TEXT)],
        parameters: &[maybe("ignoreCase", TEXT_FLAG)],
        outputs: &[once("outputClaim", BOOLEAN)],
        run: |arguments| contains(arguments, "collection", arguments.text("item").as_deref()),
    },
];

/// Without an item the collection as it is, and nothing where there is neither: a first social sign-in without e-mail
/// runs it so.
fn add(arguments: &Arguments<'_>, item: Option<&str>) -> Result<Results, Failure> {
    let collection = arguments.texts("collection")?;
    let Some(item) = item else {
        let same = collection.map(|items| Value::Strings(items.into_owned()));
        return Ok(same.map_or_else(Results::none, |items| Results::one("collection", items)));
    };
    let mut items = collection.unwrap_or_default().into_owned();
    if !items.iter().any(|known| known == item) {
        items.push(item.to_owned());
    }
    Ok(Results::one("collection", Value::Strings(items)))
}

fn first(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let items = arguments.texts("collection")?.unwrap_or_default();
    let first = items.first().map(|item| Value::text_of(item.as_str()));
    Ok(Results::none().or_clear("extractedItem", first))
}

fn contains(arguments: &Arguments<'_>, slot: &str, item: Option<&str>) -> Result<Results, Failure> {
    let ignore_case = arguments.flag("ignoreCase").unwrap_or(false);
    let items = arguments.texts(slot)?.unwrap_or_default();
    let found = item.is_some_and(|item| items.iter().any(|known| equal(known, item, ignore_case)));
    Ok(Results::one("outputClaim", Value::Boolean(found)))
}
