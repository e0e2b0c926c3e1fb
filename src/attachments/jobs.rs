//! Cleaning up: files that no application has claimed, uploads that broke off, bytes whose removal a crash has stopped.

use entities::types::AttachmentId;

use super::{
    commands::{Forget, RemoveStale},
    key, queries,
};
use crate::{
    files::Files,
    outcome::{Fault, Outcome},
    store::Store,
};

/// Files whose bytes are removed before their rows are.
const AT_ONCE: u64 = 100;
/// Rows that one transaction marks.
const MARKED_AT_ONCE: u64 = 1_000;

/// Removes what is stale: marks the rows, then removes the bytes, then the rows. Wherever it stops, the next run goes on.
/// Returns how many files are gone.
pub async fn sweep(store: &Store, files: &Files) -> Outcome<u64> {
    store.execute_in_steps(MARKED_AT_ONCE, || RemoveStale { at_once: MARKED_AT_ONCE }).await?;
    let mut gone = 0;
    loop {
        let ids = queries::removed(store.reader(), AT_ONCE).await?;
        if ids.is_empty() {
            return Ok(gone);
        }
        for id in &ids {
            files.remove(&key(*id)).await?;
        }
        let forgotten = store.execute(Forget { ids }).await?;
        if forgotten == 0 {
            return Err(Fault::because("removed files are not forgotten").into());
        }
        gone += forgotten;
    }
}

/// Removes the bytes and the row of a file that was marked as removed. Where that fails, the sweep does it.
pub async fn remove_now(store: &Store, files: &Files, id: AttachmentId) {
    let removed = async {
        files.remove(&key(id)).await?;
        store.execute(Forget { ids: vec![id] }).await.map_err(Fault::from)
    };
    if let Err(fault) = removed.await {
        tracing::warn!(attachment = %id, fault = %fault.0, "a file is left for the sweep");
    }
}
