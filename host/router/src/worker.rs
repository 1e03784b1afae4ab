//! The threads that serve. Each has a runtime, a proxy and a pool of connections to apps of its own, and a client
//! stays on the thread that it was given to: no request wakes a second thread. (On two processors that serves twice
//! what one work-stealing runtime does.)

use crate::{
    conn::{Conn, Seat},
    forward::Forward,
    front::Front,
    listen,
    options::Limits,
    state::State,
};
use pingora_core::{
    apps::{HttpServerApp, HttpServerOptions, ServerApp},
    server::{ShutdownWatch, configuration::ServerConf},
};
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
};
use tokio::{
    net::TcpStream,
    runtime::Builder,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// How often a request is sent to an app at most, failures included.
const TRIES: usize = 4;

/// A client that was let in.
pub(crate) struct Guest {
    pub(crate) tcp: std::net::TcpStream,
    pub(crate) addr: SocketAddr,
    pub(crate) seat: Seat,
}

/// A serving thread. The number of guests on their way to it is bounded by the seats.
pub(crate) struct Worker {
    pub(crate) guests: UnboundedSender<Guest>,
    pub(crate) thread: JoinHandle<()>,
}

/// What a thread serves with.
struct Desk {
    h1: Arc<Front>,
    h2: Arc<Front>,
    limits: Limits,
    stop: ShutdownWatch,
}

impl Worker {
    /// Starts a thread, one of `threads`. After `stop` connections end with their requests; after `end` all end.
    pub(crate) fn start(
        state: &Arc<State>,
        threads: usize,
        stop: ShutdownWatch,
        mut end: ShutdownWatch,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let desk = Arc::new(Desk::new(state, threads, stop));
        let (guests, arrivals) = unbounded_channel();
        let thread = thread::Builder::new().name("router".to_owned()).spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = desk.serve_all(arrivals) => (),
                    _ = end.changed() => (),
                }
            });
            // Dropping the runtime here drops every request that is left, with both of its connections.
        })?;
        Ok(Self { guests, thread })
    }
}

impl Desk {
    fn new(state: &Arc<State>, threads: usize, stop: ShutdownWatch) -> Self {
        let limits = state.limits.clone();
        let conf = ServerConf {
            threads: 1,
            max_retries: TRIES,
            upstream_keepalive_pool_size: limits.app_pool.div_ceil(threads),
            ..ServerConf::default()
        };
        let mut proxy = pingora_proxy::http_proxy(&Arc::new(conf), Forward(state.clone()));
        // CONNECT is refused by the router, so that its answer looks like the others; it is never passed on.
        let mut options = HttpServerOptions::default();
        options.allow_connect_method_proxying = true;
        proxy.server_options = Some(options);
        let proxy = Arc::new(proxy);
        Self {
            h1: Arc::new(Front::new(proxy.clone(), &limits, false)),
            h2: Arc::new(Front::new(proxy, &limits, true)),
            limits,
            stop,
        }
    }

    /// Never returns by itself: connections are tasks of the runtime that runs this.
    async fn serve_all(self: Arc<Self>, mut arrivals: UnboundedReceiver<Guest>) {
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                Some(guest) = arrivals.recv() => {
                    tokio::spawn(self.clone().serve(guest));
                }
                _ = stop.changed() => break,
            }
        }
        // Ends connections that wait for a next request; those with a request close after its answer.
        self.h1.http_cleanup().await;
        std::future::pending::<()>().await;
    }

    async fn serve(self: Arc<Self>, Guest { tcp, addr, seat }: Guest) {
        let Ok(tcp) = TcpStream::from_std(tcp) else { return };
        let mut stop = self.stop.clone();
        let speaks_h2 = tokio::select! {
            biased;
            first = tokio::time::timeout(self.limits.idle, listen::speaks_h2(&tcp)) => match first {
                Ok(Ok(h2)) => h2,
                // Silent for too long, or gone without a word.
                Ok(Err(_)) | Err(_) => return,
            },
            _ = stop.changed() => return,
        };
        let front = if speaks_h2 { &self.h2 } else { &self.h1 };
        front.process_new(Box::new(Conn::new(tcp, addr, seat)), &self.stop).await;
    }
}
