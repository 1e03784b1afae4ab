//! The state of one call: what it may use, what it has used, what it was shown. It is the data of the call's store and
//! goes when the call ends; nothing is carried to the next.

use super::breach::{Breach, Denied};
use super::clock::Clock;
use super::ledger::Ledger;
use crate::text;
use crate::{Limits, Probes, Sandbox, SourceView};
use std::sync::Arc;
use wasmtime::ResourceLimiter;

/// One call's state.
pub(crate) struct Session {
    sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) view: Option<Arc<dyn SourceView>>,
    pub(crate) probes: Option<Arc<dyn Probes>>,
    pub(crate) host_calls: u32,
    pub(crate) probe_calls: u32,
    pub(crate) bytes_read: u64,
    pub(crate) log: Vec<String>,
    pub(crate) log_dropped: u32,
    pub(crate) memory_peak: u64,
    pub(crate) denied: Option<Denied>,
    /// The component is instantiated and its exports have the right types: from now on a fault is the answer's.
    pub(crate) ready: bool,
    memory: u64,
    granted: u64,
}

impl Session {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Self {
            sandbox: sandbox.clone(),
            clock: Clock::start(),
            ledger: Ledger::default(),
            view: None,
            probes: None,
            host_calls: 0,
            probe_calls: 0,
            bytes_read: 0,
            log: Vec::new(),
            log_dropped: 0,
            memory_peak: 0,
            denied: None,
            ready: false,
            memory: 0,
            granted: 0,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.sandbox.limits()
    }

    /// Every host function but the log begins with this.
    pub(crate) fn charge_call(&mut self) -> Result<(), Breach> {
        self.host_calls = self.host_calls.saturating_add(1);
        let limit = self.limits().host_calls;
        if self.host_calls > limit {
            return Err(Breach::HostCalls { used: self.host_calls, limit });
        }
        Ok(())
    }

    /// Takes from the budget of bytes that may be handed over; false when there is not enough left.
    pub(crate) fn charge_bytes(&mut self, bytes: usize) -> bool {
        let total = self.bytes_read.saturating_add(bytes as u64);
        let fits = total <= self.limits().read_bytes;
        if fits {
            self.bytes_read = total;
        }
        fits
    }

    /// Keeps a log line, cut and sanitised, or counts it. A flood costs the plugin its own time and nobody else's disk.
    pub(crate) fn log(&mut self, level: &str, message: &str) {
        self.host_calls = self.host_calls.saturating_add(1);
        if self.log.len() >= self.limits().log_lines as usize {
            self.log_dropped = self.log_dropped.saturating_add(1);
            return;
        }
        let most = self.limits().log_line as usize;
        // Cut first, so that a flood is not worth sanitising; and again, because U+FFFD is longer than what it replaces.
        let line = text::cut(&text::sanitised(&text::cut(message, most)), most);
        self.log.push(format!("{level}: {line}"));
    }
}

/// Sums over all memories, unlike wasmtime's own `StoreLimits`, which would let fifty small memories pass.
impl ResourceLimiter for Session {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        let wanted = self.memory.saturating_add(more);
        if wanted > self.limits().memory {
            self.denied = Some(Denied::Memory { used: self.memory, wanted });
            return Ok(false);
        }
        self.memory = wanted;
        self.granted = more;
        self.memory_peak = self.memory_peak.max(wanted);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        // What was granted last could not be had: the memory's own maximum, or the machine.
        self.memory = self.memory.saturating_sub(std::mem::take(&mut self.granted));
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= self.limits().table_elements as usize;
        if !fits {
            self.denied = Some(Denied::Table { wanted: desired as u64 });
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.limits().instances as usize
    }
    fn memories(&self) -> usize {
        self.limits().memories as usize
    }
    fn tables(&self) -> usize {
        self.limits().tables as usize
    }
}
