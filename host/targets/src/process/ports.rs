//! Choosing a port that nobody has and nobody gets.
//!
//! Not "bind to 0 and see": that gives ports of the range that the kernel hands out to outgoing connections, and one
//! of those can take the port while the app is being restarted. Ports are chosen below that range, start at a place
//! that the instance's name gives, and are kept free of what other instances were given, running or not.

use crate::{TargetError, contain};
use rustix::{
    io::Errno,
    net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt},
};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// How far below the kernel's range ports are chosen.
const SPAN: u16 = 12_000;
/// Nothing below this is chosen: services of the system live there.
const LOWEST: u16 = 10_000;

/// A free port for the instance of that name.
pub(super) fn choose(name: &str, taken: &BTreeSet<u16>) -> Result<u16, TargetError> {
    let range = range();
    let hash = blake3::hash(name.as_bytes());
    let size = range.end - range.start;
    let offset = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % size;
    let from_there = (range.start + offset)..range.end;
    let before = range.start..(range.start + offset);
    for port in from_there.chain(before) {
        if !taken.contains(&port) && try_bind(port).is_ok() {
            return Ok(port);
        }
    }
    Err(TargetError::ResourceExhausted {
        message: "no port is free".into(),
        place: format!("ports {} to {}", range.start, range.end - 1),
        last: Vec::new(),
    })
}

/// Is this very port free? Otherwise the error says who holds it.
pub(super) fn claim(port: u16) -> Result<(), TargetError> {
    match try_bind(port) {
        Ok(()) => Ok(()),
        Err(Errno::ACCESS) => Err(TargetError::StartFailed {
            message: format!("the host's user may not listen on port {port}"),
            command: format!("port {port}"),
            details: vec!["ports below net.ipv4.ip_unprivileged_port_start are for root".into()],
        }),
        Err(_) => Err(TargetError::PortConflict { port, holder: contain::ports::holder(port) }),
    }
}

fn range() -> std::ops::Range<u16> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let low: u16 = text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(32_768);
    // A machine whose kernel range begins very low: above the usual one then.
    if low < LOWEST + 1000 { 61_000..65_000 } else { low.saturating_sub(SPAN).max(LOWEST)..low }
}

/// Binds on every address of both families for a moment, without listening. Connections that an earlier server left
/// behind do not hold the port; a listener anywhere does.
fn try_bind(port: u16) -> Result<(), Errno> {
    let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    match try_bind_at(AddressFamily::INET6, v6) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) => try_bind_at(AddressFamily::INET, v4),
        other => other,
    }
}

fn try_bind_at(family: AddressFamily, address: SocketAddr) -> Result<(), Errno> {
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if family == AddressFamily::INET6 {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    bind(&socket, &address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_chosen_port_is_free_below_the_kernels_range_and_never_given_twice() {
        let first = choose("dep_x-web", &BTreeSet::new()).unwrap();
        assert!(range().contains(&first));
        let _held = TcpListener::bind(("127.0.0.1", first)).unwrap();
        let second = choose("dep_x-web", &BTreeSet::new()).unwrap();
        assert_ne!(first, second, "somebody listens there");
        let third = choose("dep_x-web", &BTreeSet::from([second])).unwrap();
        assert!(![first, second].contains(&third), "another instance was given it");
    }

    #[test]
    fn a_held_port_names_its_holder_on_either_family() {
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
            let Ok(held) = TcpListener::bind(address) else { continue };
            let port = held.local_addr().unwrap().port();
            let Err(TargetError::PortConflict { port: told, holder: Some(holder) }) = claim(port) else {
                panic!("{address} is held")
            };
            assert_eq!((told, holder.pid), (port, std::process::id()));
            assert!(holder.command.contains("targets"), "{}", holder.command);
            drop(held);
            claim(port).unwrap();
        }
    }
}
