//! What axum costs alone: one route that answers a file's bytes with given headers, and nothing else.
//!
//! `bare PORT PATH FILE [NAME:VALUE …]`. `bench/documents.mjs` compares the server's public documents with it.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::get;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("bare PORT PATH FILE [NAME:VALUE …]");
    let (port, path, file): (u16, String, String) = (next()?.parse()?, next()?, next()?);
    let body = Bytes::from(std::fs::read(file)?);
    let mut headers = HeaderMap::new();
    while let Ok(header) = next() {
        let (name, value) = header.split_once(':').ok_or("NAME:VALUE")?;
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let answer = move || {
        let answer = (headers.clone(), body.clone());
        async move { answer }
    };
    let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    axum::serve(listener, Router::new().route(&path, get(answer))).await?;
    Ok(())
}
