//! The tables of partner-center, one file each, and the column types they share.
//!
//! Nothing here decides anything: rows and their types only. What a row may become is said by the `rules` of the
//! areas; who may see a row is said by `access`.
//!
//! - who: [`account`], [`member`], [`role`], [`session`], [`refresh_token`], [`access_record`], [`failed_tries`]
//! - the hierarchy: [`reseller`], [`reseller_permission`], [`customer`], [`manager_assignment`]
//! - spending: [`charge`], [`budget_alert`]
//! - what happened: [`adjustment_record`], [`event`], [`feed_head`]
//! - verification and messages: [`verification_code`], [`message`], [`message_recipient`]
//! - to other programs: [`webhook_endpoint`], [`webhook_delivery`]
//! - files: [`attachment`], [`export`]
//! - between nodes: [`lease`]
//!
//! [`narrow`] reads some columns of a row.

pub mod narrow;
pub mod types;

pub mod access_record;
pub mod account;
pub mod adjustment_record;
pub mod attachment;
pub mod budget_alert;
pub mod charge;
pub mod customer;
pub mod event;
pub mod export;
pub mod failed_tries;
pub mod feed_head;
pub mod lease;
pub mod manager_assignment;
pub mod member;
pub mod message;
pub mod message_recipient;
pub mod refresh_token;
pub mod reseller;
pub mod reseller_permission;
pub mod role;
pub mod session;
pub mod verification_code;
pub mod webhook_delivery;
pub mod webhook_endpoint;
