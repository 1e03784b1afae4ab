//! The host's socket: where it is, and how it comes to be there.
//!
//! It is never reachable with looser permissions than 0600, and never missing for a moment while one host follows
//! another: it is made under another name, restricted, put to listening, and then renamed over what a dead host left.

use crate::server::ServerError;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A Unix socket's path must fit into `sun_path` with its closing zero byte (unix(7)).
pub const MAX_PATH: usize = 107;

/// The name while the socket is being made. Shorter than the final one, so that it fits whenever that fits.
const UNFINISHED: &str = ".api.new";

/// Where the socket of a state directory is.
#[must_use]
pub fn socket_path(state: &Path) -> PathBuf {
    state.join("shipway.sock")
}

/// Is the path short enough to be a socket?
#[must_use]
pub fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= MAX_PATH
}

/// A listening socket; its file goes when this is dropped, unless another host has put its own there meanwhile.
#[derive(Debug)]
pub(crate) struct Bound {
    path: PathBuf,
    identity: (u64, u64),
}

/// Makes the socket. The caller holds the state directory's lock, so a socket that nobody answers at is stale.
pub(crate) fn bind(path: &Path) -> Result<(Bound, UnixListener), ServerError> {
    if !fits(path) {
        return Err(ServerError::PathTooLong { path: path.to_owned(), length: path.as_os_str().len() });
    }
    let failed = |source: io::Error| ServerError::Bind { path: path.to_owned(), source };
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => return Err(ServerError::NotASocket { path: path.to_owned() }),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(ServerError::Occupied { path: path.to_owned() }),
        _ => {}
    }
    let unfinished = path.with_file_name(UNFINISHED);
    match std::fs::remove_file(&unfinished) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let listener = listen_privately(&unfinished).map_err(failed)?;
    std::fs::rename(&unfinished, path).map_err(failed)?;
    let made = path.symlink_metadata().map_err(failed)?;
    Ok((Bound { path: path.to_owned(), identity: (made.dev(), made.ino()) }, listener))
}

/// Binds, restricts to the owner, and only then listens: no other user ever meets an open socket.
fn listen_privately(path: &Path) -> io::Result<UnixListener> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    rustix::net::listen(&socket, 128)?;
    Ok(UnixListener::from(socket))
}

impl Bound {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Ok(found) = self.path.symlink_metadata()
            && (found.dev(), found.ino()) == self.identity
        {
            let _gone_already_is_fine = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_can_open_the_socket() {
        let dir = tempfile::tempdir().unwrap();
        let path = socket_path(dir.path());
        let (_bound, _listener) = bind(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_a_dead_host_left_is_replaced_and_a_living_host_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = socket_path(dir.path());
        drop(UnixListener::bind(&path).unwrap());
        let (_bound, _listener) = bind(&path).expect("nobody answers at the stale socket");
        assert!(UnixStream::connect(&path).is_ok());
        assert!(matches!(bind(&path), Err(ServerError::Occupied { .. })));
        assert!(UnixStream::connect(&path).is_ok(), "the refused one did no harm");
    }

    #[test]
    fn a_file_that_is_no_socket_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = socket_path(dir.path());
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(bind(&path), Err(ServerError::NotASocket { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn a_path_that_the_kernel_would_cut_is_refused_with_its_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(MAX_PATH));
        let Err(ServerError::PathTooLong { length, .. }) = bind(&path) else { panic!("it was bound") };
        assert_eq!(length, path.as_os_str().len());
    }

    #[test]
    fn a_socket_goes_with_its_host_and_a_successors_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = socket_path(dir.path());
        let (bound, _listener) = bind(&path).unwrap();
        std::fs::rename(&path, dir.path().join("old")).unwrap();
        let successor = UnixListener::bind(&path).unwrap();
        drop(bound);
        assert!(path.exists());
        drop(successor);
        std::fs::remove_file(&path).unwrap();
        let (bound, _listener) = bind(&path).unwrap();
        drop(bound);
        assert!(!path.exists());
    }
}
