//! What the program tells of itself: [figures] for Prometheus, and logs and traces ([`log`]).
//!
//! None of it holds personal data, text of clients or values of their variables: an account goes by its id, an operation
//! by the schema's name.

pub mod figures;
pub mod log;
