//! Invitations: how a partner calls customers to it.
//!
//! By e-mail a customer is invited that is preregistered (R-CUS-10), with an account or without one. Links and QR codes
//! are for whoever has no account yet (R-CUS-13): a customized link for one customer, general-purpose and promotional
//! links for any number; each customer that comes by one of those has an invitation of its own beside the link's.
//!
//! States: SENT until a customer is associated (ASSOCIATED), the time is over or it is taken back (EXPIRED); FAILED with
//! the cause after somebody followed it in vain, which can be tried again as long as it is good. Associating is the area
//! `associations`.

pub mod batch;
pub mod commands;
pub mod ending;
pub mod export;
pub mod facts;
pub mod graphql;
pub mod inputs;
pub mod jobs;
pub mod policy;
pub mod qr;
pub mod queries;
pub mod rules;
pub mod sending;
