//! Methods on string collections.

use super::{Arguments, DataType, Failure, Function, Results, Value, once};

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "AddItemToStringCollection",
    inputs: &[once("item", &[DataType::String]), once("collection", &[DataType::StringCollection])],
    parameters: &[],
    outputs: &[once("collection", &[DataType::StringCollection])],
    run: add_item,
}];

/// The collection with the item at its end, unless it is there already; without an item the collection as it is, and
/// nothing where there is neither.
fn add_item(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let collection = arguments.input("collection");
    let mut items = match collection {
        Some(Value::Strings(items)) => items.clone(),
        Some(other) => vec![other.text()],
        None => Vec::new(),
    };
    let Some(item) = arguments.input("item").map(Value::text) else {
        return Ok(collection.map(|same| vec![("collection", same.clone())]).unwrap_or_default());
    };
    if !items.contains(&item) {
        items.push(item);
    }
    Ok(vec![("collection", Value::Strings(items))])
}
