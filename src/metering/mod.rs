//! Metering: charges come in, usage goes up, alerts open, accounts freeze — in one transaction.
//!
//! A charge has the meter's own id; the same id is recorded once, for ever. Charges are at list price without tax
//! (R-CORE-19) and exact to eight places (R-CORE-48). What is recorded is never refused for want of budget: usage may
//! exceed 100 %.

pub mod bandwidth;
pub mod commands;
pub mod graphql;
pub mod policy;
pub mod quiet;
pub mod rules;
