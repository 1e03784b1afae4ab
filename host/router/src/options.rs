//! What the router is told when it starts: where it listens, the probe token, and every limit with its reason.

use std::{fmt, net::SocketAddr, time::Duration};

/// How a router is started.
#[derive(Clone)]
pub struct RouterOptions {
    /// The address to listen on. Port 0 lets the kernel choose; [`crate::Router::local_addr`] tells what it chose.
    pub listen: SocketAddr,
    /// The secret that makes a request a probe. At least [`RouterOptions::TOKEN_LEAST`] bytes.
    pub probe_token: String,
    /// Worker threads. `None`: as many as the machine has processors.
    pub threads: Option<usize>,
    /// Bounds on what clients and apps may take from the router.
    pub limits: Limits,
}

impl RouterOptions {
    /// Fewer bytes than this are no secret: 16 random bytes cannot be guessed over a network.
    pub const TOKEN_LEAST: usize = 16;

    /// The defaults, for an address and a token.
    #[must_use]
    pub fn new(listen: SocketAddr, probe_token: impl Into<String>) -> Self {
        Self { listen, probe_token: probe_token.into(), threads: None, limits: Limits::default() }
    }
}

/// The token never reaches a log.
impl fmt::Debug for RouterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterOptions")
            .field("listen", &self.listen)
            .field("probe_token", &"…")
            .field("threads", &self.threads)
            .field("limits", &self.limits)
            .finish()
    }
}

/// Bounds on what clients and apps may take from the router. A request that breaks one is answered, not dropped,
/// wherever an answer is still possible.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of request line and header fields together; more is answered 431. 64 KiB is four times what browsers
    /// send with full cookie jars. (The parser itself gives up at 1 MiB, before this is looked at.)
    pub header_bytes: usize,
    /// Connections of clients at one time; further ones wait in the kernel's queue. Lowered at start to what the
    /// process may open, as each needs two descriptors (its own and the app's).
    pub connections: usize,
    /// From the first byte of a request to the end of its header. Stops clients that send a byte a minute.
    pub header_timeout: Duration,
    /// How long a connection of a client may rest between two requests. Whole seconds, at least one.
    pub idle: Duration,
    /// How long an app may take to accept a connection. It is on this machine: it answers at once or is stuck.
    pub connect_timeout: Duration,
    /// The one pause before a request is tried again at an instance that refused the connection: an app that is
    /// restarted on its port is back in a moment. A route that leads elsewhere by then is followed.
    pub refused_pause: Duration,
    /// How long an app may be silent: before its answer begins, and between two pieces of it. Then 504.
    pub app_timeout: Duration,
    /// The same for WebSockets and for event streams (`Accept: text/event-stream`), which are silent by nature.
    pub quiet_timeout: Duration,
    /// How long a client may refuse to take a piece of an answer.
    pub write_timeout: Duration,
    /// How long an idle connection to an app is kept for the next request. Shorter than any app server closes its
    /// own (the shortest default in the wild is 2 s), so that a request never meets a connection that is being
    /// closed. On the same machine a new connection costs less than 0.1 ms.
    pub app_idle: Duration,
    /// Idle connections to apps kept at one time, over all apps.
    pub app_pool: usize,
    /// Requests at one time on one HTTP/2 connection.
    pub h2_streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 64 * 1024,
            connections: 10_000,
            header_timeout: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            refused_pause: Duration::from_millis(50),
            app_timeout: Duration::from_secs(60),
            quiet_timeout: Duration::from_secs(60 * 60),
            write_timeout: Duration::from_secs(60),
            app_idle: Duration::from_secs(1),
            app_pool: 1024,
            h2_streams: 100,
        }
    }
}

impl Limits {
    /// The connections that the process can really hold, after what the rest of the host needs.
    pub(crate) fn connections_here(&self) -> usize {
        /// Descriptors for everything that is not a proxied connection: journal, logs, sockets, instances.
        const RESERVED: u64 = 256;
        let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
        let fit = usize::try_from(most.saturating_sub(RESERVED) / 2).unwrap_or(usize::MAX).max(16);
        if fit < self.connections {
            tracing::info!(wanted = self.connections, possible = fit, "router: connections limited by open files");
        }
        self.connections.clamp(1, fit)
    }
}
