//! What the two sides can do. In: the editor's abilities. Out: what of them matters here, and what the server says about
//! itself.

use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DidChangeWatchedFilesRegistrationOptions, DocumentLinkOptions, FileSystemWatcher,
    FoldingRangeProviderCapability, GlobPattern, HoverProviderCapability, InitializeResult,
    LinkedEditingRangeServerCapabilities, OneOf, Registration, RegistrationParams, RenameOptions,
    SelectionRangeProviderCapability, ServerCapabilities, ServerInfo, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};
use serde_json::Value;

use super::place::Unit;

/// What of the editor's abilities matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// The unit of columns.
    pub(super) unit: Unit,
    /// Whether it watches files when asked to.
    pub(super) watches: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self { unit: Unit::Utf16, watches: false }
    }
}

impl Client {
    /// Reads the editor's abilities.
    pub(super) fn of(all: &ClientCapabilities) -> Self {
        let offered = all.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let watched =
            all.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let watches = watched.and_then(|watched| watched.dynamic_registration).unwrap_or_default();
        Self { unit: Unit::among(offered.unwrap_or_default()), watches }
    }
}

/// The answer to `initialize`.
pub(super) fn server(unit: Unit) -> Value {
    let result = InitializeResult {
        capabilities: capabilities(unit),
        server_info: Some(ServerInfo {
            name: "vestibule".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    serde_json::to_value(result).unwrap_or_default()
}

fn capabilities(unit: Unit) -> ServerCapabilities {
    let triggers = ["<", "\"", "'", "{", ":", " ", "/", ">"];
    ServerCapabilities {
        position_encoding: Some(unit.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers.iter().map(|one| (*one).to_owned()).collect()),
            ..CompletionOptions::default()
        }),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        linked_editing_range_provider: Some(LinkedEditingRangeServerCapabilities::Simple(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: Default::default(),
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

/// Asks to be told about every XML file that changes.
pub(super) fn watchers() -> Value {
    let watcher = FileSystemWatcher { glob_pattern: GlobPattern::String("**/*.xml".to_owned()), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
    let registration = Registration {
        id: "policies".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    serde_json::to_value(RegistrationParams { registrations: vec![registration] }).unwrap_or_default()
}
