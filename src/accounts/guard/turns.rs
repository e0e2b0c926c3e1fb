//! Taking turns, on this node: a try stands as a failure while it is compared, so of those that are right few may stand at
//! once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::outcome::Fault;

type Queues = Arc<Mutex<HashMap<Vec<u8>, Arc<Semaphore>>>>;

/// The queues of names and addresses that are being tried; those of others are not there.
#[derive(Clone, Default)]
pub struct Turns(Queues);

/// A turn; the next begins when it is dropped.
#[derive(Debug)]
pub struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    key: Vec<u8>,
    queues: Queues,
}

impl Turns {
    /// Waits until fewer than `at_once` others have a turn by this key.
    pub async fn wait(&self, key: &[u8], at_once: usize) -> Result<Turn, Fault> {
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queues.entry(key.to_vec()).or_insert_with(|| Arc::new(Semaphore::new(at_once))).clone()
        };
        let permit = queue.acquire_owned().await.map_err(|error| Fault(Box::new(error)))?;
        Ok(Turn { permit: Some(permit), key: key.to_vec(), queues: self.0.clone() })
    }
}

impl Drop for Turn {
    /// The last one takes the queue away. Whoever waits holds the queue, and comes to hold a turn before it is empty.
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if queues.get(&self.key).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            queues.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn as_many_at_once_as_are_allowed_and_nothing_is_left_behind() {
        let turns = Turns::default();
        let (one, two) = (turns.wait(b"a", 2).await.expect("a turn"), turns.wait(b"a", 2).await.expect("a turn"));
        let other = turns.wait(b"b", 1).await.expect("a turn");
        let third = turns.wait(b"a", 2);
        tokio::pin!(third);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut third).await.is_err(), "it waits");
        drop(one);
        let third = third.await.expect("a turn");
        {
            // One that gives up waiting.
            let _ = tokio::time::timeout(Duration::from_millis(20), turns.wait(b"b", 1)).await;
        }
        drop((two, third, other));
        assert!(turns.0.lock().expect("not poisoned").is_empty());
    }
}
