//! Subscriptions: each subscriber follows the feed by itself, and what an event looks like is executed once for all who
//! ask alike (docs/decisions/0018).

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Name, Pos, Request, Response,
    parser::types::{OperationDefinition, Selection},
};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use quick_cache::{Weighter, sync::Cache};

use super::{
    Engine,
    documents::{Length, OVERHEAD},
    engine::{Asked, late},
};
use crate::{
    access::Permission,
    access_records::Reveals,
    graphql::{
        check::operation,
        errors::internal,
        events::{Followed, News, Part},
        plain,
    },
    outcome::Fault,
    store::Deadline,
};

/// Bytes of answers that are kept for those who ask alike.
const ANSWERS: u64 = 32 << 20;
/// How many there may be, roughly.
const EXPECTED: usize = 2_000;
/// Older events are executed for whoever replays them: the answer of back then may not be the answer of now.
const RECENT: Duration = Duration::from_secs(10);

/// What a socket sends for an operation.
pub enum Pushed {
    /// A response.
    Response(Box<Response>),
    /// A response in JSON, which others may be sent too.
    Text(Arc<str>),
}

/// Tells operations apart whose answers may differ.
type Key = [u8; 32];

/// A subscription.
struct Subscribed {
    asked: Asked,
    /// What an event costs that is executed for it.
    cost: u32,
    /// None where its answers are its own.
    key: Option<Key>,
}

/// What subscribers share: answers, by what was asked and the event's position.
pub struct Shared(Cache<(Key, i64), Arc<str>, Length>);

impl Default for Shared {
    fn default() -> Self {
        Self(Cache::with_weighter(EXPECTED, ANSWERS, Length))
    }
}

impl Weighter<(Key, i64), Arc<str>> for Length {
    fn weight(&self, _: &(Key, i64), answer: &Arc<str>) -> u64 {
        (OVERHEAD + answer.len()) as u64
    }
}

impl Subscribed {
    fn new(asked: Asked, cost: u32) -> Self {
        Self { key: key(&asked), asked, cost }
    }

    fn request(&self, engine: &Engine, part: Part, reveals: &Arc<Reveals>) -> Request {
        self.asked.clone().request(&engine.app().store, reveals).data(part)
    }
}

/// None where the answer is this member's alone: what is revealed is recorded in its name.
fn key(asked: &Asked) -> Option<Key> {
    let Asked { query, name, variables, document, viewer, .. } = asked;
    if query.contains("reveal") {
        return None;
    }
    let mut variables = variables.clone();
    let operation = operation(&document.parsed, name.as_deref()).ok()?;
    if let Some(cursor) = cursor_variable(query, operation) {
        variables.remove(&cursor);
    }
    let variables = serde_json::to_string(&variables).ok()?;
    let viewer = viewer.as_ref()?;
    // Who sees only what is assigned to it sees what no other member does; so does who sees details of itself alone.
    let of_itself = query.contains("details") && !viewer.permissions().allow(Permission::MemberView);
    let member = (!viewer.sees_all() || of_itself).then_some(viewer.member.id);
    let who = (viewer.account.id, viewer.tenant(), viewer.permissions(), member);
    let text = format!("{:?}", (who, name, query, variables));
    digest(&SHA256, text.as_bytes()).as_ref().try_into().ok()
}

/// The variable that says from where to follow, where it says nothing else: subscribers that came back at different places
/// ask alike.
fn cursor_variable(query: &str, operation: &OperationDefinition) -> Option<Name> {
    let Selection::Field(root) = &operation.selection_set.node.items.first()?.node else { return None };
    let variable = root.node.get_argument("after")?.node.to_string();
    let name = variable.strip_prefix('$')?;
    // Where it is declared, and here.
    (query.matches(&variable).count() == 2).then(|| Name::new(name))
}

impl Engine {
    /// Follows the feed for a subscriber.
    pub(super) fn follow(self: Arc<Self>, asked: Asked, cost: u32) -> BoxStream<'static, Pushed> {
        let subscribed = Arc::new(Subscribed::new(asked, cost));
        // Boxed, so that a subscriber who idles does not keep the room that beginning took.
        let begin = Box::pin(async move {
            match self.begin(&subscribed).await {
                Err(refused) => stream::iter([Pushed::Response(Box::new(refused))]).boxed(),
                Ok(followed) => self.push(subscribed, followed),
            }
        });
        stream::once(begin).flatten().boxed()
    }

    /// Finds out what a subscriber follows; a refusal where it cannot.
    async fn begin(&self, subscribed: &Subscribed) -> Result<Followed, Response> {
        let (part, followed) = Part::follow();
        let reveals = subscribed.asked.reveals();
        let execution = self.first_response(subscribed.request(self, part, &reveals));
        tokio::select! {
            biased;
            Ok(followed) = followed => Ok(followed),
            refused = execution => Err(self.finish(refused, &reveals, subscribed.asked.viewer.as_deref()).await),
        }
    }

    fn push(self: Arc<Self>, subscribed: Arc<Subscribed>, followed: Followed) -> BoxStream<'static, Pushed> {
        followed
            .then(move |news| {
                let (engine, subscribed) = (self.clone(), subscribed.clone());
                async move {
                    match news {
                        Ok(news) => Pushed::Text(engine.answer(&subscribed, news).await),
                        Err(error) => Pushed::Response(Box::new(refusal(error))),
                    }
                }
            })
            .boxed()
    }

    /// What news look like to a subscriber.
    async fn answer(&self, subscribed: &Subscribed, news: News) -> Arc<str> {
        let position = self.shared_position(&news);
        // Its room is taken only by those who execute, not by all who wait for the answer or idle.
        let executed = async { Box::pin(self.execute_for(subscribed, news)).await };
        let answer = match (subscribed.key, position) {
            (Some(key), Some(position)) => self.shared.0.get_or_insert_async(&(key, position), executed).await,
            _ => executed.await,
        };
        match answer {
            Ok(answer) | Err(answer) => answer,
        }
    }

    /// By what place in the feed its answer is shared with others who ask alike, if it is.
    fn shared_position(&self, news: &News) -> Option<i64> {
        match news {
            News::Event(event) => {
                let age = self.app().store.clock().now().since(event.occurred_at);
                event.position.filter(|_| age < RECENT)
            }
            News::Export(_) => None,
        }
    }

    async fn execute_one(&self, subscribed: &Subscribed, news: News) -> Response {
        let reveals = subscribed.asked.reveals();
        let request = subscribed.request(self, Part::News(news), &reveals);
        let response = self.first_response(request).await;
        self.finish(response, &reveals, subscribed.asked.viewer.as_deref()).await
    }

    /// The answer in JSON; as an error where it tells of one, which nobody else should be sent. Where the account's streams
    /// have spent what they may, it waits.
    async fn execute_for(&self, subscribed: &Subscribed, news: News) -> Result<Arc<str>, Arc<str>> {
        let account = subscribed.asked.viewer.as_ref().map(|viewer| viewer.account.id);
        while let Some(wait) = account.and_then(|account| self.budgets().wait_of_streams(account, subscribed.cost)) {
            tokio::time::sleep(wait).await;
        }
        let deadline = Deadline::after(self.app().settings.limits.request_timeout());
        let executed = deadline.scope(self.execute_one(subscribed, news)).await;
        let response = executed.unwrap_or_else(|_| late().response());
        match plain::json(&response) {
            Ok(text) if response.errors.is_empty() => Ok(text.into()),
            Ok(text) => Err(text.into()),
            Err(error) => {
                let told = refusal(internal(&Fault(Box::new(error))));
                Err(serde_json::to_string(&told).unwrap_or_default().into())
            }
        }
    }
}

fn refusal(error: async_graphql::Error) -> Response {
    Response::from_errors(vec![error.into_server_error(Pos::default())])
}
