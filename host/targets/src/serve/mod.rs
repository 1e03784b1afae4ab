//! The static file server: what runs as the `web` process of a plan that publishes a directory.
//!
//! What it promises: it serves files of one directory and nothing else. No file that begins with a dot (but
//! `.well-known`), nothing that a link leads to outside. Its answers can be revalidated but are never taken for fresh,
//! because the next deployment or a rollback may change them at once.

mod answer;
mod site;
mod tags;

use site::Site;
use std::{ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode};

/// `shipway __static --root DIR --listen ADDRESS [--fallback FILE] [--clean-urls]`: serves until SIGTERM, then
/// finishes what is under way.
pub fn serve_static(args: Vec<OsString>) -> ExitCode {
    let result = Options::parse(args).and_then(|options| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|e| e.to_string())?.block_on(serve(options))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("static server: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    root: PathBuf,
    listen: SocketAddr,
    fallback: Option<String>,
    clean_urls: bool,
}

impl Options {
    fn parse(args: Vec<OsString>) -> Result<Self, String> {
        let (mut root, mut listen, mut fallback, mut clean_urls) = (None, None, None, false);
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{} needs a value", arg.display()));
            match arg.to_str() {
                Some("--root") => root = Some(PathBuf::from(value()?)),
                Some("--listen") => listen = Some(value()?),
                Some("--fallback") => fallback = Some(value()?),
                Some("--clean-urls") => clean_urls = true,
                _ => return Err(format!("unknown argument {}", arg.display())),
            }
        }
        let text = |v: OsString| v.into_string().map_err(|v| format!("{} is not UTF-8", v.display()));
        let listen = text(listen.ok_or("--listen is missing")?)?;
        Ok(Self {
            root: root.ok_or("--root is missing")?,
            listen: listen.parse().map_err(|_| format!("{listen} is not an address"))?,
            fallback: fallback.map(text).transpose()?,
            clean_urls,
        })
    }
}

async fn serve(options: Options) -> Result<(), String> {
    use axum::serve::ListenerExt;
    use tokio::signal::unix::{SignalKind, signal};
    let shown = options.root.display().to_string();
    let site = Site::open(&options.root, options.fallback.as_deref(), options.clean_urls)
        .map_err(|e| format!("cannot serve {shown}: {e}"))?;
    let mut term = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|e| format!("cannot listen on {}: {e}", options.listen))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    println!("serving {shown} on http://{address}");
    // Small answers must not wait for the acknowledgement of the ones before.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, answer::app(site))
        .with_graceful_shutdown(async move {
            term.recv().await;
        })
        .await
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_strict() {
        let parse = |words: &[&str]| Options::parse(words.iter().map(OsString::from).collect());
        let good = parse(&["--root", "/s", "--listen", "127.0.0.1:1", "--fallback", "index.html", "--clean-urls"]);
        assert!(good.unwrap().clean_urls);
        for bad in [&["--root"][..], &["--root", "/s"], &["--listen", "x", "--root", "/"], &["--what"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
