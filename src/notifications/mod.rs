//! Messages to people: written to the outbox in the transaction that causes them, handed to a carrier afterwards.
//!
//! - [`recipients`]: a partner keeps, for each type of message, whom it goes to;
//! - [`templates`]: all texts;
//! - [`outbox`]: what waits, is tried again, and is given up;
//! - [`carriers`]: e-mail and text messages. Without a carrier messages stay in the outbox; in demonstration mode the
//!   playground shows them. A message that holds a code loses its text once it was delivered.
//!
//! Knows addresses and texts, not the business: areas say what happened, and to whom it happened.

pub mod carriers;
pub mod commands;
pub mod graphql;
pub mod outbox;
pub mod policy;
pub mod recipients;
pub mod rules;
pub mod templates;

pub use carriers::{Carriers, SmsSettings};
pub use outbox::{Message, append_in, forget, newest};
pub use recipients::{tell_in, tell_of_alerts_in};
