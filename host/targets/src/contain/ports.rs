//! Who listens where, from /proc.

use crate::Holder;
use procfs::{
    net::{TcpNetEntry, TcpState},
    process::{FDTarget, Process},
};
use std::collections::{BTreeSet, HashMap, HashSet};

fn listeners(of: &Process) -> impl Iterator<Item = TcpNetEntry> + use<> {
    let v4 = of.tcp().unwrap_or_default();
    let v6 = of.tcp6().unwrap_or_default();
    v4.into_iter().chain(v6).filter(|e| e.state == TcpState::Listen)
}

fn sockets(of: &Process) -> impl Iterator<Item = u64> + use<> {
    of.fd().into_iter().flatten().flatten().filter_map(|fd| match fd.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}

/// TCP ports that any of these processes listens on, sorted. They share one network.
pub(crate) fn listening(pids: &[i32]) -> Vec<u16> {
    let processes: Vec<Process> = pids.iter().filter_map(|pid| Process::new(*pid).ok()).collect();
    let Some(first) = processes.first() else { return Vec::new() };
    let ports: HashMap<u64, u16> = listeners(first).map(|e| (e.inode, e.local_address.port())).collect();
    if ports.is_empty() {
        return Vec::new();
    }
    let open = processes.iter().flat_map(sockets);
    open.filter_map(|inode| ports.get(&inode).copied()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Who listens on a port of this machine; `None` when nobody does or its owner cannot be seen.
pub(crate) fn holder(port: u16) -> Option<Holder> {
    let inodes: HashSet<u64> =
        listeners(&Process::myself().ok()?).filter(|e| e.local_address.port() == port).map(|e| e.inode).collect();
    let mut all = procfs::process::all_processes().ok()?.flatten();
    let process = all.find(|p| sockets(p).any(|inode| inodes.contains(&inode)))?;
    Some(Holder { pid: u32::try_from(process.pid()).ok()?, command: super::procs::command_line(process.pid()) })
}
