//! The words that columns, rules and the API share: ids, money, time and the enumerations of the business.

mod amount;
mod dealings;
mod development;
mod enums;
mod id;
mod month;
mod ordering;
mod repeating;
mod reviewing;
mod role;
mod tallying;
mod thresholds;
mod timestamp;

pub use amount::{Amount, AmountError};
pub use dealings::*;
pub use development::*;
pub use enums::*;
pub use id::*;
pub use month::{Month, UtcOffset};
pub use ordering::*;
pub use repeating::*;
pub use reviewing::*;
pub use role::AssignedRole;
pub use tallying::*;
pub use thresholds::{Threshold, Thresholds};
pub use timestamp::Timestamp;
