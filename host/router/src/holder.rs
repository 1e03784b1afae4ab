//! Who listens on a port. Best effort: another user's process hides its descriptors, and the answer is then `None`.

use procfs::{
    net::TcpState,
    process::{FDTarget, Process, all_processes},
};
use std::{fmt, net::SocketAddr};

/// A process that holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: i32,
    /// Its command, as the kernel keeps it (15 characters).
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.command, self.pid)
    }
}

/// The process that listens where `addr` would.
#[must_use]
pub fn holder(addr: SocketAddr) -> Option<Holder> {
    let sockets = listeners(addr);
    if sockets.is_empty() {
        return None;
    }
    all_processes().ok()?.flatten().find_map(|process| holds(&process, &sockets))
}

fn listeners(addr: SocketAddr) -> Vec<u64> {
    // A wildcard address and any other address of the same port exclude each other.
    let meets = |other: SocketAddr| {
        other.port() == addr.port()
            && (other.ip() == addr.ip() || other.ip().is_unspecified() || addr.ip().is_unspecified())
    };
    let v4 = procfs::net::tcp().unwrap_or_default();
    let v6 = procfs::net::tcp6().unwrap_or_default();
    v4.into_iter()
        .chain(v6)
        .filter(|s| s.state == TcpState::Listen && meets(s.local_address))
        .map(|s| s.inode)
        .collect()
}

fn holds(process: &Process, sockets: &[u64]) -> Option<Holder> {
    let held =
        process.fd().ok()?.flatten().any(|fd| matches!(fd.target, FDTarget::Socket(inode) if sockets.contains(&inode)));
    held.then(|| Holder { pid: process.pid, command: process.stat().map(|s| s.comm).unwrap_or_default() })
}
