//! What of a file can be followed like a link: the base policy, and addresses of templates and services. In: a document.
//! Out: ranges with their targets.

use lsp_types::{DocumentLink, DocumentLinkParams};

use super::file::File;
use super::view::View;

/// Elements whose text may be an address.
const ADDRESSES: &[&str] = &["LoadUri", "Item", "Url"];

/// All links of a file.
pub(super) fn links(view: View<'_>, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let file = view.file(&params.text_document.uri)?;
    let base = base(view, file).into_iter();
    let nodes = file.markup.nodes.iter().filter(|node| ADDRESSES.contains(&node.name(&file.text)));
    let addresses = nodes.filter_map(|node| {
        let (text, range) = node.text(&file.text);
        let whole = text.starts_with("https://") || text.starts_with("http://");
        // What is filled in later leads nowhere now.
        let target = Some(text).filter(|text| whole && !text.contains(['{', ' ']))?.replace("&amp;", "&");
        Some(DocumentLink {
            range: view.range(file, &range),
            target: target.parse().ok(),
            tooltip: None,
            data: None,
        })
    });
    Some(base.chain(addresses.filter(|link| link.target.is_some())).collect())
}

fn base(view: View<'_>, file: &File) -> Option<DocumentLink> {
    let mention = file.base_id()?;
    let above = view.above(file);
    let base = above.first()?;
    Some(DocumentLink {
        range: view.range(file, &mention.range),
        target: Some(base.uri.clone()),
        tooltip: Some(base.name.clone()),
        data: None,
    })
}
