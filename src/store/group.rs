//! Group commit for SQLite: one writer that runs the changes which wait in one transaction, and flushes them together.
//!
//! SQLite has one writer anyway, and what a change costs there is the flush. Each change of a group runs in a savepoint of
//! its own, so that one which is refused or fails takes no other with it, and is answered when the group has committed.
//! A change that finds nobody waiting does not wait either. PostgreSQL groups commits by itself.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
use tokio::sync::{mpsc, oneshot};

use super::transaction::{Bounds, Command, Lost, Notes, Tx, begin};
use crate::{
    clock::{Calendar, Clock},
    outcome::{Error, Fault, Outcome},
};

/// Changes of one group: what bounds the time that the first one waits for the flush.
const MOST: usize = 64;
/// Changes that may wait; more wait before the queue.
const QUEUE: usize = 1_024;

/// The way to the one writer.
#[derive(Clone)]
pub(super) struct Group(mpsc::Sender<Box<dyn Member>>);

/// A change that waits.
trait Member: Send {
    /// Runs it in a savepoint, which is released or rolled back. Whether the group is still there.
    fn run(&mut self, savepoint: Tx) -> BoxFuture<'_, bool>;
    /// Answers, now that the group has committed or failed.
    fn answer(self: Box<Self>, committed: Result<(), DbErr>);
}

impl Group {
    /// Starts the writer; it ends with the last of the ways to it.
    pub(super) fn start(db: DatabaseConnection, clock: Clock, calendar: Calendar) -> Self {
        let (way, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(db, clock, calendar, queue));
        Self(way)
    }

    /// Runs a change with whatever else waits.
    pub(super) async fn run<C: Command>(&self, command: Arc<C>, bounds: Bounds) -> Outcome<(C::Output, Notes)> {
        let (tell, hear) = oneshot::channel();
        let member = Waiting { command, bounds, outcome: None, tell };
        let gone = || Error::Fault(Fault::because("the writer has ended"));
        self.0.send(Box::new(member)).await.map_err(|_| gone())?;
        hear.await.map_err(|_| gone())?
    }
}

struct Waiting<C: Command> {
    command: Arc<C>,
    bounds: Bounds,
    outcome: Option<Outcome<(C::Output, Notes)>>,
    tell: oneshot::Sender<Outcome<(C::Output, Notes)>>,
}

impl<C: Command> Member for Waiting<C> {
    fn run(&mut self, savepoint: Tx) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let run = AssertUnwindSafe(savepoint.run(&*self.command, &self.bounds)).catch_unwind().await;
            let run = run.unwrap_or_else(|_| Err(Error::Fault(Fault::because("a change panicked"))));
            let is_lost = matches!(&run, Err(Error::Fault(fault)) if fault.0.is::<Lost>());
            self.outcome = Some(run);
            !is_lost
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), DbErr>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or_else(|| Err(Error::Fault(Fault::because("a change was not run")))),
            Err(error) => Err(error.into()),
        };
        // An error means that nobody waits any longer.
        let _ = self.tell.send(outcome);
    }
}

async fn write(db: DatabaseConnection, clock: Clock, calendar: Calendar, mut queue: mpsc::Receiver<Box<dyn Member>>) {
    while let Some(first) = queue.recv().await {
        let mut members = vec![first];
        let committed = run_group(&db, &clock, calendar, &mut members, &mut queue).await;
        for member in members {
            member.answer(committed.clone());
        }
    }
}

/// Runs the first member, and whoever waits by then, in one transaction. Not committed, it is rolled back. Where SQLite
/// has ended it by itself, as for want of room, nobody else may run: it would be committed alone, and told otherwise.
async fn run_group(
    db: &DatabaseConnection,
    clock: &Clock,
    calendar: Calendar,
    members: &mut Vec<Box<dyn Member>>,
    queue: &mut mpsc::Receiver<Box<dyn Member>>,
) -> Result<(), DbErr> {
    let group = begin(db).await?;
    let mut next = 0;
    while let Some(member) = members.get_mut(next) {
        if !member.run(Tx::within(group.begin().await?, clock.now(), calendar)).await {
            return Err(DbErr::Custom("the transaction is lost with one of its changes".to_owned()));
        }
        next += 1;
        if next < MOST {
            members.extend(queue.try_recv());
        }
    }
    group.commit().await
}
