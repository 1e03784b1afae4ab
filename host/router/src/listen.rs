//! The listening socket: bound before the router says that it started, and never more clients than allowed.

use crate::{
    RouterError,
    conn::{Conn, Seat},
    front::Front,
    holder,
    options::Limits,
};
use pingora_core::{apps::ServerApp, server::ShutdownWatch};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
};

/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 4096;
/// What every HTTP/2 connection without TLS begins with.
const H2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Binds the address. Must be called within a tokio runtime.
pub(crate) fn bind(addr: SocketAddr) -> Result<TcpListener, RouterError> {
    let listen = || {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => RouterError::AddressTaken { addr, holder: holder::holder(addr) },
        _ => RouterError::Listen { addr, source },
    })
}

/// The two faces of the proxy, and who may come in.
pub(crate) struct Door {
    pub(crate) h1: Arc<Front>,
    pub(crate) h2: Arc<Front>,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) accepted: AtomicU64,
    pub(crate) limits: Limits,
}

impl Door {
    /// Accepts until the shutdown.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener, mut shutdown: ShutdownWatch) {
        loop {
            let next = async {
                let permit = self.room.clone().acquire_owned().await.map_err(io::Error::other)?;
                let (tcp, client) = listener.accept().await?;
                Ok::<_, io::Error>((tcp, client, Seat::take(&self.open, permit)))
            };
            let next = tokio::select! {
                _ = shutdown.changed() => return,
                next = next => next,
            };
            match next {
                Ok((tcp, client, seat)) => {
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(self.clone().serve(tcp, client, seat, shutdown.clone()));
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

    async fn serve(self: Arc<Self>, tcp: TcpStream, client: SocketAddr, seat: Seat, mut shutdown: ShutdownWatch) {
        let speaks_h2 = tokio::select! {
            _ = shutdown.changed() => return,
            first = tokio::time::timeout(self.limits.idle, speaks_h2(&tcp)) => match first {
                Ok(Ok(h2)) => h2,
                // Silent for too long, or gone without a word.
                Ok(Err(_)) | Err(_) => return,
            },
        };
        // Answers leave when they are complete, not when the former packet was acknowledged.
        let _ = tcp.set_nodelay(true);
        let front = if speaks_h2 { &self.h2 } else { &self.h1 };
        front.process_new(Box::new(Conn::new(tcp, client, seat)), &shutdown).await;
    }
}

/// Looks at the first bytes without taking them.
async fn speaks_h2(tcp: &TcpStream) -> io::Result<bool> {
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
