//! Subscriptions: each subscriber follows the feed by itself, and what an event looks like is executed once for all who
//! ask alike (docs/decisions/0018).

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::{
    Name, Pos, Request, Response, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, Selection},
};
use aws_lc_rs::digest::{SHA256, digest};
use entities::event;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use quick_cache::sync::Cache;

use super::Engine;
use crate::{
    access::Viewer,
    graphql::{
        context::Asker,
        errors::internal,
        events::{Followed, Part},
        loaders::Loaders,
    },
    outcome::Fault,
    trail::Reveals,
};

/// Answers that are kept for those who ask alike.
const KEPT: usize = 2_000;
/// Operations that are kept for those who ask alike.
const OPERATIONS: usize = 1_000;
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

/// A subscription: what its document says, and who asks.
pub struct Subscribed {
    query: String,
    name: Option<String>,
    variables: Variables,
    document: ExecutableDocument,
    viewer: Arc<Viewer>,
    key: Option<Key>,
}

/// What subscribers share.
pub struct Shared {
    operations: Cache<Key, Arc<Subscribed>>,
    answers: Cache<(Key, i64), Arc<str>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { operations: Cache::new(OPERATIONS), answers: Cache::new(KEPT) }
    }
}

impl Subscribed {
    /// A subscription that was checked.
    pub fn new(
        query: String,
        name: Option<String>,
        variables: Variables,
        document: ExecutableDocument,
        operation: &OperationDefinition,
        viewer: Arc<Viewer>,
    ) -> Self {
        let key = key(&query, name.as_deref(), &variables, operation, &viewer);
        Self { query, name, variables, document, viewer, key }
    }

    fn request(&self, engine: &Engine, part: Part, reveals: &Arc<Reveals>) -> Request {
        let mut request = Request::new(&self.query)
            .variables(self.variables.clone())
            .data(Asker(Some(self.viewer.clone())))
            .data(Loaders::new(&engine.app().store, &self.viewer))
            .data(reveals.clone())
            .data(part);
        if let Some(name) = &self.name {
            request = request.operation_name(name);
        }
        request.set_parsed_query(self.document.clone());
        request
    }
}

/// None where the answer is this member's alone: what is revealed is recorded in its name.
fn key(
    query: &str,
    name: Option<&str>,
    variables: &Variables,
    operation: &OperationDefinition,
    viewer: &Viewer,
) -> Option<Key> {
    if query.contains("reveal") {
        return None;
    }
    let mut variables = variables.clone();
    if let Some(cursor) = cursor_variable(query, operation) {
        variables.remove(&cursor);
    }
    let variables = serde_json::to_string(&variables).ok()?;
    let roles = &viewer.member.roles;
    let text = format!("{:?}", (viewer.account.id, viewer.tenant(), roles, name, query, variables));
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
    pub(super) fn follow(self: Arc<Self>, subscribed: Subscribed) -> BoxStream<'static, Pushed> {
        let own = Arc::new(subscribed);
        let same = match own.key {
            Some(key) => self.shared.operations.get_or_insert_with(&key, || Ok::<_, Infallible>(own.clone())),
            None => Ok(own.clone()),
        };
        let same = match same {
            Ok(same) => same,
            Err(never) => match never {},
        };
        let begin = async move {
            match self.begin(&own).await {
                Err(refused) => stream::iter([Pushed::Response(Box::new(refused))]).boxed(),
                Ok(followed) => self.push(same, followed),
            }
        };
        stream::once(begin).flatten().boxed()
    }

    /// Finds out what a subscriber follows; a refusal where it cannot.
    async fn begin(&self, subscribed: &Subscribed) -> Result<Followed, Response> {
        let (part, followed) = Part::follow();
        let reveals = Arc::default();
        let execution = self.first_response(subscribed.request(self, part, &reveals));
        tokio::select! {
            biased;
            Ok(followed) = followed => Ok(followed),
            refused = execution => Err(self.finish(refused, &reveals, Some(&subscribed.viewer)).await),
        }
    }

    fn push(self: Arc<Self>, subscribed: Arc<Subscribed>, followed: Followed) -> BoxStream<'static, Pushed> {
        followed
            .then(move |event| {
                let (engine, subscribed) = (self.clone(), subscribed.clone());
                async move {
                    match event {
                        Ok(event) => Pushed::Text(engine.answer(&subscribed, event).await),
                        Err(error) => Pushed::Response(Box::new(refusal(error))),
                    }
                }
            })
            .boxed()
    }

    /// What an event looks like to a subscriber.
    async fn answer(&self, subscribed: &Subscribed, event: Arc<event::Model>) -> Arc<str> {
        let age = self.app().store.clock().now().since(event.occurred_at);
        let (Some(key), Some(position), true) = (subscribed.key, event.position, age < RECENT) else {
            return self.execute_for(subscribed, event).await;
        };
        let executed = async { Ok::<_, Infallible>(self.execute_for(subscribed, event).await) };
        match self.shared.answers.get_or_insert_async(&(key, position), executed).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    async fn execute_for(&self, subscribed: &Subscribed, event: Arc<event::Model>) -> Arc<str> {
        let reveals = Arc::default();
        let request = subscribed.request(self, Part::Event(event), &reveals);
        let response = self.first_response(request).await;
        let response = self.finish(response, &reveals, Some(&subscribed.viewer)).await;
        let text = serde_json::to_string(&response);
        text.unwrap_or_else(|error| {
            let fault = Fault(Box::new(error));
            serde_json::to_string(&refusal(internal(&fault))).unwrap_or_default()
        })
        .into()
    }
}

fn refusal(error: async_graphql::Error) -> Response {
    Response::from_errors(vec![error.into_server_error(Pos::default())])
}
