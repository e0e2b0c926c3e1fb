//! Batch loaders: one set for each request, so that scope and rows die with it. Each turns the single loads of one level
//! of a query into one statement.

mod applications;
mod cloud;
mod development;

use std::{
    collections::HashMap,
    hash::Hash,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
};

use dataloader::{BatchFn, non_cached::Loader};
use entities::{
    account, application, application_step, attachment, budget_alert, invitation, member, order, order_transaction,
    preregistration, resource,
    types::{
        AccountId, AlertId, ApplicationId, AssignedRole, CustomerFacts, CustomerId, InvitationId, MemberId, OrderId,
        PreregistrationId, ResellerId, ResourceId,
    },
};
use futures_util::{FutureExt, future::BoxFuture};

use super::{ahead::Reading, errors::internal};
use crate::{
    access::Viewer,
    accounts, budgets,
    customers::{
        self,
        queries::{CustomerList, CustomerPage, CustomerRow, Under},
        reads::Reads,
    },
    members::{self, queries::RoleRow},
    outcome::Fault,
    records::{
        self,
        queries::{RecordList, RecordPage},
    },
    resellers::{self, queries::ResellerRow, reads::ResellerReads},
    store::Store,
};

/// What a batch answers for each key. The fault of a batch is everybody's.
type Loaded<V> = Result<Option<V>, Arc<Fault>>;

/// Largest batch: what one `IN` list holds.
const MAX_BATCH: usize = 1_000;
/// How often a loader gives way before it runs its batch: the siblings of one level are polled within one turn.
const YIELDS: usize = 3;
/// How often a key is loaded whose batch was lost. An error in a field that is never null takes the fields beside it along,
/// in the middle of what they do; where one of them was loading a batch for all, the crate panics over the keys of those
/// that are still there.
const MAX_LOST: usize = 4;

/// What is to be read of a row, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReadOf<I, R>(pub I, pub R);

/// The open alerts of a customer, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenAlertsOf(pub CustomerId);

/// The movements of an order's money, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransactionsOf(pub OrderId);

/// The resources that an order brought, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResourcesOf(pub OrderId);

/// One page of a list under one parent, as a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageUnder(pub Under, pub Arc<CustomerList>);

/// One page of the records of one subject, as a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordsOf(pub AccountId, pub Arc<RecordList>);

/// The statements behind the loaders, in the viewer's scope.
#[derive(Clone)]
struct Batch {
    store: Store,
    viewer: Arc<Viewer>,
}

/// Made when it is used first: a request uses few.
type Of<K, V> = OnceLock<Loader<K, Loaded<V>, Batch>>;

/// What is being loaded. Boxed, because the engine moves each field of an object in a future that has room for the
/// largest of them.
pub type Loading<'l, T> = BoxFuture<'l, async_graphql::Result<T>>;

/// The loaders of one request.
pub struct Loaders {
    batch: Batch,
    customers: Of<ReadOf<CustomerId, Reads>, Arc<CustomerRow>>,
    resellers: Of<ReadOf<ResellerId, ResellerReads>, Arc<ResellerRow>>,
    accounts: Of<AccountId, Arc<account::Model>>,
    members: Of<MemberId, Arc<member::Model>>,
    roles: Of<AssignedRole, Arc<RoleRow>>,
    alerts: Of<AlertId, Arc<budget_alert::Model>>,
    open_alerts: Of<OpenAlertsOf, Vec<Arc<budget_alert::Model>>>,
    customer_pages: Of<PageUnder, CustomerPage>,
    record_pages: Of<RecordsOf, RecordPage>,
    orders: Of<OrderId, Arc<order::Model>>,
    transactions: Of<TransactionsOf, Arc<Vec<order_transaction::Model>>>,
    resources: Of<ResourceId, Arc<resource::Model>>,
    order_resources: Of<ResourcesOf, Vec<Arc<resource::Model>>>,
    customer_facts: Of<development::FactsOf, CustomerFacts>,
    preregistrations: Of<PreregistrationId, Arc<preregistration::Model>>,
    invitations: Of<InvitationId, Arc<invitation::Model>>,
    applications: Of<ApplicationId, Arc<application::Model>>,
    steps: Of<applications::StepsOf, Vec<Arc<application_step::Model>>>,
    application_files: Of<applications::FilesOf, Arc<Vec<attachment::Model>>>,
}

impl Loaders {
    /// Fresh loaders for a viewer.
    pub fn new(store: &Store, viewer: &Arc<Viewer>) -> Self {
        Self {
            batch: Batch { store: store.clone(), viewer: viewer.clone() },
            customers: OnceLock::new(),
            resellers: OnceLock::new(),
            accounts: OnceLock::new(),
            members: OnceLock::new(),
            roles: OnceLock::new(),
            alerts: OnceLock::new(),
            open_alerts: OnceLock::new(),
            customer_pages: OnceLock::new(),
            record_pages: OnceLock::new(),
            orders: OnceLock::new(),
            transactions: OnceLock::new(),
            resources: OnceLock::new(),
            order_resources: OnceLock::new(),
            applications: OnceLock::new(),
            steps: OnceLock::new(),
            application_files: OnceLock::new(),
            customer_facts: OnceLock::new(),
            preregistrations: OnceLock::new(),
            invitations: OnceLock::new(),
        }
    }

    async fn load<K, V>(&self, of: &Of<K, V>, key: K) -> async_graphql::Result<Option<V>>
    where
        K: Eq + Hash + Clone + std::fmt::Debug,
        V: Clone,
        Batch: BatchFn<K, Loaded<V>>,
    {
        let make = || Loader::new(self.batch.clone()).with_max_batch_size(MAX_BATCH).with_yield_count(YIELDS);
        let loader = of.get_or_init(make);
        for _ in 0..MAX_LOST {
            if let Ok(loaded) = AssertUnwindSafe(loader.try_load(key.clone())).catch_unwind().await {
                return match loaded {
                    Ok(loaded) => loaded.map_err(|fault| internal(&fault)),
                    Err(error) => Err(internal(&Fault(Box::new(error)))),
                };
            }
        }
        Err(internal(&Fault::because("batches were lost again and again")))
    }

    /// A customer in scope, and at least this of it.
    pub fn customer(&self, id: CustomerId, reads: Reads) -> Loading<'_, Option<Arc<CustomerRow>>> {
        Box::pin(self.load(&self.customers, ReadOf(id, reads)))
    }

    /// A reseller in scope, and at least this of it.
    pub fn reseller(&self, id: ResellerId, reads: ResellerReads) -> Loading<'_, Option<Arc<ResellerRow>>> {
        Box::pin(self.load(&self.resellers, ReadOf(id, reads)))
    }

    /// A distributor, provider or the platform, as far as the viewer may see it.
    pub fn account(&self, id: AccountId) -> Loading<'_, Option<Arc<account::Model>>> {
        Box::pin(self.load(&self.accounts, id))
    }

    /// A member of the viewer's own account.
    pub fn member(&self, id: MemberId) -> Loading<'_, Option<Arc<member::Model>>> {
        Box::pin(self.load(&self.members, id))
    }

    /// A role of the viewer's account.
    pub fn role(&self, role: AssignedRole) -> Loading<'_, Option<Arc<RoleRow>>> {
        Box::pin(self.load(&self.roles, role))
    }

    /// An alert in scope.
    pub fn alert(&self, id: AlertId) -> Loading<'_, Option<Arc<budget_alert::Model>>> {
        Box::pin(self.load(&self.alerts, id))
    }

    /// The open alerts of a customer.
    pub fn open_alerts(&self, id: CustomerId) -> Loading<'_, Vec<Arc<budget_alert::Model>>> {
        Box::pin(async move { Ok(self.load(&self.open_alerts, OpenAlertsOf(id)).await?.unwrap_or_default()) })
    }

    /// An order in scope.
    pub fn order(&self, id: OrderId) -> Loading<'_, Option<Arc<order::Model>>> {
        Box::pin(self.load(&self.orders, id))
    }

    /// The movements of money of an order that the viewer was shown.
    pub fn order_transactions(&self, id: OrderId) -> Loading<'_, Arc<Vec<order_transaction::Model>>> {
        Box::pin(async move { Ok(self.load(&self.transactions, TransactionsOf(id)).await?.unwrap_or_default()) })
    }

    /// A resource in scope.
    pub fn resource(&self, id: ResourceId) -> Loading<'_, Option<Arc<resource::Model>>> {
        Box::pin(self.load(&self.resources, id))
    }

    /// The resources that an order brought.
    pub fn order_resources(&self, id: OrderId) -> Loading<'_, Vec<Arc<resource::Model>>> {
        Box::pin(async move { Ok(self.load(&self.order_resources, ResourcesOf(id)).await?.unwrap_or_default()) })
    }

    /// A page of the records of a subject that the viewer was shown.
    pub fn record_page(&self, subject: AccountId, list: RecordList) -> Loading<'_, RecordPage> {
        Box::pin(async move {
            let page = self.load(&self.record_pages, RecordsOf(subject, Arc::new(list))).await?;
            page.ok_or_else(|| internal(&Fault::because("a page of records was not loaded")))
        })
    }

    /// A page of the customers under a partner or distributor.
    pub fn customer_page(&self, under: Under, list: CustomerList) -> Loading<'_, CustomerPage> {
        Box::pin(async move {
            let page = self.load(&self.customer_pages, PageUnder(under, Arc::new(list))).await?;
            page.ok_or_else(|| internal(&Fault::because("a page of customers was not loaded")))
        })
    }
}

/// Gives every key its answer: the row, nothing, or the fault of the batch.
fn answer<K, V, E>(keys: &[K], found: Result<HashMap<K, V>, E>) -> HashMap<K, Loaded<V>>
where
    K: Eq + Hash + Clone,
    E: Into<Fault>,
{
    match found {
        Ok(mut found) => keys.iter().map(|key| (key.clone(), Ok(found.remove(key)))).collect(),
        Err(error) => {
            let fault = Arc::new(error.into());
            keys.iter().map(|key| (key.clone(), Err(fault.clone()))).collect()
        }
    }
}

/// The ids of keys, and what any of them asks for: one statement reads that of all.
fn together<I: Copy, R: Reading>(keys: &[ReadOf<I, R>]) -> (Vec<I>, R) {
    let reads = keys.iter().fold(R::KEYS, |reads, key| reads.and(key.1));
    (keys.iter().map(|key| key.0).collect(), reads)
}

/// The rows that were read, by the keys that asked for them.
fn by_key<I, R, V>(keys: &[ReadOf<I, R>], rows: &HashMap<I, V>) -> HashMap<ReadOf<I, R>, V>
where
    I: Copy + Eq + Hash,
    R: Copy + Eq + Hash,
    V: Clone,
{
    keys.iter().filter_map(|key| Some((*key, rows.get(&key.0)?.clone()))).collect()
}

impl BatchFn<ReadOf<CustomerId, Reads>, Loaded<Arc<CustomerRow>>> for Batch {
    async fn load(
        &mut self,
        keys: &[ReadOf<CustomerId, Reads>],
    ) -> HashMap<ReadOf<CustomerId, Reads>, Loaded<Arc<CustomerRow>>> {
        let (ids, reads) = together(keys);
        let found = customers::queries::by_id(self.store.reader(), &self.viewer, &ids, reads).await;
        answer(keys, found.map(|rows| by_key(keys, &rows)))
    }
}

impl BatchFn<ReadOf<ResellerId, ResellerReads>, Loaded<Arc<ResellerRow>>> for Batch {
    async fn load(
        &mut self,
        keys: &[ReadOf<ResellerId, ResellerReads>],
    ) -> HashMap<ReadOf<ResellerId, ResellerReads>, Loaded<Arc<ResellerRow>>> {
        let (ids, reads) = together(keys);
        let found = resellers::queries::by_id(self.store.reader(), &self.viewer, &ids, reads).await;
        answer(keys, found.map(|rows| by_key(keys, &rows)))
    }
}

impl BatchFn<AccountId, Loaded<Arc<account::Model>>> for Batch {
    async fn load(&mut self, keys: &[AccountId]) -> HashMap<AccountId, Loaded<Arc<account::Model>>> {
        let found = accounts::queries::accounts_by_id(self.store.reader(), keys).await.map(|rows| {
            let visible = rows.into_iter().filter(|(id, row)| self.viewer.may_see_partner(*id, row.kind));
            visible.map(|(id, row)| (id, Arc::new(row))).collect()
        });
        answer(keys, found)
    }
}

impl BatchFn<MemberId, Loaded<Arc<member::Model>>> for Batch {
    async fn load(&mut self, keys: &[MemberId]) -> HashMap<MemberId, Loaded<Arc<member::Model>>> {
        let found = accounts::queries::members_by_id(self.store.reader(), &self.viewer, keys).await;
        answer(keys, found.map(|rows| rows.into_iter().map(|(id, row)| (id, Arc::new(row))).collect()))
    }
}

impl BatchFn<AssignedRole, Loaded<Arc<RoleRow>>> for Batch {
    async fn load(&mut self, keys: &[AssignedRole]) -> HashMap<AssignedRole, Loaded<Arc<RoleRow>>> {
        answer(keys, members::queries::roles(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<AlertId, Loaded<Arc<budget_alert::Model>>> for Batch {
    async fn load(&mut self, keys: &[AlertId]) -> HashMap<AlertId, Loaded<Arc<budget_alert::Model>>> {
        answer(keys, budgets::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<OpenAlertsOf, Loaded<Vec<Arc<budget_alert::Model>>>> for Batch {
    async fn load(&mut self, keys: &[OpenAlertsOf]) -> HashMap<OpenAlertsOf, Loaded<Vec<Arc<budget_alert::Model>>>> {
        let ids: Vec<CustomerId> = keys.iter().map(|key| key.0).collect();
        let month = self.store.calendar().month_of(self.store.clock().now());
        let found = budgets::queries::open_of_customers(self.store.reader(), &self.viewer, month, &ids).await;
        answer(keys, found.map(|rows| rows.into_iter().map(|(id, rows)| (OpenAlertsOf(id), rows)).collect()))
    }
}

impl BatchFn<PageUnder, Loaded<CustomerPage>> for Batch {
    /// Keys that ask for the same list share a statement; one query asks for few different ones.
    async fn load(&mut self, keys: &[PageUnder]) -> HashMap<PageUnder, Loaded<CustomerPage>> {
        let mut lists: HashMap<(std::mem::Discriminant<Under>, Arc<CustomerList>), Vec<Under>> = HashMap::new();
        for PageUnder(under, list) in keys {
            lists.entry((std::mem::discriminant(under), list.clone())).or_default().push(*under);
        }
        let mut answers = HashMap::new();
        for ((_, list), under) in lists {
            let asked: Vec<PageUnder> = under.iter().map(|under| PageUnder(*under, list.clone())).collect();
            let found = customers::queries::pages(&self.store, &self.viewer, &under, &list).await;
            let found = found
                .map(|pages| pages.into_iter().map(|(under, page)| (PageUnder(under, list.clone()), page)).collect());
            answers.extend(answer(&asked, found));
        }
        answers
    }
}

impl BatchFn<RecordsOf, Loaded<RecordPage>> for Batch {
    async fn load(&mut self, keys: &[RecordsOf]) -> HashMap<RecordsOf, Loaded<RecordPage>> {
        let mut lists: HashMap<Arc<RecordList>, Vec<AccountId>> = HashMap::new();
        for RecordsOf(subject, list) in keys {
            lists.entry(list.clone()).or_default().push(*subject);
        }
        let mut answers = HashMap::new();
        for (list, subjects) in lists {
            let asked: Vec<RecordsOf> = subjects.iter().map(|subject| RecordsOf(*subject, list.clone())).collect();
            let found = records::queries::pages(&self.store, &self.viewer, &subjects, &list).await;
            let found =
                found.map(|pages| pages.into_iter().map(|(id, page)| (RecordsOf(id, list.clone()), page)).collect());
            answers.extend(answer(&asked, found));
        }
        answers
    }
}
