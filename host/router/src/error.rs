//! Why a router did not start.

use crate::holder::Holder;
use model::Code;
use std::{io, net::SocketAddr};

/// Why a router did not start.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// Somebody else listens there.
    #[error("cannot listen on {addr}: it is taken{}", holder.as_ref().map(|h| format!(" by {h}")).unwrap_or_default())]
    AddressTaken {
        /// The address.
        addr: SocketAddr,
        /// Who holds it, when this process may see that.
        holder: Option<Holder>,
    },
    /// The kernel refused the address for another reason (no permission, not an address of this machine).
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// The probe token is too short to be a secret.
    #[error("the probe token has fewer than {least} bytes")]
    WeakToken {
        /// The least number of bytes.
        least: usize,
    },
    /// Threads or timers could not be had.
    #[error("the router's threads could not be started: {0}")]
    Threads(#[source] io::Error),
}

impl RouterError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            RouterError::AddressTaken { .. } => Code::PortConflict,
            RouterError::Listen { .. } => Code::ConfigInvalid,
            RouterError::WeakToken { .. } => Code::HostInternal,
            RouterError::Threads(_) => Code::ResourceExhausted,
        }
    }
}
