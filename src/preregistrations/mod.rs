//! Preregistrations: a partner's claim on a potential customer, for 15 days.
//!
//! A claim is made by e-mail address. While it holds (PREREGISTERED, UNDER_REVIEW), no other partner can claim the
//! address (R-CUS-05), and a partner has at most 100 of them (R-CUS-04). What stands in its way is told with its cause;
//! some of that the vendor may decide to pass over, in a review (R-CUS-02). A claim ends when the customer is associated,
//! when its time is over, or when the partner gives it up.
//!
//! Knows of accounts, of what the vendor knows of customers, and how to send an invitation; nothing of associations.

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod jobs;
pub mod policy;
pub mod queries;
pub mod review;
pub mod review_graphql;
pub mod rules;
