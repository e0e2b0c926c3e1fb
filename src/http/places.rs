//! How many sockets and event streams there may be, in all and of one account; and how they are told to end.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entities::types::AccountId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

type Taken = Arc<Mutex<HashMap<AccountId, usize>>>;

/// The sockets of a server.
#[derive(Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    taken: Taken,
    pub(super) tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Room for `limit` sockets, which end with `shutdown`.
    pub fn new(limit: usize, shutdown: CancellationToken) -> Self {
        let (places, taken) = (Arc::new(Semaphore::new(limit)), Taken::default());
        Self { places, taken, tasks: TaskTracker::new(), shutdown }
    }

    /// A place, if one is left.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// One of the `most` seats of an account, if one is left.
    pub fn seat(&self, account: AccountId, most: usize) -> Option<Seat> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(account).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { account, taken: self.taken.clone() })
    }

    /// Whether the server goes down.
    pub fn is_going_down(&self) -> bool {
        self.shutdown.is_cancelled()
    }

    /// Rings when the server goes down.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Waits until all have ended.
    pub async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn lock(taken: &Mutex<HashMap<AccountId, usize>>) -> MutexGuard<'_, HashMap<AccountId, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A seat of an account; free again when it is dropped.
pub struct Seat {
    account: AccountId,
    taken: Taken,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.taken).entry(self.account) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_seats_and_gets_them_back() {
        let sockets = Sockets::new(9, CancellationToken::new());
        let account = AccountId::default();
        let first = sockets.seat(account, 2).expect("a seat");
        let second = sockets.seat(account, 2);
        assert!(second.is_some() && sockets.seat(account, 2).is_none());
        drop(first);
        assert!(sockets.seat(account, 2).is_some());
        drop(second);
        assert!(lock(&sockets.taken).is_empty());
    }
}
