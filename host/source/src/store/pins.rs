//! Which snapshots somebody in this process holds. A deployment holds its snapshot before the journal knows of it;
//! without this a collection for another resource could take it away in between.

use model::Digest;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

#[derive(Debug, Default)]
pub(super) struct Pins(Mutex<HashMap<Digest, Weak<()>>>);

impl Pins {
    /// Held for as long as the value lives.
    pub(super) fn pin(&self, digest: &Digest) -> Arc<()> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pin) = held.get(digest).and_then(Weak::upgrade) {
            return pin;
        }
        let pin = Arc::new(());
        held.insert(digest.clone(), Arc::downgrade(&pin));
        pin
    }

    /// What is held now.
    pub(super) fn held(&self) -> BTreeSet<Digest> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, pin| pin.strong_count() > 0);
        held.keys().cloned().collect()
    }
}
