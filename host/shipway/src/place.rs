//! Where the state directory and the host's socket are: flags, then environment (clap reads it), then the default.

use model::{Code, Failure, Phase, Remedy};
use std::path::{Path, PathBuf};

/// The state directory, and the socket that commands talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `--state`, or the default.
    pub(crate) state: PathBuf,
    /// `--host`, or the socket in the state directory.
    pub(crate) socket: PathBuf,
    /// `--host` was given: a host is meant, and none is started in its stead.
    pub(crate) named: bool,
}

impl Place {
    /// From what was given; the variables are those of the process.
    pub(crate) fn of(state: Option<PathBuf>, host: Option<&str>) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let state = match state {
            Some(dir) => dir,
            None => default_state(rustix::process::geteuid().is_root(), variable)?,
        };
        // A supervisor outlives the working directory of who started the host.
        let state = std::path::absolute(&state).unwrap_or(state);
        let named = host.is_some();
        let socket = match host {
            Some(text) => socket_of(text)?,
            None => api::socket_path(&state),
        };
        Ok(Self { state, socket, named })
    }
}

/// `/var/lib/shipway` for root, else the XDG state directory's `shipway`.
fn default_state(root: bool, variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, Failure> {
    if root {
        return Ok(PathBuf::from("/var/lib/shipway"));
    }
    variable("XDG_STATE_HOME")
        .filter(|dir| dir.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .map(|dir| dir.join("shipway"))
        .ok_or_else(|| {
            Failure::new(Phase::Detect, Code::UsageInvalid, "there is no home directory to keep the state in", "HOME")
                .remedy(Remedy::safe("Name a state directory", "shipway --state DIR …"))
        })
}

/// A path or `unix://PATH`; other addresses are known and refused by name.
fn socket_of(text: &str) -> Result<PathBuf, Failure> {
    let usage = |message: &str| Failure::new(Phase::Detect, Code::UsageInvalid, message, text);
    let path = match text.split_once("://") {
        None => text,
        Some(("unix", path)) => path,
        Some(("http" | "https" | "ssh", _)) => {
            return Err(usage("hosts on other machines are not supported yet")
                .remedy(Remedy::advice("Run the command on the server itself, where the host's socket is")));
        }
        Some(_) => return Err(usage("a host is named by unix://PATH or by the path of its socket")),
    };
    if path.is_empty() {
        return Err(usage("the path of the host's socket is empty"));
    }
    let path = Path::new(path);
    Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_where_the_system_keeps_state() {
        let xdg = |name: &str| (name == "XDG_STATE_HOME").then(|| PathBuf::from("/x"));
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/a"));
        assert_eq!(default_state(true, xdg).unwrap(), Path::new("/var/lib/shipway"));
        assert_eq!(default_state(false, xdg).unwrap(), Path::new("/x/shipway"));
        assert_eq!(default_state(false, home).unwrap(), Path::new("/home/a/.local/state/shipway"));
        assert!(default_state(false, |_| None).is_err());
    }

    #[test]
    fn the_socket_is_in_the_state_directory_unless_a_host_is_named() {
        let place = Place::of(Some("/s".into()), None).unwrap();
        assert_eq!((place.socket.as_path(), place.named), (Path::new("/s/shipway.sock"), false));
        for host in ["unix:///run/s.sock", "/run/s.sock"] {
            let place = Place::of(Some("/s".into()), Some(host)).unwrap();
            assert_eq!((place.socket.as_path(), place.named), (Path::new("/run/s.sock"), true));
        }
    }

    #[test]
    fn addresses_that_are_not_supported_yet_are_refused_as_usage() {
        for host in ["http://a", "https://a", "ssh://u@a", "ftp://a", "unix://", ""] {
            let refused = Place::of(Some("/s".into()), Some(host)).unwrap_err();
            assert_eq!(refused.code, Code::UsageInvalid, "{host}");
        }
    }
}
