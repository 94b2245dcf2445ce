//! Messages on two streams. In: bytes from an editor, or from whatever is at the other end. Out: messages, never larger
//! than a bound; what is no message is answered as such and skipped.
//!
//! The transport that comes with the protocol's library takes any length it is told and ends at the first message that
//! is no JSON; neither will do for a server that must outlive its client's mistakes. Must not be known here: what the
//! messages mean.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lsp_server::{Connection, Message};
use vestibule_engine::lint::Levels;

/// The longest message that is read, in bytes: an open document of the largest size kept, escaped.
const MOST_MESSAGE: u64 = 32 * 1024 * 1024;
/// The longest line of a head.
const MOST_LINE: u64 = 4 * 1024;
/// Messages that wait to be worked on; a client that sends faster has to wait.
const MOST_WAITING: usize = 1_000;

/// What came of reading once.
enum Piece {
    /// A message.
    Message(Message),
    /// What was read is no message; why.
    Refused(&'static str),
    /// A head without a length; nothing was skipped but the head.
    Noise,
    /// The stream is at its end.
    End,
}

/// Serves one editor on two streams until it says `exit`, or its stream ends; lints weigh what `levels` say. The answer is
/// whether the editor said `shutdown` before.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static, levels: Levels) -> bool {
    let (server, client) = Connection::memory();
    let output = Arc::new(Mutex::new(output));
    let Connection { sender, receiver } = client;
    let writer = {
        let output = output.clone();
        std::thread::spawn(move || receiver.iter().all(|message| write(&output, &message)))
    };
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            match read(&mut input) {
                Piece::Message(message) => {
                    while sender.len() >= MOST_WAITING {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    let last = matches!(&message, Message::Notification(one) if one.method == "exit");
                    if sender.send(message).is_err() || last {
                        return;
                    }
                }
                Piece::Refused(why) => refuse(&output, why),
                Piece::Noise => {}
                Piece::End => return,
            }
        }
    });
    let ended = super::server::run(&server, levels);
    // What was answered last is still to be written.
    drop(server);
    let _ = writer.join();
    ended
}

fn write(output: &Mutex<impl Write>, message: &Message) -> bool {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    message.clone().write(&mut *output).is_ok()
}

/// Answers what is no message; there is no id to answer to.
fn refuse(output: &Mutex<impl Write>, why: &str) {
    let body = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": lsp_server::ErrorCode::ParseError as i32, "message": why },
    });
    let body = body.to_string();
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = write!(output, "Content-Length: {}\r\n\r\n{body}", body.len());
    let _ = output.flush();
}

fn read(input: &mut impl BufRead) -> Piece {
    let mut length = None;
    loop {
        let Some(line) = line(input) else { return Piece::End };
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        let line = String::from_utf8_lossy(line).to_ascii_lowercase();
        if let Some((name, value)) = line.split_once(':')
            && name.trim() == "content-length"
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let Some(length) = length else { return Piece::Noise };
    let mut body = input.take(length);
    if length > MOST_MESSAGE {
        return match std::io::copy(&mut body, &mut std::io::sink()) {
            Ok(read) if read == length => Piece::Refused("the message is too large"),
            _ => Piece::End,
        };
    }
    let mut bytes = Vec::new();
    match body.read_to_end(&mut bytes) {
        Ok(read) if read as u64 == length => {}
        _ => return Piece::End,
    }
    match serde_json::from_slice(&bytes) {
        Ok(message) => Piece::Message(message),
        Err(_) => Piece::Refused("this is no message of the protocol"),
    }
}

/// The next line, cut where it is too long; none at the end of the stream.
fn line(input: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = input.take(MOST_LINE).read_until(b'\n', &mut line).ok()?;
    (read > 0).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8]) -> Vec<String> {
        let mut input = BufReader::new(text);
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Piece::Message(Message::Notification(one)) => found.push(one.method),
                Piece::Message(other) => panic!("{other:?}"),
                Piece::Refused(why) => found.push(why.to_owned()),
                Piece::Noise => {}
                Piece::End => return found,
            }
        }
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        let good = framed(r#"{"jsonrpc":"2.0","method":"initialized"}"#);
        let text = format!("noise\r\n\r\n{}{}{good}", framed("{"), framed("[1]"));
        let no = "this is no message of the protocol";
        assert_eq!(pieces(text.as_bytes()), [no, no, "initialized"]);
        // Names of fields in any case; a further field.
        let text = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        let text = format!("content-type: x\r\nCONTENT-LENGTH:{}\r\n\r\n{text}", text.len());
        assert_eq!(pieces(text.as_bytes()), ["exit"]);
    }

    #[test]
    fn lengths_and_lines_are_bounded() {
        assert!(pieces(b"Content-Length: 18446744073709551615\r\n\r\n{}").is_empty());
        assert!(pieces(b"Content-Length: 10\r\n\r\n{}").is_empty());
        assert!(pieces(&vec![b'x'; 100_000]).is_empty());
        let mut text = format!("Content-Length: {}\r\n\r\n", MOST_MESSAGE + 1).into_bytes();
        text.extend(std::iter::repeat_n(b' ', MOST_MESSAGE as usize + 1));
        text.extend(framed(r#"{"jsonrpc":"2.0","method":"exit"}"#).into_bytes());
        assert_eq!(pieces(&text), ["the message is too large", "exit"]);
    }
}
