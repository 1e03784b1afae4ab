//! Every bound of a plugin call, with its name, its default, and why that number. A call that hits one fails with a
//! `plugin-*` code whose message holds the name, what was used and what is allowed.

use std::time::Duration;

/// The bounds of one plugin call. A call gets a fresh store, so nothing is carried from one to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory in bytes, summed over *all* memories of the component. 64 MiB: five times what a Python guest
    /// needs, 45 times a QuickJS one.
    pub memory: u64,
    /// Processor time of the plugin, so that a busy machine is not the plugin's fault. 1 s: 500 times the slowest
    /// first-party call; a JS or Python guest needs up to 20 ms when cold.
    pub time: Duration,
    /// Wall time, probes not counted; catches what processor time does not (a machine that swaps). 10 s.
    pub wall: Duration,
    /// Wall time that all probes of one evaluation may take together. 30 s: longer than any single health timeout that
    /// makes sense; the conductor asks again anyway.
    pub probe_time: Duration,
    /// Probes in one evaluation. 32.
    pub probes: u32,
    /// Bytes that one answer (or the arguments of one host call) of `describe`, `detect`, `checks` and `evaluate` may
    /// make the host allocate. 1 MiB; wasmtime's default of 128 MiB lets a guest make the host copy 64 MiB.
    pub answer_bytes: u64,
    /// The same for `plan`: plans are larger. 4 MiB.
    pub plan_answer_bytes: u64,
    /// Calls of `source` and `probe` functions. 20,000 at 50 to 100 ns each are 2 ms.
    pub host_calls: u32,
    /// Bytes of the source (contents, and names in listings) that are handed over in all. 16 MiB.
    pub read_bytes: u64,
    /// Bytes of one read. 1 MiB: a lockfile of a large project; no manifest is longer.
    pub read_each: u64,
    /// Entries of one listing, paths of one `find`. 10,000.
    pub listing: u32,
    /// Entries of the overview. 2,000: it is handed over with every detect call, used or not.
    pub overview: u32,
    /// Core instances in the component. 64: a stubbed Python guest has 38.
    pub instances: u32,
    /// Linear memories. 8: compilers make one, adapters another.
    pub memories: u32,
    /// Tables. 64: Python again.
    pub tables: u32,
    /// Elements of one table. 20,000: the largest seen is 7,700.
    pub table_elements: u32,
    /// Component handles (resources). 1,000; the contract has no resources at all.
    pub handles: u32,
    /// Wasm stack in bytes. 512 KiB: 64 KiB sufficed for every language tried. The native stack is made larger than
    /// this by [`Limits::HOST_STACK`].
    pub stack: u32,
    /// Log lines that are kept; more are counted, not kept. 200.
    pub log_lines: u32,
    /// Bytes of one log line; what is over is cut visibly. 1 KiB.
    pub log_line: u32,
    /// Claims in one answer. 16: a plugin that sees more apps than that in one directory sees ghosts.
    pub claims: u32,
    /// Entries of any other list in an answer. 256, as the plan firewall's.
    pub list: u32,
    /// Bytes of a text that a person reads, a path, or one word of a command. 4 KiB.
    pub text: u32,
    /// Bytes of a script or a value. 32 KiB, as the plan firewall's.
    pub script: u32,
    /// Bytes of a component file. 32 MiB: a Python guest has 18.5 MB. Not per call; checked before compiling.
    pub component: u64,
}

impl Limits {
    /// Native stack for host functions below the deepest guest frame (an HTTP client, a glob), in bytes.
    pub const HOST_STACK: usize = 1 << 20;

    /// The name of the first limit with which no plugin at all could run.
    pub(crate) fn unusable(&self) -> Option<&'static str> {
        [
            ("memory", self.memory < 64 << 10),
            ("time", self.time.is_zero()),
            ("wall", self.wall.is_zero()),
            ("answer_bytes", self.answer_bytes < 1 << 10),
            ("plan_answer_bytes", self.plan_answer_bytes < 1 << 10),
            ("instances", self.instances == 0),
            ("memories", self.memories == 0),
            ("stack", self.stack < 32 << 10),
            ("text", self.text < 64),
            ("script", self.script < 64),
        ]
        .into_iter()
        .find_map(|(name, bad)| bad.then_some(name))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            time: Duration::from_secs(1),
            wall: Duration::from_secs(10),
            probe_time: Duration::from_secs(30),
            probes: 32,
            answer_bytes: 1 << 20,
            plan_answer_bytes: 4 << 20,
            host_calls: 20_000,
            read_bytes: 16 << 20,
            read_each: 1 << 20,
            listing: 10_000,
            overview: 2_000,
            instances: 64,
            memories: 8,
            tables: 64,
            table_elements: 20_000,
            handles: 1_000,
            stack: 512 << 10,
            log_lines: 200,
            log_line: 1 << 10,
            claims: 16,
            list: 256,
            text: 4 << 10,
            script: 32 << 10,
            component: 32 << 20,
        }
    }
}
