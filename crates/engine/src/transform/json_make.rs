//! Methods that write JSON (claims-transformations 7).

use serde_json::{Map, Value as Json};

use super::arguments::text;
use super::xml::to_json;
use super::{Arguments, Failure, Function, Results, TEXT, Value, many, once};

/// Most segments of a path; a deeper document could not be read again.
const MOST_SEGMENTS: usize = 64;

/// The rows.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "CreateJsonArray",
        about: "A JSON array with the claim as its one element.",
        inputs: &[once("inputClaim", TEXT)],
        parameters: &[],
        outputs: &[once("outputClaim", TEXT)],
        run: |arguments| {
            let element = arguments.required_text("inputClaim")?;
            Ok(Results::text("outputClaim", Json::from(vec![element.into_owned()]).to_string()))
        },
    },
    Function {
        name: "GenerateJson",
        about: "A JSON object of claims and constants; the name of each is its path, segments of digits are places in \
                an array.",
        inputs: &[many("(path)", &[])],
        parameters: &[many("(path)", &[])],
        outputs: &[once("outputClaim", TEXT)],
        run: generate,
    },
    Function {
        name: "XmlStringToJsonString",
        about: "An XML document as JSON: attributes as @name, repeated elements as arrays, all values texts.",
        inputs: &[once("xml", TEXT)],
        parameters: &[],
        outputs: &[once("json", TEXT)],
        run: |arguments| Ok(Results::text("json", to_json(&arguments.required_text("xml")?)?.to_string())),
    },
];

/// Claims first, then parameters; a claim without a value leaves its path out.
fn generate(arguments: &Arguments<'_>) -> Result<Results, Failure> {
    let claims = arguments.inputs().filter_map(|(path, value)| Some((path, value?)));
    let mut root = Json::Object(Map::new());
    for (path, value) in claims.chain(arguments.parameters()) {
        put(&mut root, path, written(value)).ok_or_else(|| {
            Failure::Wrong(format!("`{path}` leaves a gap in an array, or contradicts another path"))
        })?;
    }
    Ok(Results::text("outputClaim", root.to_string()))
}

/// Dates and times as text; in tokens they are seconds (policy-language 4.1.1).
fn written(value: &Value) -> Json {
    match value {
        Value::DateTime(_) => Json::String(text(value).into_owned()),
        other => other.json(),
    }
}

/// Puts a value at its path; nothing where the path contradicts what is there.
fn put(root: &mut Json, path: &str, value: Json) -> Option<()> {
    let segments: Vec<&str> = path.split('.').collect();
    if segments.len() > MOST_SEGMENTS {
        return None;
    }
    let mut at = root;
    for segment in segments {
        at = match segment.parse::<usize>() {
            Ok(index) if segment.bytes().all(|byte| byte.is_ascii_digit()) => element(at, index)?,
            _ => member(at, segment)?,
        };
    }
    if !at.is_null() {
        return None;
    }
    *at = value;
    Some(())
}

/// The element of an array; the next one is made.
fn element(at: &mut Json, index: usize) -> Option<&mut Json> {
    if at.is_null() {
        *at = Json::Array(Vec::new());
    }
    let items = at.as_array_mut()?;
    if index == items.len() {
        items.push(Json::Null);
    }
    items.get_mut(index)
}

/// The member of an object, made where it is missing.
fn member<'j>(at: &'j mut Json, name: &str) -> Option<&'j mut Json> {
    if at.is_null() {
        *at = Json::Object(Map::new());
    }
    Some(at.as_object_mut()?.entry(name).or_insert(Json::Null))
}
