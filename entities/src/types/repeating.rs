//! The words of requests that may be repeated.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::enums::word;

word! {
    /// How far a mutation with an idempotency key is.
    IdempotencyState {
        /// It runs and has changed nothing yet.
        Running = "RUNNING",
        /// It has changed something and was not answered yet.
        Changed = "CHANGED",
        /// It was answered.
        Answered = "ANSWERED",
    }
}
