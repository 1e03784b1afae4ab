//! HTTP/2 without TLS, with prior knowledge: the same promises, many requests at once on one connection.

use crate::{
    app::{App, Then},
    setup::*,
};
use h2::client::SendRequest;
use router::{PROBE, STAMP};
use std::{net::SocketAddr, thread, time::Duration};
use tokio::net::TcpStream;

type Response = http::Response<Vec<u8>>;

async fn connect(addr: SocketAddr) -> SendRequest<bytes::Bytes> {
    let tcp = TcpStream::connect(addr).await.unwrap();
    let (sender, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn send(sender: &SendRequest<bytes::Bytes>, request: http::request::Builder, body: &'static [u8]) -> Response {
    let mut ready = sender.clone().ready().await.unwrap();
    let request = request.version(http::Version::HTTP_2).body(()).unwrap();
    let (response, mut stream) = ready.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(bytes::Bytes::from_static(body), true).unwrap();
    }
    let (head, mut incoming) = response.await.unwrap().into_parts();
    let mut all = Vec::new();
    while let Some(data) = incoming.data().await {
        let data = data.unwrap();
        incoming.flow_control().release_capacity(data.len()).unwrap();
        all.extend_from_slice(&data);
    }
    http::Response::from_parts(head, all)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn requests_of_one_connection_are_routed_each_by_itself() {
    let app = App::start(|exchange| {
        let body = String::from_utf8(exchange.body()).unwrap();
        let seen = ["host", "cookie", "x-forwarded-host"].map(|n| exchange.header(n).unwrap_or("-").to_owned());
        let line = exchange.line.clone();
        exchange
            .answer("keep-alive: timeout=5\r\nconnection: keep-alive\r\n", &format!("{line}|{}|{body}", seen.join("|")))
    });
    let next = App::named("next");
    let router = router_to(app.addr);
    run(async {
        let sender = connect(router.local_addr()).await;
        let to = |path: &str| http::Request::get(format!("http://{HOST}:80{path}"));
        let answer =
            send(&sender, to("/a?b").header("cookie", "x=1").header("cookie", "y=2").header(PROBE, TOKEN), b"").await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[STAMP], deployment(1).as_str());
        assert!(answer.headers().contains_key("x-request-id") && !answer.headers().contains_key("keep-alive"));
        let text = String::from_utf8(answer.into_body()).unwrap();
        assert_eq!(text, format!("GET /a?b HTTP/1.1|{HOST}:80|x=1; y=2|{HOST}:80|"));

        let post = http::Request::post(format!("http://{HOST}/p"));
        let text = send(&sender, post, b"body").await.into_body();
        assert!(text.ends_with(b"|body"), "{}", String::from_utf8_lossy(&text));

        let answer = send(&sender, http::Request::get("http://elsewhere/"), b"").await;
        assert_eq!(answer.status(), 404);
        assert!(answer.headers().contains_key("x-request-id"));

        router.publish(table([route(Some(upstream(2, next.addr)))]));
        assert_eq!(send(&sender, to("/"), b"").await.into_body(), b"next");
    });
}

#[test]
fn a_drain_waits_for_the_requests_of_an_http2_connection_not_for_the_connection() {
    let app = App::start(|exchange| {
        thread::sleep(Duration::from_millis(200));
        exchange.answer("", "late");
        Then::Keep
    });
    let router = router_to(app.addr);
    run(async {
        let sender = connect(router.local_addr()).await;
        let url = format!("http://{HOST}/");
        let (one, two) =
            tokio::join!(send(&sender, http::Request::get(&url), b""), send(&sender, http::Request::get(&url), b""));
        assert_eq!((one.status(), two.status()), (200.try_into().unwrap(), 200.try_into().unwrap()));
        router.publish(table([route(None)]));
        assert!(router.drain(&deployment(1), Duration::from_secs(5)));
        assert_eq!(send(&sender, http::Request::get(&url), b"").await.status(), 503, "the connection is still there");
    });
}

#[test]
fn a_failing_app_fails_one_request_and_not_the_connection() {
    let app = App::start(|exchange| {
        if exchange.line.contains("/bad") {
            return Then::Close;
        }
        exchange.answer("", "ok")
    });
    let router = router_to(app.addr);
    run(async {
        let sender = connect(router.local_addr()).await;
        let bad = send(&sender, http::Request::post(format!("http://{HOST}/bad")), b"x").await;
        assert_eq!(bad.status(), 502);
        assert!(String::from_utf8(bad.into_body()).unwrap().contains("app-closed"));
        let good = send(&sender, http::Request::get(format!("http://{HOST}/")), b"").await;
        assert_eq!(good.into_body(), b"ok");
    });
}
