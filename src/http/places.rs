//! How many sockets, event streams and uploads there may be, in all and of one account, and how many connections of one
//! address; and how the first two are told to end.

use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entities::types::AccountId;
use ipnet::IpNet;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::access::ClientAddress;

/// Uploads that one node receives at once: each holds some megabytes of a file.
const UPLOADS: usize = 32;
/// Those of one account: others find a place beside it.
const UPLOADS_OF_AN_ACCOUNT: usize = 8;

/// The sockets of a server.
#[derive(Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    seats: Seats<AccountId>,
    pub(super) tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Room for `limit` sockets, which end with `shutdown`.
    pub fn new(limit: usize, shutdown: CancellationToken) -> Self {
        let (places, seats) = (Arc::new(Semaphore::new(limit)), Seats::default());
        Self { places, seats, tasks: TaskTracker::new(), shutdown }
    }

    /// A place, if one is left.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// One of the `most` seats of an account, if one is left.
    pub fn seat(&self, account: AccountId, most: usize) -> Option<Seat> {
        self.seats.take(account, most)
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

/// The room for uploads.
#[derive(Clone)]
pub struct Uploads {
    places: Arc<Semaphore>,
    seats: Seats<AccountId>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(UPLOADS)), seats: Seats::default() }
    }
}

/// Why an upload has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    /// The account has as many as it may.
    OfAccount,
    /// The node has.
    OfNode,
}

impl Uploads {
    /// Room for an upload of an account, for as long as what is returned is kept.
    pub fn room(&self, account: AccountId) -> Result<(Seat, OwnedSemaphorePermit), NoRoom> {
        let seat = self.seats.take(account, UPLOADS_OF_AN_ACCOUNT).ok_or(NoRoom::OfAccount)?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| NoRoom::OfNode)?;
        Ok((seat, place))
    }
}

/// Accounts whose turns are kept in mind: a hundred bytes each. One that is forgotten begins anew.
const ACCOUNTS: usize = 50_000;

/// How many operations of one account are executed at once: so that the connections to the database are not all its.
pub struct Turns {
    at_once: usize,
    accounts: Cache<AccountId, Arc<Semaphore>>,
}

impl Turns {
    /// So many of each account at once.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, accounts: Cache::new(ACCOUNTS) }
    }

    /// Waits for the account's turn, which lasts as long as what is returned is kept.
    pub async fn wait(&self, account: AccountId) -> Option<OwnedSemaphorePermit> {
        let made = || Ok::<_, Infallible>(Arc::new(Semaphore::new(self.at_once)));
        let Ok(turns) = self.accounts.get_or_insert_with(&account, made);
        turns.acquire_owned().await.ok()
    }
}

/// The connections of a server, by the client's address: for IPv6 its /64.
#[derive(Clone)]
pub struct Connections {
    seats: Seats<IpAddr>,
    most: usize,
    proxies: Arc<[IpNet]>,
}

impl Connections {
    /// So many of an address at most, 0 for no bound; as many as there may be in all of these proxies, which ask for others.
    pub fn new(most: usize, proxies: &[IpNet]) -> Self {
        Self { seats: Seats::default(), most, proxies: proxies.into() }
    }

    /// A seat for a connection, if one is left.
    pub fn seat(&self, peer: IpAddr) -> Option<Seat<IpAddr>> {
        let client = ClientAddress::new(peer);
        let is_bound = self.most > 0 && !self.proxies.iter().any(|network| network.contains(&client.ip()));
        self.seats.take(client.network(), if is_bound { self.most } else { usize::MAX })
    }
}

/// What accounts or addresses have taken: seats, or bytes. Who has nothing is not in it.
pub struct Seats<K: Eq + Hash>(Arc<Mutex<HashMap<K, usize>>>);

impl<K: Eq + Hash> Default for Seats<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash> Clone for Seats<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Eq + Hash + Copy> Seats<K> {
    /// Nothing yet, for somebody who is about to take some.
    pub fn none(&self, whose: K) -> Seat<K> {
        Seat { whose, taken: 0, of: self.clone() }
    }

    fn take(&self, whose: K, most: usize) -> Option<Seat<K>> {
        let mut seat = self.none(whose);
        seat.grow(1, most).then_some(seat)
    }
}

impl<K: Eq + Hash> Seats<K> {
    /// Whether nobody has anything.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an account or address has taken; free again when it is dropped.
pub struct Seat<K: Eq + Hash + Copy = AccountId> {
    whose: K,
    taken: usize,
    of: Seats<K>,
}

impl<K: Eq + Hash + Copy> Seat<K> {
    /// Takes so much more, if it is then not more than this that whoever it is has in all.
    pub fn grow(&mut self, by: usize, most: usize) -> bool {
        let mut all = self.of.lock();
        let taken = all.get(&self.whose).copied().unwrap_or_default() + by;
        if taken > most {
            return false;
        }
        all.insert(self.whose, taken);
        self.taken += by;
        true
    }
}

impl<K: Eq + Hash + Copy> Drop for Seat<K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.of.lock().entry(self.whose) {
            *count.get_mut() -= self.taken;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use entities::types::Timestamp;
    use tokio::time::timeout;

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
        assert!(sockets.seat(account, 0).is_none());
        assert!(sockets.seats.is_empty());
    }

    #[test]
    fn an_address_has_its_connections_and_a_proxy_has_more() {
        let connections = Connections::new(1, &["10.0.0.0/8".parse().expect("a network")]);
        let seat = |address: &str| connections.seat(address.parse().expect("an address"));
        let taken = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "10.0.0.1", "10.0.0.1", "::ffff:10.0.0.1"].map(seat);
        assert!(taken.iter().all(Option::is_some));
        assert!(seat("192.0.2.1").is_none() && seat("::ffff:192.0.2.1").is_none());
        assert!(seat("2001:db8::2").is_none() && seat("2001:db8:0:1::1").is_some());
        drop(taken);
        assert!(seat("192.0.2.1").is_some() && connections.seats.lock().is_empty());
        let unbound = Connections::new(0, &[]);
        let many = [(); 9].map(|()| unbound.seat(IpAddr::from([192, 0, 2, 1])));
        assert!(many.iter().all(Option::is_some));
    }

    #[tokio::test]
    async fn an_account_waits_its_turn_and_holds_up_no_other() {
        let (turns, soon) = (Turns::new(2), Duration::from_millis(50));
        let [busy, other] = [1, 2].map(|micros| AccountId::new(Timestamp::from_micros(micros)));
        let (first, second) = (turns.wait(busy).await, turns.wait(busy).await);
        assert!(first.is_some() && second.is_some());
        assert!(timeout(soon, turns.wait(busy)).await.is_err(), "two at once");
        assert!(timeout(soon, turns.wait(other)).await.is_ok());
        drop(first);
        assert!(timeout(soon, turns.wait(busy)).await.is_ok());
    }

    #[test]
    fn no_account_takes_all_the_room_for_uploads() {
        let uploads = Uploads::default();
        let accounts: Vec<AccountId> = (0..=4).map(|_| AccountId::new(Timestamp::from_micros(0))).collect();
        let of = |account: AccountId| uploads.room(account);
        let mut taken = Vec::new();
        for account in &accounts[..4] {
            taken.extend((0..UPLOADS_OF_AN_ACCOUNT).map(|_| of(*account).unwrap_or_else(|none| panic!("{none:?}"))));
            assert_eq!(of(*account).err(), Some(NoRoom::OfAccount));
        }
        assert_eq!(of(accounts[4]).err(), Some(NoRoom::OfNode));
        taken.pop();
        assert!(of(accounts[4]).is_ok());
    }
}
