//! Agreements: texts that customers accept by signing, in versions, and who signed which (R-CUS-16, R-CUS-37).
//!
//! The texts are data ([`Texts`]): those that are built in are `texts.toml`, a setting names another file. The newest
//! version that is valid is the one to sign. Where there is a newer one than a customer has signed, the customer is asked
//! again; what it signed stays listed.
//!
//! Knows nothing of associations and authorizations: those sign with [`commands::sign_in`] in their own transactions.

pub mod commands;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;
mod texts;

pub use texts::{Text, Texts};
