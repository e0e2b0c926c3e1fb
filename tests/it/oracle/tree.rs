//! A random tree beside the cast: distributors, resellers, a provider, customers, and members of all roles.

use std::collections::HashMap;

use entities::types::{AccountId, MemberRole};
use partner_center::{
    accounts::{
        commands::{DEMO_PASSWORD, NewMember, OpenAccount, OpenAccounts, Place},
        passwords,
    },
    demo::account_id,
};
use serde_json::{Value, json};

use super::{compare::Who, reader::Reader};
use crate::{
    random_operations::values::Chance,
    support::{Client, Server},
};

/// Members of each partner beside the holder, which is its first administrator.
const STAFF: [(&str, &[MemberRole]); 6] = [
    ("manager-1", &[MemberRole::AccountManager]),
    ("manager-2", &[MemberRole::AccountManager]),
    ("director", &[MemberRole::AccountDirector]),
    ("both", &[MemberRole::AccountManager, MemberRole::FinanceSpecialist]),
    ("finance", &[MemberRole::FinanceSpecialist]),
    ("deputy", &[MemberRole::Administrator]),
];

/// A partner of the tree.
#[derive(Debug, Clone)]
pub struct Partner {
    pub name: String,
    /// The distributor above a reseller.
    pub above: Option<String>,
    pub is_distributor: bool,
}

/// The tree on its server, and the chance that changes it.
pub struct World<'s> {
    pub server: &'s Server,
    pub reader: &'s Reader,
    pub chance: Chance,
    pub partners: Vec<Partner>,
    /// How many things have names of their own so far.
    pub named: usize,
    clients: HashMap<String, Client>,
}

/// A customer or member that was chosen: its account's or its own name, and its id at the API.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub name: String,
    pub id: String,
}

impl<'s> World<'s> {
    /// Opens the accounts of a tree.
    pub async fn grow(server: &'s Server, reader: &'s Reader, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut partners = Vec::new();
        for distributor in ["north", "south"] {
            partners.push(Partner { name: distributor.to_owned(), above: None, is_distributor: true });
            for number in 1..=1 + chance.below(2) {
                let name = format!("{distributor}-{number}");
                partners.push(Partner { name, above: Some(distributor.to_owned()), is_distributor: false });
            }
        }
        partners.push(Partner { name: "east".to_owned(), above: None, is_distributor: false });
        let password_hash = passwords::hash(DEMO_PASSWORD).unwrap();
        let open = |name: &str, place, staff: &[(&str, &[MemberRole])]| OpenAccount {
            id: account_id(name),
            place,
            account_name: name.to_owned(),
            name: format!("{name} Ltd"),
            email: Some(format!("office@{name}.example")),
            mobile_number: Some("+6519312340".to_owned()),
            country_region: Some("SG".to_owned()),
            verification_enabled: false,
            members: std::iter::once(("administrator", &[MemberRole::Administrator][..]))
                .chain(staff.iter().copied())
                .map(|(username, roles)| NewMember { username: username.to_owned(), roles: roles.to_vec() })
                .collect(),
            password_hash: password_hash.clone(),
        };
        let (mut accounts, mut customers) = (Vec::new(), Vec::new());
        for partner in &partners {
            let above = partner.above.as_deref().map(account_id);
            let place = match above {
                Some(above) => Place::ResellerOf(above),
                None if partner.is_distributor => Place::Distributor,
                None => Place::Provider,
            };
            accounts.push(open(&partner.name, place, &STAFF));
            let below = if partner.is_distributor { 0 } else { 2 + chance.below(2) };
            for number in 0..below {
                let place = Place::CustomerOf { partner: account_id(&partner.name), distributor: above };
                customers.push(open(&format!("{}-customer-{number}", partner.name), place, &[]));
            }
        }
        accounts.extend(customers);
        server.app.store.execute(OpenAccounts(accounts)).await.unwrap();
        Self { server, reader, chance, partners, named: 0, clients: HashMap::new() }
    }

    /// Everybody of the tree, those above the cast's part of it, and some of the cast: all that can sign in.
    pub async fn everybody(&self) -> Vec<Who> {
        let names = "SELECT m.id::text, a.account_name, CASE WHEN m.holder THEN '' ELSE '/' || m.username END \
            FROM members m JOIN accounts a ON a.id = m.account_id WHERE a.account_name ~ \
            '^(north|south|east|platform|distributor-1|reseller-1a|reseller-2a|csp-1|customer-1a1)' ORDER BY 2, 3";
        let rows = self.reader.texts(names).await;
        rows.into_iter()
            .map(|[id, account, member]| Who { name: account + &member, member: id.parse().unwrap() })
            .collect()
    }

    /// A client of somebody, signed in as long as it may be; one of nobody where it may not.
    pub async fn client(&mut self, who: &str) -> Client {
        if let Some(client) = self.clients.get(who) {
            let answer = client.run("{ viewer { member { id } } }", Value::Null).await;
            if answer.body.get("errors").is_none() {
                return client.clone();
            }
        }
        let (account, member) = who.split_once('/').map_or((who, None), |(account, member)| (account, Some(member)));
        let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
            memberName: $member, password: \"demo-password\" }) { accessToken } }";
        let names = json!({ "account": account, "member": member });
        let answer = self.server.stranger().run(sign_in, names).await.data();
        let Some(token) = answer["signIn"]["accessToken"].as_str() else { return self.server.stranger() };
        let client = self.server.stranger().with_token(token);
        self.clients.insert(who.to_owned(), client.clone());
        client
    }

    /// Runs a mutation as somebody; its payload, or nothing where it was refused.
    pub async fn ask(&mut self, who: &str, mutation: &str, input: Value, answer: &str) -> Option<Value> {
        let kind = match mutation {
            "lockMember" | "unlockMember" => "MemberInput".to_owned(),
            "freezeAccount" | "unfreezeAccount" => "FreezeInput".to_owned(),
            _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
        };
        let query =
            format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {answer} userErrors {{ code }} }} }}");
        let found = self.client(who).await.run(&query, json!({ "input": input })).await;
        let refused = found.body.get("errors").is_some();
        assert!(!refused || matches!(found.code(), "FORBIDDEN" | "UNAUTHENTICATED"), "{mutation}: {}", found.body);
        let payload = &found.body["data"][mutation];
        (!refused && payload["userErrors"] == json!([])).then(|| payload.clone())
    }

    /// A partner: any, or one that has customers.
    pub fn partner(&mut self, with_customers: bool) -> Partner {
        let fitting: Vec<&Partner> =
            self.partners.iter().filter(|partner| !(with_customers && partner.is_distributor)).collect();
        fitting[self.chance.below(fitting.len())].clone()
    }

    /// One row of a statement that gives names and API prefixes with ids.
    async fn choose(&mut self, statement: &str) -> Option<Chosen> {
        let rows: Vec<[String; 3]> = self.reader.texts(statement).await;
        let [name, prefix, id] = rows.get(self.chance.below(rows.len().max(1)))?.clone();
        Some(Chosen { name, id: entities::types::global_id(&prefix, id.parse().unwrap()) })
    }

    /// A customer that a partner has now.
    pub async fn customer_of(&mut self, partner: &str) -> Option<Chosen> {
        let partner: AccountId = account_id(partner);
        self.choose(&format!(
            "SELECT account_name, 'cus', c.id::text FROM customers c JOIN accounts a ON a.id = c.id \
             WHERE partner_id = '{}' ORDER BY 1",
            partner.uuid()
        ))
        .await
    }

    /// Customers of the tree that nobody has.
    pub async fn free_customer(&mut self) -> Option<Chosen> {
        let free = "SELECT account_name, 'cus', c.id::text FROM customers c JOIN accounts a ON a.id = c.id \
            WHERE partner_id IS NULL ORDER BY 1";
        self.choose(free).await
    }

    /// A reseller of a distributor.
    pub async fn reseller_of(&mut self, distributor: &str) -> Option<Chosen> {
        let distributor: AccountId = account_id(distributor);
        self.choose(&format!(
            "SELECT account_name, 'res', r.id::text FROM resellers r JOIN accounts a ON a.id = r.id \
             WHERE distributor_id = '{}' ORDER BY 1",
            distributor.uuid()
        ))
        .await
    }

    /// A member of a partner other than its holder: by `account/member`.
    pub async fn member_of(&mut self, partner: &str, like: &str) -> Chosen {
        let account: AccountId = account_id(partner);
        let chosen = self
            .choose(&format!(
                "SELECT '{partner}/' || username, 'mem', id::text FROM members WHERE account_id = '{}' AND NOT holder \
                 AND username ~ '{like}' ORDER BY 1",
                account.uuid()
            ))
            .await;
        chosen.expect("every partner has its staff")
    }

    /// A role that a partner made.
    pub async fn role_of(&mut self, partner: &str) -> Option<Chosen> {
        let account: AccountId = account_id(partner);
        let roles = "SELECT name, 'rol', id::text FROM roles WHERE account_id";
        self.choose(&format!("{roles} = '{}' ORDER BY 1", account.uuid())).await
    }

    /// Two names, of an account and of something of it, apart by a space.
    async fn choose_of(&mut self, statement: &str) -> Option<(String, Chosen)> {
        let chosen = self.choose(statement).await?;
        let (account, name) = chosen.name.split_once(' ').expect("the statement gives two names");
        Some((account.to_owned(), Chosen { name: name.to_owned(), id: chosen.id }))
    }

    /// A role that some partner made.
    pub async fn role_of_anybody(&mut self) -> Option<(String, Chosen)> {
        let roles = "SELECT account_name || ' ' || r.name, 'rol', r.id::text FROM roles r \
            JOIN accounts a ON a.id = r.account_id WHERE account_name ~ '^(north|south|east)' ORDER BY 1";
        self.choose_of(roles).await
    }

    /// A customer or reseller of the tree that somebody looks after.
    pub async fn looked_after(&mut self) -> Option<(String, Chosen)> {
        let subjects = "SELECT p.account_name || ' ' || s.account_name, lower(left(s.kind, 3)), s.id::text \
            FROM manager_assignments JOIN accounts p ON p.id = account_id JOIN accounts s ON s.id = subject_id \
            WHERE until_at IS NULL AND p.account_name ~ '^(north|south|east)' ORDER BY 1";
        self.choose_of(subjects).await
    }

    /// A name that nothing else has.
    pub fn fresh(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{what}-{}", self.named)
    }
}
