//! HTTP/2 abuse, written frame by frame (RFC 9113): the connection ends, the server goes on (attack 139).

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::tests::{answer, running, talk};
use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame: length, kind, flags, stream, payload.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// `:method GET` (or POST), `:scheme http`, `:path /`, `:authority a`, from HPACK's static table (RFC 7541 appendix A).
fn head(post: bool) -> Vec<u8> {
    vec![if post { 0x83 } else { 0x82 }, 0x86, 0x84, 0x41, 0x01, b'a']
}

/// Opens a connection, sends the frames until the server stops taking them, and reads until the end or for five
/// seconds. True when the server said GOAWAY or closed.
async fn ends_connection(address: SocketAddr, frames: impl IntoIterator<Item = Vec<u8>>) -> bool {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let reading = tokio::spawn(async move {
        let mut head = [0u8; 9];
        loop {
            if read.read_exact(&mut head).await.is_err() {
                return true;
            }
            let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            if read.read_exact(&mut vec![0; length]).await.is_err() || head[3] == GOAWAY {
                return true;
            }
        }
    });
    let mut opening = PREFACE.to_vec();
    opening.extend(frame(SETTINGS, 0, 0, &[]));
    let _ = write.write_all(&opening).await;
    for bytes in frames {
        let sent = tokio::time::timeout(Duration::from_secs(1), write.write_all(&bytes)).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    tokio::time::timeout(Duration::from_secs(5), reading).await.is_ok_and(|ended| ended.unwrap())
}

async fn is_alive(address: SocketAddr) -> bool {
    talk(address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.0.contains("200 OK")
}

#[tokio::test]
async fn attack_139_rapid_resets_end_the_connection() {
    let server = running(None).await;
    let frames = (0..5000u32).map(|number| {
        let stream = 2 * number + 1;
        let mut bytes = frame(HEADERS, END_HEADERS | END_STREAM, stream, &head(false));
        bytes.extend(frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()));
        bytes
    });
    assert!(ends_connection(server.address, frames).await);
    assert!(is_alive(server.address).await);
}

#[tokio::test]
async fn attack_139_a_continuation_flood_ends_the_connection() {
    let server = running(None).await;
    let first = frame(HEADERS, END_STREAM, 1, &head(false));
    // A literal header without indexing, name and value of one letter each.
    let filler = [0x00, 0x01, b'x', 0x01, b'y'].repeat(3000);
    let flood = (0..10_000).map(|_| frame(CONTINUATION, 0, 1, &filler));
    assert!(ends_connection(server.address, std::iter::once(first).chain(flood)).await);
    assert!(is_alive(server.address).await);
}

#[tokio::test]
async fn attack_139_a_header_bomb_is_refused() {
    let server = running(None).await;
    // One entry of 4 kB put into the dynamic table, then named 15,000 times: 60 MB of headers from 19 kB.
    let mut block = head(false);
    block.extend([0x40, 0x01, b'x', 0x7f, 0x81, 0x1e]);
    block.extend(std::iter::repeat_n(b'y', 127 + 1 + (0x1e << 7)));
    block.extend(std::iter::repeat_n(0xbe, 15_000));
    let mut frames = Vec::new();
    for (index, part) in block.chunks(16_000).enumerate() {
        let kind = if index == 0 { HEADERS } else { CONTINUATION };
        let last = (index + 1) * 16_000 >= block.len();
        let flags = if last { END_HEADERS } else { 0 } | if index == 0 { END_STREAM } else { 0 };
        frames.push(frame(kind, flags, 1, part));
    }
    let _ = ends_connection(server.address, frames).await;
    assert!(is_alive(server.address).await);
}

#[tokio::test]
async fn attack_139_empty_data_and_ping_floods_do_not_stop_the_server() {
    let server = running(None).await;
    let open = frame(HEADERS, END_HEADERS, 1, &head(true));
    let empty = frame(DATA, 0, 1, &[]).repeat(1000);
    let floods = [std::iter::once(open).chain((0..100).map(move |_| empty.clone())).collect::<Vec<_>>(), {
        vec![frame(PING, 0, 0, &[0; 8]).repeat(1000); 100]
    }];
    for flood in floods {
        let (address, started) = (server.address, std::time::Instant::now());
        let attack = tokio::spawn(async move { ends_connection(address, flood).await });
        assert!(is_alive(server.address).await, "an honest client is served during the flood");
        let _ = attack.await;
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

#[tokio::test]
async fn http2_is_served_to_honest_clients() {
    let server = running(None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, 1, &head(false)));
    stream.write_all(&bytes).await.unwrap();
    let (text, _) = answer(&mut stream, Duration::from_millis(700)).await;
    assert!(text.contains("127.0.0.1:0"), "the echoed answer is in a DATA frame: {text:?}");
}
