//! The router as the rest of the host holds it: started, told tables, asked, drained, stopped. All methods are
//! synchronous; the async runtime is inside and is the router's own.

use crate::{
    Overlap, RouterError, RouterOptions, Table,
    forward::Forward,
    front::Front,
    listen::{self, Door},
    state::State,
    stats::RouterStats,
    trouble::ErrorRecord,
};
use model::DeploymentId;
use pingora_core::{apps::HttpServerApp, server::configuration::ServerConf};
use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{
            AtomicU64, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Semaphore, watch},
};

/// How often a request is sent to an app at most, failures included.
const TRIES: usize = 4;

/// The reverse proxy. It serves from [`Router::start`] until [`Router::shutdown`] or its drop.
pub struct Router {
    state: Arc<State>,
    door: Arc<Door>,
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    runtime: Mutex<Option<Runtime>>,
}

impl Router {
    /// Binds the address and serves an empty table (404 for everything). When this returns, connections are accepted.
    ///
    /// # Errors
    /// The address cannot be had (with its holder, if visible), the token is too short, no threads.
    pub fn start(options: RouterOptions) -> Result<Self, RouterError> {
        if options.probe_token.len() < RouterOptions::TOKEN_LEAST {
            return Err(RouterError::WeakToken { least: RouterOptions::TOKEN_LEAST });
        }
        let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
        let threads = threads.unwrap_or(1).max(1);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("router")
            .enable_all()
            .build()
            .map_err(RouterError::Threads)?;
        let within = runtime.enter();
        let listener = listen::bind(options.listen)?;
        let addr = listener.local_addr().map_err(|source| RouterError::Listen { addr: options.listen, source })?;
        drop(within);

        let most = options.limits.connections_here();
        let state = Arc::new(State::new(&options.probe_token, options.limits));
        let door = Arc::new(door(&state, threads, most));
        let (stop, stopped) = watch::channel(false);
        runtime.spawn(door.clone().accept(listener, stopped));
        Ok(Self { state, door, addr, stop, runtime: Mutex::new(Some(runtime)) })
    }

    /// Where it listens, with the port that was really bound.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Replaces the route table in one atomic step: every request that is routed after this returns sees the new one,
    /// none sees a mixture. Requests in flight stay where they are. Says which routes lost to another of the table.
    pub fn publish(&self, table: Table) -> Vec<Overlap> {
        let overlaps = self.state.publish(&table);
        for o in &overlaps {
            tracing::warn!(host = o.host, prefix = o.prefix, served = %o.served, ignored = %o.ignored, "router: overlap");
        }
        overlaps
    }

    /// Requests in flight at a deployment, upgraded connections included.
    #[must_use]
    pub fn in_flight(&self, deployment: &DeploymentId) -> usize {
        self.state.gauges.get(deployment).map_or(0, |gauge| gauge.count())
    }

    /// Waits until nothing is in flight at a deployment that the table no longer leads to. WebSockets, which do not
    /// end by themselves, are cut after `max`. `true`: the instance can be stopped and nobody notices. `false`: plain
    /// requests were still in flight after `max`; they are left alone. Blocks the calling thread.
    #[must_use]
    pub fn drain(&self, deployment: &DeploymentId, max: Duration) -> bool {
        self.state.gauges.get(deployment).is_none_or(|gauge| gauge.drain(max))
    }

    /// What was served so far.
    #[must_use]
    pub fn stats(&self) -> RouterStats {
        RouterStats {
            connections: self.connections(),
            accepted: self.door.accepted.load(Relaxed),
            unrouted: self.state.unrouted.load(Relaxed),
            resources: self.state.meters.read(),
        }
    }

    /// What happened to a request that the router answered itself, by the id in its `x-request-id`. `None`: unknown,
    /// or too long ago (1000 failures of apps and the host are kept, and 250 of clients).
    #[must_use]
    pub fn lookup(&self, request_id: &str) -> Option<ErrorRecord> {
        self.state.troubles.find(request_id)
    }

    /// Stops accepting, lets requests in flight end for at most `grace`, then closes everything. A second call does
    /// nothing. Blocks the calling thread.
    pub fn shutdown(&self, grace: Duration) {
        let Some(runtime) = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let until = Instant::now() + grace.min(Duration::from_secs(24 * 60 * 60));
        self.stop.send_replace(true);
        let door = self.door.clone();
        // Ends connections that wait for a next request; those with a request close after its answer.
        runtime.spawn(async move { door.h1.http_cleanup().await });
        while self.connections() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        runtime.shutdown_background();
    }

    fn connections(&self) -> usize {
        self.door.open.load(SeqCst)
    }
}

fn door(state: &Arc<State>, threads: usize, most: usize) -> Door {
    let limits = &state.limits;
    let conf = ServerConf {
        threads,
        max_retries: TRIES,
        upstream_keepalive_pool_size: limits.app_pool.div_ceil(threads),
        ..ServerConf::default()
    };
    let mut proxy = pingora_proxy::http_proxy(&Arc::new(conf), Forward(state.clone()));
    // CONNECT is refused by the router, so that its answer looks like the others; it is never passed on.
    let mut options = pingora_core::apps::HttpServerOptions::default();
    options.allow_connect_method_proxying = true;
    proxy.server_options = Some(options);
    let proxy = Arc::new(proxy);
    Door {
        h1: Arc::new(Front::new(proxy.clone(), limits, false)),
        h2: Arc::new(Front::new(proxy, limits, true)),
        room: Arc::new(Semaphore::new(most)),
        open: Arc::new(AtomicUsize::new(0)),
        accepted: AtomicU64::new(0),
        limits: limits.clone(),
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.shutdown(Duration::ZERO);
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("addr", &self.addr).finish_non_exhaustive()
    }
}
