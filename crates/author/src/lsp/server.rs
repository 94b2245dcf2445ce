//! The conversation with one editor. In: messages. Out: answers in their order, and diagnostics whenever nothing else
//! waits.
//!
//! One thread does everything: an answer takes milliseconds. Whatever the editor sends, the server goes on: unknown
//! requests are refused, bad parameters too, and a fault of ours in one answer is told and costs that answer only.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{self as news, Notification as _};
use lsp_types::{InitializeParams, PublishDiagnosticsParams, WorkspaceFolder};
use serde_json::Value;
use vestibule_engine::lint::Levels;

use super::file::Key;
use super::findings::{Desk, Findings};
use super::place::Unit;
use super::view::View;
use super::workspace::Workspace;
use super::{abilities, answers, uri};

/// Where the conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before `initialize`.
    Before,
    /// In between.
    Open,
    /// After `shutdown`.
    Closing,
}

/// One conversation.
struct Server<'c> {
    connection: &'c Connection,
    stage: Stage,
    unit: Unit,
    workspace: Workspace,
    /// The compiler.
    desk: Desk,
    /// What was told about each file last.
    told: Findings,
    /// Messages that wait.
    waiting: VecDeque<Message>,
    /// Requests among them that the editor no longer wants.
    unwanted: HashSet<RequestId>,
    /// What the editor can do.
    client: abilities::Client,
}

/// Converses until `exit`, or until the other end is gone; lints weigh what `levels` say. The answer is whether `shutdown`
/// came before.
pub fn run(connection: &Connection, levels: Levels) -> bool {
    let mut server = Server {
        connection,
        stage: Stage::Before,
        unit: Unit::Utf16,
        workspace: Workspace::default(),
        desk: Desk::new(levels),
        told: BTreeMap::new(),
        waiting: VecDeque::new(),
        unwanted: HashSet::new(),
        client: abilities::Client::default(),
    };
    while let Some(message) = server.next() {
        match message {
            Message::Request(request) => server.request(request),
            Message::Notification(one) if one.method == news::Exit::METHOD => break,
            Message::Notification(one) => server.notification(one),
            // Answers to what we asked for: nothing hangs on them.
            Message::Response(_) => {}
        }
    }
    server.stage == Stage::Closing
}

impl Server<'_> {
    /// The next message. Before waiting for one, says what is new about the files.
    fn next(&mut self) -> Option<Message> {
        self.collect();
        if self.waiting.is_empty() {
            self.check();
            let message = self.connection.receiver.recv().ok()?;
            self.keep(message);
            self.collect();
        }
        self.waiting.pop_front()
    }

    fn collect(&mut self) {
        while let Ok(message) = self.connection.receiver.try_recv() {
            self.keep(message);
        }
    }

    /// Puts a message into the queue; a cancellation finds its request there.
    fn keep(&mut self, message: Message) {
        if let Message::Notification(one) = &message
            && one.method == news::Cancel::METHOD
        {
            if let Some(id) = cancelled(&one.params) {
                let waits =
                    |message: &Message| matches!(message, Message::Request(request) if request.id == id);
                if self.waiting.iter().any(waits) {
                    self.unwanted.insert(id);
                }
            }
            return;
        }
        self.waiting.push_back(message);
    }

    fn send(&self, message: impl Into<Message>) {
        // If nobody listens any more, the next reading ends the conversation.
        let _ = self.connection.sender.send(message.into());
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let refuse = |code: ErrorCode, why: &str| Response::new_err(id.clone(), code as i32, why.to_owned());
        if self.unwanted.remove(&id) {
            return self.send(refuse(ErrorCode::RequestCanceled, "cancelled"));
        }
        let response = match (self.stage, request.method.as_str()) {
            (Stage::Before, "initialize") => self.initialize(id, request.params),
            (Stage::Before, _) => refuse(ErrorCode::ServerNotInitialized, "`initialize` comes first"),
            (Stage::Open, "shutdown") => {
                self.stage = Stage::Closing;
                Response::new_ok(id, Value::Null)
            }
            (Stage::Closing, _) => refuse(ErrorCode::InvalidRequest, "the server is shutting down"),
            (Stage::Open, "initialize") => refuse(ErrorCode::InvalidRequest, "`initialize` came already"),
            (Stage::Open, _) => self.answer(id, &request.method, request.params),
        };
        self.send(response);
    }

    fn answer(&mut self, id: RequestId, method: &str, params: Value) -> Response {
        // Actions are made from diagnostics, which must be those of the text as it is now.
        if method == "textDocument/codeAction" {
            self.check();
        }
        let view = View { workspace: &self.workspace, unit: self.unit };
        let told = &self.told;
        let answer = catch_unwind(AssertUnwindSafe(|| answers::answer(view, told, method, params)));
        match answer {
            Ok(Ok(value)) => Response::new_ok(id, value),
            Ok(Err(answers::Refusal { code, why })) => Response::new_err(id, code as i32, why),
            Err(_) => {
                Response::new_err(id, ErrorCode::InternalError as i32, "a fault of the server".to_owned())
            }
        }
    }

    fn initialize(&mut self, id: RequestId, params: Value) -> Response {
        let Ok(params) = serde_json::from_value::<InitializeParams>(params) else {
            let why = "the parameters of `initialize` cannot be read".to_owned();
            return Response::new_err(id, ErrorCode::InvalidParams as i32, why);
        };
        self.client = abilities::Client::of(&params.capabilities);
        self.unit = self.client.unit;
        self.stage = Stage::Open;
        let folders = folders(&params);
        let paths = folders.iter().filter_map(|folder| uri::path(&folder.uri));
        self.workspace.add_folders(paths);
        Response::new_ok(id, abilities::server(self.unit))
    }

    /// News from the editor; what cannot be read is passed over, as there is nobody to tell.
    fn notification(&mut self, one: Notification) {
        if self.stage != Stage::Open {
            return;
        }
        let Notification { method, params } = one;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.take_in(&method, params)));
        if outcome.is_err() {
            self.log("a fault of the server; reload the window if it behaves oddly");
        }
    }

    fn take_in(&mut self, method: &str, params: Value) -> Option<()> {
        match method {
            news::Initialized::METHOD => self.watch(),
            news::DidOpenTextDocument::METHOD => {
                let params: lsp_types::DidOpenTextDocumentParams = serde_json::from_value(params).ok()?;
                let document = params.text_document;
                self.workspace.open(&document.uri, document.version, document.text);
            }
            news::DidChangeTextDocument::METHOD => {
                let params: lsp_types::DidChangeTextDocumentParams = serde_json::from_value(params).ok()?;
                let (document, changes) = (params.text_document, params.content_changes);
                self.workspace.change(&document.uri, document.version, changes, self.unit);
            }
            news::DidCloseTextDocument::METHOD => {
                let params: lsp_types::DidCloseTextDocumentParams = serde_json::from_value(params).ok()?;
                self.workspace.close(&params.text_document.uri);
            }
            news::DidChangeWatchedFiles::METHOD => {
                let params: lsp_types::DidChangeWatchedFilesParams = serde_json::from_value(params).ok()?;
                params.changes.iter().for_each(|change| self.workspace.news(&change.uri));
            }
            news::DidChangeWorkspaceFolders::METHOD => {
                let params: lsp_types::DidChangeWorkspaceFoldersParams =
                    serde_json::from_value(params).ok()?;
                let gone = params.event.removed.iter().filter_map(|folder| uri::path(&folder.uri));
                gone.for_each(|path| self.workspace.remove_folder(&path));
                let added = params.event.added.iter().filter_map(|folder| uri::path(&folder.uri));
                self.workspace.add_folders(added);
            }
            _ => {}
        }
        Some(())
    }

    /// Asks to be told about files that change on the disk.
    fn watch(&mut self) {
        if self.client.watches {
            let params = abilities::watchers();
            self.send(Request {
                id: RequestId::from(1),
                method: "client/registerCapability".to_owned(),
                params,
            });
        }
    }

    fn log(&self, text: &str) {
        let params = serde_json::json!({ "type": 1, "message": text });
        self.send(Notification { method: news::LogMessage::METHOD.to_owned(), params });
    }

    /// Compiles what changed and tells the editor what is different from before.
    fn check(&mut self) {
        if self.stage != Stage::Open {
            return;
        }
        let (sets, gone) = self.workspace.changed_sets();
        for set in sets {
            let view = View { workspace: &self.workspace, unit: self.unit };
            let desk = &mut self.desk;
            let found = catch_unwind(AssertUnwindSafe(|| desk.check(view, &set)));
            let Ok(found) = found else {
                self.desk.clear();
                self.log("a fault of the server while it compiled the policies");
                continue;
            };
            for (key, list) in found {
                self.tell(key, list);
            }
        }
        for key in gone {
            self.tell(key, Vec::new());
        }
    }

    fn tell(&mut self, key: Key, list: Vec<lsp_types::Diagnostic>) {
        let before = self.told.get(&key);
        if before.map_or(list.is_empty(), |before| *before == list) {
            return;
        }
        let file = self.workspace.file(&key);
        let uri = file.map(|file| file.uri.clone()).or_else(|| uri::uri(std::path::Path::new(&*key)));
        let Some(uri) = uri else { return };
        let version = file.and_then(|file| file.version);
        if list.is_empty() {
            self.told.remove(&key);
        } else {
            self.told.insert(key, list.clone());
        }
        let params = PublishDiagnosticsParams { uri, diagnostics: list, version };
        if let Ok(params) = serde_json::to_value(params) {
            self.send(Notification { method: news::PublishDiagnostics::METHOD.to_owned(), params });
        }
    }
}

fn cancelled(params: &Value) -> Option<RequestId> {
    serde_json::from_value(params.get("id")?.clone()).ok()
}

#[expect(deprecated, reason = "older editors name one folder, by its URI")]
fn folders(params: &InitializeParams) -> Vec<WorkspaceFolder> {
    let listed = params.workspace_folders.clone().unwrap_or_default();
    let root = params.root_uri.clone().filter(|_| listed.is_empty());
    let root = root.map(|uri| WorkspaceFolder { uri, name: String::new() });
    listed.into_iter().chain(root).collect()
}
