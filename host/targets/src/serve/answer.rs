//! Answering a request: the site says which file, tower-http's `ServeFile` sends it (ranges, types, variants that
//! were compressed before), and the rest is about caches.
//!
//! `ServeFile` judges `If-Modified-Since` by "not newer than", which is wrong after a rollback: the file that is
//! served now is older than the one in the browser's cache, and different. So conditions are judged here.

use super::{
    site::{Found, Site, escaped},
    tags::{Tags, named},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_http::services::ServeFile;

/// May be kept, must be asked about each time.
const REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");

struct Served {
    site: Site,
    tags: Tags,
}

/// A file with all that is known before it is opened.
struct Chosen {
    path: PathBuf,
    tag: String,
    brotli: bool,
    gzip: bool,
}

/// The application that serves a site.
pub(super) fn app(site: Site) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(Served { site, tags: Tags::default() }))
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    if !matches!(asked.method, Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, "GET, HEAD")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "405 Method Not Allowed\n").into_response();
    }
    let path = asked.uri.path().to_owned();
    let looked = tokio::task::spawn_blocking(move || {
        let found = served.site.find(&path);
        let chosen = match &found {
            Found::File(path) | Found::MissingPage(path) => served.choose(path).ok(),
            _ => None,
        };
        (found, chosen)
    });
    let Ok((found, chosen)) = looked.await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = match (found, chosen) {
        (Found::File(_), Some(chosen)) => file(chosen, &asked).await,
        (Found::MissingPage(_), Some(chosen)) => missing_page(chosen, &asked).await,
        (Found::Moved(to), _) => moved(&to, asked.uri.query()),
        (Found::Listing(names), _) => listing(&names),
        _ => missing(),
    };
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl Served {
    fn choose(&self, path: &Path) -> io::Result<Chosen> {
        let variant = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            self.site.file(Path::new(&name))
        };
        Ok(Chosen { tag: self.tags.of(path)?, brotli: variant(".br"), gzip: variant(".gz"), path: path.to_owned() })
    }
}

async fn file(chosen: Chosen, asked: &Parts) -> Response {
    let mut response = match send(&chosen, asked, true).await {
        Ok(response) => response,
        Err(e) => return unreadable(&chosen.path, &e),
    };
    let status = response.status();
    if !matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
        return if status == StatusCode::RANGE_NOT_SATISFIABLE { response } else { missing() };
    }
    let encoding = response.headers().get(header::CONTENT_ENCODING).and_then(|e| e.to_str().ok());
    let tag = encoding.map_or_else(|| quoted(&chosen.tag), |e| quoted(&format!("{}-{e}", chosen.tag)));
    let fresh = unchanged(&asked.headers, &tag, response.headers().get(header::LAST_MODIFIED));
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, REVALIDATE);
    if chosen.brotli || chosen.gzip {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if fresh && status == StatusCode::OK {
        for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING, header::ACCEPT_RANGES] {
            headers.remove(name);
        }
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    response
}

async fn missing_page(chosen: Chosen, asked: &Parts) -> Response {
    match send(&chosen, asked, false).await {
        Ok(mut response) if response.status() == StatusCode::OK => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            response.headers_mut().remove(header::LAST_MODIFIED);
            response.headers_mut().insert(header::CACHE_CONTROL, REVALIDATE);
            response
        }
        _ => missing(),
    }
}

/// Lets `ServeFile` answer, without the conditions.
async fn send(chosen: &Chosen, asked: &Parts, ranges: bool) -> io::Result<Response> {
    let mut inner = Request::new(Body::empty());
    *inner.method_mut() = asked.method.clone();
    let mut pass = |name: HeaderName| {
        for value in asked.headers.get_all(&name) {
            inner.headers_mut().append(name.clone(), value.clone());
        }
    };
    let mut service = ServeFile::new(&chosen.path);
    // A part of a file is a part of the plain one: there is one tag for it to be compared with.
    if ranges && asked.headers.contains_key(header::RANGE) && range_holds(&asked.headers, &quoted(&chosen.tag)) {
        pass(header::RANGE);
    } else {
        pass(header::ACCEPT_ENCODING);
        if chosen.brotli {
            service = service.precompressed_br();
        }
        if chosen.gzip {
            service = service.precompressed_gzip();
        }
    }
    let mut response = service.try_call(inner).await?.map(Body::new);
    let typed = response.headers().get(header::CONTENT_TYPE).and_then(|t| t.to_str().ok());
    if let Some(text) =
        typed.filter(|t| (t.starts_with("text/") || *t == "application/javascript") && !t.contains("charset"))
        && let Ok(value) = HeaderValue::from_str(&format!("{text}; charset=utf-8"))
    {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    Ok(response)
}

/// `If-Range`: the part is wanted only of this very version.
fn range_holds(asked: &HeaderMap, tag: &str) -> bool {
    asked.get(header::IF_RANGE).is_none_or(|only| only.as_bytes() == tag.as_bytes())
}

/// Does the client have this very version? A tag decides; without one, the very same date.
fn unchanged(asked: &HeaderMap, tag: &str, modified: Option<&HeaderValue>) -> bool {
    match asked.get(header::IF_NONE_MATCH) {
        Some(tags) => tags.to_str().is_ok_and(|tags| named(tags, tag)),
        None => modified.is_some() && asked.get(header::IF_MODIFIED_SINCE) == modified,
    }
}

fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, REVALIDATE)], "404 Not Found\n").into_response()
}

fn unreadable(path: &Path, e: &io::Error) -> Response {
    if e.kind() == io::ErrorKind::NotFound {
        return missing();
    }
    eprintln!("cannot read {}: {e}", path.display());
    (StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error\n").into_response()
}

/// Not kept by anyone: the next deployment may have a file there.
fn moved(to: &str, query: Option<&str>) -> Response {
    let to = query.map_or_else(|| to.to_owned(), |query| format!("{to}?{query}"));
    match HeaderValue::from_str(&to) {
        Ok(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Err(_) => missing(),
    }
}

fn listing(names: &[String]) -> Response {
    use std::fmt::Write;
    let mut page = String::from("<!doctype html><meta charset=utf-8><title>Files</title><ul>");
    for name in names {
        let shown = name.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        // `./` keeps a name with a colon from being a scheme. Writing into memory cannot fail.
        let _ = write!(page, "<li><a href=\"./{}\">{shown}</a>", escaped(name).replace('&', "&amp;"));
    }
    page.push_str("</ul>\n");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, REVALIDATE),
    ];
    (headers, page).into_response()
}
