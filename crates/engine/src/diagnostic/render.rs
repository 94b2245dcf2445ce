//! One diagnostic as text or JSON. The only file that knows ariadne.

use serde_json::{Value, json};

use super::Diagnostic;
use crate::source::{Sources, Span};

pub(super) fn text(diagnostic: &Diagnostic, sources: &Sources, _colours: bool) -> String {
    let place = sources.get(diagnostic.span.source).map_or_else(String::new, |source| {
        let at = source.position(diagnostic.span.start);
        format!("{}:{}:{}", source.name(), at.line, at.column)
    });
    format!("{}[{}]: {}\n  at {place}\n", diagnostic.severity.name(), diagnostic.code.id, diagnostic.message)
}

pub(super) fn json(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let mut object = place(diagnostic.span, sources);
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|label| {
            let mut one = place(label.span, sources);
            one["label"] = json!(label.text);
            one
        })
        .collect();
    object["code"] = json!(diagnostic.code.id);
    object["name"] = json!(diagnostic.code.name);
    object["severity"] = json!(diagnostic.severity.name());
    object["message"] = json!(diagnostic.message);
    object["label"] = json!(diagnostic.label);
    object["related"] = json!(related);
    object["help"] = json!(diagnostic.help);
    object
}

fn place(span: Span, sources: &Sources) -> Value {
    let Some(source) = sources.get(span.source) else { return json!({}) };
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "file": source.name(), "line": start.line, "column": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}
