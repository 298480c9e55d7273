//! The lightest HTTP/1.1 client that keeps its connection: it shares the processor with what it
//! measures.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Where an answer's head ends and how long its body is.
struct Head {
    status: u16,
    bytes: usize,
    body: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// Sends a request, complete with head, and reads the answer: its status and body.
    ///
    /// # Errors
    /// When the connection breaks or the answer is none; only bodies with `Content-Length` are
    /// understood.
    pub async fn exchange(&mut self, request: &[u8]) -> std::io::Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
            self.fill().await?;
        };
        while self.buffer.len() < head.bytes + head.body {
            self.fill().await?;
        }
        Ok((head.status, &self.buffer[head.bytes..head.bytes + head.body]))
    }

    async fn fill(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn head(bytes: &[u8]) -> std::io::Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let (status, body) = status.zip(length).ok_or_else(invalid)?;
    Ok(Some(Head { status, bytes: end + 4, body }))
}

/// A GET request.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// A POST request; `headers` are whole lines, each with its line end.
pub fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        assert!(head(b"HTTP/1.1 200 OK\r\ncontent-len").expect("no fault").is_none());
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nabc";
        let read = head(whole).expect("an answer").expect("whole");
        assert_eq!((read.status, read.body), (202, 3));
        assert_eq!(&whole[read.bytes..], b"abc");
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_tells_its_length() {
        let request = post("/x", "a: b\r\n", b"body");
        let text = String::from_utf8(request).expect("text");
        assert_eq!(
            text,
            "POST /x HTTP/1.1\r\nhost: localhost\r\na: b\r\ncontent-length: 4\r\n\r\nbody"
        );
    }
}
