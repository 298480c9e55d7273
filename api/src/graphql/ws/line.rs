//! The socket, with an end to patience: a message that is not taken in time ends the connection.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::timeout;

use super::close::Close;
use crate::listener::FAREWELL;

/// Time in which the other side should take a closing word and answer it.
const CLOSE_GRACE: Duration = Duration::from_secs(2);
const _: () = assert!(CLOSE_GRACE.as_millis() < FAREWELL.as_millis(), "the line holds as long");

/// Why nothing more can be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The other side does not take anything.
    Slow,
    /// The other side is gone.
    Gone,
}

/// A WebSocket, or what a test takes for one.
pub(super) struct Line<S> {
    socket: S,
    stall_max: Duration,
}

impl<S, E> Line<S>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    pub(super) const fn new(socket: S, stall_max: Duration) -> Self {
        Self { socket, stall_max }
    }

    /// The next message; `None` when the other side is gone.
    pub(super) async fn next(&mut self) -> Option<Message> {
        self.socket.next().await?.ok()
    }

    /// Sends a message and waits until it is on its way.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), Broken> {
        match timeout(self.stall_max, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Broken::Gone),
            Err(_) => Err(Broken::Slow),
        }
    }

    /// Closes with a code, and reads on until the other side has closed as well: what lies unread
    /// would make the system take the closing word back.
    pub(super) async fn close(mut self, close: Close) {
        let frame = CloseFrame { code: close.code, reason: close.reason.into() };
        let farewell = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                self.answer_close().await;
            }
        };
        // Who does not take it is hung up on.
        let _taken = timeout(CLOSE_GRACE, farewell).await;
    }

    /// Reads until the other side has closed; the socket answers its closing word by itself.
    pub(super) async fn answer_close(mut self) {
        let rest = async { while let Some(Ok(_)) = self.socket.next().await {} };
        // Who does not close is hung up on.
        let _closed = timeout(CLOSE_GRACE, rest).await;
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures::channel::mpsc;

    use super::*;

    /// A socket whose other side reads from a channel and says nothing.
    struct Silent(mpsc::Sender<Message>);

    impl Stream for Silent {
        type Item = Result<Message, Infallible>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }

    impl Sink<Message> for Silent {
        type Error = mpsc::SendError;

        fn poll_ready(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Result<(), Self::Error>> {
            Pin::new(&mut self.0).poll_ready(cx)
        }

        fn start_send(mut self: Pin<&mut Self>, item: Message) -> Result<(), Self::Error> {
            Pin::new(&mut self.0).start_send(item)
        }

        fn poll_flush(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Result<(), Self::Error>> {
            Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_close(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Result<(), Self::Error>> {
            Pin::new(&mut self.0).poll_close(cx)
        }
    }

    #[tokio::test]
    async fn who_takes_nothing_is_told_so_and_hung_up_on() {
        // The second message fills it.
        let (sender, mut receiver) = mpsc::channel(1);
        let mut line = Line::new(Silent(sender), Duration::from_millis(5));
        assert_eq!(line.send(Message::text("a")).await, Ok(()));
        assert_eq!(line.send(Message::text("b")).await, Err(Broken::Slow));
        let closing = tokio::spawn(line.close(Close::TOO_SLOW));
        assert_eq!(receiver.next().await, Some(Message::text("a")));
        assert_eq!(receiver.next().await, Some(Message::text("b")));
        let frame = CloseFrame { code: 4508, reason: "Too slow".into() };
        assert_eq!(receiver.next().await, Some(Message::Close(Some(frame))));
        closing.abort();
    }
}
