//! The listener over real sockets.

use std::time::Instant;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Extension, Request as AxumRequest};
use axum::routing::any;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;

const BOUNDS: Bounds = Bounds {
    connections: 50,
    head: Duration::from_secs(1),
    body: Duration::from_secs(1),
    idle: Duration::from_secs(3),
    drain: Duration::from_secs(5),
};

async fn echo(Extension(Peer(peer)): Extension<Peer>, request: AxumRequest) -> String {
    match to_bytes(request.into_body(), 1 << 20).await {
        Ok(body) => format!("{}:{}", peer.ip(), body.len()),
        Err(_) => "broken".to_owned(),
    }
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(600)).await;
    "slow"
}

pub(super) struct Running {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

pub(super) async fn running(tls: Option<TlsAcceptor>) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/slow", any(slow)).fallback(any(echo));
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, tls, BOUNDS, router, async {
        let _ = stopped.await;
    }));
    Running { address, stop: Some(stop), ended }
}

/// Sends bytes, reads until the server closes or is silent for a second.
pub(super) async fn talk(address: SocketAddr, bytes: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    answer(&mut stream, Duration::from_secs(1)).await
}

/// What arrives, and whether the server closed the connection.
pub(super) async fn answer(stream: &mut TcpStream, patience: Duration) -> (String, bool) {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match tokio::time::timeout(patience, stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return (String::from_utf8_lossy(&text).into_owned(), true),
            Ok(Ok(read)) => text.extend_from_slice(&buffer[..read]),
            Err(_) => return (String::from_utf8_lossy(&text).into_owned(), false),
        }
    }
}

#[tokio::test]
async fn requests_carry_the_peer_and_connections_stay_open() {
    let server = running(None).await;
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let (text, closed) = talk(server.address, request).await;
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("127.0.0.1:3") && !closed, "{text}");
    let (text, _) = talk(server.address, &[request.as_slice(), request].concat()).await;
    assert_eq!(text.matches("200 OK").count(), 2, "pipelined");
    let chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let (text, closed) = talk(server.address, chunked).await;
    assert!(text.contains("127.0.0.1:3") && closed, "chunked is served, then the connection closes: {text}");
}

#[tokio::test]
async fn attack_137_request_smuggling_gets_400_and_a_closed_connection() {
    let server = running(None).await;
    for head in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity",
        "Content-Length: +5",
        "Content-Length: 5, 6",
        "X: a\r\n folded",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        "X: a\nContent-Length: 5",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n0\r\n\r\n");
        let (text, closed) = talk(server.address, request.as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 400") && closed, "{head:?}: {closed} {text}");
    }
}

#[tokio::test]
async fn attack_138_slow_heads_slow_bodies_and_idle_connections_end() {
    let server = running(None).await;
    let started = Instant::now();
    for start in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let (_, closed) = answer(&mut stream, Duration::from_secs(5)).await;
        assert!(closed, "{start:?}");
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await.unwrap();
    let (text, closed) = answer(&mut stream, Duration::from_secs(5)).await;
    assert!(text.contains("broken") && closed, "{text}");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let (text, closed) = answer(&mut stream, Duration::from_secs(5)).await;
    assert!(text.contains("200 OK") && closed, "idle after an answer");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn attack_138_many_idle_connections_do_not_keep_an_honest_client_out() {
    let server = running(None).await;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let (text, _) = answer(&mut stream, Duration::from_secs(3)).await;
    assert!(text.contains("200 OK"), "served as soon as the idle ones are closed: {text}");
}

#[tokio::test]
async fn attack_140_long_targets_and_heads_are_refused() {
    let server = running(None).await;
    let request = |path: usize, header: usize| {
        format!("GET /{} HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "p".repeat(path), "h".repeat(header))
    };
    for (path, header, status) in [
        (16 * 1024 - 1, 10, "200"),
        (16 * 1024, 10, "414"),
        (10, 60 * 1024, "200"),
        (10, 64 * 1024 + 1, "431"),
        (10, 200 * 1024, "431"),
        (200 * 1024, 10, "4"),
    ] {
        let (text, _) = talk(server.address, request(path, header).as_bytes()).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{path} {header}: {text}");
    }
    let cookies: String = (0..1000).map(|number| format!("Cookie: c{number}=1\r\n")).collect();
    let (text, _) =
        talk(server.address, format!("GET / HTTP/1.1\r\nHost: a\r\n{cookies}\r\n").as_bytes()).await;
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_finish() {
    let mut server = running(None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.take().unwrap().send(()).unwrap();
    let (text, closed) = answer(&mut stream, Duration::from_secs(2)).await;
    assert!(text.ends_with("slow") && closed, "{text}");
    server.ended.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "no new connections");
}
