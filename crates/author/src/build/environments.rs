//! `appsettings.json` in the form of the azure-ad-b2c editor extension. In: its text. Out: the environments in order, or
//! everything that is wrong with it. Keys compare in any case.
//!
//! A value is plain text. The extension pastes values into the XML as they are, so files made for it hold `&amp;` where
//! they mean `&`; a value with such an entity is read as XML text.

use std::sync::Arc;

use serde_json::{Map, Value};
use vestibule_engine::settings::Settings;

/// The longest value, in bytes.
const MAX_VALUE: usize = 16 * 1024;

/// What a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Environments {
    /// `EnvironmentsFolder`: where `build` puts its folders, beside the file.
    pub folder: String,
    /// `Environments`, at least one.
    pub list: Vec<Environment>,
}

/// One environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// `Name`, fit for a folder.
    pub name: String,
    /// `Production`.
    pub production: bool,
    /// `Tenant` and `PolicySettings`.
    pub settings: Arc<Settings>,
}

impl Environments {
    /// Reads a file; none if it is another program's file of this name, as it has no `Environments`. The error is all
    /// that is wrong, one sentence each.
    pub fn parse(text: &str) -> Result<Option<Environments>, Vec<String>> {
        let text = text.trim_start_matches('\u{feff}');
        let root: Value = serde_json::from_str(text).map_err(|error| vec![format!("not JSON: {error}")])?;
        let Some(Value::Array(entries)) = get(&root, "Environments") else { return Ok(None) };
        let mut wrong = Vec::new();
        let mut list: Vec<Environment> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let Some(one) = environment(entry, at, &mut wrong) else { continue };
            if list.iter().any(|other| other.name.eq_ignore_ascii_case(&one.name)) {
                wrong.push(format!("two environments are called `{}`", one.name));
            }
            list.push(one);
        }
        if list.is_empty() && wrong.is_empty() {
            wrong.push("`Environments` is empty".to_owned());
        }
        let folder = match get(&root, "EnvironmentsFolder") {
            None | Some(Value::Null) => "Environments".to_owned(),
            Some(Value::String(folder)) if !folder.trim().is_empty() => folder.clone(),
            Some(_) => {
                wrong.push("`EnvironmentsFolder` is not the name of a folder".to_owned());
                String::new()
            }
        };
        if wrong.is_empty() { Ok(Some(Environments { folder, list })) } else { Err(wrong) }
    }

    /// The environment of that name in any case; without a name the first one. The error says which there are.
    pub fn choose(&self, name: Option<&str>) -> Result<&Environment, String> {
        let found = match name {
            Some(name) => self.list.iter().find(|one| one.name.eq_ignore_ascii_case(name)),
            None => self.list.first(),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.list.iter().map(|one| one.name.as_str()).collect();
            format!("there is no environment `{}`; there is {}", name.unwrap_or_default(), names.join(", "))
        })
    }
}

fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object
        .get(key)
        .or_else(|| object.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, one)| one))
}

fn environment(entry: &Value, at: usize, wrong: &mut Vec<String>) -> Option<Environment> {
    let Some(name) = get(entry, "Name").and_then(Value::as_str) else {
        wrong.push(format!("environment {} has no `Name`", at + 1));
        return None;
    };
    if !is_folder_name(name) {
        wrong.push(format!("`{name}` cannot be the name of a folder, so not of an environment"));
        return None;
    }
    let mut values = Vec::new();
    match get(entry, "Tenant") {
        Some(Value::String(tenant)) => values.push(("Tenant".to_owned(), tenant.clone())),
        None | Some(Value::Null) => {}
        Some(_) => wrong.push(format!("the `Tenant` of `{name}` is no text")),
    }
    match get(entry, "PolicySettings") {
        Some(Value::Object(settings)) => values.extend(texts(settings, name, wrong)),
        None | Some(Value::Null) => {}
        Some(_) => wrong.push(format!("the `PolicySettings` of `{name}` are no object")),
    }
    let production = get(entry, "Production").and_then(Value::as_bool).unwrap_or_default();
    let settings = Arc::new(Settings::new(name, values));
    Some(Environment { name: name.to_owned(), production, settings })
}

/// One name, no path, nothing that an operating system forbids.
fn is_folder_name(name: &str) -> bool {
    let forbidden =
        |one: char| one.is_control() || matches!(one, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    !name.trim().is_empty()
        && !name.contains(forbidden)
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
}

fn texts(settings: &Map<String, Value>, environment: &str, wrong: &mut Vec<String>) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (name, value) in settings {
        let text = match value {
            Value::String(text) => unescaped(text),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            // Not yet known; whoever uses it is told.
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                wrong.push(format!("the setting `{name}` of `{environment}` is neither a text nor a number"));
                continue;
            }
        };
        if text.len() > MAX_VALUE {
            wrong.push(format!("the setting `{name}` of `{environment}` is longer than {MAX_VALUE} bytes"));
        }
        texts.push((name.clone(), text));
    }
    texts
}

/// A text without the entities of XML.
fn unescaped(text: &str) -> String {
    const ENTITIES: &[(&str, &str)] =
        &[("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    if !ENTITIES.iter().any(|(entity, _)| text.contains(entity)) {
        return text.to_owned();
    }
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, one)| text.replace(entity, one))
}
