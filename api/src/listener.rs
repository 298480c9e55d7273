//! The listener: connections that take nothing are cut off.
//!
//! A client that asks for much and reads nothing would keep its connection, and what is buffered
//! for it, for as long as it likes. Here a write that makes no progress for a while is an error,
//! which ends the connection and everything behind it, whatever the route.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// Time in which a WebSocket that takes nothing is told why, before its connection is cut off.
pub(crate) const FAREWELL: Duration = Duration::from_secs(3);

/// Accepts connections that may stall for a limited time only.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    stall_max: Duration,
}

impl Listener {
    /// Accepts from `inner`; a write may stand still for `stall_max`, and three seconds more in
    /// which a WebSocket is told why.
    pub const fn new(inner: TcpListener, stall_max: Duration) -> Self {
        Self { inner, stall_max: stall_max.saturating_add(FAREWELL) }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Impatient<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.inner).await;
        // Events are small; waiting for more to send would hold them back.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        (Impatient { inner: stream, stall_max: self.stall_max, stalled: None }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

/// A connection whose writes fail once they have stood still for too long.
#[derive(Debug)]
pub struct Impatient<T> {
    inner: T,
    stall_max: Duration,
    /// Ends when the write that stands still has done so for too long.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<T> Impatient<T> {
    /// Watches over the result of a write.
    fn watch<R>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if result.is_ready() {
            self.stalled = None;
            return result;
        }
        let stall_max = self.stall_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(stall_max)));
        match stalled.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                metrics::counter!("casebook_connections_stalled_total").increment(1);
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Impatient<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Impatient<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.watch(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.watch(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn impatient(
        stall_max: Duration,
    ) -> (Impatient<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let (inner, other) = duplex(10);
        (Impatient { inner, stall_max, stalled: None }, other)
    }

    #[tokio::test]
    async fn a_write_that_stands_still_fails() {
        let (mut line, _other) = impatient(Duration::from_millis(5));
        line.write_all(&[7; 10]).await.expect("as much as is buffered");
        let failed = line.write_all(&[7]).await.expect_err("nobody reads");
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_write_that_goes_on_is_no_longer_watched() {
        let (mut line, mut other) = impatient(Duration::from_secs(600));
        let reading = async {
            let mut taken = 0;
            while taken < 40 {
                taken += other.read(&mut [0; 3]).await.expect("bytes");
            }
        };
        let (written, ()) = tokio::join!(line.write_all(&[7; 40]), reading);
        written.expect("taken piece by piece");
        assert!(line.stalled.is_none());
    }
}
