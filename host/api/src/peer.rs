//! Who is at the other end of the socket. The kernel says so, not the request: the user that runs the host, and root,
//! may use it. The socket's permissions keep everybody else out already; this holds when somebody loosens them.

use crate::problem::Problem;
use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use model::{Code, Failure, Phase};
use tokio::net::UnixListener;

/// The user at the other end; none when the kernel would not say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    uid: Option<u32>,
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|c| c.uid()) }
    }
}

/// May this user talk to a host that runs as `own`?
fn allowed(peer: Option<u32>, own: u32) -> bool {
    matches!(peer, Some(uid) if uid == own || uid == 0)
}

/// Refuses every request of anybody else, before anything of it is read.
pub(crate) async fn only_owner(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if allowed(peer.uid, rustix::process::geteuid().as_raw()) {
        return next.run(request).await;
    }
    let who = peer.uid.map_or("an unknown user".to_owned(), |uid| format!("user {uid}"));
    let failure = Failure::new(
        Phase::Detect,
        Code::NotAllowed,
        "only the user that runs this host, and root, may talk to it",
        who,
    );
    Problem::with_status(failure, StatusCode::FORBIDDEN).into_response()
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn only_the_hosts_user_and_root_are_let_in() {
        assert!(allowed(Some(1000), 1000));
        assert!(allowed(Some(0), 1000));
        assert!(!allowed(Some(1001), 1000));
        assert!(!allowed(None, 1000), "nobody known is nobody");
        assert!(!allowed(Some(1000), 0));
    }
}
