//! Bodies flow in both directions as they come.

use crate::{
    app::{App, Then},
    client::Client,
    setup::*,
};
use std::{io::Read, thread, time::Duration};

#[test]
fn an_answer_arrives_piece_by_piece() {
    let app = App::start(|exchange| {
        let chunked = exchange.line.contains("/chunked");
        let framing = if chunked { "transfer-encoding: chunked" } else { "content-length: 9" };
        exchange.write(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n"));
        for piece in ["one", "two", "six"] {
            exchange.write(if chunked { format!("3\r\n{piece}\r\n") } else { piece.to_owned() });
            // The next piece comes only when the client has this one and says so on a connection of its own.
            exchange.body();
            PIECES.wait(piece);
        }
        if chunked {
            exchange.write("0\r\n\r\n");
        }
        Then::Keep
    });
    let router = router_to(app.addr);
    for path in ["/chunked", "/length"] {
        let mut client = Client::to(router.local_addr());
        client.request("GET", HOST, path, &[], None);
        assert_eq!(client.head().status, 200);
        for piece in ["one", "two", "six"] {
            let got = if path == "/chunked" { client.chunk() } else { client.read(3) };
            assert_eq!(got, piece.as_bytes(), "{path}");
            PIECES.signal(piece);
        }
        if path == "/chunked" {
            assert_eq!(client.chunk(), b"");
        }
    }
}

/// Lets the app of a test wait for its client.
static PIECES: Pieces = Pieces { got: std::sync::Mutex::new(Vec::new()), more: std::sync::Condvar::new() };

struct Pieces {
    got: std::sync::Mutex<Vec<&'static str>>,
    more: std::sync::Condvar,
}

impl Pieces {
    fn signal(&self, piece: &'static str) {
        self.got.lock().unwrap().push(piece);
        self.more.notify_all();
    }

    fn wait(&self, piece: &'static str) {
        let got = self.got.lock().unwrap();
        let limit = Duration::from_secs(10);
        let (mut got, _) = self.more.wait_timeout_while(got, limit, |got| !got.contains(&piece)).unwrap();
        got.retain(|p| *p != piece);
    }
}

#[test]
fn a_request_reaches_the_app_piece_by_piece() {
    let app = App::start(|exchange| {
        // Each chunk is answered before the next one is sent.
        exchange.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while let Some(chunk) = exchange.chunk() {
            let text = String::from_utf8(chunk).unwrap().to_uppercase();
            exchange.write(format!("{:x}\r\n{text}\r\n", text.len()));
        }
        exchange.write("0\r\n\r\n");
        Then::Keep
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.send(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for piece in ["one", "three", "eleven"] {
        client.send(format!("{:x}\r\n{piece}\r\n", piece.len()));
        if piece == "one" {
            assert_eq!(client.head().status, 200);
        }
        assert_eq!(client.chunk(), piece.to_uppercase().as_bytes());
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.chunk(), b"");
}

#[test]
fn large_bodies_pass_whole_in_both_directions() {
    const SIZE: usize = 20_000_000;
    let app = App::start(|exchange| {
        let body = exchange.body();
        assert!(body.iter().enumerate().all(|(at, b)| usize::from(*b) == at % 251));
        exchange.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()));
        if exchange.write(&body) { Then::Keep } else { Then::Close }
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    let body: Vec<u8> = (0..SIZE).map(|at| u8::try_from(at % 251).unwrap()).collect();
    client.send(format!("PUT / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {SIZE}\r\n\r\n"));
    let mut writer = client.io.get_ref().try_clone().unwrap();
    let sent = body.clone();
    let sending = thread::spawn(move || std::io::Write::write_all(&mut writer, &sent).unwrap());
    assert_eq!(client.head().status, 200);
    let mut back = vec![0; SIZE];
    client.io.read_exact(&mut back).unwrap();
    sending.join().unwrap();
    assert!(back == body);
}

#[test]
fn an_upload_that_the_app_refuses_early_shows_the_apps_answer() {
    let app = App::start(|exchange| {
        exchange.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig");
        // It goes on reading for a moment, as servers do.
        let _ = exchange.io.get_mut().set_read_timeout(Some(Duration::from_millis(200)));
        let _ = std::io::copy(&mut exchange.io, &mut std::io::sink());
        Then::Close
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.send(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 10000000\r\n\r\n"));
    client.send(vec![b'x'; 100_000]);
    let answer = client.answer();
    assert_eq!((answer.status, answer.body.as_str()), (413, "big"));
}

#[test]
fn continue_is_asked_of_the_app_and_not_promised_by_the_router() {
    let app = App::start(|exchange| {
        if exchange.header("expect").is_some() {
            exchange.write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        let body = String::from_utf8(exchange.body()).unwrap();
        exchange.answer("", &body)
    });
    let router = router_to(app.addr);
    let mut client = Client::to(router.local_addr());
    client.send(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    assert_eq!(client.head().status, 100);
    client.send("ok");
    assert_eq!(client.answer().body, "ok");
}
