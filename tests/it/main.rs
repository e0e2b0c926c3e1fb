//! Tests through the front door: a real server, HTTP and WebSocket, on SQLite or — where
//! `PARTNER_CENTER_TEST_POSTGRES` names a server — on PostgreSQL. One binary, because each links everything.
#![allow(missing_docs, reason = "tests are named as sentences")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

mod access;
mod access_records;
mod agreements;
mod associations;
mod attachments;
mod backups;
mod bounds;
mod brute_force;
mod budgets;
mod crash;
mod cross_site;
mod deadlines;
mod demonstration;
mod documents;
mod endpoints;
mod event_streams;
mod export_lists;
mod exports;
mod feed;
mod freezes;
mod full_disk;
mod fuzzing;
mod hostile;
mod house;
mod http;
mod idempotency;
mod invitations;
mod life;
mod limits;
mod lists;
mod logs;
mod managers;
mod members;
mod metering;
mod nodes;
mod notifications;
mod onbehalf;
mod operations;
mod opportunities;
mod oracle;
mod orders;
mod partitions;
mod permissions;
mod preregistration_reviews;
mod preregistrations;
mod races;
mod random_operations;
mod ranks;
mod rates;
mod reads;
mod recruitment;
mod resources;
mod reviews;
mod schema;
mod sessions;
mod socket;
mod traces;
mod verification;
mod webhooks;
