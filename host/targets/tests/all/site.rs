//! The static server as it really runs: under the supervisor, over HTTP.

use crate::common::*;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::symlink,
    time::{Duration, Instant},
};
use targets::Target;

/// Builds and starts a site; its port.
fn serve(place: &Place, plan: &model::Checked, files: &[(&str, &str)]) -> (model::InstanceName, u16) {
    let dep = deployment();
    place.build_with(&dep, plan, files, BuildOptions::default()).unwrap();
    let port = place.start(&dep, plan, None, &[("SECRET", "x")]).unwrap().port.unwrap();
    get(port, "/");
    (web(&dep), port)
}

const FILES: &[(&str, &str)] = &[
    ("index.html", "<h1>home</h1>"),
    ("about.html", "about"),
    ("app.js", "let a = 1"),
    ("app.js.br", "BR"),
    ("app.js.gz", "GZ"),
    ("m.mjs", ""),
    ("w.wasm", ""),
    ("i.svg", ""),
    ("d.json", "{}"),
    ("s.css", "x"),
    ("n.txt", "ü"),
    ("docs/index.html", "docs"),
    (".env", "secret"),
    (".well-known/security.txt", "mail"),
    ("data.bin", "0123456789"),
];

#[test]
fn files_come_with_their_types_and_what_caches_need() {
    let place = Place::new();
    let (_, port) = serve(&place, &site(|_| {}), FILES);
    let home = get(port, "/");
    assert_eq!((home.status, home.text().as_str()), (200, "<h1>home</h1>"));
    assert_eq!(home.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    assert_eq!(home.header("x-content-type-options"), Some("nosniff"));
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/n.txt", "text/plain; charset=utf-8"),
        ("/s.css", "text/css; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/m.mjs", "application/javascript; charset=utf-8"),
        ("/w.wasm", "application/wasm"),
        ("/i.svg", "image/svg+xml"),
        ("/d.json", "application/json"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(get(port, path).header("content-type"), Some(kind), "{path}");
    }
    let head = ask(port, "HEAD", "/data.bin", &[]).unwrap();
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("10"), 0));
    let post = ask(port, "POST", "/", &[]).unwrap();
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    let moved = ask(port, "GET", "/docs?a=b", &[]).unwrap();
    assert_eq!((moved.status, moved.header("location")), (307, Some("/docs/?a=b")));
    assert_eq!(get(port, "/docs/").text(), "docs");
    for path in ["/.env", "/nope", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/about"] {
        let answer = get(port, path);
        assert_eq!((answer.status, answer.text().as_str()), (404, "404 Not Found\n"), "{path}");
    }
}

#[test]
fn parts_and_variants_of_a_file_are_served() {
    let place = Place::new();
    let (_, port) = serve(&place, &site(|_| {}), FILES);
    let part = ask(port, "GET", "/data.bin", &[("range", "bytes=2-4")]).unwrap();
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    let tag = part.header("etag").unwrap().to_owned();
    let held = ask(port, "GET", "/data.bin", &[("range", "bytes=2-4"), ("if-range", &tag)]).unwrap();
    let stale = ask(port, "GET", "/data.bin", &[("range", "bytes=2-4"), ("if-range", "\"other\"")]).unwrap();
    assert_eq!((held.status, stale.status, stale.text().as_str()), (206, 200, "0123456789"));
    assert_eq!(ask(port, "GET", "/data.bin", &[("range", "bytes=50-")]).unwrap().status, 416);

    let plain = get(port, "/app.js");
    let accept = |what| ask(port, "GET", "/app.js", &[("accept-encoding", what)]).unwrap();
    let (br, gz) = (accept("gzip, br"), accept("gzip"));
    assert_eq!((plain.text().as_str(), br.text().as_str(), gz.text().as_str()), ("let a = 1", "BR", "GZ"));
    assert_eq!((br.header("content-encoding"), gz.header("content-encoding")), (Some("br"), Some("gzip")));
    assert_eq!(br.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!((plain.header("vary"), br.header("vary")), (Some("accept-encoding"), Some("accept-encoding")));
    let tags = [&plain, &br, &gz].map(|a| a.header("etag").unwrap().to_owned());
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
}

#[test]
fn a_cache_is_told_the_truth_also_after_a_rollback() {
    let place = Place::new();
    let (web, port) = serve(&place, &site(|_| {}), FILES);
    let first = get(port, "/n.txt");
    let (tag, date) = (first.header("etag").unwrap().to_owned(), first.header("last-modified").unwrap().to_owned());
    let asked = |headers: &[(&str, &str)]| ask(port, "GET", "/n.txt", headers).unwrap();
    let same = asked(&[("if-none-match", &tag)]);
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag.as_str())));
    assert_eq!(asked(&[("if-none-match", &format!("\"x\", W/{tag}"))]).status, 304);
    assert_eq!(asked(&[("if-modified-since", &date)]).status, 304);
    assert_eq!(asked(&[("if-none-match", "\"x\""), ("if-modified-since", &date)]).status, 200, "the tag decides");
    let later = "Fri, 01 Jan 2100 00:00:00 GMT";
    assert_eq!(asked(&[("if-modified-since", later)]).status, 200, "an older file is not the one that the cache has");

    // The same size in the same second: another tag nevertheless.
    let file = place.app(&web.deployment()).join("n.txt");
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, "ö").unwrap();
    fs::File::open(&file).unwrap().set_modified(modified + Duration::from_nanos(1)).unwrap();
    let changed = asked(&[("if-none-match", &tag)]);
    assert_eq!((changed.status, changed.text().as_str()), (200, "ö"));
    // The same content in another deployment has the same tag.
    let (_, other) = serve(&place, &site(|_| {}), FILES);
    assert_eq!(get(other, "/n.txt").header("etag"), Some(tag.as_str()));
}

#[test]
fn missing_paths_are_answered_as_the_plan_says() {
    let place = Place::new();
    let (_, spa) = serve(&place, &site(|s| s.fallback = Some("index.html".into())), FILES);
    let route = get(spa, "/some/route");
    assert_eq!((route.status, route.text().as_str()), (200, "<h1>home</h1>"));
    let (_, clean) = serve(&place, &site(|s| s.clean_urls = true), &[FILES, &[("404.html", "<p>ours</p>")]].concat());
    assert_eq!(get(clean, "/about").text(), "about");
    let missing = ask(clean, "GET", "/nope", &[("range", "bytes=0-1")]).unwrap();
    assert_eq!((missing.status, missing.text().as_str()), (404, "<p>ours</p>"));
    let (_, bare) = serve(&place, &site(|_| {}), &[("a&b.txt", ""), (".hidden", "")]);
    let list = get(bare, "/");
    assert_eq!(list.status, 200);
    assert!(list.text().contains("a&amp;b.txt") && !list.text().contains("hidden"), "{}", list.text());
}

#[test]
fn links_out_of_the_site_lead_nowhere_not_even_as_a_variant() {
    let place = Place::new();
    let (web, port) = serve(&place, &site(|_| {}), FILES);
    let root = place.app(&web.deployment());
    symlink("/etc/passwd", root.join("passwd")).unwrap();
    symlink("/etc/passwd", root.join("n.txt.gz")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    symlink("n.txt", root.join("inside.txt")).unwrap();
    assert_eq!((get(port, "/passwd").status, get(port, "/etc/passwd").status), (404, 404));
    assert_eq!(get(port, "/inside.txt").text(), "ü");
    let variant = ask(port, "GET", "/n.txt", &[("accept-encoding", "gzip")]).unwrap();
    assert_eq!((variant.text().as_str(), variant.header("content-encoding")), ("ü", None));
}

#[test]
fn what_is_under_way_is_finished_before_the_server_ends() {
    let place = Place::new();
    let big = "0123456789abcdef".repeat(4 << 16);
    let (web, port) = serve(&place, &site(|_| {}), &[("index.html", "x"), ("big.txt", &big)]);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /big.txt HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut all = vec![0; 1000];
    stream.read_exact(&mut all).unwrap();
    std::thread::scope(|scope| {
        let stop = scope.spawn(|| place.target.stop(&web, Duration::from_secs(10)).unwrap());
        until("no new connections", || ask(port, "GET", "/", &[]).is_err().then_some(()));
        stream.read_to_end(&mut all).unwrap();
        stop.join().unwrap();
    });
    assert!(all.ends_with(b"\r\n\r\n") || all.len() > big.len(), "{} of {}", all.len(), big.len());
    let seen = place.target.observe(&web);
    assert_eq!((seen.exit_code, seen.signal), (Some(0), None), "gracefully");
}

#[test]
fn a_site_is_there_at_once() {
    let place = Place::new();
    let (dep, plan) = (deployment(), site(|_| {}));
    let began = Instant::now();
    place.build_with(&dep, &plan, FILES, BuildOptions::default()).unwrap();
    let built = began.elapsed();
    let port = place.start(&dep, &plan, None, &[]).unwrap().port.unwrap();
    let answer = get(port, "/");
    println!("built {built:?}, answered {:?}", began.elapsed());
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
