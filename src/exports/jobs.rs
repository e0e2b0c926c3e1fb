//! Writing exports, on the node that has the duty of jobs; and removing their files.

use std::{collections::HashMap, time::Duration};

use entities::{
    export,
    types::{ExportId, ExportState, Timestamp},
};
use sea_orm::{ColumnTrait, sea_query::ExprTrait};
use tokio::task::{self, JoinSet};

use super::{
    commands::{Begin, Removed},
    key_of_attempt, queries,
    run::Run,
};
use crate::{
    app::App,
    files::Files,
    outcome::{Error, Fault, Outcome},
    store::{Fence, Store, TakenOver},
};

/// Exports that are written at once: enough that a long one holds up no other account's.
const AT_ONCE: usize = 4;
/// How often exports are looked for that were asked for on another node.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Exports whose files are removed at once.
const REMOVED_AT_ONCE: u64 = 100;
/// How far the history goes back.
const HISTORY: Duration = Duration::from_secs(90 * 24 * 3_600);

/// Writes exports until the program ends, while this node has the duty.
pub async fn run(app: App) {
    let mut runs = Runs::default();
    loop {
        match app.jobs.fence() {
            None => runs.abandon(None),
            Some(fence) => {
                runs.abandon(Some(fence.epoch));
                if let Err(error) = runs.begin(&app, fence).await {
                    report(error);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = app.exports_asked.notified() => {}
            Some(ended) = runs.running.join_next_with_id(), if !runs.of.is_empty() => runs.note(ended),
        }
    }
}

/// The attempts that run on this node.
#[derive(Default)]
struct Runs {
    running: JoinSet<Outcome<()>>,
    of: HashMap<task::Id, ExportId>,
    epoch: Option<i64>,
}

impl Runs {
    /// Ends what was begun in another life of the duty: whoever has it now begins that anew.
    fn abandon(&mut self, epoch: Option<i64>) {
        if self.epoch != epoch {
            self.running.abort_all();
            self.epoch = epoch;
        }
    }

    async fn begin(&mut self, app: &App, fence: Fence) -> Outcome<()> {
        let store = app.store.fenced(fence);
        while self.of.len() < AT_ONCE {
            let running: Vec<ExportId> = self.of.values().copied().collect();
            let now = store.clock().now();
            if !queries::any_to_begin(store.reader(), fence.epoch, &running, now).await? {
                break;
            }
            let Some(export) = store.execute(Begin { epoch: fence.epoch, running }).await? else { break };
            if export.state == ExportState::Running {
                let id = export.id;
                let run = Run { app: app.clone(), store: store.clone(), export };
                let task = self.running.spawn(run.run());
                self.of.insert(task.id(), id);
            }
        }
        Ok(())
    }

    fn note(&mut self, ended: Result<(task::Id, Outcome<()>), task::JoinError>) {
        let (task, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) if error.is_cancelled() => (error.id(), Ok(())),
            Err(panic) => (panic.id(), Err(Error::Fault(Fault(Box::new(panic))))),
        };
        self.of.remove(&task);
        if let Err(error) = outcome {
            report(error);
        }
    }
}

fn report(error: Error) {
    match error {
        Error::Fault(fault) if fault.0.is::<TakenOver>() => tracing::info!("another node goes on with exports"),
        Error::Fault(fault) => tracing::error!(fault = %fault.0, "an export broke off and is begun again"),
        Error::Refused(refusals) => tracing::error!(?refusals, "an export was refused"),
    }
}

/// Removes files that were kept long enough, and what failed attempts have left; then forgets exports of long ago.
/// Wherever it stops, the next run goes on. Returns how many exports have lost their files.
pub async fn sweep(store: &Store, files: &Files) -> Outcome<u64> {
    let mut gone = 0;
    loop {
        let over = queries::to_remove(store.reader(), store.clock().now(), REMOVED_AT_ONCE).await?;
        if over.is_empty() {
            break;
        }
        for export in &over {
            for attempt in 1..=export.attempts {
                files.remove(&key_of_attempt(export.id, attempt)).await?;
            }
        }
        let removed = store.execute(Removed { ids: over.iter().map(|export| export.id).collect() }).await?;
        if removed == 0 {
            return Err(Fault::because("removed files of exports are not noted").into());
        }
        gone += removed;
    }
    let over =
        |now: Timestamp| export::Column::FinishedAt.lt(now.minus(HISTORY)).and(export::Column::RemovedAt.is_not_null());
    store.forget::<export::Entity>(export::Column::Id, over).await?;
    Ok(gone)
}
