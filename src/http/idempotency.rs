//! Mutations with a key: the header and the extension that carry it, and the run around the execution
//! (docs/decisions/0033).
//!
//! HTTP carries the key in the header `Idempotency-Key`, sockets and streams in the request's
//! `extensions.idempotencyKey`. What a key means is decided in [`crate::idempotency`].

use std::{future::Future, sync::Arc};

use async_graphql::{
    Pos, Response, ServerError, Value,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use aws_lc_rs::digest::{Context, SHA256};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::time::{MissedTickBehavior, interval_at};
use tracing::Instrument;

use super::{
    documents::Params,
    engine::{Engine, Prepared, broken, late, was_not_executed},
};
use crate::{
    access::{Needs, Viewer},
    graphql::{
        check::Refused,
        errors::{code, coded},
        plain,
        policy::Table,
    },
    idempotency::{
        Key, Refusal, RequestHash,
        commands::{Answer, GiveBack, Renew, Request, Running, Take, Taken},
        rules::{RENEWED_EVERY, RETRY_AFTER_SECS, seconds},
    },
    outcome::{Error, Fault, Outcome},
    store::{Deadline, Over, Store, uncut},
};

/// The header of the key.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The key's name among the extensions of a request.
const EXTENSION: &str = "idempotencyKey";

/// A key and the request that came with it.
pub struct Given {
    key: Key,
    /// The text, the name and the variables; the member is added when it runs.
    asked: Context,
}

fn invalid<T>(message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(code::IDEMPOTENCY_KEY_INVALID, message))
}

/// Puts the key of the header where the engine looks for it.
pub fn take_header(headers: &HeaderMap, params: &mut Params) -> Result<(), Refused> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(()) };
    let Ok(text) = value.to_str() else { return invalid("Idempotency-Key is no text of visible ASCII characters") };
    let extensions = params.extensions.get_or_insert_default();
    if values.next().is_some() || extensions.contains_key(EXTENSION) {
        return invalid("give one idempotency key: one header, or extensions.idempotencyKey");
    }
    extensions.insert(EXTENSION.to_owned(), text.into());
    Ok(())
}

impl Given {
    /// The key of a request for this document, if it has one.
    pub fn by(params: &Params, document: &str) -> Result<Option<Self>, Refused> {
        let Some(value) = params.extensions.as_ref().and_then(|extensions| extensions.get(EXTENSION)) else {
            return Ok(None);
        };
        let Some(text) = value.as_str() else { return invalid("extensions.idempotencyKey must be a text") };
        let key = Key::parse(text).or_else(|error| invalid(error.to_string()))?;
        let mut asked = Context::new(&SHA256);
        text_into(&mut asked, document);
        text_into(&mut asked, params.operation_name.as_deref().unwrap_or_default());
        for (name, value) in sorted(params.variables.iter().flatten()) {
            text_into(&mut asked, name);
            value_into(&mut asked, value);
        }
        Ok(Some(Self { key, asked }))
    }

    fn of(self, engine: &Engine, viewer: &Arc<Viewer>) -> Request {
        let mut asked = self.asked;
        asked.update(viewer.member.id.uuid().as_bytes());
        let mut hash = RequestHash::default();
        hash.copy_from_slice(asked.finish().as_ref());
        Request { viewer: viewer.clone(), key: self.key, hash, sealer: engine.app().sealer.clone() }
    }
}

/// Lengths tell the parts apart, whatever is in them.
fn text_into(hash: &mut Context, text: &str) {
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// A value by its meaning: the order of an object's fields says nothing.
fn value_into(hash: &mut Context, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            hash.update(b"{");
            for (name, value) in sorted(fields.iter()) {
                text_into(hash, name);
                value_into(hash, value);
            }
            hash.update(b"}");
        }
        serde_json::Value::Array(values) => {
            hash.update(b"[");
            values.iter().for_each(|value| value_into(hash, value));
            hash.update(b"]");
        }
        plain => {
            hash.update(b"=");
            text_into(hash, &plain.to_string());
        }
    }
}

fn sorted<'v, V: 'v>(fields: impl Iterator<Item = (&'v String, V)>) -> Vec<(&'v String, V)> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

/// Refuses keys where nobody could own them, and where the answer is a session: those operations are open to strangers,
/// and their tokens are shown once.
pub fn check_possible(
    table: &Table,
    viewer: Option<&Viewer>,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<(), Refused> {
    if viewer.is_none() {
        return invalid("an idempotency key belongs to an account: sign in first, or leave it out");
    }
    let mut roots = Vec::new();
    root_fields(document, &operation.selection_set.node, &mut roots);
    let open = |field: &&str| matches!(table.needs("Mutation", field), Some(Needs::Nothing));
    match roots.into_iter().find(open) {
        Some(field) => invalid(format!("{field} is possible without an account, and so not with an idempotency key")),
        None => Ok(()),
    }
}

/// The document was checked: its fragments are no circle.
fn root_fields<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, found: &mut Vec<&'d str>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => found.push(field.node.name.node.as_str()),
            Selection::InlineFragment(fragment) => root_fields(document, &fragment.node.selection_set.node, found),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root_fields(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}

/// Executes a mutation once: runs it, or gives the answer that it was given first. It goes to its end even if the client
/// goes away, so that there is an answer to come back for.
pub async fn execute(engine: Arc<Engine>, given: Given, prepared: Prepared) -> Response {
    let Some(viewer) = prepared.asked.viewer.clone() else {
        return broken(&Fault::because("a key without a viewer was not refused"));
    };
    let request = given.of(&engine, &viewer);
    let deadline = Deadline::current();
    let taken_and_run = async move { take_and_run(&engine, request, prepared, deadline).await }.in_current_span();
    uncut(taken_and_run).await.unwrap_or_else(|error| broken(&error.into()))
}

async fn take_and_run(engine: &Engine, request: Request, prepared: Prepared, deadline: Deadline) -> Outcome<Response> {
    let store = &engine.app().store;
    let most = engine.app().settings.idempotency.keys_per_account;
    match store.execute(Take { request: request.clone(), most }).await? {
        Taken::Run(running) => {
            let executed = deadline.scope(engine.execute_now(prepared));
            let response = run(store, &running, executed).await;
            keep(store, running, request, &response).await?;
            Ok(response)
        }
        Taken::Answered(answer) => {
            let mut response: Response = serde_json::from_slice(&answer).map_err(|error| Fault(Box::new(error)))?;
            response.http_headers.insert(REPLAYED, HeaderValue::from_static("true"));
            Ok(response)
        }
        Taken::Refused(refusal) => Ok(refused(refusal)),
    }
}

/// Executes, and tells meanwhile that it goes on.
async fn run(store: &Store, running: &Running, executed: impl Future<Output = Result<Response, Over>>) -> Response {
    let mut renewals = interval_at(tokio::time::Instant::now() + RENEWED_EVERY, RENEWED_EVERY);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let renewing = async {
        loop {
            renewals.tick().await;
            if let Err(error) = store.execute(Renew(running.attempt.clone())).await {
                tracing::warn!(fault = %Fault::from(error).0, "an idempotency key could not be renewed");
            }
        }
    };
    tokio::select! {
        response = running.attempt.clone().scope(executed) => response.unwrap_or_else(|_| late().response()),
        () = renewing => broken(&Fault::because("renewals have ended")),
    }
}

/// Keeps the answer. One that tells of a fault, or that nothing was executed, is not kept where nothing was changed: the
/// client may try again. What was cut off after a change has no answer.
async fn keep(store: &Store, running: Running, request: Request, response: &Response) -> Outcome<()> {
    let tells = |of: &str| response.errors.iter().any(|error| code_of(error) == Some(of));
    let was_late = tells(code::TIMEOUT);
    let has_failed = was_late || tells(code::INTERNAL);
    if (has_failed || was_not_executed(response)) && store.execute(GiveBack(running.attempt.clone())).await? || was_late
    {
        return Ok(());
    }
    let answer = plain::json(response).map_err(|error| Error::Fault(Fault(Box::new(error))))?;
    store.execute(Answer { running, request, answer: answer.into_bytes() }).await
}

fn refused(refusal: Refusal) -> Response {
    let code = match refusal {
        Refusal::Reused => code::IDEMPOTENCY_KEY_REUSED,
        Refusal::InUse => code::IDEMPOTENCY_KEY_IN_USE,
        Refusal::AnswerLost => code::IDEMPOTENCY_ANSWER_LOST,
        Refusal::TooMany(_) => code::TOO_MANY_REQUESTS,
    };
    let wait = match refusal {
        Refusal::InUse => Some(RETRY_AFTER_SECS.into()),
        Refusal::TooMany(wait) => Some(seconds(wait)),
        Refusal::Reused | Refusal::AnswerLost => None,
    };
    let mut response = Response::from_errors(vec![coded(code, refusal.to_string()).into_server_error(Pos::default())]);
    if let Some(seconds) = wait {
        response.http_headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The status of a response that refuses a key.
pub fn status_of(response: &Response) -> Option<StatusCode> {
    if response.data != Value::Null {
        return None;
    }
    match code_of(response.errors.first()?)? {
        code::IDEMPOTENCY_KEY_REUSED => Some(StatusCode::UNPROCESSABLE_ENTITY),
        code::IDEMPOTENCY_KEY_IN_USE => Some(StatusCode::CONFLICT),
        // Not to be tried again, as a conflict is.
        code::IDEMPOTENCY_ANSWER_LOST => Some(StatusCode::GONE),
        code::TOO_MANY_REQUESTS => Some(StatusCode::TOO_MANY_REQUESTS),
        _ => None,
    }
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hash(query: &str, variables: &serde_json::Value) -> Vec<u8> {
        let params = json!({ "query": query, "variables": variables, "extensions": { "idempotencyKey": "k" } });
        let params = serde_json::from_value(params).expect("parameters");
        let given = Given::by(&params, query).unwrap_or_else(|refused| panic!("{refused:?}")).expect("a key");
        given.asked.finish().as_ref().to_vec()
    }

    /// The same request has the same hash, however its fields are ordered; another one has another.
    #[test]
    fn a_request_is_known_by_what_it_means() {
        let first = hash("mutation { a }", &json!({ "x": { "a": 1, "b": [1, 2] }, "y": null }));
        let text = r#"{ "y": null, "x": { "b": [1, 2], "a": 1 } }"#;
        assert_eq!(hash("mutation { a }", &serde_json::from_str(text).expect("JSON")), first);
        let others = [
            json!({ "x": { "a": 1, "b": [2, 1] }, "y": null }),
            json!({ "x": { "a": "1", "b": [1, 2] }, "y": null }),
            json!({ "x": { "a": 1, "b": [1, 2] } }),
            json!({ "x": { "a": 1 }, "b": [1, 2], "y": null }),
            json!({ "x": { "a": 1, "b": [[1], 2] }, "y": null }),
        ];
        for other in others {
            assert_ne!(hash("mutation { a }", &other), first, "{other}");
        }
        assert_ne!(hash("mutation { b }", &json!({ "x": { "a": 1, "b": [1, 2] }, "y": null })), first);
    }
}
