//! The stream of a session, written by us and read by lettre.
//!
//! lettre's own writes wait for an answer at once and copy what they send; ours may send a part of a message.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// A stream to a mail server, encrypted or not.
pub type Wire = Box<dyn AsyncTokioStream>;

/// One stream in two hands, of which never both use it at once.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<Wire>>);

impl Shared {
    pub(super) fn new(wire: Wire) -> Self {
        Self(Arc::new(Mutex::new(wire)))
    }

    /// Sends both parts, in one packet where they fit.
    pub(super) async fn put(&mut self, first: &[u8], then: &[u8]) -> io::Result<()> {
        let sent = match (first, then) {
            ([], _) | (_, []) => 0,
            _ => self.write_vectored(&[IoSlice::new(first), IoSlice::new(then)]).await?,
        };
        self.write_all(first.get(sent..).unwrap_or_default()).await?;
        self.write_all(then.get(sent.saturating_sub(first.len())..).unwrap_or_default()).await?;
        self.flush().await
    }

    fn lock(&self) -> MutexGuard<'_, Wire> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Shared {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, buf)
    }
}

impl AsyncWrite for Shared {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.lock().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Shared {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.lock().peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that takes so many bytes at a time.
    #[derive(Debug)]
    struct Narrow(usize, Arc<Mutex<Vec<u8>>>);

    impl AsyncRead for Narrow {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Narrow {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            let taken = buf.len().min(self.0);
            self.1.lock().unwrap().extend_from_slice(&buf[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            parts: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let whole: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
            self.poll_write(cx, &whole)
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncTokioStream for Narrow {
        fn peer_addr(&self) -> io::Result<SocketAddr> {
            Ok(([127, 0, 0, 1], 25).into())
        }
    }

    #[tokio::test]
    async fn both_parts_arrive_whole_and_in_order_however_little_the_stream_takes_at_a_time() {
        for (first, then) in [("body", "end"), ("", "end"), ("body", ""), ("", "")] {
            for width in 1..=8 {
                let arrived = Arc::default();
                let mut shared = Shared::new(Box::new(Narrow(width, Arc::clone(&arrived))));
                shared.put(first.as_bytes(), then.as_bytes()).await.unwrap();
                assert_eq!(*arrived.lock().unwrap(), format!("{first}{then}").as_bytes(), "{width} at a time");
            }
        }
    }
}
