//! One attempt at an export: pages are read, written and stored at the same time, none of it in memory as a whole.

use std::{io, sync::Arc};

use bytes::Bytes;
use entities::export;
use futures_util::future;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    commands::{Note, Step},
    key,
    lists::{self, AnyList, PAGE, Source},
    rules,
    sheet::{self, Part},
};
use crate::{
    access::Viewer,
    accounts::queries::identity_of_member,
    app::App,
    files::NotStored,
    outcome::{Error, Fault, Outcome},
    store::{Store, keyset::Window},
};

/// Pages that wait to be written.
const PAGES: usize = 2;
/// Chunks that wait to be stored.
const CHUNKS: usize = 4;

/// Why an attempt ends without a file.
enum Ended {
    /// There will be none, for a reason that a person can understand.
    Failed(String),
    /// Another attempt has taken over, or this one is no longer wanted.
    TakenOver,
    /// The rows are not written any more: what writes them knows why.
    NotWritten,
    /// Something broke: it is begun again.
    Broken(Fault),
}

impl<F: Into<Fault>> From<F> for Ended {
    fn from(fault: F) -> Self {
        Self::Broken(fault.into())
    }
}

/// An attempt.
pub struct Run {
    /// The program.
    pub app: App,
    /// The database, under the duty.
    pub store: Store,
    /// The export as it was begun.
    pub export: export::Model,
}

impl Run {
    /// Writes the file and notes what came of it.
    pub async fn run(self) -> Outcome<()> {
        let step = match self.write().await {
            Ok((rows, stored)) => Step::Done { rows, stored, keep: self.app.settings.exports.keep() },
            Err(Ended::Failed(reason)) => Step::Failed { reason },
            Err(Ended::TakenOver) => return Ok(()),
            Err(Ended::NotWritten) => return Err(Fault::because("the rows were not written").into()),
            Err(Ended::Broken(fault)) => return Err(Error::Fault(fault)),
        };
        let done = matches!(step, Step::Done { .. });
        if self.note(step).await? {
            tracing::info!(export = %self.export.id, done, "an export has ended");
        }
        Ok(())
    }

    async fn note(&self, step: Step) -> Outcome<bool> {
        self.store.execute(Note { export: self.export.clone(), step }).await
    }

    async fn write(&self) -> Result<(u64, crate::files::Stored), Ended> {
        let list = lists::of_kind(self.export.kind);
        let (to_write, rows) = channel(PAGES);
        let (to_store, bytes) = channel::<io::Result<Bytes>>(CHUNKS);
        let (format, columns) = (self.export.format, list.columns());
        let writing = tokio::task::spawn_blocking(move || sheet::write(format, columns, rows, to_store));
        let key = key(&self.export);
        let storing = self.app.files.put(&key, ReceiverStream::new(bytes));
        let (read, stored, written) = future::join3(self.read(list, to_write), storing, writing).await;
        // Whichever breaks first makes the others end: the cause is told, not what follows from it.
        let rows = match read {
            Err(Ended::NotWritten) => None,
            other => Some(other?),
        };
        let stored = match stored {
            Err(NotStored::Fault(fault)) => return Err(Ended::Broken(fault)),
            Err(NotStored::Cut(error)) => Err(Fault(Box::new(error))),
            Ok(stored) => Ok(stored),
        };
        written.map_err(|panic| Fault(Box::new(panic)))?.map_err(Fault)?;
        Ok((rows.ok_or(Ended::NotWritten)?, stored?))
    }

    /// Reads page by page with the rights of the moment, and tells how far it is. Returns how many rows there were.
    async fn read(&self, list: &'static dyn AnyList, to_write: Sender<Part>) -> Result<u64, Ended> {
        let (selection, settings) = (&self.export.selection, &self.app.settings.exports);
        let viewer = self.viewer(list).await?;
        let mut total = list.count(Source { store: &self.store, viewer: &viewer }, selection).await?;
        // Wide with its first page that is: a member's rights may change while it is written.
        let (mut done, mut from, mut wide) = (0, None, false);
        loop {
            let allowed = rules::check_rows(Ord::max(done, total), self.export.format, settings);
            allowed.map_err(|refusal| Ended::Failed(refusal.to_string()))?;
            let viewer = self.viewer(list).await?;
            wide |= viewer.sees_all();
            if !self.note(Step::OnItsWay { done, total, wide }).await.map_err(Fault::from)? {
                return Err(Ended::TakenOver);
            }
            let window = Window { limit: PAGE, backward: false, from };
            let chunk = list.page(Source { store: &self.store, viewer: &viewer }, selection, &window).await?;
            done += chunk.rows.len() as u64;
            total = total.max(done);
            let sent = to_write.send(Part::Rows(chunk.rows)).await;
            sent.map_err(|_| Ended::NotWritten)?;
            from = chunk.next;
            if from.is_none() {
                break;
            }
        }
        let allowed = rules::check_rows(done, self.export.format, settings);
        allowed.map_err(|refusal| Ended::Failed(refusal.to_string()))?;
        to_write.send(Part::End).await.map_err(|_| Ended::NotWritten)?;
        Ok(done)
    }

    /// Who asked, with the rights of now.
    async fn viewer(&self, list: &dyn AnyList) -> Result<Arc<Viewer>, Ended> {
        let lost = || Ended::Failed("the member who asked for it may no longer export this list".to_owned());
        let (account, member) = (self.export.account_id, self.export.member_id);
        let identity = identity_of_member(self.store.reader(), account, member).await?;
        let now = self.store.clock().now();
        let viewer = identity.ok_or_else(lost)?.into_viewer(&self.app.sign_in.roles, None, now)?;
        if list.needs().met_by(Some(&viewer)) { Ok(Arc::new(viewer)) } else { Err(lost()) }
    }
}
