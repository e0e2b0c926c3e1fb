//! Accounts: who there is, how they sign in, and how a session lasts and ends.
//!
//! An account has members; the holder is the one who signs in without a member name. A sign-in opens a session; its
//! access tokens are short-lived, its refresh tokens good for one refresh each. A session that ended counts at once:
//! every request reads it, and the feed tells running streams. The guard counts what fails before there is one.

pub mod commands;
pub mod graphql;
pub mod guard;
pub mod issuers;
pub mod passwords;
pub mod policy;
pub mod queries;
pub mod sessions;
pub mod tokens;
pub mod viewers;
