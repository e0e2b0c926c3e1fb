//! What both sides of a socket say to each other in graphql-transport-ws, and why it is closed.

use std::{borrow::Cow, time::Duration};

use async_graphql::Response as Executed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::documents::Params;
use crate::graphql::check::Refused;

/// Why a socket is closed, as the protocol numbers it.
#[derive(Debug, Clone)]
pub struct Close(pub u16, pub Cow<'static, str>);

/// The client has gone silent, or has said goodbye.
pub const NORMAL: Close = Close(1000, Cow::Borrowed(""));
/// Nothing has run on the socket for long.
pub const IDLE: Close = Close(1000, Cow::Borrowed("nothing runs on this socket: connect again when something should"));
/// The client sends more than one may.
pub const TOO_MANY_BYTES: Close = Close(1008, Cow::Borrowed("more bytes within a minute than one socket may send"));
/// A message that the protocol does not know.
pub const BAD_MESSAGE: Close = Close(4400, Cow::Borrowed("the message is not one of graphql-transport-ws"));
/// An operation before the connection was initialised.
pub const NOT_INITIALISED: Close = Close(4401, Cow::Borrowed("Unauthorized"));
/// No token, or one that is not good.
pub const FORBIDDEN: Close = Close(4403, Cow::Borrowed("Forbidden"));
/// The token has run out, the session has ended, or the access has changed.
pub const SESSION_ENDED: Close =
    Close(4403, Cow::Borrowed("the session has ended or changed: connect again with a fresh token"));
/// The client did not introduce itself in time.
pub const INIT_TIMEOUT: Close = Close(4408, Cow::Borrowed("Connection initialisation timeout"));
/// An operation by an id that runs already.
pub const DUPLICATE: Close = Close(4409, Cow::Borrowed("Subscriber already exists"));
/// The client introduced itself twice.
pub const SECOND_INIT: Close = Close(4429, Cow::Borrowed("Too many initialisation requests"));
/// A fault of ours.
pub const BROKEN: Close = Close(1011, Cow::Borrowed("something went wrong on our side"));
/// A message could not leave in time.
pub const TOO_SLOW: Close = Close(1013, Cow::Borrowed("the client reads too slowly: connect again and resume"));

/// Over how long clients should spread when they come back from a server that went down.
const RETURN_OVER: Duration = Duration::from_secs(3);

/// In how many milliseconds a client should come back: each another moment, so that they do not all come at once.
pub fn return_in_ms() -> u128 {
    uuid::Uuid::new_v4().as_u128() % RETURN_OVER.as_millis()
}

/// Tells the client when to connect again.
pub fn going_away() -> Close {
    Close(1001, Cow::Owned(format!("the server is going down: connect again in {} ms", return_in_ms())))
}

/// The account has as many sockets as it may.
pub fn too_many_sockets(most: usize) -> Close {
    Close(1008, Cow::Owned(format!("this account has {most} sockets already: close one first")))
}

/// What clients say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    ConnectionInit {
        payload: Option<InitPayload>,
    },
    Ping {
        payload: Option<Value>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Value>,
    },
    Subscribe {
        id: String,
        payload: Params,
    },
    Complete {
        id: String,
    },
}

/// What comes with `connection_init`.
#[derive(Deserialize)]
pub struct InitPayload {
    pub authorization: Option<String>,
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient<'a> {
    ConnectionAck,
    Ping,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: &'a str,
        payload: &'a Executed,
    },
    Error {
        id: &'a str,
        payload: Value,
    },
    Complete {
        id: &'a str,
    },
}

/// Tells that an operation was not begun.
pub fn refusal<'a>(id: &'a str, refused: &Refused) -> ToClient<'a> {
    ToClient::Error { id, payload: refused.errors() }
}
