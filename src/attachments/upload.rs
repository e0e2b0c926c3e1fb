//! Receiving a file: looked at, reserved, streamed into the store, noted. Never in memory as a whole.

use std::{fmt::Display, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use entities::attachment;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout};

use super::{
    AttachmentSettings,
    commands::{Discard, Keep, Reserve},
    jobs, key,
    rules::{self, Refusal},
};
use crate::{
    access::Viewer,
    files::{Files, NotStored, Stored},
    outcome::{Error, Outcome},
    store::{Deadline, Store},
};

/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// Bytes that come within a second at least, once a file was given some time to begin: who sends less takes the place of
/// somebody else.
const LEAST_RATE: u64 = 16 * 1_024;
/// How long it may begin slowly.
const SLOW_START: Duration = Duration::from_secs(60);
/// How long a file may take: well below the day after which its row is swept.
const DEADLINE: Duration = Duration::from_secs(2 * 3_600);

/// A file that is about to come.
pub struct Incoming<S> {
    /// Who uploads it.
    pub viewer: Arc<Viewer>,
    /// What it is called, as the client says.
    pub name: String,
    /// Its bytes, where the client says how many.
    pub length: Option<u64>,
    /// Its bytes.
    pub body: S,
    /// How long the database may take, before the bytes and after them.
    pub patience: Duration,
}

/// Receives a file.
///
/// # Refusals, first that holds
/// those of [`rules::check_name`] · `TooLarge`, where the client says so · `Incomplete`, in the beginning ·
/// `Content` · `TooManyFree` · `TooManyBytes` · `TooLarge`, `Incomplete`, later on
pub async fn receive<S, E>(
    store: &Store,
    files: &Files,
    settings: AttachmentSettings,
    incoming: Incoming<S>,
) -> Outcome<attachment::Model>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let Incoming { viewer, name, length, body, patience } = incoming;
    let (name, format) = rules::check_name(&name)?;
    let max = settings.max_bytes;
    if length.is_some_and(|length| length > max) {
        return Err(Refusal::TooLarge(max).into());
    }
    // Fused: the head may have taken all of it.
    let mut body = bounded(body, max, Instant::now()).fuse().boxed();
    // The first bytes decide whether anything is stored: they come at once, or not at all.
    let head = timeout(SILENCE, head(&mut body)).await.map_err(|_| Refusal::Incomplete)??;
    rules::check_content(&head, format)?;
    // A client that does not say how much will come could send the most.
    let (name, bytes) = (name.to_owned(), length.unwrap_or(max));
    let reserve = store.execute(Reserve { viewer, name, format, bytes, settings });
    let row = Deadline::after(patience).scope(reserve).await??;
    let stored = store_bytes(files, &row, stream::iter([Ok(head)]).chain(body)).await;
    match stored {
        Ok(stored) => Deadline::after(patience).scope(store.execute(Keep { id: row.id, stored })).await?,
        Err(error) => {
            store.execute(Discard { id: row.id }).await?;
            jobs::remove_now(store, files, row.id).await;
            Err(error)
        }
    }
}

async fn store_bytes(
    files: &Files,
    row: &attachment::Model,
    bytes: impl Stream<Item = Result<Bytes, Refusal>> + Send,
) -> Outcome<Stored> {
    match timeout(DEADLINE, files.put(&key(row.id), bytes)).await {
        Ok(Ok(stored)) => Ok(stored),
        Ok(Err(NotStored::Cut(refusal))) => Err(refusal.into()),
        Ok(Err(NotStored::Fault(fault))) => Err(Error::Fault(fault)),
        Err(_) => Err(Refusal::Incomplete.into()),
    }
}

/// The bytes of a client, no more of them than it may send, and none that it takes too long for.
fn bounded<E: Display + Send + 'static>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    max: u64,
    began: Instant,
) -> impl Stream<Item = Result<Bytes, Refusal>> + Send + 'static {
    let start = Some((Box::pin(body), 0_u64));
    stream::unfold(start, move |state| async move {
        let (mut body, before) = state?;
        let chunk = match timeout(SILENCE, body.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "an upload broke off");
                return Some((Err(Refusal::Incomplete), None));
            }
            Err(_) => return Some((Err(Refusal::Incomplete), None)),
        };
        let so_far = before + chunk.len() as u64;
        if so_far < began.elapsed().saturating_sub(SLOW_START).as_secs() * LEAST_RATE {
            return Some((Err(Refusal::Incomplete), None));
        }
        if so_far > max { Some((Err(Refusal::TooLarge(max)), None)) } else { Some((Ok(chunk), Some((body, so_far)))) }
    })
}

/// The beginning of a file: as much as is looked at, or all of it.
async fn head(body: &mut (impl Stream<Item = Result<Bytes, Refusal>> + Unpin)) -> Result<Bytes, Refusal> {
    let mut head = BytesMut::new();
    while head.len() < rules::HEAD_BYTES
        && let Some(chunk) = body.next().await
    {
        head.extend_from_slice(&chunk?);
    }
    Ok(head.freeze())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::TryStreamExt;

    use super::*;

    #[tokio::test]
    async fn who_sends_too_slowly_is_cut_off() {
        let sent = async |bytes: usize, ago: u64| {
            let began = Instant::now() - Duration::from_secs(ago);
            let body = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![0; bytes]))]);
            bounded(body, 10 << 20, began).try_collect::<Vec<_>>().await.err()
        };
        assert_eq!(sent(1, 59).await, None, "it may begin slowly");
        assert_eq!(sent(1, 70).await, Some(Refusal::Incomplete));
        assert_eq!(sent(1 << 20, 70).await, None);
        assert_eq!(sent(1 << 20, 180).await, Some(Refusal::Incomplete));
    }
}
