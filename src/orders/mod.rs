//! Orders: what customers buy, renew, change and give up, and what they pay for it.
//!
//! An order is placed, waits for its payment, and is canceled if that does not come; once paid it is a charge at list
//! price like any other (R-CORE-19), so that alerts and freezes follow from it in the same transaction, and its resources
//! are provided. What pays per use costs nothing when it is ordered. Orders obey freezes and budgets under the customer's
//! lock (R-CUS-30): two orders cannot both have what is left of a budget. A partner's member orders on behalf of the
//! customer to whose role it switched ([`onbehalf`](crate::onbehalf)).

pub mod commands;
pub mod export;
pub mod facts;
pub mod graphql;
pub mod inputs;
pub mod policy;
pub mod queries;
pub mod rules;
