//! Which request is answered by what: one table. In: a method and its parameters. Out: the answer, or a refusal.

use lsp_server::ErrorCode;
use lsp_types::request::{self as asks, Request};
use serde_json::Value;

use super::findings::Findings;
use super::view::View;
use super::{actions, completion, hover, layout, links, navigate, outline, rename};

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The protocol's code.
    pub(super) code: ErrorCode,
    /// In words.
    pub(super) why: String,
}

impl Refusal {
    /// A request that was understood and cannot be granted.
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self { code: ErrorCode::RequestFailed, why: why.into() }
    }
}

type Answer = Result<Value, Refusal>;

/// Answers a request.
pub(super) fn answer(view: View<'_>, told: &Findings, method: &str, params: Value) -> Answer {
    match method {
        asks::GotoDefinition::METHOD => {
            plain::<asks::GotoDefinition>(params, |params| navigate::definition(view, &params))
        }
        asks::References::METHOD => {
            plain::<asks::References>(params, |params| navigate::references(view, &params))
        }
        asks::DocumentHighlightRequest::METHOD => {
            plain::<asks::DocumentHighlightRequest>(params, |params| navigate::highlights(view, &params))
        }
        asks::HoverRequest::METHOD => {
            plain::<asks::HoverRequest>(params, |params| hover::hover(view, told, &params))
        }
        asks::Completion::METHOD => {
            plain::<asks::Completion>(params, |params| completion::complete(view, &params))
        }
        asks::PrepareRenameRequest::METHOD => {
            fallible::<asks::PrepareRenameRequest>(params, |params| rename::prepare(view, &params))
        }
        asks::Rename::METHOD => fallible::<asks::Rename>(params, |params| rename::rename(view, &params)),
        asks::DocumentSymbolRequest::METHOD => {
            plain::<asks::DocumentSymbolRequest>(params, |params| outline::symbols(view, &params))
        }
        asks::WorkspaceSymbolRequest::METHOD => {
            plain::<asks::WorkspaceSymbolRequest>(params, |params| outline::search(view, &params.query))
        }
        asks::FoldingRangeRequest::METHOD => {
            plain::<asks::FoldingRangeRequest>(params, |params| outline::folds(view, &params))
        }
        asks::SelectionRangeRequest::METHOD => {
            plain::<asks::SelectionRangeRequest>(params, |params| outline::selections(view, &params))
        }
        asks::LinkedEditingRange::METHOD => {
            plain::<asks::LinkedEditingRange>(params, |params| outline::linked(view, &params))
        }
        asks::DocumentLinkRequest::METHOD => {
            plain::<asks::DocumentLinkRequest>(params, |params| links::links(view, &params))
        }
        asks::Formatting::METHOD => {
            fallible::<asks::Formatting>(params, |params| layout::format(view, &params))
        }
        asks::CodeActionRequest::METHOD => {
            plain::<asks::CodeActionRequest>(params, |params| actions::actions(view, told, &params))
        }
        _ => Err(Refusal {
            code: ErrorCode::MethodNotFound,
            why: "the server does not answer this request".to_owned(),
        }),
    }
}

/// A request that always has an answer, perhaps an empty one.
fn plain<R: Request>(params: Value, give: impl FnOnce(R::Params) -> R::Result) -> Answer {
    fallible::<R>(params, |params| Ok(give(params)))
}

fn fallible<R: Request>(params: Value, give: impl FnOnce(R::Params) -> Result<R::Result, Refusal>) -> Answer {
    let unreadable =
        |_| Refusal { code: ErrorCode::InvalidParams, why: "the parameters cannot be read".to_owned() };
    let params: R::Params = serde_json::from_value(params).map_err(unreadable)?;
    serde_json::to_value(give(params)?).map_err(|_| Refusal {
        code: ErrorCode::InternalError,
        why: "the answer cannot be written".to_owned(),
    })
}
