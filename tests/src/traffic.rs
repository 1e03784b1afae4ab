//! Steady traffic through the router, counting every request that was not answered as it should be.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What became of the requests.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// How many were sent.
    pub sent: u64,
    /// Those that were not answered with 200, with the reason.
    pub lost: Vec<String>,
    /// How often each body came.
    pub bodies: BTreeMap<String, u64>,
}

/// Traffic at a steady rate, until it is told to stop. Ends by itself after ten minutes.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    report: Arc<Mutex<Report>>,
    threads: Vec<JoinHandle<()>>,
}

const WORKERS: u32 = 4;
const LONGEST: Duration = Duration::from_secs(600);

impl Traffic {
    /// `rate` requests per second for `host` through the router at `router`, on kept connections.
    #[must_use]
    pub fn start(router: SocketAddr, host: &str, rate: u32) -> Self {
        assert!(router.ip().is_loopback(), "traffic is for this machine only");
        let stop = Arc::new(AtomicBool::new(false));
        let report = Arc::new(Mutex::new(Report::default()));
        let pause = Duration::from_secs(1) * WORKERS / rate;
        let threads = (0..WORKERS)
            .map(|_| {
                let (stop, report, host) = (Arc::clone(&stop), Arc::clone(&report), host.to_owned());
                std::thread::spawn(move || worker(router, &host, pause, &stop, &report))
            })
            .collect();
        Self { stop, report, threads }
    }

    /// Ends the traffic and says what became of it.
    #[must_use]
    pub fn finish(self) -> Report {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("a worker ended");
        }
        self.report.lock().expect("the report").clone()
    }

    /// What became of it so far.
    #[must_use]
    pub fn so_far(&self) -> Report {
        self.report.lock().expect("the report").clone()
    }
}

fn worker(router: SocketAddr, host: &str, pause: Duration, stop: &AtomicBool, report: &Mutex<Report>) {
    let began = Instant::now();
    let mut connection = None;
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) && began.elapsed() < LONGEST {
        let answer = exchange(&mut connection, router, host);
        let mut report = report.lock().expect("the report");
        report.sent += 1;
        match answer {
            Ok((200, body)) => *report.bodies.entry(body).or_default() += 1,
            Ok((status, body)) => report.lost.push(format!("{status}: {body}")),
            Err(error) => {
                connection = None;
                report.lost.push(error);
            }
        }
        drop(report);
        due += pause;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

/// One request on a kept connection. A connection that the router closed between two requests is opened again, as
/// every client does; anything after the first byte was sent counts.
fn exchange(kept: &mut Option<BufReader<TcpStream>>, router: SocketAddr, host: &str) -> Result<(u16, String), String> {
    if kept.as_ref().is_some_and(|c| closed(c.get_ref())) {
        *kept = None;
    }
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => {
            let stream =
                TcpStream::connect_timeout(&router, Duration::from_secs(5)).map_err(|e| format!("connect: {e}"))?;
            stream
                .set_nodelay(true)
                .and_then(|()| stream.set_read_timeout(Some(Duration::from_secs(20))))
                .map_err(|e| e.to_string())?;
            BufReader::new(stream)
        }
    };
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
    connection.get_mut().write_all(request.as_bytes()).map_err(|e| format!("write: {e}"))?;
    let (status, body, keep) = answer(&mut connection)?;
    if keep {
        *kept = Some(connection);
    }
    Ok((status, body))
}

fn closed(stream: &TcpStream) -> bool {
    let _ = stream.set_nonblocking(true);
    let gone = matches!(stream.peek(&mut [0]), Ok(0))
        || matches!(stream.peek(&mut [0]), Err(e) if e.kind() != std::io::ErrorKind::WouldBlock);
    let _ = stream.set_nonblocking(false);
    gone
}

fn answer(from: &mut BufReader<TcpStream>) -> Result<(u16, String, bool), String> {
    let mut line = String::new();
    from.read_line(&mut line).map_err(|e| format!("read: {e}"))?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| format!("no status in {line:?}"))?;
    let (mut length, mut chunked, mut keep) = (None, false, true);
    loop {
        let mut header = String::new();
        from.read_line(&mut header).map_err(|e| format!("read: {e}"))?;
        let header = header.trim_end().to_ascii_lowercase();
        match header.split_once(':') {
            None => break,
            Some(("content-length", value)) => length = value.trim().parse::<usize>().ok(),
            Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
            Some(("connection", value)) => keep = !value.contains("close"),
            Some(_) => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let mut size = String::new();
            from.read_line(&mut size).map_err(|e| format!("read: {e}"))?;
            let size = usize::from_str_radix(size.trim(), 16).map_err(|e| format!("chunk {size:?}: {e}"))?;
            let mut chunk = vec![0; size + 2];
            from.read_exact(&mut chunk).map_err(|e| format!("read: {e}"))?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else if let Some(length) = length {
        body = vec![0; length];
        from.read_exact(&mut body).map_err(|e| format!("read: {e}"))?;
    } else {
        keep = false;
        from.read_to_end(&mut body).map_err(|e| format!("read: {e}"))?;
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned(), keep))
}

/// One GET through the router: status and body.
pub fn get(router: SocketAddr, host: &str, path: &str) -> Result<(u16, String), String> {
    let stream = TcpStream::connect_timeout(&router, Duration::from_secs(5)).map_err(|e| format!("connect: {e}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).map_err(|e| e.to_string())?;
    let mut connection = BufReader::new(stream);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    connection.get_mut().write_all(request.as_bytes()).map_err(|e| format!("write: {e}"))?;
    answer(&mut connection).map(|(status, body, _)| (status, body))
}
