//! Verification codes: what critical operations ask the acting member for.
//!
//! A code has 6 digits, is good for 5 minutes, 5 tries and one use, and for one member and one operation. It is stored
//! as a keyed hash. A try is counted, and the count committed, before the comparison, so that neither aliases nor
//! batches nor parallel connections get more than five. The right code is used up in the transaction of the operation:
//! an operation that is refused leaves it good.

pub mod commands;
pub mod graphql;
pub mod policy;
pub mod register;
pub mod rules;
