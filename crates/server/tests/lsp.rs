//! `vestibule lsp` as an editor runs it: the real program on two pipes.

#![expect(clippy::expect_used, reason = "a test that cannot go on must stop and say so")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A running program and its two pipes.
struct Editor {
    program: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Editor {
    fn start() -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let to = program.stdin.take().expect("a pipe");
        let from = BufReader::new(program.stdout.take().expect("a pipe"));
        Self { program, to, from }
    }

    fn say(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the program listens");
    }

    /// The next message that the test asks for.
    fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut head = String::new();
            self.from.read_line(&mut head).expect("the program speaks");
            let length =
                head.trim().strip_prefix("Content-Length: ").expect("a length").parse().expect("a number");
            self.from.read_line(&mut head).expect("an empty line");
            let mut body = vec![0; length];
            self.from.read_exact(&mut body).expect("a whole message");
            let message = serde_json::from_slice(&body).expect("JSON");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// The exit code, and everything on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.to);
        let mut errors = String::new();
        let mut pipe = self.program.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut errors).expect("text");
        (self.program.wait().expect("an end").code(), errors)
    }
}

#[test]
fn an_editor_opens_a_policy_asks_and_leaves() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let folder = folder.canonicalize().expect("our policies");
    let uri = |name: &str| format!("file://{}", folder.join(name).display()).replace(' ', "%20");
    let mut editor = Editor::start();
    let folders = json!([{ "uri": uri(""), "name": "policies" }]);
    let params = json!({ "processId": null, "capabilities": {}, "workspaceFolders": folders });
    editor.say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }));
    let answer = editor.hear(|message| message["id"] == 1);
    assert_eq!(answer["result"]["serverInfo"]["name"], "vestibule");
    editor.say(&json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
    // One claim is misspelled in what is typed.
    let name = "SignUpOrSignIn.xml";
    let text = std::fs::read_to_string(folder.join(name))
        .expect("a policy")
        .replace("\"givenName\"", "\"givenNam\"");
    let document = json!({ "uri": uri(name), "languageId": "xml", "version": 1, "text": text });
    editor.say(&json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } }));
    let told = editor.hear(|message| {
        let params = &message["params"];
        message["method"] == "textDocument/publishDiagnostics"
            && params["uri"] == uri(name)
            && params["diagnostics"]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one["code"] == "V0301"))
    });
    assert_eq!(told["params"]["version"], 1);
    let line = text.lines().position(|line| line.contains("DefaultUserJourney")).expect("the line");
    let place =
        json!({ "textDocument": { "uri": uri(name) }, "position": { "line": line, "character": 40 } });
    editor.say(&json!({ "jsonrpc": "2.0", "id": 2, "method": "textDocument/definition", "params": place }));
    let answer = editor.hear(|message| message["id"] == 2);
    assert_eq!(answer["result"][0]["uri"], uri("Base.xml"));
    editor.say(&json!({ "jsonrpc": "2.0", "id": 3, "method": "shutdown" }));
    editor.hear(|message| message["id"] == 3);
    editor.say(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(editor.end(), (Some(0), String::new()));
}

#[test]
fn an_editor_that_is_gone_takes_the_program_with_it() {
    let mut editor = Editor::start();
    editor
        .say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }));
    editor.hear(|message| message["id"] == 1);
    let (code, _) = editor.end();
    assert_eq!(code, Some(1));
}
