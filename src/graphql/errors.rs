//! Errors at the API: what a person can mend is a `UserError` in the payload; what a program did wrong, and what we
//! broke, is a top-level error with a code.

use async_graphql::{ErrorExtensions, SimpleObject};

use crate::{
    outcome::{Error, Fault, Outcome, Refusal, UserErrorCode},
    store::keyset::NotACursor,
};

/// What was wrong with an input, for a person to mend.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// For programs.
    pub code: UserErrorCode,
    /// For people.
    pub message: String,
    /// The path of the input field to blame, for example `["customerIds", "3"]`.
    pub field: Option<Vec<String>>,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        let field = (!refusal.field.is_empty()).then_some(refusal.field);
        Self { code: refusal.code, message: refusal.message, field }
    }
}

/// Codes of top-level errors.
pub mod code {
    /// Not signed in, or no longer.
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// Not open to this viewer.
    pub const FORBIDDEN: &str = "FORBIDDEN";
    /// The text is no GraphQL document.
    pub const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema.
    pub const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
    /// A value does not fit its type or bounds.
    pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
    /// A cursor that this list or feed did not give.
    pub const INVALID_CURSOR: &str = "INVALID_CURSOR";
    /// A cursor whose events are no longer kept.
    pub const CURSOR_EXPIRED: &str = "CURSOR_EXPIRED";
    /// Over a limit on documents.
    pub const TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
    /// The request is not one of GraphQL over HTTP.
    pub const BAD_REQUEST: &str = "BAD_REQUEST";
    /// The body is larger than may be sent.
    pub const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
    /// An array of requests.
    pub const BATCHING_NOT_SUPPORTED: &str = "BATCHING_NOT_SUPPORTED";
    /// More than an account or an address may ask for within a minute.
    pub const TOO_MANY_REQUESTS: &str = "TOO_MANY_REQUESTS";
    /// No document with this hash is at hand: send it along.
    pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// Documents cannot be named by their hash here.
    pub const PERSISTED_QUERY_NOT_SUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// Only registered documents are executed here.
    pub const DOCUMENT_NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
    /// It took too long.
    pub const TIMEOUT: &str = "TIMEOUT";
    /// We broke something; the id is in our log.
    pub const INTERNAL: &str = "INTERNAL";
}

/// A top-level error with a code.
pub fn coded(code: &'static str, message: impl Into<String>) -> async_graphql::Error {
    async_graphql::Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// A fault as the API tells it: an id, which the log carries too, and nothing else.
pub fn internal(fault: &Fault) -> async_graphql::Error {
    let id = uuid::Uuid::new_v4().simple().to_string();
    tracing::error!(error.id = id, error = %fault.0, "a request failed");
    async_graphql::Error::new(format!("something went wrong on our side; when you ask about it, name {id}"))
        .extend_with(|_, extensions| {
            extensions.set("code", code::INTERNAL);
            extensions.set("id", id.clone());
        })
}

/// Reads a fault out of whatever went wrong while loading.
pub fn failed(error: impl Into<Fault>) -> async_graphql::Error {
    internal(&error.into())
}

/// A cursor that a list did not give.
pub fn bad_cursor(error: NotACursor) -> async_graphql::Error {
    coded(code::INVALID_CURSOR, error.to_string())
}

/// Splits the outcome of a command into what a payload holds: its result, and errors for a person. Faults are top-level.
pub fn settle<T>(outcome: Outcome<T>) -> async_graphql::Result<Result<T, Vec<UserError>>> {
    match outcome {
        Ok(result) => Ok(Ok(result)),
        Err(Error::Refused(refusals)) => Ok(Err(refusals.into_iter().map(UserError::from).collect())),
        Err(Error::Fault(fault)) => Err(internal(&fault)),
    }
}
