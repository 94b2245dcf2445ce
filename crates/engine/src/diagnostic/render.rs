//! One diagnostic as text or JSON. In: the diagnostic and the files. Out: what people and programs read.
//!
//! The only file that knows ariadne. Whatever stands in a policy file is shown, so control characters are taken out
//! first: a policy must not be able to steer the terminal of the person who reads what is wrong with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind};
use serde_json::{Value, json};

use super::{Diagnostic, Severity};
use crate::source::{SourceId, Sources, Span};

/// Longer lines are not shown, only named.
const MAX_LINE: usize = 500;

/// The files of one report; each is prepared for showing once.
pub(super) struct Files<'s> {
    sources: &'s Sources,
    prepared: HashMap<SourceId, ariadne::Source<Cow<'s, str>>>,
}

impl<'s> Files<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, prepared: HashMap::new() }
    }
}

impl<'s> Cache<SourceId> for &mut Files<'s> {
    type Storage = Cow<'s, str>;

    fn fetch(&mut self, id: &SourceId) -> Result<&ariadne::Source<Self::Storage>, impl std::fmt::Debug> {
        let text =
            self.sources.get(*id).map(|source| source.text()).ok_or("a span of another compilation")?;
        Ok::<_, &str>(self.prepared.entry(*id).or_insert_with(|| ariadne::Source::from(showable(text))))
    }

    fn display<'a>(&self, id: &'a SourceId) -> Option<impl std::fmt::Display + 'a> {
        self.sources.get(*id).map(|source| showable(source.name()).into_owned())
    }
}

pub(super) fn text(diagnostic: &Diagnostic, files: &mut Files<'_>, colours: bool) -> String {
    let sources = files.sources;
    if !is_showable(diagnostic.span, sources) {
        return plain(diagnostic, sources);
    }
    let kind = kind(diagnostic.severity);
    // Counting characters instead of bytes costs a little; with bytes ariadne cuts lines open and may panic.
    let config = Config::new().with_color(colours).with_index_type(IndexType::Char).with_tab_width(2);
    let mut report = Report::build(kind, place(diagnostic.span, sources))
        .with_config(config)
        .with_code(diagnostic.code.id)
        .with_message(&diagnostic.message)
        .with_labels(labels(diagnostic, sources));
    for help in &diagnostic.help {
        report.add_help(help);
    }
    for label in diagnostic.related.iter().filter(|label| !is_showable(label.span, sources)) {
        report.add_note(format!("{}: {}", label.text, named(label.span, sources)));
    }
    let mut bytes = Vec::new();
    match report.finish().write(&mut *files, &mut bytes) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => plain(diagnostic, sources),
    }
}

fn kind(severity: Severity) -> ReportKind<'static> {
    match severity {
        Severity::Error => ReportKind::Error,
        Severity::Warning => ReportKind::Warning,
        Severity::Note => ReportKind::Advice,
    }
}

/// The underlined places: those in the file of the finding itself first, each file from top to bottom, as ariadne begins
/// a new section where a label stands above the one before.
fn labels(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Label<(SourceId, Range<usize>)>> {
    let colour = match diagnostic.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Note => Color::Cyan,
    };
    let own = (diagnostic.span, diagnostic.label.as_deref(), colour);
    let related = diagnostic.related.iter().filter(|label| is_showable(label.span, sources));
    let related = related.map(|label| (label.span, Some(label.text.as_str()), Color::Blue));
    let mut places: Vec<_> = std::iter::once(own).chain(related).collect();
    places.sort_by_key(|(span, ..)| (span.source != diagnostic.span.source, *span));
    let label = |(span, text, colour): (Span, Option<&str>, Color)| {
        // Without words ariadne draws no line under the place.
        Label::new(place(span, sources)).with_color(colour).with_message(text.unwrap_or("here"))
    };
    places.into_iter().map(label).collect()
}

/// Whether the lines of a place exist and are short enough to be shown.
fn is_showable(span: Span, sources: &Sources) -> bool {
    let Some(source) = sources.get(span.source) else { return false };
    let line = source.position(span.start).line as usize;
    let last = source.position(span.end).line as usize;
    let lengths = (line..=last).map(|line| source.line_start(line + 1) - source.line_start(line));
    !source.text().is_empty() && lengths.max().unwrap_or(0) <= MAX_LINE && last - line < 20
}

/// A place in words: `file:line:column`.
fn named(span: Span, sources: &Sources) -> String {
    sources.get(span.source).map_or_else(String::new, |source| {
        let at = source.position(span.start);
        format!("{}:{}:{}", showable(source.name()), at.line, at.column)
    })
}

/// Without the lines of the file.
fn plain(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let mut text = format!("[{}] {}: {message}\n", code.id, kind(*severity));
    let spans = std::iter::once((diagnostic.span, diagnostic.label.as_deref().unwrap_or("")));
    for (span, label) in spans.chain(diagnostic.related.iter().map(|label| (label.span, label.text.as_str())))
    {
        text.push_str(format!("  {} {label}", named(span, sources)).trim_end());
        text.push('\n');
    }
    for help in &diagnostic.help {
        text.push_str(&format!("  help: {help}\n"));
    }
    text
}

/// A span in characters; an empty one is widened to a character, as there is nothing else to underline.
fn place(span: Span, sources: &Sources) -> (SourceId, Range<usize>) {
    let text = sources.get(span.source).map_or("", |source| source.text());
    let characters = |end: u32| text.get(..end as usize).map_or(0, |before| before.chars().count());
    let (start, end) = (characters(span.start), characters(span.end));
    let at_end = span.start as usize >= text.trim_end().len();
    let range = match (start < end, at_end) {
        (true, _) => start..end,
        (false, false) => start..start + 1,
        (false, true) => start.saturating_sub(1)..start,
    };
    (span.source, range)
}

/// Text without characters that steer a terminal or break lines where we see none; each is replaced by one of the same
/// length in bytes, so that spans stay right.
pub(super) fn showable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|one| replacement(one).is_some()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|one| replacement(one).unwrap_or(one)).collect())
}

fn replacement(character: char) -> Option<char> {
    match character {
        '\n' | '\t' => None,
        '\r' => Some(' '),
        '\0'..='\u{1F}' | '\u{7F}' => Some('?'),
        '\u{80}'..='\u{9F}' => Some('·'),
        '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some(char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    }
}

pub(super) fn json(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let mut object = json_place(diagnostic.span, sources);
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|label| {
            let mut one = json_place(label.span, sources);
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

fn json_place(span: Span, sources: &Sources) -> Value {
    let Some(source) = sources.get(span.source) else { return json!({}) };
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "file": source.name(), "line": start.line, "column": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}
