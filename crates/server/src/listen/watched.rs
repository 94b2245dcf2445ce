//! A stream that notes when something moved on it, and looks at the framing of what is read.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::framing::{Finding, Framing};

/// What is known of a connection while it lives.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    /// Milliseconds from opening to the last byte.
    moved: AtomicU64,
    requests: AtomicU64,
    under_way: AtomicU32,
    ambiguous: AtomicBool,
    last: AtomicBool,
    framing: Mutex<Framing>,
}

impl Default for Activity {
    fn default() -> Self {
        Activity {
            opened: Instant::now(),
            moved: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            under_way: AtomicU32::new(0),
            ambiguous: AtomicBool::new(false),
            last: AtomicBool::new(false),
            framing: Mutex::default(),
        }
    }
}

/// Counts a request as under way until dropped.
pub(super) struct UnderWay<'a>(&'a Activity);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Activity {
    fn touch(&self) {
        let passed = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(passed, Ordering::Relaxed);
    }

    /// Notes that a request's head was read.
    pub(super) fn request(&self) -> UnderWay<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// True once bytes were read whose framing is ambiguous.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.ambiguous.load(Ordering::Relaxed)
    }

    /// True once a request was read after which the connection must close.
    pub(super) fn is_last(&self) -> bool {
        self.last.load(Ordering::Relaxed)
    }

    fn read(&self, bytes: &[u8]) {
        self.touch();
        let mut framing = self.framing.lock().unwrap_or_else(PoisonError::into_inner);
        match framing.feed(bytes) {
            Finding::Clear => {}
            Finding::Last => self.last.store(true, Ordering::Relaxed),
            Finding::Ambiguous => self.ambiguous.store(true, Ordering::Relaxed),
        }
    }

    /// Ends when the connection has brought no request within `head`, or when nothing moved for `idle` and
    /// no request is being answered.
    pub(super) async fn silence(&self, head: Duration, idle: Duration) {
        loop {
            let quiet_until = match self.requests.load(Ordering::Relaxed) {
                0 => self.opened + head,
                _ if self.under_way.load(Ordering::Relaxed) > 0 => Instant::now() + idle,
                _ => self.opened + Duration::from_millis(self.moved.load(Ordering::Relaxed)) + idle,
            };
            if quiet_until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(quiet_until).await;
        }
    }
}

/// The stream itself.
pub(super) struct Watched<I> {
    stream: I,
    activity: Arc<Activity>,
}

impl<I> Watched<I> {
    pub(super) fn new(stream: I, activity: Arc<Activity>) -> Self {
        Watched { stream, activity }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            self.activity.read(read);
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(1..)) = polled {
            self.activity.touch();
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
