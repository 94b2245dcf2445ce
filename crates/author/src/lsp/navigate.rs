//! From an id to where it is declared, and to wherever it is used. In: a place. Out: places.

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, GotoDefinitionParams,
    GotoDefinitionResponse, Location, ReferenceParams,
};
use vestibule_engine::syntax::fold;

use super::view::{Found, Spot, View};

/// The id at a place.
pub(super) fn id_at(spot: Spot<'_>) -> Option<Found<'_>> {
    Some((spot.file, spot.file.names.at(spot.offset)?))
}

/// All declarations of the id, nearest first: what overrides before what is overridden.
pub(super) fn definition(view: View<'_>, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let found = id_at(view.spot(&params.text_document_position_params)?)?;
    let declared = view.declarations(found);
    let places = declared.iter().map(|(file, mention)| view.location(file, &mention.range)).collect();
    Some(GotoDefinitionResponse::Array(places))
}

/// Every place that names the same thing.
pub(super) fn references(view: View<'_>, params: &ReferenceParams) -> Option<Vec<Location>> {
    let (file, mention) = id_at(view.spot(&params.text_document_position)?)?;
    let id = fold(file.slice(&mention.range));
    let wanted = |found: &Found<'_>| params.context.include_declaration || !found.1.declares;
    let all = view.mentions(file, mention.sort, &id).into_iter().filter(wanted);
    Some(all.map(|(file, mention)| view.location(file, &mention.range)).collect())
}

/// The same within the file.
pub(super) fn highlights(view: View<'_>, params: &DocumentHighlightParams) -> Option<Vec<DocumentHighlight>> {
    let (file, mention) = id_at(view.spot(&params.text_document_position_params)?)?;
    let id = fold(file.slice(&mention.range));
    let all = file.names.of(mention.sort, &id).map(|one| DocumentHighlight {
        range: view.range(file, &one.range),
        kind: Some(if one.declares { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
    });
    Some(all.collect())
}
