//! What every command gets: where the host is, and the screen. And how a command ends.

use crate::place::Place;
use crate::screen::Screen;
use api::Client;
use model::{Code, Failure, Phase};

/// What every command gets.
pub(crate) struct Context {
    /// Where state and socket are.
    pub(crate) place: Place,
    /// Where text and JSON go.
    pub(crate) screen: Screen,
}

impl Context {
    /// A client of the host; nothing is sent yet.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Client::unix(&self.place.socket)
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// With a failure that is shown; its status follows from it unless given.
    Failure(Box<Failure>, Option<u8>),
    /// Nobody reads our output any more, or it cannot be written.
    Output(std::io::Error),
}

/// The exit status, or why it ended early.
pub(crate) type Ended = Result<u8, Stop>;

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure), None)
    }
}
impl From<Box<Failure>> for Stop {
    fn from(failure: Box<Failure>) -> Self {
        Self::Failure(failure, None)
    }
}
impl From<std::io::Error> for Stop {
    fn from(fault: std::io::Error) -> Self {
        Self::Output(fault)
    }
}

/// The command line cannot be understood.
pub(crate) fn usage(message: impl Into<String>, input: impl Into<String>) -> Failure {
    Failure::new(Phase::Detect, Code::UsageInvalid, message, input)
}
