//! A client's connection as the proxy library reads and writes it.
//!
//! Two things the library's own stream cannot do from outside: small writes are gathered (header and body leave in
//! one packet) yet never held back while the connection waits for something; and a close lets the client read what
//! was written, even if it was still sending.

use async_trait::async_trait;
use pingora_core::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, TimingDigest, UniqueID,
    UniqueIDType, raw_connect::ProxyDigest,
};
use std::{
    io,
    net::SocketAddr,
    os::fd::AsRawFd,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};

/// Gathered before a write to the socket: a header and the body of a usual page.
const GATHER: usize = 16 * 1024;
/// How long, and for how many bytes, a closing connection still listens to a client that is sending.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// A client's connection. It counts against the limit until it is dropped.
#[derive(Debug)]
pub(crate) struct Conn {
    io: BufWriter<TcpStream>,
    digest: Arc<SocketDigest>,
    fd: UniqueIDType,
    _seat: Seat,
}

/// A place among the connections that are allowed, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    open: Arc<AtomicUsize>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    pub(crate) fn take(open: &Arc<AtomicUsize>, permit: OwnedSemaphorePermit) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self { open: open.clone(), _permit: permit }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Conn {
    pub(crate) fn new(tcp: TcpStream, client: SocketAddr, seat: Seat) -> Self {
        let fd = tcp.as_raw_fd();
        let digest = SocketDigest::from_raw_fd(fd);
        // A fresh cell is empty, so this cannot fail; and if it did, the address would be asked of the kernel.
        let _ = digest.peer_addr.set(Some(client.into()));
        Self { io: BufWriter::with_capacity(GATHER, tcp), digest: Arc::new(digest), fd, _seat: seat }
    }
}

impl AsyncRead for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(self.io.get_mut()).poll_read(cx, buf) {
            // The proxy waits: what it wrote so far must not wait with it.
            Poll::Pending if !self.io.buffer().is_empty() => match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
                _ => Poll::Pending,
            },
            ready => ready,
        }
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[async_trait]
impl Shutdown for Conn {
    async fn shutdown(&mut self) {
        if self.io.shutdown().await.is_err() {
            return;
        }
        // Closing while unread bytes are in the socket would reset the connection and with it the answer.
        let linger = async {
            let mut room = [0; 4096];
            let mut seen = 0;
            while seen < LINGER_BYTES {
                match self.io.get_mut().read(&mut room).await {
                    Ok(0) | Err(_) => return,
                    Ok(n) => seen += n,
                }
            }
        };
        let _ = tokio::time::timeout(LINGER, linger).await;
    }
}

impl UniqueID for Conn {
    fn id(&self) -> UniqueIDType {
        self.fd
    }
}

impl GetTimingDigest for Conn {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}

impl GetProxyDigest for Conn {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}

impl GetSocketDigest for Conn {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        Some(self.digest.clone())
    }
}

impl Ssl for Conn {}
impl Peek for Conn {}
