//! The accept loop: connections in, requests out to a service, all of it bounded.
//!
//! In: a bound socket, perhaps TLS, bounds from the configuration, a tower service. Out: requests that carry
//! the peer's address as the extension [`Peer`] and a body that ends in time. Slow heads, slow bodies, idle
//! connections, oversized URLs and heads, and ambiguous framing never reach the service (attacks 137–140).
//! On the stop signal the socket closes and requests under way may finish. Not known here: routes, axum.

mod body;
mod framing;
#[cfg(test)]
mod http2_tests;
#[cfg(test)]
mod tests;
mod watched;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt as _};

pub use body::TimedBody;

use crate::config::Server;
use watched::{Activity, Watched};

/// Longest request target in bytes; a longer one gets 414.
const MOST_TARGET: usize = 16 * 1024;
/// Largest sum of header names and values in bytes; more gets 431.
const MOST_HEADERS: usize = 64 * 1024;
/// Most header lines.
const MOST_HEADER_LINES: usize = 256;
/// HTTP/2 streams of one connection at once.
const STREAMS: u32 = 64;

/// The address a request's connection comes from: an extension of every request. Behind a proxy it is the
/// proxy's; `limits::client_address` finds the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// How much and how long one connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Open connections at most.
    pub connections: usize,
    /// For TLS handshake and the first request's head; also for each further head of HTTP/1.1.
    pub head: Duration,
    /// For a request's body.
    pub body: Duration,
    /// Longest silence.
    pub idle: Duration,
    /// For requests under way after the stop signal.
    pub drain: Duration,
}

impl Bounds {
    /// The configured bounds.
    #[must_use]
    pub fn new(config: &Server) -> Bounds {
        Bounds {
            connections: config.connections,
            head: Duration::from_secs(config.header_seconds),
            body: Duration::from_secs(config.body_seconds),
            idle: Duration::from_secs(config.idle_seconds),
            drain: Duration::from_secs(config.drain_seconds),
        }
    }
}

/// Serves until `stop` ends, then lets requests under way finish within the drain time.
pub async fn serve<S, B>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
    service: S,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<TimedBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Default + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let slots = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut stop => break,
        };
        let Some((stream, peer, slot)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let connection = Connection { peer: Peer(peer), bounds, watcher: graceful.watcher(), _slot: slot };
        let (tls, service) = (tls.clone(), service.clone());
        tokio::spawn(async move {
            match tls {
                None => connection.run(stream, service).await,
                Some(tls) => match tokio::time::timeout(bounds.head, tls.accept(stream)).await {
                    Ok(Ok(stream)) => connection.run(stream, service).await,
                    Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                    Err(_) => tracing::debug!("TLS handshake took too long"),
                },
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(bounds.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// Ends on SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping: no new connections, requests under way may finish");
}

/// The next connection once there is room for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, slot)),
        Err(error) => {
            // Mostly "too many open files": going on at once would only burn a core.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// One connection with everything it needs.
struct Connection {
    peer: Peer,
    bounds: Bounds,
    watcher: Watcher,
    _slot: OwnedSemaphorePermit,
}

impl Connection {
    async fn run<I, S, B>(self, stream: I, service: S)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<TimedBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Default + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let activity = Arc::new(Activity::default());
        let stream = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let (peer, body) = (self.peer, self.bounds.body);
        let seen = Arc::clone(&activity);
        let answer = service_fn(move |request: Request<Incoming>| {
            let (service, seen) = (service.clone(), Arc::clone(&seen));
            async move {
                let _under_way = seen.request();
                if let Some(status) = refusal(&request, &seen) {
                    return Ok(refused(status));
                }
                let mut response = service.oneshot(handed_on(request, peer, body)).await?;
                if seen.is_last() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let builder = builder(self.bounds);
        let connection = builder.serve_connection(stream, answer).into_owned();
        tokio::select! {
            ended = self.watcher.watch(connection) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended");
                }
            }
            () = activity.silence(self.bounds.head, self.bounds.idle) => tracing::debug!("idle connection closed"),
        }
    }
}

fn builder(bounds: Bounds) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_headers(MOST_HEADER_LINES)
        .max_buf_size(MOST_TARGET + MOST_HEADERS + 16 * 1024);
    // Rapid resets, floods and bombs: bounded streams, resets and header lists (attack 139).
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(64)
        .max_header_list_size(u32::try_from(MOST_HEADERS).unwrap_or(u32::MAX))
        .max_send_buf_size(256 * 1024);
    builder
}

fn handed_on(request: Request<Incoming>, peer: Peer, time: Duration) -> Request<TimedBody> {
    let mut request = request.map(|body| TimedBody::new(body, time));
    request.extensions_mut().insert(peer);
    request
}

/// Refuses what no handler should see.
fn refusal(request: &Request<Incoming>, activity: &Activity) -> Option<StatusCode> {
    if activity.is_ambiguous() {
        return Some(StatusCode::BAD_REQUEST);
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > MOST_TARGET {
        return Some(StatusCode::URI_TOO_LONG);
    }
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (headers > MOST_HEADERS).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

fn refused<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
