//! Mailboxes: who signs up shows that its e-mail address is its own, by a code that was sent there.
//!
//! A code has 6 digits, is good for 5 minutes, 5 tries and one sign-up, by the invitation that it was asked for with. As
//! with other codes a try is counted, and the count committed, before the comparison, and the right code is used up in
//! the transaction of the sign-up. A mailbox is one row, found by a keyed hash of the address: its lock lets one sign-up
//! with an address pass at a time (R-CUS-13), and it bounds how many codes somebody who knows an address can have sent
//! there.
//!
//! [`invitations`] bounds how many invitations by e-mail an address gets, and a partner sends.
//!
//! Knows nothing of accounts. What invitations may have codes sent is decided by
//! [`associations`](crate::associations).

pub mod commands;
pub mod invitations;
pub mod rules;

pub use commands::{Mailboxes, Proof};
