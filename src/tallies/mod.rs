//! Tallies: how often something happened lately, where it must not happen too often (docs/decisions/0037).
//!
//! A tally counts one thing of one subject: news to those who guard an account, invitations that an address got, new secrets
//! of an endpoint. It begins with the first time, lasts as long as its bound says and begins anew with the next time after
//! that; a bound may also ask for a rest between two times. Its row is locked until the transaction ends, so that of two at
//! once the second finds what the first has counted, and what is refused or rolled back is not counted.
//!
//! Knows nothing of what is counted. What is refused, and what happens without a word, is decided where it is counted.

mod commands;
pub mod rules;

pub use commands::{Name, Tallies, count_in, forget, lock_in};
pub use rules::{Bound, TooOften};
