//! SARIF 2.1.0, the format of code scanning services. In: diagnostics. Out: one log with one run: the rules that were
//! broken, with their pages, and the results with all their places and remedies.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use vestibule_engine::diagnostic::{Code, Diagnostic, Fix};
use vestibule_engine::source::{Sources, Span};

/// Where the pages of codes are to be read.
const PAGES: &str = "https://github.com/vestibule-id/vestibule/blob/main/docs/diagnostics";

/// A SARIF log (OASIS SARIF 2.1.0); `version` is the program's.
pub fn sarif<'d>(
    diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    sources: &Sources,
    version: &str,
) -> Value {
    let mut rules: Vec<Code> = Vec::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for one in diagnostics {
        let rule = *numbers.entry(one.code.id).or_insert_with(|| {
            rules.push(one.code);
            rules.len() - 1
        });
        results.push(result(one, rule, sources));
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vestibule",
                "version": version,
                "informationUri": "https://github.com/vestibule-id/vestibule",
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.meaning },
        "help": { "text": code.page(), "markdown": code.page() },
        "helpUri": format!("{PAGES}/{}.md", code.id),
    })
}

fn result(one: &Diagnostic, rule: usize, sources: &Sources) -> Value {
    let mut text = one.message.clone();
    for help in &one.help {
        let _ = write!(text, "; {help}");
    }
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(one.code.id));
    result.insert("ruleIndex".to_owned(), json!(rule));
    result.insert("level".to_owned(), json!(one.severity.name()));
    result.insert("message".to_owned(), json!({ "text": text }));
    result.insert("locations".to_owned(), json!([location(one.span, one.label.as_deref(), sources)]));
    let related = one.related.iter().zip(1..).map(|(label, number)| {
        let mut place = location(label.span, Some(&label.text), sources);
        place["id"] = json!(number);
        place
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), json!(related));
    }
    if let Some(fix) = one.fix(sources) {
        result.insert("fixes".to_owned(), json!([mended(&fix, sources)]));
    }
    Value::Object(result)
}

fn mended(fix: &Fix, sources: &Sources) -> Value {
    json!({
        "description": { "text": format!("write `{}`", fix.text) },
        "artifactChanges": [{
            "artifactLocation": artifact(fix.span, sources),
            "replacements": [{
                "deletedRegion": region(fix.span, sources),
                "insertedContent": { "text": fix.text },
            }],
        }],
    })
}

fn location(span: Span, text: Option<&str>, sources: &Sources) -> Value {
    let place = json!({ "artifactLocation": artifact(span, sources), "region": region(span, sources) });
    match text {
        Some(text) => json!({ "physicalLocation": place, "message": { "text": text } }),
        None => json!({ "physicalLocation": place }),
    }
}

fn artifact(span: Span, sources: &Sources) -> Value {
    json!({ "uri": sources.get(span.source).map_or_else(String::new, |source| uri(source.name())) })
}

fn region(span: Span, sources: &Sources) -> Value {
    let Some(source) = sources.get(span.source) else { return json!({ "startLine": 1 }) };
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

/// A path as a URI reference (RFC 3986): relative ones stay so.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut text = match path.strip_prefix('/') {
        Some(_) => "file://".to_owned(),
        // A drive, for instance `C:/policies`.
        None if path.chars().nth(1) == Some(':') => "file:///".to_owned(),
        None => String::new(),
    };
    let drive = text == "file:///";
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
        match byte {
            _ if plain => text.push(char::from(byte)),
            b':' if drive => text.push(':'),
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}
