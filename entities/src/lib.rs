//! The tables of partner-center, one file each, and the column types they share.
//!
//! Nothing here decides anything: rows and their types only. What a row may become is said by the `rules` of the
//! areas; who may see a row is said by `access`.
//!
//! - who: [`account`], [`member`], [`role`], [`session`], [`refresh_token`], [`access_record`], [`failed_tries`]
//! - the hierarchy: [`reseller`], [`reseller_permission`], [`customer`], [`manager_assignment`]
//! - winning customers: [`customer_facts`], [`preregistration`], [`invitation`], [`association_record`]
//! - what they agree on: [`agreement`], [`reseller_invitation`], [`opportunity`], [`opportunity_progress`]
//! - spending: [`charge`], [`budget_alert`]
//! - the cloud: [`order`], [`order_transaction`], [`resource`], [`authorization`]
//! - reviews: [`application`], [`application_step`]
//! - what happened: [`adjustment_record`], [`trace`], [`event`], [`feed_head`]
//! - verification and messages: [`verification_code`], [`mailbox`], [`message`], [`message_recipient`]
//! - to other programs: [`webhook_endpoint`], [`webhook_delivery`]
//! - files: [`attachment`], [`export`]
//! - between nodes: [`lease`]
//! - repeated requests: [`idempotency_key`]; what must not happen too often: [`tally`]
//!
//! [`narrow`] reads some columns of a row.

pub mod narrow;
pub mod types;

pub mod access_record;
pub mod account;
pub mod adjustment_record;
pub mod agreement;
pub mod application;
pub mod application_step;
pub mod association_record;
pub mod attachment;
pub mod authorization;
pub mod budget_alert;
pub mod charge;
pub mod customer;
pub mod customer_facts;
pub mod event;
pub mod export;
pub mod failed_tries;
pub mod feed_head;
pub mod idempotency_key;
pub mod invitation;
pub mod lease;
pub mod mailbox;
pub mod manager_assignment;
pub mod member;
pub mod message;
pub mod message_recipient;
pub mod opportunity;
pub mod opportunity_progress;
pub mod order;
pub mod order_transaction;
pub mod preregistration;
pub mod refresh_token;
pub mod reseller;
pub mod reseller_invitation;
pub mod reseller_permission;
pub mod resource;
pub mod role;
pub mod session;
pub mod tally;
pub mod trace;
pub mod verification_code;
pub mod webhook_delivery;
pub mod webhook_endpoint;
