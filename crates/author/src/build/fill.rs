//! Values in the text of one file, written as XML wants them at each place. In: a file and settings. Out: the text with
//! every other byte as it was, and a diagnostic for each name without a value.

use std::ops::Range;

use vestibule_engine::diagnostic::{Diagnostic, Diagnostics, codes};
use vestibule_engine::message;
use vestibule_engine::settings::{Settings, places};
use vestibule_engine::source::Source;
use vestibule_engine::syntax::{PieceKind, pieces};

/// What a value is written into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Text,
    Attribute,
    Data,
    Comment,
}

/// A file filled. `narrow`: characters beyond ASCII as references, for an encoding that may lack them.
pub(super) fn fill(source: &Source, settings: &Settings, narrow: bool) -> Result<String, Diagnostics> {
    let mut filling = Filling {
        source,
        settings,
        narrow,
        out: String::with_capacity(source.text().len()),
        unset: Diagnostics::default(),
    };
    for piece in pieces(source)? {
        match &piece.kind {
            PieceKind::Start(_) | PieceKind::Empty(_) => filling.part(piece.range, Context::Attribute),
            PieceKind::Text => filling.text(piece.range),
            PieceKind::Comment => filling.part(piece.range, Context::Comment),
            PieceKind::End | PieceKind::Declaration | PieceKind::Instruction => filling.keep(piece.range),
        }
    }
    if filling.unset.is_empty() { Ok(filling.out) } else { Err(filling.unset) }
}

struct Filling<'a> {
    source: &'a Source,
    settings: &'a Settings,
    narrow: bool,
    out: String,
    unset: Diagnostics,
}

impl Filling<'_> {
    fn written(&self, range: &Range<usize>) -> &str {
        self.source.text().get(range.clone()).unwrap_or_default()
    }

    fn keep(&mut self, range: Range<usize>) {
        let written = self.source.text().get(range).unwrap_or_default();
        self.out.push_str(written);
    }

    /// Text with CDATA sections in it.
    fn text(&mut self, range: Range<usize>) {
        const OPEN: &str = "<![CDATA[";
        const CLOSE: &str = "]]>";
        let mut at = range.start;
        while let Some(start) = self.written(&(at..range.end)).find(OPEN).map(|length| at + length) {
            let length = self.written(&(start..range.end)).find(CLOSE).map_or(range.end - start, |end| end);
            self.part(at..start, Context::Text);
            self.part(start..start + length, Context::Data);
            at = start + length;
        }
        self.part(at..range.end, Context::Text);
    }

    fn part(&mut self, range: Range<usize>, context: Context) {
        let written = self.source.text().get(range.clone()).unwrap_or_default();
        let mut at = range.start;
        for place in places(written) {
            let place_at = range.start + place.range.start..range.start + place.range.end;
            self.keep(at..place_at.start);
            at = place_at.end;
            let filled = self.settings.fill(self.written(&place_at), self.source.name());
            if filled.missing.is_empty() {
                self.value(&filled.text, context);
                continue;
            }
            // A name in a comment is perhaps no more than mentioned.
            if context != Context::Comment {
                filled.missing.iter().for_each(|name| self.report(name, place_at.clone()));
            }
            self.keep(place_at);
        }
        self.keep(at..range.end);
    }

    fn value(&mut self, value: &str, context: Context) {
        match context {
            Context::Comment => self.out.push_str(&value.replace('-', "\u{2010}")),
            Context::Data => self.out.push_str(&value.replace("]]>", "]]]]><![CDATA[>")),
            Context::Text | Context::Attribute => value.chars().for_each(|one| self.character(one, context)),
        }
    }

    fn character(&mut self, one: char, context: Context) {
        match one {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '"' if context == Context::Attribute => self.out.push_str("&quot;"),
            '\'' if context == Context::Attribute => self.out.push_str("&apos;"),
            '\t' | '\n' if context == Context::Attribute => self.reference(one),
            '\r' => self.reference(one),
            other if self.narrow && !other.is_ascii() => self.reference(other),
            other => self.out.push(other),
        }
    }

    fn reference(&mut self, one: char) {
        self.out.push_str(&format!("&#{};", u32::from(one)));
    }

    fn report(&mut self, name: &str, place: Range<usize>) {
        let environment = self.settings.environment();
        let sentence = message!("the environment `{environment}` has no setting `{name}`");
        let span = self.source.span(place.start, place.end);
        let finding = Diagnostic::error(codes::UNSET, span, sentence)
            .help("add it to the environment's PolicySettings in appsettings.json")
            .did_you_mean(name, self.settings.names());
        self.unset.push(finding);
    }
}
