//! The server: a thread of its own with its own async runtime, so that the rest of the host stays synchronous.
//! Dropping or shutting it down ends every stream and removes the socket; the host behind it goes on.

use crate::routes::{self, App};
use crate::socket::{self, Bound};
use crate::wire::About;
use conductor::Host;
use model::{Code, Failure, Phase, Remedy};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Threads for calls that block: one for every stream that is followed, and some for everything else.
const BLOCKING_THREADS: usize = routes::MAX_STREAMS + 32;

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Longer than the kernel allows.
    #[error("the socket's path has {length} bytes and a socket's path has at most {max}: {}", path.display(), max = socket::MAX_PATH)]
    PathTooLong {
        /// The socket.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
    },
    /// Something else is there.
    #[error("{} exists and is not a socket", path.display())]
    NotASocket {
        /// Where the socket should be.
        path: PathBuf,
    },
    /// Somebody answers there.
    #[error("another program already answers at {}", path.display())]
    Occupied {
        /// The socket.
        path: PathBuf,
    },
    /// The system refused.
    #[error("the socket {} cannot be made: {source}", path.display())]
    Bind {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No thread or no event queue.
    #[error("the API's threads cannot be started: {0}")]
    Runtime(std::io::Error),
}

impl ServerError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            ServerError::Occupied { .. } => Code::StateLocked,
            ServerError::PathTooLong { .. } | ServerError::NotASocket { .. } | ServerError::Bind { .. } => {
                Code::StateUnusable
            }
            ServerError::Runtime(_) => Code::ResourceExhausted,
        }
    }

    /// For a person, with the way on.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let (input, remedy) = match self {
            ServerError::PathTooLong { path, .. } => {
                (path, Remedy::safe("Use a shorter state directory", "shipway serve --state DIR"))
            }
            ServerError::NotASocket { path } => (path, Remedy::advice("Move that file away, or use another --state")),
            ServerError::Occupied { path } => (path, Remedy::safe("See what runs there", "shipway status")),
            ServerError::Bind { path, .. } => {
                (path, Remedy::safe("See whether the state directory can be written", "shipway doctor"))
            }
            ServerError::Runtime(_) => {
                return Failure::new(Phase::Detect, self.code(), self.to_string(), "");
            }
        };
        Failure::new(Phase::Detect, self.code(), self.to_string(), input.display().to_string()).remedy(remedy)
    }
}

/// A running API server.
#[derive(Debug)]
pub struct Server {
    socket: PathBuf,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on the state directory's socket and answers for this host. Returns once requests are accepted.
    pub fn start(host: Arc<Host>, state: &Path) -> Result<Self, ServerError> {
        let (bound, listener) = socket::bind(&socket::socket_path(state))?;
        let about = About {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            state: state.display().to_string(),
            router: host.router_addr().to_string(),
            started_at: jiff::Timestamp::now(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("shipway-api")
            .enable_all()
            .build()
            .map_err(ServerError::Runtime)?;
        let (stop, stopping) = watch::channel(false);
        let app = App::new(host, about, stopping.clone());
        let socket = bound.path().to_owned();
        let thread = std::thread::Builder::new()
            .name("shipway-api".to_owned())
            .spawn(move || run(runtime, listener, app, stopping, bound))
            .map_err(ServerError::Runtime)?;
        Ok(Self { socket, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Accepts nothing more, ends the streams, lets requests that run come to their end (at most [`GRACE`]).
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _nobody_listens_any_more = self.stop.send(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the API's thread had panicked");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// How long requests that run may take after a shutdown was asked for.
pub const GRACE: Duration = Duration::from_secs(5);

fn run(
    runtime: tokio::runtime::Runtime,
    listener: UnixListener,
    app: App,
    stopping: watch::Receiver<bool>,
    bound: Bound,
) {
    let ended = runtime.block_on(async move {
        let listener = tokio::net::UnixListener::from_std(listener)?;
        let service = routes::all(app).into_make_service_with_connect_info::<crate::peer::Peer>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(asked(stopping.clone()));
        let limit = async {
            asked(stopping).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = serving => ended,
            () = limit => {
                tracing::warn!("some API requests did not end within {GRACE:?} and were dropped");
                Ok(())
            }
        }
    });
    if let Err(fault) = ended {
        tracing::error!(%fault, "the API ended");
    }
    drop(bound);
    // Calls into the host that still block are left to it: it may be waiting for an app to stop.
    runtime.shutdown_timeout(Duration::from_millis(500));
}

/// Ends when the server is asked to stop, or is gone.
async fn asked(mut stopping: watch::Receiver<bool>) {
    let _gone_means_stop_too = stopping.wait_for(|stop| *stop).await;
}
