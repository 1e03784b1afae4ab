//! What an error of the proxy library means: on which side it is, and whether the request may be sent again.

use crate::trouble::ErrorKind;
use pingora_core::{Error, ErrorSource, ErrorType};
use pingora_proxy::Session;

/// An app that could not be connected to.
pub(crate) fn connect_fault(error: &Error) -> ErrorKind {
    match error.etype() {
        ErrorType::ConnectTimedout => ErrorKind::AppTimeout,
        // No descriptor, no port of our own: not the app's doing.
        ErrorType::SocketError | ErrorType::BindError | ErrorType::InternalError => ErrorKind::RouterFault,
        _ => ErrorKind::AppUnreachable,
    }
}

/// Everything after the connection.
pub(crate) fn fault(error: &Error) -> ErrorKind {
    match error.esource() {
        ErrorSource::Upstream => match error.etype() {
            ErrorType::ReadTimedout | ErrorType::WriteTimedout | ErrorType::ConnectTimedout => ErrorKind::AppTimeout,
            ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError => ErrorKind::AppClosed,
            ErrorType::ConnectRefused | ErrorType::ConnectNoRoute | ErrorType::ConnectError => {
                ErrorKind::AppUnreachable
            }
            _ => ErrorKind::AppInvalid,
        },
        ErrorSource::Downstream => match error.etype() {
            ErrorType::ReadTimedout => ErrorKind::ClientTimeout,
            ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError | ErrorType::WriteTimedout => {
                ErrorKind::ClientGone
            }
            _ => ErrorKind::BadRequest,
        },
        ErrorSource::Internal | ErrorSource::Unset => ErrorKind::RouterFault,
    }
}

/// May a request that failed on a reused connection be sent again, so that neither side can tell?
///
/// The app closed an idle connection just when the request was written to it. Nothing came back, so the client saw
/// nothing. And the app did not act on it, or may act on it twice: the method is idempotent and the body is still at
/// hand; or the app cannot have received the request as a whole, because the writing of its header failed, or
/// because it has a body of which nothing was sent yet.
pub(crate) fn unnoticed(error: &Error, session: &mut Session) -> bool {
    let lost = *error.esource() == ErrorSource::Upstream
        && matches!(error.etype(), ErrorType::ConnectionClosed | ErrorType::ReadError | ErrorType::WriteError);
    if !lost || session.response_written().is_some() {
        return false;
    }
    let repeatable = session.req_header().method.is_idempotent() && !session.retry_buffer_truncated();
    let body_untouched = session.body_bytes_read() == 0;
    let has_body = !session.is_body_empty();
    repeatable || (body_untouched && (has_body || *error.etype() == ErrorType::WriteError))
}
