//! Requests that may be repeated: a client that does not know whether its mutation was executed sends it again with the
//! same key, and gets the first answer instead of a second change (docs/decisions/0033).
//!
//! A **key** is a text of the client's choice, good for 24 hours in the client's account, or in the customer's role that
//! its session was switched to. It is bound to the **request** that came with it first: the text of the operation, its
//! name, its variables and the member. One **attempt** at a time has the key. It is *running* until one of its transactions
//! commits, *changed* from then on, and *answered* in the end. An attempt whose node has died is followed by another one
//! where it had changed nothing; where it had, its answer is lost, and the client is told so: nothing runs twice.
//!
//! An account has a number of keys at most. An answer is given again as long as its member's scope is what it was then: its
//! permissions, its place and, where it sees some customers and resellers only, which ones.
//!
//! Neither keys nor answers can be read in the database: it holds a keyed hash of the key, and the answer sealed under a
//! key that is derived from the program's secret and from the client's key.

pub mod commands;
pub mod rules;
mod seal;

pub use rules::{IdempotencySettings, Key, NotAKey, Refusal};
pub use seal::Sealer;

/// The hash of a request: what was asked, and by which member.
pub type RequestHash = [u8; 32];
