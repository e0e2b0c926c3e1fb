//! What an answer may not be.

use entities::{account, customer, member};
use partner_center::demo;
use sea_orm::EntityTrait;

use super::operation::Operation;
use crate::support::{Answer, Server};

/// What is known of the accounts.
pub struct Judge {
    accounts: Vec<Known>,
    /// Addresses and numbers of accounts and members, which nobody sees in full without asking to.
    personal: Vec<String>,
}

/// An account of the cast: its login name is in its name, address and members.
struct Known {
    account_name: String,
    id: String,
}

/// Codes that an answer may have.
const CODES: [&str; 9] = [
    "BAD_USER_INPUT",
    "FORBIDDEN",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "INVALID_CURSOR",
    "CURSOR_EXPIRED",
    "QUERY_TOO_COMPLEX",
    "UNAUTHENTICATED",
    "BAD_REQUEST",
];

impl Judge {
    pub async fn of(server: &Server) -> Self {
        let db = server.app.store.reader();
        let accounts = account::Entity::find().all(db).await.unwrap();
        let members = member::Entity::find().all(db).await.unwrap();
        let of_accounts = accounts.into_iter().flat_map(|row| [row.email, row.mobile_number]);
        let of_members = members.into_iter().flat_map(|row| [row.email, row.mobile_number]);
        let personal = of_accounts.chain(of_members).flatten().collect();
        let known = |actor: demo::Actor| Known { id: actor.global_id(), account_name: actor.account_name };
        Self { accounts: demo::cast().into_iter().map(known).collect(), personal }
    }

    /// The code of the first error, empty where there is none; or what is wrong.
    pub async fn check(
        &self,
        server: &Server,
        who: &str,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<String, String> {
        if !matches!(answer.status, 200 | 400 | 401 | 403) {
            return Err(format!("the status is {}", answer.status));
        }
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        for error in &errors {
            let code = error["extensions"]["code"].as_str().unwrap_or("none");
            if !CODES.contains(&code) {
                return Err(format!("an error has the code {code}: {error}"));
            }
        }
        if answer.body.get("data").is_none() && errors.is_empty() {
            return Err("neither data nor errors".to_owned());
        }
        let text = answer.body.to_string();
        let given = operation.variables.to_string();
        self.check_tenants(server, who, &text, &given).await?;
        self.check_masks(operation, &text, &given)?;
        Ok(errors.first().map_or_else(String::new, |error| error["extensions"]["code"].as_str().unwrap().to_owned()))
    }

    /// No name and no id of an account that the viewer's account has nothing to do with.
    async fn check_tenants(&self, server: &Server, who: &str, text: &str, given: &str) -> Result<(), String> {
        let own = who.split('/').next().unwrap();
        for known in self.accounts.iter().filter(|known| known.account_name != "platform") {
            if may_see(own, &known.account_name) {
                continue;
            }
            // What was given may be told again: "… was not found".
            let seen = |canary: &str| !given.contains(canary) && occurs(text, canary);
            if (seen(&known.account_name) || seen(&known.id)) && !related_by_now(server, own, known).await {
                return Err(format!("{who:?} sees {}", known.account_name));
            }
        }
        Ok(())
    }

    fn check_masks(&self, operation: &Operation, text: &str, given: &str) -> Result<(), String> {
        if operation.reveals {
            return Ok(());
        }
        match self.personal.iter().find(|personal| !given.contains(*personal) && text.contains(personal.as_str())) {
            Some(personal) => Err(format!("{personal} is not masked")),
            None => Ok(()),
        }
    }
}

/// Whether a name occurs as a whole word.
fn occurs(text: &str, canary: &str) -> bool {
    let ends = |tail: &str| !tail.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-');
    text.match_indices(canary).any(|(at, _)| ends(&text[at + canary.len()..]))
}

/// Whether an account has to do with another one, by the names of the cast: those above it and those below it.
fn may_see(own: &str, other: &str) -> bool {
    let place = |name: &str| name.split_once('-').map(|(_, place)| place.to_owned()).unwrap_or_default();
    let (here, there) = (place(own), place(other));
    match own.split('-').next().unwrap() {
        "platform" => true,
        "distributor" if other.starts_with("reseller") || other.starts_with("customer") => there.starts_with(&here),
        "distributor" => own == other,
        "csp" => own == other || other.starts_with("customer-csp1"),
        "reseller" => own == other || other == format!("distributor-{}", &here[..1]) || there.starts_with(&here),
        "customer" if own.starts_with("customer-csp1") => own == other || other == "csp-1",
        "customer" => {
            let reseller = format!("reseller-{}", &here[..2]);
            own == other || other == reseller || other == format!("distributor-{}", &here[..1])
        }
        _ => false,
    }
}

/// Whether an operation of this round has brought the two together: a customer has changed its partner.
async fn related_by_now(server: &Server, own: &str, known: &Known) -> bool {
    let db = server.app.store.reader();
    let of = |name: &str| demo::cast().into_iter().find(|actor| actor.account_name == name).map(|actor| actor.id());
    let (Some(own), Some(other)) = (of(own), of(&known.account_name)) else { return false };
    let rows = customer::Entity::find().all(db).await.unwrap();
    let is = |id: Option<entities::types::AccountId>, account| id == Some(account);
    rows.iter().any(|row| {
        let (customer, distributor) = (row.id.cast(), row.distributor_id.map(entities::types::DistributorId::cast));
        let partners = [row.partner_id, distributor];
        (customer == other && partners.iter().any(|partner| is(*partner, own)))
            || (customer == own && partners.iter().any(|partner| is(*partner, other)))
    })
}

/// The rule that the judge himself follows: who stands where.
#[test]
fn the_judge_knows_who_stands_where() {
    for (own, other) in [
        ("distributor-1", "reseller-1a"),
        ("distributor-1", "customer-1c4"),
        ("csp-1", "customer-csp1-1"),
        ("reseller-1a", "distributor-1"),
        ("reseller-1a", "customer-1a3"),
        ("customer-1a1", "reseller-1a"),
        ("customer-csp1-1", "csp-1"),
    ] {
        assert!(may_see(own, other), "{own} {other}");
    }
    for (own, other) in [
        ("distributor-1", "distributor-2"),
        ("distributor-1", "reseller-2a"),
        ("distributor-1", "csp-1"),
        ("distributor-1", "customer-csp1-1"),
        ("csp-1", "customer-1a1"),
        ("csp-1", "distributor-1"),
        ("reseller-1a", "reseller-1b"),
        ("reseller-1a", "customer-1b1"),
        ("customer-1a1", "customer-1a2"),
        ("customer-1a1", "reseller-1b"),
        ("customer-csp1-1", "customer-csp1-2"),
        ("", "customer-1a1"),
    ] {
        assert!(!may_see(own, other), "{own} {other}");
    }
}

/// The judge finds what it looks for.
#[test]
fn names_are_found_as_whole_words() {
    assert!(occurs(r#""customer-1a1""#, "customer-1a1"));
    assert!(!occurs(r#""customer-1a10""#, "customer-1a1"));
    assert!(occurs("office@customer-1a1.example", "customer-1a1"));
}
