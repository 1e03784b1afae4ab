//! What goes into the journal and what comes out, with the bounds that every entry keeps.
//!
//! Bounds are checked in the caller's thread: the writer never spends time on a batch that cannot be stored.

use crate::JournalError;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// Longest name of a stream, a collection, a key, a group or a kind, in bytes.
pub(crate) const MAX_NAME: usize = 256;
/// Largest body of one event or document, in bytes. A plan with its evidence stays far below.
pub(crate) const MAX_BODY: usize = 4 << 20;
/// Most events, and most documents, of one batch.
pub(crate) const MAX_ENTRIES: usize = 4096;

/// An event that is to be appended. Its sequence number is the journal's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What kind of event; the journal does not look at it.
    pub kind: String,
    /// When it happened, kept to the microsecond; `None` is when it is written. A caller that projects events says it,
    /// so that its projection and a later replay agree.
    pub at: Option<Timestamp>,
    /// JSON text.
    pub body: String,
}

impl NewEvent {
    /// From anything that serialises to JSON; happens when it is written.
    pub fn new(kind: impl Into<String>, body: &impl Serialize) -> Result<Self, JournalError> {
        Ok(Self { kind: kind.into(), at: None, body: to_json(body)? })
    }
    /// Happened at this time.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

/// A projection of events, by collection and key. Writing it again replaces it and keeps its place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which set it belongs to ("deployments").
    pub collection: String,
    /// Unique in its collection.
    pub key: String,
    /// What [`Filter::group`] asks for (the resource of a deployment).
    pub group: Option<String>,
    /// What [`Filter::active`] asks for (a deployment that is not over).
    pub active: bool,
    /// JSON text.
    pub body: String,
}

impl Document {
    /// From anything that serialises to JSON; without a group, and not active.
    pub fn new(
        collection: impl Into<String>,
        key: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, JournalError> {
        let body = to_json(body)?;
        Ok(Self { collection: collection.into(), key: key.into(), group: None, active: false, body })
    }
    /// In a group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
    /// Active or not.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }
}

/// What is written in one step: all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Where the events go. May stay empty when there are no events.
    pub stream: String,
    /// The last sequence number that the caller knows of; another one refuses the batch. `None` does not ask.
    pub expect: Option<u64>,
    /// Appended in this order.
    pub events: Vec<NewEvent>,
    /// Written after the events.
    pub documents: Vec<Document>,
    /// Documents that go, by collection and key. One that is not there is not an error.
    pub remove: Vec<(String, String)>,
}

impl Batch {
    /// A batch of events for one stream.
    pub fn of(stream: impl Into<String>, events: Vec<NewEvent>) -> Self {
        Self { stream: stream.into(), events, ..Self::default() }
    }
    /// Refuse it unless this is the stream's last sequence number.
    #[must_use]
    pub fn expecting(mut self, last: u64) -> Self {
        self.expect = Some(last);
        self
    }
    /// Writes a document in the same step.
    #[must_use]
    pub fn with(mut self, document: Document) -> Self {
        self.documents.push(document);
        self
    }
    /// Removes a document in the same step.
    #[must_use]
    pub fn without(mut self, collection: impl Into<String>, key: impl Into<String>) -> Self {
        self.remove.push((collection.into(), key.into()));
        self
    }

    /// Bytes of its bodies, for the size of a group commit.
    pub(crate) fn weight(&self) -> usize {
        self.events.iter().map(|e| e.body.len()).chain(self.documents.iter().map(|d| d.body.len())).sum()
    }

    pub(crate) fn check(&self) -> Result<(), JournalError> {
        if !self.events.is_empty() || self.expect.is_some() || !self.stream.is_empty() {
            name("stream", &self.stream)?;
        }
        for (what, n) in
            [("events", self.events.len()), ("documents", self.documents.len()), ("removals", self.remove.len())]
        {
            if n > MAX_ENTRIES {
                return Err(JournalError::Refused { what: format!("{n} {what} in one batch, at most {MAX_ENTRIES}") });
            }
        }
        for event in &self.events {
            name("kind", &event.kind)?;
            body(&event.kind, &event.body)?;
        }
        for document in &self.documents {
            name("collection", &document.collection)?;
            name("key", &document.key)?;
            if let Some(group) = &document.group {
                name("group", group)?;
            }
            body(&document.key, &document.body)?;
        }
        self.remove.iter().try_for_each(|(collection, key)| name("collection", collection).and(name("key", key)))
    }
}

/// An event as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Position in its stream, from 1, without gaps.
    pub seq: u64,
    /// The wall clock when it happened, as far as the caller said it, else when it was written. A clock can jump: the
    /// order is that of `seq`.
    pub at: Timestamp,
    /// What kind of event.
    pub kind: String,
    /// JSON text.
    pub body: String,
}

impl Stored {
    /// The body as a type. An event that does not fit its type is a damaged or foreign journal.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JournalError> {
        from_json(&self.body, &format!("event {} of kind {}", self.seq, self.kind))
    }
}

/// A document as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Unique in its collection.
    pub key: String,
    /// Its group.
    pub group: Option<String>,
    /// Its flag.
    pub active: bool,
    /// JSON text.
    pub body: String,
    /// When it was last written.
    pub updated_at: Timestamp,
}

impl StoredDocument {
    /// The body as a type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JournalError> {
        from_json(&self.body, &format!("document {}", self.key))
    }
}

/// Which documents of a collection. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this group.
    pub group: Option<String>,
    /// Only with this flag.
    pub active: Option<bool>,
    /// Only those that were first written before the document with this key: the cursor of a listing.
    pub before: Option<String>,
    /// At most so many.
    pub limit: Option<u32>,
}

fn name(what: &str, text: &str) -> Result<(), JournalError> {
    if text.is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
        let shown: String = text.chars().take(40).collect();
        let rule = format!("has 1 to {MAX_NAME} bytes and no control characters");
        return Err(JournalError::Refused { what: format!("{what} {shown:?}: a name {rule}") });
    }
    Ok(())
}

fn body(of: &str, text: &str) -> Result<(), JournalError> {
    if text.len() > MAX_BODY {
        let what = format!("the body of {of:?} has {} bytes, at most {MAX_BODY}", text.len());
        return Err(JournalError::Refused { what });
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map(|_| ())
        .map_err(|e| JournalError::Refused { what: format!("the body of {of:?} is not JSON: {e}") })
}

fn to_json(body: &impl Serialize) -> Result<String, JournalError> {
    serde_json::to_string(body).map_err(|e| JournalError::Refused { what: format!("not expressible as JSON: {e}") })
}

fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|e| JournalError::Unreadable { what: what.to_owned(), why: e.to_string() })
}
