//! A server for each test, the clients that talk to it, and the cast that they play.

mod bucket;
mod client;
mod database;
mod program;
mod proxy;
mod receiver;
mod server;
mod socket;

pub use bucket::Bucket;
pub use client::{Answer, Client, RECORD_CHARGES};
pub use database::{
    Fresh, directory, empty as empty_database, fresh as fresh_database, nats, on_postgres, postgres, settings,
};
pub use program::{Program, audit, key_file, machine_time, program};
pub use proxy::Proxy;
pub use receiver::{Posted, Receiver};
pub use server::{Server, story, story_with, until};
pub use socket::{Came, Raw, Socket};

use serde_json::{Value, json};

/// A charge for a customer of the cast.
pub fn charge_line(charge_id: &str, customer: &str, list_price: &str, occurred_at: &str) -> Value {
    json!({
        "chargeId": charge_id, "customerId": id(customer), "productType": "ECS", "billingMode": "PAY_PER_USE",
        "listPrice": list_price, "occurredAt": occurred_at,
    })
}

/// The id of an account of the cast.
pub fn id(account_name: &str) -> String {
    let actor = partner_center::demo::cast().into_iter().find(|actor| actor.account_name == account_name);
    actor.unwrap_or_else(|| panic!("{account_name} is not of the cast")).global_id()
}
