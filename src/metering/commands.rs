//! Recording charges (O-CORE-12).

use std::collections::{HashMap, HashSet};

use entities::{
    charge,
    types::{CustomerId, Month},
};
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryTrait,
    sea_query::{OnConflict, Query},
};

use super::{
    quiet,
    rules::{self, Charge, Refusal},
};
use crate::{
    budgets::{
        alerts::{self, SettledCustomer},
        rules::{Settled, settle},
    },
    customers::{commands::save_in, standing::Standing},
    feed,
    outcome::{Fault, Outcome, Refusal as Reason},
    store::{Command, Store, Tx},
    trail,
};

/// Records charges with all that follows from them. A bad line is reported and harms no other.
pub struct RecordCharges {
    /// The lines.
    pub lines: Vec<Charge>,
}

/// What became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Lines recorded.
    pub recorded: usize,
    /// Lines whose id was recorded before.
    pub duplicates: usize,
    /// Lines not recorded, with the reason.
    pub rejected: Vec<(String, Reason)>,
}

/// Records charges: those that are [quiet] at once, the others with all that follows from them.
pub async fn record(store: &Store, lines: Vec<Charge>) -> Outcome<Recorded> {
    let quiet = quiet::record(store, lines).await?;
    let mut answer = match quiet.rest {
        rest if rest.is_empty() => Recorded::default(),
        lines => store.execute(RecordCharges { lines }).await?,
    };
    answer.recorded += quiet.recorded;
    answer.duplicates += quiet.duplicates;
    Ok(answer)
}

/// Records one charge with all that follows from it, in the caller's transaction: what an order costs once it is paid. Its
/// customer is locked by the caller.
///
/// # Refusals
/// those of a line; an id that was recorded before is a fault, because the caller should have known
pub async fn record_one_in(tx: &mut Tx, charge: Charge) -> Outcome<()> {
    let mut recorded = RecordCharges { lines: vec![charge] }.run_in(tx).await?;
    match recorded.rejected.pop() {
        Some((_, refusal)) => Err(refusal.into()),
        None if recorded.recorded == 1 => Ok(()),
        None => Err(Fault::because("a charge was recorded twice").into()),
    }
}

impl Command for RecordCharges {
    type Output = Recorded;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Recorded> {
        let mut answer = Recorded::default();
        let mut seen = HashSet::new();
        let mut lines = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            match rules::check(line, tx.now()) {
                Err(refusal) => answer.reject(line, &refusal),
                Ok(()) if !seen.insert(line.charge_id.as_str()) => answer.duplicates += 1,
                Ok(()) => lines.push(line),
            }
        }

        let mut ids: Vec<CustomerId> = lines.iter().map(|line| line.customer).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut customers: HashMap<CustomerId, SettledCustomer> = tx
            .lock_customers_in(Condition::all(), &ids)
            .await?
            .into_iter()
            .map(|row| {
                let after = Standing::of(&row).in_month(tx.month());
                (row.id, SettledCustomer { row, after, settled: Settled::default() })
            })
            .collect();
        lines.retain(|line| match customers.get(&line.customer) {
            None => {
                answer.reject(line, &Refusal::UnknownCustomer(line.customer.to_string()));
                false
            }
            Some(_) => true,
        });
        drop_what_does_not_fit(tx, &mut lines, &customers, &mut answer);

        let new = insert_in(tx, &lines).await?;
        answer.recorded = new.len();
        answer.duplicates += lines.len() - new.len();
        for line in lines.into_iter().filter(|line| new.contains(&line.charge_id)) {
            if let Some(customer) = customers.get_mut(&line.customer) {
                let fits = add(tx, &mut customer.after, line);
                debug_assert!(fits, "what does not fit was dropped before");
            }
        }
        let customers: Vec<SettledCustomer> = customers
            .into_values()
            .filter(|customer| customer.after != Standing::of(&customer.row))
            .map(|mut customer| {
                let before = Standing::of(&customer.row);
                customer.settled = settle(&before, &mut customer.after, tx.now());
                customer
            })
            .collect();
        save_in(tx, customers.iter().map(|customer| (customer.row.id, &customer.after))).await?;
        let effects = alerts::apply_in(tx, &customers).await?;
        trail::append_in(tx, effects.entries).await?;
        feed::append_in(tx, effects.facts).await?;
        Ok(answer)
    }
}

impl Recorded {
    fn reject(&mut self, line: &Charge, refusal: &Refusal) {
        self.rejected.push((line.charge_id.clone(), Reason::of(refusal)));
    }
}

/// The month that a charge belongs to. A meter's clock may run ahead of ours, never our month.
fn month_of(tx: &Tx, line: &Charge) -> Month {
    tx.calendar().month_of(line.occurred_at).min(tx.month())
}

fn add(tx: &Tx, standing: &mut Standing, line: &Charge) -> bool {
    rules::add(standing, line.occurred_at, month_of(tx, line), line.list_price, line.settled_monthly)
}

/// Rejects lines whose customer's sums would leave the range, before anything is written: amounts are bounded far above
/// what anybody spends, so this keeps out nonsense and overflow.
fn drop_what_does_not_fit(
    tx: &Tx,
    lines: &mut Vec<&Charge>,
    customers: &HashMap<CustomerId, SettledCustomer>,
    answer: &mut Recorded,
) {
    let mut trial: HashMap<CustomerId, Standing> = HashMap::new();
    lines.retain(|line| {
        let Some(customer) = customers.get(&line.customer) else { return false };
        let standing = trial.entry(line.customer).or_insert_with(|| customer.after.clone());
        let fits = add(tx, standing, line);
        if !fits {
            answer.reject(line, &Refusal::TooLarge);
        }
        fits
    });
}

/// Inserts charges in one statement; returns the ids of those that were new.
async fn insert_in(tx: &Tx, lines: &[&Charge]) -> Result<HashSet<String>, DbErr> {
    if lines.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = lines.iter().map(|line| {
        charge::Model {
            charge_id: line.charge_id.clone(),
            customer_id: line.customer,
            product_type: line.product_type.clone(),
            billing_mode: line.billing_mode,
            list_price: line.list_price,
            occurred_at: line.occurred_at,
            month: month_of(tx, line),
            settled_monthly: line.settled_monthly,
            recorded_at: tx.now(),
        }
        .into_active_model()
    });
    let mut insert = charge::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(charge::Column::ChargeId).do_nothing().to_owned())
        .into_query();
    insert.returning(Query::returning().column(charge::Column::ChargeId));
    let new = tx.db().query_all(&insert).await?;
    new.iter().map(|row| row.try_get_by_index(0)).collect()
}
