//! How much an account and an address may ask for within a minute (docs/decisions/0032).
//!
//! Accounts have a budget of cost, addresses of those who are not signed in one of requests. A budget may be used at
//! once and comes back evenly. Each node counts for itself, in memory that is bounded: where more accounts or addresses
//! come than there is room for, those that were not seen for longest begin anew.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use entities::types::AccountId;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};
use quick_cache::sync::Cache;

use crate::{access::ClientAddress, config::Rates, graphql::check::Refused, graphql::errors::code};

/// Accounts and addresses that are kept: some 100 bytes each.
const KEPT: usize = 50_000;
const MINUTE: u32 = 60;

/// What is left of a budget, told in headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    policy: Policy,
    limit: u32,
    remaining: u32,
    /// Seconds until all of it is there again, or until what was refused fits.
    reset_secs: u32,
    cost: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Cost,
    Requests,
}

impl Policy {
    fn word(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Requests => "requests",
        }
    }
}

impl Left {
    /// What remains of the budget.
    pub fn remaining(self) -> u32 {
        self.remaining
    }

    /// Tells it, in the words of the IETF's draft of rate-limit headers.
    pub fn tell(self, headers: &mut HeaderMap) {
        let Self { policy, limit, remaining, reset_secs, cost } = self;
        let policy = policy.word();
        let mut insert = |name: &'static str, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        insert("ratelimit-policy", format!("\"{policy}\";q={limit};w={MINUTE}"));
        insert("ratelimit", format!("\"{policy}\";r={remaining};t={reset_secs};partner-center-cost={cost}"));
    }
}

/// Adds `Retry-After` where a refusal knows it.
pub fn tell_when(refused: &Refused, headers: &mut HeaderMap) {
    if let Some(seconds) = refused.figure(RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// The figure of a refusal that says in how many seconds it is worth a try.
const RETRY_AFTER: &str = "retryAfter";

/// The budgets of a node.
pub struct Budgets {
    accounts: Option<Budget<AccountId>>,
    /// What is executed for the streams of accounts: of its own, so that no script of theirs delays an alert.
    streams: Option<Budget<AccountId>>,
    addresses: Option<Budget<IpAddr>>,
}

/// What came of spending: whether there was enough, and what is left. Nothing is told where there is no bound.
pub type Spent = (Result<(), Refused>, Option<Left>);

impl Budgets {
    /// All of them full.
    pub fn new(rates: &Rates) -> Self {
        Self {
            accounts: Budget::new(Policy::Cost, rates.account_cost),
            streams: Budget::new(Policy::Cost, rates.account_cost),
            addresses: Budget::new(Policy::Requests, rates.address_requests),
        }
    }

    /// Spends from an account's.
    pub fn of_account(&self, account: AccountId, cost: u32) -> Spent {
        self.accounts.as_ref().map_or((Ok(()), None), |budget| budget.spend(&account, cost))
    }

    /// Whether an account has nothing left.
    pub fn is_spent(&self, account: AccountId) -> bool {
        self.accounts.as_ref().is_some_and(|budget| budget.is_spent(&account))
    }

    /// How long an account's streams must wait before something of this cost may be executed for them; spent where that
    /// is not at all.
    pub fn wait_of_streams(&self, account: AccountId, cost: u32) -> Option<Duration> {
        let (spent, left) = self.streams.as_ref()?.spend(&account, cost);
        spent.err().and(left).map(|left| Duration::from_secs(left.reset_secs.into()))
    }

    /// Spends one request from an address's.
    pub fn of_address(&self, address: ClientAddress) -> Spent {
        self.addresses.as_ref().map_or((Ok(()), None), |budget| budget.spend(&address.network(), 1))
    }
}

type Limiter<K> = RateLimiter<K, Kept<K>, MonotonicClock, StateInformationMiddleware>;

struct Budget<K: Hash + Eq + Clone> {
    policy: Policy,
    limit: NonZeroU32,
    limiter: Limiter<K>,
    /// Those of the limiter.
    states: Kept<K>,
    began: Instant,
}

impl<K: Hash + Eq + Clone> Budget<K> {
    fn new(policy: Policy, per_minute: u32) -> Option<Self> {
        let limit = NonZeroU32::new(per_minute)?;
        let states = Kept(Arc::new(Cache::new(KEPT)));
        let limiter = RateLimiter::new(Quota::per_minute(limit), states.clone(), MonotonicClock);
        Some(Self { policy, limit, limiter, states, began: Instant::now() })
    }

    /// Whether there is nothing left; spends nothing.
    fn is_spent(&self, key: &K) -> bool {
        let Some(state) = self.states.0.get(key) else { return false };
        // What is kept is when the budget would be full again, counted from the limiter's beginning.
        let read = state.measure_and_replace(&NotKeyed::NonKey, Err::<((), Nanos), _>);
        let Err(Some(full_at)) = read else { return false };
        let minute = Duration::from_secs(MINUTE.into());
        Duration::from(full_at) + minute / self.limit.get() > self.began.elapsed() + minute
    }

    fn spend(&self, key: &K, cost: u32) -> Spent {
        // What costs more than a whole budget is let through when all of it is there.
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.limit);
        let (policy, limit) = (self.policy, self.limit.get());
        let left = |remaining, reset_secs| Left { policy, limit, remaining, reset_secs, cost: cost.get() };
        let told = match self.limiter.check_key_n(key, cost) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                let missing = u64::from(limit.saturating_sub(remaining)) * u64::from(MINUTE);
                let reset_secs = u32::try_from(missing.div_ceil(u64::from(limit))).unwrap_or(MINUTE);
                return (Ok(()), Some(left(remaining, reset_secs)));
            }
            Ok(Err(not_yet)) => not_yet.wait_time_from(MonotonicClock.now()),
            Err(_) => Duration::from_secs(MINUTE.into()),
        };
        let seconds = u32::try_from(told.as_secs()).unwrap_or(MINUTE).saturating_add(1);
        let what = match policy {
            Policy::Cost => format!("this account may spend a cost of {limit} a minute"),
            Policy::Requests => format!("this address may send {limit} requests a minute without signing in"),
        };
        let refused = Refused::new(code::TOO_MANY_REQUESTS, format!("{what}: try again in {seconds} seconds"))
            .with(RETRY_AFTER, seconds.into())
            .with("limit", limit.into());
        (Err(refused), Some(left(0, seconds)))
    }
}

/// The states of the algorithm, in bounded memory.
struct Kept<K>(Arc<Cache<K, Arc<InMemoryState>>>);

impl<K> Clone for Kept<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Hash + Eq + Clone> StateStore for Kept<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let state = self.0.get(key).unwrap_or_else(|| {
            let made = self.0.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default()));
            match made {
                Ok(state) => state,
            }
        });
        state.measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

#[cfg(test)]
mod tests {
    use entities::types::Timestamp;

    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress::new(text.parse().expect("an address"))
    }

    #[test]
    fn a_budget_is_spent_at_once_refused_beyond_and_each_address_has_its_own() {
        let budgets = Budgets::new(&Rates { account_cost: 0, address_requests: 3 });
        for remaining in [2, 1, 0] {
            let (spent, left) = budgets.of_address(address("2001:db8::1"));
            assert!(spent.is_ok());
            assert_eq!(left.map(Left::remaining), Some(remaining));
        }
        let (refused, _) = budgets.of_address(address("2001:db8::2"));
        let refused = refused.expect_err("the same /64");
        assert_eq!(refused.code, code::TOO_MANY_REQUESTS);
        assert!((1..=21).contains(&refused.figure(RETRY_AFTER).expect("a time")));
        assert!(budgets.of_address(address("2001:db8:0:1::1")).0.is_ok());
        assert!(budgets.of_address(address("192.0.2.1")).0.is_ok());
    }

    #[test]
    fn cost_counts_and_without_a_bound_nothing_does() {
        let budgets = Budgets::new(&Rates { account_cost: 100, address_requests: 0 });
        let account = AccountId::default();
        assert_eq!(budgets.of_account(account, 60).1.map(Left::remaining), Some(40));
        assert!(budgets.of_account(account, 60).0.is_err());
        assert!(!budgets.is_spent(account));
        assert!(budgets.of_account(account, 30).0.is_ok(), "what was refused was not spent");
        assert!(!budgets.is_spent(account) && budgets.of_account(account, 10).0.is_ok());
        assert!(budgets.is_spent(account) && !budgets.is_spent(AccountId::new(Timestamp::from_micros(1))));
        for _ in 0..10_000 {
            assert_eq!(budgets.of_address(address("192.0.2.1")), (Ok(()), None));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let kept: Kept<u32> = Kept(Arc::new(Cache::new(100)));
        for key in 0..10_000 {
            let _ = kept.measure_and_replace(&key, |_| Ok::<_, ()>(((), Nanos::from(1))));
        }
        assert!(kept.0.len() <= 100);
    }
}
