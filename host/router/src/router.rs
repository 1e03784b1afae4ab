//! The router as the rest of the host holds it: started, told tables, asked, drained, stopped. All methods are
//! synchronous; the async runtime is inside and is the router's own.

use crate::{
    Overlap, RouterError, RouterOptions, Table,
    listen::{self, Door},
    state::State,
    stats::RouterStats,
    trouble::ErrorRecord,
    worker::Worker,
};
use model::DeploymentId;
use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{runtime::Builder, sync::watch};

/// The reverse proxy. It serves from [`Router::start`] until [`Router::shutdown`] or its drop.
pub struct Router {
    state: Arc<State>,
    door: Arc<Door>,
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    end: watch::Sender<bool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
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
        let listener = listen::bind(options.listen)?;
        let addr = listener.local_addr().map_err(|source| RouterError::Listen { addr: options.listen, source })?;
        let router = Self {
            door: Arc::new(Door::new(options.limits.connections_here())),
            state: Arc::new(State::new(&options.probe_token, options.limits)),
            addr,
            stop: watch::Sender::new(false),
            end: watch::Sender::new(false),
            threads: Mutex::default(),
        };
        // Should a thread fail to start, dropping the router ends those before it.
        router.open(listener, options.threads).map_err(RouterError::Threads)?;
        Ok(router)
    }

    fn open(&self, listener: TcpListener, threads: Option<usize>) -> io::Result<()> {
        let threads = threads.or_else(|| thread::available_parallelism().ok().map(Into::into)).unwrap_or(1).max(1);
        let mut running = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let mut guests = Vec::with_capacity(threads);
        for _ in 0..threads {
            let worker = Worker::start(&self.state, threads, self.stop.subscribe(), self.end.subscribe())?;
            guests.push(worker.guests);
            running.push(worker.thread);
        }
        // The entrance has a thread of its own, so that nobody waits for it behind a request.
        let entrance = Builder::new_current_thread().enable_all().build()?;
        let (door, stop) = (self.door.clone(), self.stop.subscribe());
        let accept = move || entrance.block_on(door.accept(listener, &guests, stop));
        running.push(thread::Builder::new().name("router-entrance".to_owned()).spawn(accept)?);
        Ok(())
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
            connections: self.door.open(),
            accepted: self.door.accepted(),
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
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let until = Instant::now() + grace.min(Duration::from_secs(24 * 60 * 60));
        self.stop.send_replace(true);
        while self.door.open() > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        self.end.send_replace(true);
        for thread in threads {
            // A thread that panicked is gone as well.
            let _ = thread.join();
        }
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
