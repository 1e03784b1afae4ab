//! A small HTTP/1.1 server that does exactly what a test tells it, one thread a connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// One request as an app sees it, and the connection to answer on.
pub(crate) struct Exchange {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) io: BufReader<TcpStream>,
    /// Which connection of the app this is, from 0, and which request on it, from 0.
    pub(crate) connection: usize,
    pub(crate) nth: usize,
}

/// What becomes of the connection.
#[derive(PartialEq, Eq)]
pub(crate) enum Then {
    Keep,
    Close,
}

impl Exchange {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The whole body, by its framing.
    pub(crate) fn body(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
            while let Some(chunk) = self.chunk() {
                out.extend(chunk);
            }
        } else if let Some(length) = self.header("content-length").map(|v| v.parse::<usize>().unwrap()) {
            out.resize(length, 0);
            self.io.read_exact(&mut out).unwrap();
        }
        out
    }

    /// The next chunk. `None`: that was the last, or the other side is gone.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut size = String::new();
        self.io.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut data = vec![0; size + 2];
        self.io.read_exact(&mut data).ok()?;
        data.truncate(size);
        (size > 0).then_some(data)
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.io.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn answer(&mut self, extra: &str, body: &str) -> Then {
        let length = body.len();
        let kept = self.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{extra}\r\n{body}"));
        if kept { Then::Keep } else { Then::Close }
    }
}

/// A running server. It dies with its value, connections and all, as a killed process does.
pub(crate) struct App {
    pub(crate) addr: SocketAddr,
    pub(crate) requests: Arc<AtomicUsize>,
    pub(crate) connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl App {
    pub(crate) fn start(serve: impl Fn(&mut Exchange) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let app = Self {
            addr: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            stopped: Arc::default(),
            open: Arc::default(),
        };
        let (serve, requests, connections) = (Arc::new(serve), app.requests.clone(), app.connections.clone());
        let (stopped, open) = (app.stopped.clone(), app.open.clone());
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                tcp.set_nodelay(true).unwrap();
                open.lock().unwrap().push(tcp.try_clone().unwrap());
                let connection = connections.fetch_add(1, Ordering::SeqCst);
                let (serve, requests) = (serve.clone(), requests.clone());
                thread::spawn(move || converse(tcp, connection, &requests, &*serve));
            }
        });
        app
    }

    /// Answers every request with its name, on connections that stay open.
    pub(crate) fn named(name: &'static str) -> Self {
        Self::start(move |exchange| {
            exchange.body();
            exchange.answer("", name)
        })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        for tcp in self.open.lock().unwrap().drain(..) {
            let _ = tcp.shutdown(Shutdown::Both);
        }
        // Wakes the accepting thread, which then drops the listener.
        let _ = TcpStream::connect(self.addr);
    }
}

fn converse(tcp: TcpStream, connection: usize, requests: &AtomicUsize, serve: &dyn Fn(&mut Exchange) -> Then) {
    let mut io = BufReader::new(tcp);
    for nth in 0.. {
        let mut line = String::new();
        if io.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = Vec::new();
        loop {
            let mut field = String::new();
            if io.read_line(&mut field).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = field.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        requests.fetch_add(1, Ordering::SeqCst);
        let mut exchange = Exchange { line: line.trim_end().to_owned(), headers, io, connection, nth };
        if serve(&mut exchange) == Then::Close {
            let _ = exchange.io.get_mut().shutdown(Shutdown::Both);
            return;
        }
        io = exchange.io;
    }
}
