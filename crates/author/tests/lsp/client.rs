//! The editor's side: opens, types, asks, and keeps what it is told. A place is named by a piece of the file's text with
//! `|` where the cursor is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::{Value, json};
use vestibule_engine::lint::Levels;

/// Folders of policies that tests work on; each test has its own copy.
pub(crate) struct Pack {
    folder: tempfile::TempDir,
}

/// Our own policies.
pub(crate) fn own() -> Pack {
    Pack::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies"))
}

/// The LocalAccounts starter pack, if the corpus is here.
pub(crate) fn starter() -> Option<Pack> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let near = ["../../../shared", "../../../../shared"]
        .map(|up| here.join(up).join("corpus/starterpack/LocalAccounts"));
    let found = near.into_iter().find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: ../shared/corpus is not here; only our own policies are edited");
    }
    found.map(|path| Pack::copy(&path))
}

impl Pack {
    fn copy(from: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "xml") {
                std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        Self { folder }
    }

    /// A folder with these files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file as an editor shows it: without byte order mark.
    pub(crate) fn text(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        text.trim_start_matches('\u{FEFF}').to_owned()
    }
}

/// One conversation.
pub(crate) struct Client {
    pack: Pack,
    connection: Option<Connection>,
    server: Option<JoinHandle<bool>>,
    next: i32,
    utf8: bool,
    open: BTreeMap<String, (i32, String)>,
    /// Diagnostics by file name, as told last.
    told: BTreeMap<String, Vec<Value>>,
    /// Files about which something was told, in order.
    pub(crate) news: Vec<String>,
    /// The answer to `initialize`.
    pub(crate) abilities: Value,
}

impl Client {
    /// Begins with UTF-16 columns.
    pub(crate) fn new(pack: Pack) -> Self {
        Self::with(pack, false)
    }

    /// Begins, with UTF-8 columns if wanted.
    pub(crate) fn with(pack: Pack, utf8: bool) -> Self {
        let mut client = Self::silent(pack, utf8);
        let encodings: &[&str] = if utf8 { &["utf-16", "utf-8"] } else { &["utf-16"] };
        let root = uri_of(client.pack.folder.path());
        client.abilities = client
            .ask(
                "initialize",
                json!({
                    "processId": null,
                    "capabilities": {
                        "general": { "positionEncodings": encodings },
                        "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
                    },
                    "workspaceFolders": [{ "uri": root, "name": "policies" }],
                }),
            )
            .unwrap();
        client.tell("initialized", json!({}));
        client
    }

    /// A client that has said nothing yet.
    pub(crate) fn silent(pack: Pack, utf8: bool) -> Self {
        Self::weighing(pack, utf8, Levels::default())
    }

    /// The same before a server whose lints weigh what is given.
    pub(crate) fn weighing(pack: Pack, utf8: bool, levels: Levels) -> Self {
        let (server, connection) = Connection::memory();
        let server = std::thread::spawn(move || vestibule_author::lsp::run(&server, levels));
        Self {
            pack,
            connection: Some(connection),
            server: Some(server),
            next: 0,
            utf8,
            open: BTreeMap::new(),
            told: BTreeMap::new(),
            news: Vec::new(),
            abilities: Value::Null,
        }
    }

    pub(crate) fn pack(&self) -> &Pack {
        &self.pack
    }

    pub(crate) fn send(&self, message: impl Into<Message>) {
        self.connection.as_ref().unwrap().sender.send(message.into()).unwrap();
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Asks without waiting; the id.
    pub(crate) fn post(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request { id: id.clone(), method: method.to_owned(), params });
        id
    }

    /// Asks and waits.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, ResponseError> {
        let id = self.post(method, params);
        self.wait(&id)
    }

    pub(crate) fn wait(&mut self, wanted: &RequestId) -> Result<Value, ResponseError> {
        loop {
            let patience = std::time::Duration::from_secs(60);
            match self.connection.as_ref().unwrap().receiver.recv_timeout(patience).expect("an answer") {
                Message::Response(Response { id, response_result }) if id == *wanted => {
                    return response_result;
                }
                Message::Notification(one) if one.method == "textDocument/publishDiagnostics" => {
                    self.keep(&one.params)
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, params: &Value) {
        let name = params["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        self.news.push(name.clone());
        self.told.insert(name, params["diagnostics"].as_array().unwrap().clone());
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        uri_of(&self.pack.path(name))
    }

    pub(crate) fn document(&self, name: &str) -> Value {
        json!({ "uri": self.uri(name) })
    }

    /// Opens a file with the text it has on the disk.
    pub(crate) fn open(&mut self, name: &str) {
        let text = self.pack.text(name);
        self.open_as(name, &text);
    }

    pub(crate) fn open_as(&mut self, name: &str, text: &str) {
        self.open.insert(name.to_owned(), (1, text.to_owned()));
        let document = json!({ "uri": self.uri(name), "languageId": "xml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.open.remove(name);
        self.tell("textDocument/didClose", json!({ "textDocument": self.document(name) }));
    }

    /// The text as the editor has it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.open.get(name).map(|(_, text)| text.clone()).unwrap_or_else(|| self.pack.text(name))
    }

    /// Replaces the one piece `old` by `new`, as an edit of that place.
    pub(crate) fn edit(&mut self, name: &str, old: &str, new: &str) {
        let text = self.text(name);
        let start = only(&text, old);
        let range =
            json!({ "start": self.position(&text, start), "end": self.position(&text, start + old.len()) });
        let (version, kept) = self.open.get_mut(name).expect("an open file");
        *version += 1;
        *kept = text.replacen(old, new, 1);
        let version = *version;
        let params = json!({
            "textDocument": { "uri": self.uri(name), "version": version },
            "contentChanges": [{ "range": range, "text": new }],
        });
        self.tell("textDocument/didChange", params);
    }

    /// The position of an offset, counted here by other means than the server's.
    pub(crate) fn position(&self, text: &str, offset: usize) -> Value {
        let before = &text[..offset];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap();
        let character = if self.utf8 { column.len() } else { column.encode_utf16().count() };
        json!({ "line": line, "character": character })
    }

    /// Parameters of a question about a place: `before|after`.
    pub(crate) fn at(&self, name: &str, place: &str) -> Value {
        let text = self.text(name);
        let cursor = place.find('|').expect("a cursor");
        let offset = only(&text, &place.replacen('|', "", 1)) + cursor;
        json!({ "textDocument": self.document(name), "position": self.position(&text, offset) })
    }

    /// `File:line` of a piece that stands once.
    pub(crate) fn line_of(&self, name: &str, piece: &str) -> String {
        let text = self.text(name);
        let before = only(&text, piece);
        format!("{name}:{}", text[..before].matches('\n').count() + 1)
    }

    /// What a range covers, as `File:line text`; the place must be exact for the text to be right.
    pub(crate) fn shown(&self, uri: &Value, range: &Value) -> String {
        let name = uri.as_str().unwrap().rsplit('/').next().unwrap();
        let text = self.text(name);
        let covered = self.covered(&text, range);
        format!("{name}:{} {covered}", range["start"]["line"].as_u64().unwrap() + 1)
    }

    /// The text a range covers.
    pub(crate) fn covered<'t>(&self, text: &'t str, range: &Value) -> &'t str {
        &text[self.offset(text, &range["start"])..self.offset(text, &range["end"])]
    }

    /// Where a range begins, in bytes.
    pub(crate) fn start(&self, text: &str, range: &Value) -> usize {
        self.offset(text, &range["start"])
    }

    /// Parameters of a question about an offset.
    pub(crate) fn at_offset(&self, name: &str, offset: usize) -> Value {
        json!({ "textDocument": self.document(name), "position": self.position(&self.text(name), offset) })
    }

    fn offset(&self, text: &str, position: &Value) -> usize {
        let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
        let mut offset = start;
        for one in text[start..].chars() {
            if left == 0 {
                break;
            }
            left -= if self.utf8 { one.len_utf8() } else { one.len_utf16() };
            offset += one.len_utf8();
        }
        offset
    }

    /// Places of an answer, shown.
    pub(crate) fn places(&self, answer: &Value) -> Vec<String> {
        let list = answer.as_array().cloned().unwrap_or_default();
        list.iter().map(|one| self.shown(&one["uri"], &one["range"])).collect()
    }

    pub(crate) fn definition(&mut self, name: &str, place: &str) -> Vec<String> {
        let at = self.at(name, place);
        let answer = self.ask("textDocument/definition", at).unwrap();
        self.places(&answer)
    }

    pub(crate) fn hover(&mut self, name: &str, place: &str) -> String {
        let at = self.at(name, place);
        let answer = self.ask("textDocument/hover", at).unwrap();
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// What is offered at a place: whole items.
    pub(crate) fn offered(&mut self, name: &str, place: &str) -> Vec<Value> {
        let at = self.at(name, place);
        let answer = self.ask("textDocument/completion", at).unwrap();
        let mut items = answer["items"].as_array().cloned().unwrap_or_default();
        items.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
        items
    }

    pub(crate) fn labels(&mut self, name: &str, place: &str) -> Vec<String> {
        self.offered(name, place).iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until everything sent was worked on and what came of it was told.
    pub(crate) fn settle(&mut self, name: &str) {
        let zero = json!({ "line": 0, "character": 0 });
        let params = json!({
            "textDocument": self.document(name),
            "range": { "start": zero, "end": zero },
            "context": { "diagnostics": [] },
        });
        self.ask("textDocument/codeAction", params).unwrap();
    }

    /// Diagnostics of a file now, each as `line code covered text`.
    pub(crate) fn findings(&mut self, name: &str) -> Vec<String> {
        self.settle(name);
        let text = self.text(name);
        let row = |one: &Value| {
            let line = one["range"]["start"]["line"].as_u64().unwrap() + 1;
            format!("{line} {} {}", one["code"].as_str().unwrap(), self.covered(&text, &one["range"]))
        };
        self.raw(name).iter().map(row).collect()
    }

    /// What [`Client::findings`] says of a finding at a piece that stands once.
    pub(crate) fn finding(&self, name: &str, code: &str, piece: &str) -> String {
        let place = self.line_of(name, piece);
        format!("{} {code} {piece}", place.rsplit(':').next().unwrap())
    }

    /// The same, errors only.
    pub(crate) fn errors(&mut self, name: &str) -> Vec<String> {
        let rows = self.findings(name);
        let raw = self.raw(name);
        let errors = rows.into_iter().zip(raw).filter(|(_, one)| one["severity"] == 1);
        errors.map(|(row, _)| row).collect()
    }

    /// Diagnostics of a file as told last.
    pub(crate) fn raw(&self, name: &str) -> Vec<Value> {
        self.told.get(name).cloned().unwrap_or_default()
    }

    /// Ends the conversation as the protocol wants it.
    pub(crate) fn leave(mut self) -> bool {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.gone()
    }

    /// Waits for the server to end.
    pub(crate) fn gone(&mut self) -> bool {
        self.server.take().unwrap().join().unwrap()
    }

    /// Cuts the line.
    pub(crate) fn cut(&mut self) {
        self.connection = None;
    }
}

/// The offset of a piece that stands exactly once.
pub(crate) fn only(text: &str, piece: &str) -> usize {
    assert_eq!(text.matches(piece).count(), 1, "`{piece}` must stand once");
    text.find(piece).unwrap()
}

fn uri_of(path: &Path) -> String {
    format!("file://{}", path.to_str().unwrap().replace(' ', "%20"))
}
