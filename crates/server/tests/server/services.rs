//! Services on this machine that behave as a test wants, and keep what they were asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// How a service behaves once it has read a request.
#[derive(Clone)]
pub(crate) enum Manner {
    /// Status and body, once each; the last stays.
    Says(Vec<(u16, String)>),
    /// Says nothing.
    Silent,
    /// Hangs up.
    HangsUp,
    /// Begins an answer that never ends.
    Endless,
    /// A body for each path; 404 for others.
    Serves(Vec<(&'static str, String)>),
    /// Sends another way.
    Raw(&'static str),
    /// The same, byte for byte.
    Bytes(Vec<u8>),
    /// Sends so much and then nothing, without hanging up.
    Stalls(&'static str),
}

/// A service that keeps what it was asked.
pub(crate) struct Service {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub(crate) async fn new(manner: Manner) -> Service {
        Service::listen(manner, None).await
    }

    pub(crate) async fn says(status: u16, body: &str) -> Service {
        Service::new(Manner::Says(vec![(status, body.to_owned())])).await
    }

    pub(crate) async fn listen(manner: Manner, tls: Option<TlsAcceptor>) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manner, kept, tls) = (manner.clone(), kept.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => answer(stream, &manner, &kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                answer(stream, &manner, &kept).await;
                            }
                        }
                    }
                });
            }
        });
        Service { port, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, manner: &Manner, kept: &Mutex<Vec<String>>) {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let Ok(count) = stream.read(&mut part).await else { return };
        if count == 0 {
            return;
        }
        text.extend_from_slice(&part[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(String::from_utf8_lossy(&text).into_owned());
        kept.len()
    };
    let write = |text: String| text.into_bytes();
    let bytes = match manner {
        Manner::HangsUp => return,
        Manner::Silent => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        Manner::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            return;
        }
        Manner::Serves(paths) => {
            let asked = String::from_utf8_lossy(&text).into_owned();
            let path = asked.split(' ').nth(1).unwrap_or_default().to_owned();
            let found = paths.iter().find(|(known, _)| *known == path);
            let (status, body) = found.map_or((404, ""), |(_, body)| (200, body.as_str()));
            write(format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            ))
        }
        Manner::Raw(text) => write((*text).to_owned()),
        Manner::Bytes(bytes) => bytes.clone(),
        Manner::Stalls(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        Manner::Says(all) => {
            let (status, body) = &all[number.min(all.len()) - 1];
            write(format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            ))
        }
    };
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}
