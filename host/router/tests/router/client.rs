//! A client that sends exactly the bytes that a test wants and reads one answer after the other.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A connection to the router.
pub(crate) struct Client {
    pub(crate) io: BufReader<TcpStream>,
}

/// An answer, or its head while the body is not read yet.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(n, _)| n == name).count()
    }
}

impl Client {
    pub(crate) fn to(addr: SocketAddr) -> Self {
        let tcp = TcpStream::connect(addr).unwrap();
        tcp.set_nodelay(true).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { io: BufReader::new(tcp) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.try_send(bytes).unwrap();
        self
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.io.get_mut().write_all(bytes.as_ref())
    }

    /// Status line and headers. `None`: the router closed the connection instead.
    pub(crate) fn try_head(&mut self) -> Option<Answer> {
        let mut line = String::new();
        if self.io.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut field = String::new();
            self.io.read_line(&mut field).ok()?;
            let Some((name, value)) = field.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Some(Answer { status, headers, body: String::new() })
    }

    pub(crate) fn head(&mut self) -> Answer {
        self.try_head().expect("an answer")
    }

    /// A whole answer with its body, or `None` when it is missing or incomplete.
    pub(crate) fn try_answer(&mut self) -> Option<Answer> {
        let mut answer = self.try_head()?;
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.try_chunk()? {
                body.extend(chunk);
            }
        } else if let Some(length) = answer.header("content-length") {
            body.resize(length.parse().ok()?, 0);
            self.io.read_exact(&mut body).ok()?;
        }
        answer.body = String::from_utf8(body).ok()?;
        Some(answer)
    }

    pub(crate) fn answer(&mut self) -> Answer {
        self.try_answer().expect("a complete answer")
    }

    /// `None`: broken off. `Some(None)`: the end.
    fn try_chunk(&mut self) -> Option<Option<Vec<u8>>> {
        let mut size = String::new();
        self.io.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut data = vec![0; size + 2];
        self.io.read_exact(&mut data).ok()?;
        data.truncate(size);
        Some((size > 0).then_some(data))
    }

    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        self.try_chunk().expect("a chunk").unwrap_or_default()
    }

    pub(crate) fn read(&mut self, n: usize) -> Vec<u8> {
        let mut data = vec![0; n];
        self.io.read_exact(&mut data).unwrap();
        data
    }

    /// Does the router close the connection without another byte?
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.io.read(&mut [0; 1]), Ok(0)) || self.io.get_ref().peek(&mut [0; 1]).is_err()
    }

    pub(crate) fn get(&mut self, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request("GET", host, path, headers, None);
        self.answer()
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        self.send(text);
    }
}

/// One GET on a connection of its own.
pub(crate) fn get(addr: SocketAddr, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    Client::to(addr).get(host, path, headers)
}
