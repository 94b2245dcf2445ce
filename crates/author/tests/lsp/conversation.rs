//! Beginning, ending, and clients that do not keep to the protocol.

use std::io::Write as _;

use lsp_server::{Message, Request, RequestId, Response};
use serde_json::{Value, json};
use vestibule_engine::lint::Levels;

use crate::client::{Client, Pack, own};

#[test]
fn the_protocols_order_is_kept() {
    let mut client = Client::silent(own(), false);
    let early = client.ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(early.code, -32002);
    client.tell("textDocument/didOpen", json!({ "textDocument": "early" }));
    client.ask("initialize", json!({ "capabilities": {} })).unwrap();
    assert_eq!(client.ask("initialize", json!({ "capabilities": {} })).unwrap_err().code, -32600);
    assert_eq!(client.ask("shutdown", Value::Null).unwrap(), Value::Null);
    assert_eq!(client.ask("workspace/symbol", json!({ "query": "" })).unwrap_err().code, -32600);
    client.tell("exit", Value::Null);
    assert!(client.gone());
}

#[test]
fn leaving_without_a_word_is_noticed() {
    let mut client = Client::new(own());
    client.tell("exit", Value::Null);
    assert!(!client.gone());
    let mut client = Client::new(own());
    client.cut();
    assert!(!client.gone());
}

#[test]
fn broken_messages_cost_nothing_but_themselves() {
    let mut client = Client::new(own());
    client.open("Base.xml");
    // Parameters of the wrong form, for every request and some news.
    let methods = [
        "textDocument/definition",
        "textDocument/references",
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/rename",
        "textDocument/prepareRename",
        "textDocument/documentSymbol",
        "workspace/symbol",
        "textDocument/foldingRange",
        "textDocument/selectionRange",
        "textDocument/linkedEditingRange",
        "textDocument/documentLink",
        "textDocument/codeAction",
        "textDocument/formatting",
        "textDocument/documentHighlight",
    ];
    for method in methods {
        assert_eq!(client.ask(method, json!([1, 2])).unwrap_err().code, -32602, "{method}");
    }
    assert_eq!(client.ask("textDocument/nonsense", json!({})).unwrap_err().code, -32601);
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "workspace/didChangeWatchedFiles",
        "x/y",
    ] {
        client.tell(method, json!({ "textDocument": 1 }));
    }
    client.send(Message::Response(Response::new_ok(RequestId::from(99), json!({}))));
    // A change of a file that is not open, and one far outside of the text.
    let change = |uri: String, line: u32| {
        let at = json!({ "line": line, "character": u32::MAX });
        json!({
            "textDocument": { "uri": uri, "version": 9 },
            "contentChanges": [{ "range": { "start": at, "end": { "line": 0, "character": 0 } }, "text": "" }],
        })
    };
    client.tell("textDocument/didChange", change(client.uri("Nothing.xml"), 1));
    client.tell("textDocument/didChange", change(client.uri("Base.xml"), u32::MAX));
    client.settle("Base.xml");
    // Places outside of a file, and files that are not there.
    for name in ["Base.xml", "Nothing.xml"] {
        let at = json!({ "textDocument": client.document(name), "position": { "line": u32::MAX, "character": u32::MAX } });
        for method in [
            "textDocument/definition",
            "textDocument/hover",
            "textDocument/completion",
            "textDocument/linkedEditingRange",
        ] {
            client.ask(method, at.clone()).unwrap();
        }
    }
    assert!(client.leave());
}

#[test]
fn hostile_documents_are_borne() {
    let deep = "<TrustFrameworkPolicy>".to_owned() + &"<a>".repeat(50_000);
    let quotes = "<TrustFrameworkPolicy a=\"".repeat(20_000);
    let many = "<TrustFrameworkPolicy>".to_owned() + &"<ClaimType Id=\"x\"/>".repeat(20_000);
    let bombs = "<!DOCTYPE a [<!ENTITY b \"c\">]><TrustFrameworkPolicy>&b;</TrustFrameworkPolicy>".to_owned();
    let large = format!("<TrustFrameworkPolicy>{}", "x".repeat(9 * 1024 * 1024));
    let mut client = Client::new(Pack::of(&[]));
    for text in [deep, quotes, many, bombs, large, "\0<TrustFrameworkPolicy".to_owned(), String::new()] {
        client.open_as("Odd.xml", &text);
        client.settle("Odd.xml");
        let document = json!({ "textDocument": client.document("Odd.xml") });
        for method in
            ["textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/documentLink"]
        {
            client.ask(method, document.clone()).unwrap();
        }
        let mut at = document;
        at["position"] = json!({ "line": 0, "character": 22 });
        for method in ["textDocument/hover", "textDocument/completion", "textDocument/definition"] {
            client.ask(method, at.clone()).unwrap();
        }
    }
    assert!(client.leave());
}

#[test]
fn a_request_that_is_cancelled_while_it_waits_is_not_answered() {
    // Sent before the server reads: all of it waits when the first is taken.
    let mut client = Client::silent(own(), false);
    let first = client.post("initialize", json!({ "capabilities": {} }));
    let wait = client.post("workspace/symbol", json!({ "query": "a" }));
    client.tell("$/cancelRequest", json!({ "id": 999 }));
    client.tell("$/cancelRequest", json!({ "id": { "odd": 1 } }));
    client.wait(&first).unwrap();
    client.wait(&wait).unwrap();
    let text = client.text("Base.xml");
    client.open_as("Base.xml", &text);
    let ids: Vec<RequestId> = (0..50)
        .map(|_| {
            let id = client
                .post("textDocument/documentSymbol", json!({ "textDocument": client.document("Base.xml") }));
            client.tell("$/cancelRequest", json!({ "id": id }));
            id
        })
        .collect();
    // Every one is answered exactly once, whether it was still waiting or not.
    for id in ids {
        match client.wait(&id) {
            Ok(_) => {}
            Err(refused) => assert_eq!(refused.code, -32800),
        }
    }
    assert!(client.leave());
}

/// A policy from which pieces are cut at random places: nothing that can be asked about it may fail.
#[test]
fn whatever_is_cut_away_can_be_asked_about() {
    let mut client = Client::new(own());
    let whole = client.text("Extensions.xml") + &client.text("SignUpOrSignIn.xml");
    let mut state = 12_345_usize;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    for _ in 0..40 {
        let mut text = whole.clone();
        let start = text.floor_char_boundary(next(text.len()));
        let end = text.floor_char_boundary((start + next(60)).min(text.len()));
        text.replace_range(start..end, ["", "<", "\"", "{", "</"][next(5)]);
        client.open_as("Extensions.xml", &text);
        let at = client.at_offset("Extensions.xml", start);
        for method in ["hover", "completion", "definition", "documentHighlight", "linkedEditingRange"] {
            client.ask(&format!("textDocument/{method}"), at.clone()).unwrap();
        }
        for method in ["documentSymbol", "foldingRange", "documentLink"] {
            client
                .ask(&format!("textDocument/{method}"), json!({ "textDocument": at["textDocument"] }))
                .unwrap();
        }
        client.settle("Extensions.xml");
    }
    assert!(client.leave());
}

/// The transport on two pipes, as the binary runs it.
#[test]
fn two_streams_carry_a_conversation() {
    let (input, mut to) = std::io::pipe().unwrap();
    let (mut from, output) = std::io::pipe().unwrap();
    let server = std::thread::spawn(move || vestibule_author::lsp::serve(input, output, Levels::default()));
    let mut say = |message: Message| message.write(&mut to).unwrap();
    let request = |id: i32, method: &str, params: Value| {
        Message::Request(Request { id: RequestId::from(id), method: method.to_owned(), params })
    };
    say(request(1, "initialize", json!({ "capabilities": {} })));
    say(request(2, "shutdown", Value::Null));
    write!(to, "Content-Length: 4\r\n\r\n{{]}}{{").unwrap();
    write!(to, "Content-Length: 33\r\n\r\n{{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}}").unwrap();
    assert!(server.join().unwrap());
    let mut answers = String::new();
    std::io::Read::read_to_string(&mut from, &mut answers).unwrap();
    assert_eq!(answers.matches("Content-Length: ").count(), 3);
    assert!(answers.contains("\"id\":null") && answers.contains("-32700"));
    assert!(answers.contains("\"name\":\"vestibule\""));
}
