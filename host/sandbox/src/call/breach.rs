//! Limits that the host itself enforces while a plugin runs. A breach ends the call; it is an error type, not a text, so
//! that nobody has to read messages to know what happened.

use crate::Limits;
use model::Code;
use std::time::Duration;

/// The first limit that a call went over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Breach {
    #[error("it computed for {} ms, {} ms are allowed (limit time)", used.as_millis(), limit.as_millis())]
    Time { used: Duration, limit: Duration },
    #[error("it took {} ms without an answer, {} ms are allowed (limit wall)", used.as_millis(), limit.as_millis())]
    Wall { used: Duration, limit: Duration },
    #[error("it made {used} host calls, {limit} are allowed (limit host_calls)")]
    HostCalls { used: u32, limit: u32 },
    #[error("it made {used} probes in one evaluation, {limit} are allowed (limit probes)")]
    Probes { used: u32, limit: u32 },
}

impl Breach {
    pub(crate) fn code(&self) -> Code {
        match self {
            Breach::Time { .. } | Breach::Wall { .. } => Code::PluginTimeout,
            Breach::HostCalls { .. } | Breach::Probes { .. } => Code::PluginTrapped,
        }
    }
}

/// A growth that was refused. No breach by itself: a guest may live with a smaller memory. It explains the trap that
/// usually follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Linear memory: what it had in all, and what it would have had.
    Memory { used: u64, wanted: u64 },
    /// One table: how many elements it wanted.
    Table { wanted: u64 },
}

impl Denied {
    pub(crate) fn message(&self, limits: &Limits) -> String {
        match self {
            Denied::Memory { used, wanted } => format!(
                "it has {used} bytes of memory and wanted {wanted}, {} are allowed over all memories (limit memory)",
                limits.memory
            ),
            Denied::Table { wanted } => format!(
                "it wanted a table of {wanted} elements, {} are allowed (limit table_elements)",
                limits.table_elements
            ),
        }
    }
}
