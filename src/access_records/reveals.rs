//! What a request reveals, until it is recorded.

use std::sync::Mutex;

use entities::types::AccessRecordKind;

use super::{Entry, Subject, append_in};
use crate::{
    access::{ClientAddress, Viewer},
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// Personal data that one request revealed. Written before the answer leaves: an answer whose record cannot be kept is
/// not given.
pub struct Reveals {
    noted: Mutex<Vec<(Subject, &'static str)>>,
    address: ClientAddress,
}

impl Reveals {
    /// Nothing yet, of a request from this address.
    pub fn to(address: ClientAddress) -> Self {
        Self { noted: Mutex::default(), address }
    }

    /// Notes that a field of a subject was revealed.
    pub fn note(&self, subject: Subject, field: &'static str) {
        self.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((subject, field));
    }

    /// Writes what was noted since the last time.
    pub async fn write(&self, store: &Store, viewer: &Viewer) -> Outcome<()> {
        let noted = std::mem::take(&mut *self.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        let record = |(subject, field)| {
            Entry::by(viewer, AccessRecordKind::Revealed).about(subject).field(field).from(self.address)
        };
        store.execute(KeepReveals(noted.into_iter().map(record).collect())).await
    }
}

struct KeepReveals(Vec<Entry>);

impl Command for KeepReveals {
    type Output = ();
    const BESIDE: bool = true;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        append_in(tx, self.0.clone()).await?;
        Ok(())
    }
}
