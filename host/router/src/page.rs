//! The bodies of the router's own answers: a small page for people, problem details (RFC 9457) for programs.
//! They hold the kind, the side and the request id; nothing that the client sent, and nothing of the inside.

use crate::trouble::{ErrorKind, Side};
use serde::Serialize;

/// Does the client ask for a page? Only browsers name `text/html`; everything else gets JSON.
pub(crate) fn wants_html(accept: &[u8]) -> bool {
    let names = |media: &[u8]| accept.windows(media.len()).any(|part| part.eq_ignore_ascii_case(media));
    names(b"text/html") || names(b"application/xhtml+xml")
}

pub(crate) fn html(kind: ErrorKind, request_id: &str) -> (&'static str, String) {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 \
         system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}}small{{opacity:.7}}</style>\
         <h1>{title}</h1><p>{says}</p><p><small>{status} · {where_} · request <code>{request_id}</code></small></p></html>\n",
        title = kind.title(),
        says = kind.says(),
        status = kind.status(),
        where_ = match kind.side() {
            Side::Client => "the request",
            Side::App => "the app",
            Side::Host => "the host",
        },
    );
    ("text/html; charset=utf-8", body)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
    side: Side,
    request_id: &'a str,
}

pub(crate) fn problem(kind: ErrorKind, request_id: &str) -> (&'static str, String) {
    let problem = Problem {
        title: kind.title(),
        status: kind.status(),
        detail: kind.says(),
        code: kind.as_str(),
        side: kind.side(),
        request_id,
    };
    // Plain strings and numbers always serialise.
    let mut body = serde_json::to_string(&problem).unwrap_or_default();
    body.push('\n');
    ("application/problem+json", body)
}
