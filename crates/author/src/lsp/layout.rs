//! Formatting a document as `vestibule fmt` does. In: a document. Out: the smallest edit between what is there and what
//! should be.

use lsp_types::{DocumentFormattingParams, TextEdit};
use vestibule_engine::source::Sources;

use super::answers::Refusal;
use super::view::View;
use crate::formatting;

/// The edit, if there is anything to do. A file that is no XML stays as it is.
pub(super) fn format(
    view: View<'_>,
    params: &DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let Some(file) = view.file(&params.text_document.uri) else { return Ok(None) };
    let mut sources = Sources::default();
    let id = file.add_to(&mut sources);
    let Some(source) = sources.get(id) else { return Ok(None) };
    let Ok(new) = formatting::format(source) else {
        return Err(Refusal::failed("the file is no well-formed XML, so it cannot be laid out"));
    };
    let old = source.text();
    if new == old {
        return Ok(Some(Vec::new()));
    }
    let start = common(old.chars(), new.chars());
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = common(old_rest.chars().rev(), new_rest.chars().rev());
    let shift = file.shift();
    let range = start + shift..old.len() - end + shift;
    let text = new_rest.get(..new_rest.len() - end).unwrap_or_default().to_owned();
    Ok(Some(vec![TextEdit { range: view.range(file, &range), new_text: text }]))
}

/// How many bytes two texts have in common from where they are read.
fn common(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
}
