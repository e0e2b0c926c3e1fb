//! partner-center: the backend of a cloud vendor's partner business.
//!
//! The map, in reading order:
//!
//! 1. the program: [`config`], [`app`], [`jobs`], [`demo`], [`audit`]; `main.rs` is the command line
//! 2. the rooms that every area uses: [`outcome`], [`clock`], [`store`], [`access`], [`feed`], [`trail`],
//!    [`notifications`], [`files`], [`idempotency`], [`tallies`], [`secret`], [`backoff`], [`telemetry`]
//! 3. the areas of the business, each built alike (`rules` decide, `commands` change, `queries` read, `graphql` and
//!    `policy` show, `facts` tell): [`accounts`], [`verification`], [`resellers`], [`customers`], [`permissions`],
//!    [`freezes`], [`budgets`], [`metering`], [`records`], [`access_records`], [`traces`], [`agreements`],
//!    [`reviews`], [`recruitment`], [`customer_facts`], [`preregistrations`], [`invitations`], [`mailboxes`],
//!    [`associations`], [`opportunities`], [`authorizations`], [`disassociations`], [`onbehalf`], [`catalogue`], [`resources`],
//!    [`orders`], [`attachments`], [`exports`], [`webhooks`]
//! 4. the doors: [`graphql`] and [`http`]
//!
//! Never: a statement for a viewer on a tenant's rows without a condition from `access::scope`, or of a subject that was
//! found with one; a decision outside `rules`; anything
//! outside the database within a transaction; a float for money; a field of the schema without a row in a `policy`.

pub mod app;
pub mod audit;
pub mod config;
pub mod demo;
pub mod jobs;

pub mod access;
pub mod backoff;
pub mod clock;
pub mod contacts;
pub mod feed;
pub mod files;
pub mod idempotency;
pub mod notifications;
pub mod outcome;
pub mod random;
pub mod secret;
pub mod store;
pub mod tallies;
pub mod telemetry;
pub mod trail;

pub mod access_records;
pub mod accounts;
pub mod agreements;
pub mod associations;
pub mod attachments;
pub mod authorizations;
pub mod budgets;
pub mod catalogue;
pub mod customer_facts;
pub mod customers;
pub mod disassociations;
pub mod exports;
pub mod freezes;
pub mod invitations;
pub mod mailboxes;
pub mod managers;
pub mod members;
pub mod metering;
pub mod onbehalf;
pub mod opportunities;
pub mod orders;
pub mod permissions;
pub mod preregistrations;
pub mod records;
pub mod recruitment;
pub mod resellers;
pub mod resources;
pub mod reviews;
pub mod traces;
pub mod verification;
pub mod webhooks;

pub mod graphql;
pub mod http;

#[doc(hidden)]
pub mod fuzzing;
