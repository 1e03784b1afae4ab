//! One form for a host name, whether it comes from a table or from a request: lower case, no port, no trailing dot.

/// The longest host name of DNS.
pub(crate) const MOST: usize = 255;

/// The form that hosts are matched by, written into `room`. `None` when it cannot be a host.
pub(crate) fn key<'a>(raw: &[u8], room: &'a mut [u8; MOST]) -> Option<&'a str> {
    let host = without_port(raw)?;
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.is_empty() || !host.is_ascii() {
        return None;
    }
    let out = room.get_mut(..host.len())?;
    out.copy_from_slice(host);
    out.make_ascii_lowercase();
    std::str::from_utf8(out).ok()
}

fn without_port(raw: &[u8]) -> Option<&[u8]> {
    let after_address = match raw.first() {
        Some(b'[') => raw.iter().position(|&b| b == b']')? + 1,
        _ => 0,
    };
    let colon = raw.iter().skip(after_address).position(|&b| b == b':').map(|at| at + after_address);
    let (host, port) = match colon {
        Some(at) => (raw.get(..at)?, raw.get(at + 1..)?),
        None => (raw, &[][..]),
    };
    port.iter().all(u8::is_ascii_digit).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> Option<String> {
        key(raw.as_bytes(), &mut [0; MOST]).map(str::to_owned)
    }

    #[test]
    fn case_port_and_trailing_dot_do_not_matter() {
        for raw in ["web.localhost", "WEB.LocalHost", "web.localhost:8080", "web.localhost.", "web.localhost.:80"] {
            assert_eq!(of(raw).as_deref(), Some("web.localhost"), "{raw}");
        }
        assert_eq!(of("[::1]:8080").as_deref(), Some("[::1]"));
        assert_eq!(of("127.0.0.1:1").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn what_cannot_be_a_host_is_none() {
        for raw in ["", ":80", ".", "a:b", "a:80:90", "[::1", "bücher.example"] {
            assert_eq!(of(raw), None, "{raw}");
        }
        assert_eq!(of(&"a".repeat(300)), None);
    }
}
