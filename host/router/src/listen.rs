//! The listening socket: bound before the router says that it started, and never more clients than allowed.

use crate::{RouterError, conn::Seat, holder, worker::Guest};
use pingora_core::server::ShutdownWatch;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, mpsc::UnboundedSender},
};

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 4096;
/// What every HTTP/2 connection without TLS begins with.
const H2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Binds the address.
pub(crate) fn bind(addr: SocketAddr) -> Result<TcpListener, RouterError> {
    let listen = || {
        let listener = TcpListener::bind(addr)?;
        // A second `listen` only lengthens the queue.
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    listen().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => RouterError::AddressTaken { addr, holder: holder::holder(addr) },
        _ => RouterError::Listen { addr, source },
    })
}

/// Lets clients in, and counts them.
pub(crate) struct Door {
    room: Arc<Semaphore>,
    open: Arc<AtomicUsize>,
    accepted: AtomicU64,
}

impl Door {
    pub(crate) fn new(seats: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(seats)), open: Arc::default(), accepted: AtomicU64::new(0) }
    }

    /// Clients that are in.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Clients that came in so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Gives clients to the workers in turn, until the stop or until there is no worker.
    pub(crate) async fn accept(
        &self,
        listener: TcpListener,
        workers: &[UnboundedSender<Guest>],
        mut stop: ShutdownWatch,
    ) {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            tracing::error!("router: the listening socket cannot be watched");
            return;
        };
        for worker in workers.iter().cycle() {
            let guest = tokio::select! {
                guest = self.next(&listener) => guest,
                _ = stop.changed() => return,
            };
            if worker.send(guest).is_err() {
                return;
            }
        }
    }

    async fn next(&self, listener: &tokio::net::TcpListener) -> Guest {
        loop {
            match self.admit(listener).await {
                Ok(guest) => {
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                    return guest;
                }
                Err(error) => {
                    // Out of descriptors or memory: the connection stays in the kernel's queue, and a loop without
                    // a pause would take the processor as well.
                    tracing::warn!(%error, "router: accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    async fn admit(&self, listener: &tokio::net::TcpListener) -> io::Result<Guest> {
        let permit = self.room.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (tcp, addr) = listener.accept().await?;
        // Its worker watches it from now on.
        let tcp = tcp.into_std()?;
        // Answers leave when they are complete, not when the former packet was acknowledged.
        tcp.set_nodelay(true)?;
        Ok(Guest { tcp, addr, seat: Seat::take(&self.open, permit) })
    }
}

/// Looks at the first bytes without taking them.
pub(crate) async fn speaks_h2(tcp: &TcpStream) -> io::Result<bool> {
    let mut first = [0; H2_PREFACE.len()];
    loop {
        let n = tcp.peek(&mut first).await?;
        let seen = first.get(..n).unwrap_or_default();
        if seen.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !H2_PREFACE.starts_with(seen) {
            return Ok(false);
        }
        if n == H2_PREFACE.len() {
            return Ok(true);
        }
        // The beginning of a preface, or of "POST": a peek returns at once as long as there is anything.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
