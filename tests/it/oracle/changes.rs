//! Random changes of the tree, through the front door. One that is refused changes nothing and is no failure: what
//! matters is that whoever looks afterwards sees what the policies say.

use serde_json::{Value, json};

use super::tree::{Chosen, Partner, World};
use crate::invitations::code_in;

const DIRECTOR: &str = "rol_00000000000000000000000002";
const MANAGER: &str = "rol_00000000000000000000000003";
const FINANCE: &str = "rol_00000000000000000000000004";

/// What roles of partners are made of.
const PERMISSIONS: [&str; 10] = [
    "customer.view",
    "customer.details",
    "customer.order.view",
    "customer.develop",
    "opportunity.view",
    "reseller.view",
    "org.member.view",
    "org.role.view",
    "audit.view",
    "customer.budget",
];

const APPLICATION: &str = "application { id stage }";

/// Everything that can happen.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    AssignManager,
    WithdrawManager,
    AssignDirector,
    GiveRoles,
    MakeRole,
    RedefineRole,
    LockOrUnlock,
    Delete,
    Claim,
    Link,
    Opportunity,
    Order,
    Unfreeze,
    Budget,
    Spend,
    Export,
    Upload,
    Authorization,
    Part,
    Join,
    AskToPart,
    InviteReseller,
    Grant,
    FreezePartner,
    Endpoint,
}

use Change as C;

/// Changes in turn, those that decide who sees what more often than others.
pub const TURNS: [Change; 32] = [
    C::Unfreeze,
    C::Order,
    C::Spend,
    C::AssignManager,
    C::AssignManager,
    C::AssignManager,
    C::AssignManager,
    C::AssignDirector,
    C::AssignDirector,
    C::Claim,
    C::Claim,
    C::Link,
    C::Link,
    C::Opportunity,
    C::Opportunity,
    C::MakeRole,
    C::GiveRoles,
    C::Part,
    C::Join,
    C::Join,
    C::Part,
    C::Authorization,
    C::AskToPart,
    C::Export,
    C::Upload,
    C::InviteReseller,
    C::Grant,
    C::Budget,
    C::RedefineRole,
    C::WithdrawManager,
    C::LockOrUnlock,
    C::Endpoint,
];

/// Those that come in at random beside the turns.
const SELDOM: [Change; 2] = [C::Delete, C::FreezePartner];

impl World<'_> {
    /// Any of them, by chance.
    pub fn any_change(&mut self) -> Change {
        let at = self.chance.below(TURNS.len() + SELDOM.len());
        TURNS.get(at).copied().unwrap_or_else(|| SELDOM[at - TURNS.len()])
    }

    /// Makes a change somewhere; nothing where it was refused, or there was nothing to change.
    pub async fn make(&mut self, change: Change) -> Option<Value> {
        match change {
            C::AssignManager => self.assign_manager().await,
            C::WithdrawManager => {
                let (partner, subject) = self.looked_after().await?;
                let kind = if subject.id.starts_with("res") { "resellerIds" } else { "customerIds" };
                let input = json!({ kind: [subject.id] });
                self.ask(&partner, "unassignAccountManager", input, "assignments { id }").await
            }
            C::AssignDirector => {
                let partner = self.partner(false).name;
                let (manager, director) =
                    (self.member_of(&partner, "manager").await, self.member_of(&partner, "director").await);
                let director = self.chance.percent(80).then_some(director.id);
                let input = json!({ "memberIds": [manager.id], "directorId": director });
                self.ask(&partner, "assignAccountDirector", input, "members { id }").await
            }
            C::GiveRoles => self.give_roles().await,
            C::MakeRole => self.make_role().await,
            C::RedefineRole => self.change_role().await,
            C::LockOrUnlock => {
                let partner = self.partner(false).name;
                let member = self.member_of(&partner, "").await;
                let mutation = if self.chance.percent(50) { "lockMember" } else { "unlockMember" };
                self.ask(&partner, mutation, json!({ "memberId": member.id }), "member { id }").await
            }
            C::Delete => {
                let partner = self.partner(false).name;
                let member = self.member_of(&partner, "").await;
                self.ask(&partner, "deleteMember", json!({ "memberId": member.id }), "deletedId").await
            }
            C::Claim => self.claim().await,
            C::Link => {
                let partner = self.partner(true).name;
                let (by, for_whom) = (self.anybody_of(&partner).await, self.member_of(&partner, "manager").await);
                let manager = self.chance.percent(50).then_some(for_whom.id);
                let method =
                    if manager.is_some() || self.chance.percent(50) { "CUSTOMIZED_LINK" } else { "GENERAL_LINK" };
                let tag = (manager.is_none() && method == "CUSTOMIZED_LINK").then_some("fair");
                let input = json!({ "method": method, "accountManagerId": manager, "tag": tag });
                self.ask(&by, "createInvitationLink", input, "invitation { id }").await
            }
            C::Opportunity => self.opportunity().await,
            C::Order => {
                let partner = self.partner(true);
                let customer = self.customer_of(&partner.name).await?;
                self.unfreeze(&partner, &customer).await;
                let input = json!({ "productId": "ecs.s6.large.2", "region": "ap-southeast-1",
                    "billingMode": "PAY_PER_USE", "name": self.fresh("server") });
                self.ask(&customer.name, "placeOrder", input, "order { id }").await
            }
            C::Unfreeze => {
                let partner = self.partner(true);
                let customer = self.customer_of(&partner.name).await?;
                self.unfreeze(&partner, &customer).await
            }
            C::Budget => {
                let partner = self.partner(true);
                let customer = self.customer_of(&partner.name).await?;
                let input = json!({ "customerId": customer.id, "type": "MONTHLY", "amount": "10",
                    "exhaustionPolicy": "MANUAL", "unfreezeNow": true });
                let by = self.in_charge(&partner).await;
                self.ask(&by, "setCustomerBudget", input, "customer { id }").await
            }
            C::Spend => {
                let partner = self.partner(true).name;
                let customer = self.customer_of(&partner).await?;
                let at = self.server.app.store.clock().now().to_datetime().to_rfc3339();
                let line = json!({ "chargeId": self.fresh("charge"), "customerId": customer.id, "productType": "ECS",
                    "billingMode": "PAY_PER_USE", "listPrice": "9.5", "occurredAt": at });
                self.ask("platform/meter", "recordCharges", json!({ "charges": [line] }), "recorded").await
            }
            C::Export => {
                let partner = self.partner(false).name;
                let by = self.anybody_of(&partner).await;
                let list = self.chance.of(&["exportCustomers", "exportOrders", "exportInvitations"]);
                self.export(&by, list).await
            }
            C::Upload => {
                let partner = self.partner(false).name;
                let by = self.anybody_of(&partner).await;
                self.upload(&by).await.map(Value::from)
            }
            C::Authorization => self.authorization().await,
            C::Part => self.part(true).await,
            C::AskToPart => self.part(false).await,
            C::Join => self.join().await,
            C::InviteReseller => {
                let distributor = self.distributor();
                let (by, manager) =
                    (self.anybody_of(&distributor).await, self.member_of(&distributor, "manager").await);
                let email = format!("office@{}.example", self.fresh("newcomer"));
                let manager = self.chance.percent(60).then_some(manager.id);
                let input = json!({ "emails": [email], "accountManagerId": manager });
                self.ask(&by, "inviteResellers", input, "invitations { id }").await
            }
            C::Grant => self.grant().await,
            C::FreezePartner => {
                let partner: entities::types::AccountId = partner_center::demo::account_id(&self.partner(false).name);
                let other = "CASE status WHEN 'ACTIVE' THEN 'FROZEN' ELSE 'ACTIVE' END";
                let set = format!("UPDATE accounts SET status = {other} WHERE id = '{}'", partner.uuid());
                self.reader.run(&set).await;
                Some(Value::Null)
            }
            C::Endpoint => {
                let partner = self.partner(false).name;
                self.endpoint(&partner).await
            }
        }
    }

    /// Somebody exports a list.
    pub async fn export(&mut self, by: &str, list: &str) -> Option<Value> {
        self.ask(by, list, json!({ "format": "CSV" }), "export { id }").await
    }

    /// Somebody uploads a file; its id.
    pub async fn upload(&mut self, by: &str) -> Option<String> {
        let token = self.client(by).await.token?;
        let request = self.server.http.post(self.server.url("/attachments")).query(&[("name", "plan.pdf")]);
        let sent = request.body(crate::attachments::PDF).bearer_auth(token).send().await.unwrap();
        let answer: Value = sent.json().await.unwrap();
        answer["attachment"]["id"].as_str().map(str::to_owned)
    }

    /// A partner says where its events go.
    pub async fn endpoint(&mut self, partner: &str) -> Option<Value> {
        let url = format!("http://127.0.0.1:9/{}", self.fresh("hook"));
        self.ask(partner, "createWebhookEndpoint", json!({ "url": url, "types": [] }), "endpoint { id }").await
    }

    fn distributor(&mut self) -> String {
        let names: Vec<String> =
            self.partners.iter().filter(|one| one.is_distributor).map(|one| one.name.clone()).collect();
        names[self.chance.below(names.len())].clone()
    }

    /// The holder, or any member.
    async fn anybody_of(&mut self, partner: &str) -> String {
        if self.chance.percent(25) { partner.to_owned() } else { self.member_of(partner, "").await.name }
    }

    /// The holder that may set budgets and freeze: the distributor's where the reseller is not authorized (R-CORE-12).
    async fn in_charge(&mut self, partner: &Partner) -> String {
        let authorized = format!(
            "SELECT 'yes' FROM reseller_permissions p JOIN accounts a ON a.id = p.reseller_id \
             WHERE a.account_name = '{}' AND budget_and_freeze",
            partner.name
        );
        let authorized: Vec<[String; 1]> = self.reader.texts(&authorized).await;
        match &partner.above {
            Some(distributor) if authorized.is_empty() => distributor.clone(),
            _ => partner.name.clone(),
        }
    }

    async fn unfreeze(&mut self, partner: &Partner, customer: &Chosen) -> Option<Value> {
        let input = json!({ "customerIds": [customer.id], "reason": "by chance" });
        let by = self.in_charge(partner).await;
        self.ask(&by, "unfreezeAccount", input, "customers { id }").await
    }

    /// A customer of a partner, or a reseller of a distributor, as an input names it.
    async fn below(&mut self, partner: &Partner) -> Option<Value> {
        if partner.is_distributor {
            let reseller = self.reseller_of(&partner.name).await?;
            return Some(json!({ "resellerIds": [reseller.id] }));
        }
        let customer = self.customer_of(&partner.name).await?;
        Some(json!({ "customerIds": [customer.id] }))
    }

    async fn assign_manager(&mut self) -> Option<Value> {
        let partner = self.partner(false);
        let mut input = self.below(&partner).await?;
        input["memberId"] = json!(self.member_of(&partner.name, "manager|director|both").await.id);
        self.ask(&partner.name, "assignAccountManager", input, "assignments { id }").await
    }

    async fn give_roles(&mut self) -> Option<Value> {
        let partner = self.partner(false).name;
        let member = self.member_of(&partner, "").await;
        let own = self.role_of(&partner).await.map(|role| role.id);
        let roles = match (self.chance.below(7), own) {
            (0, _) => vec![MANAGER.to_owned()],
            (1, _) => vec![DIRECTOR.to_owned()],
            (2, _) => vec![FINANCE.to_owned()],
            (3, Some(own)) => vec![MANAGER.to_owned(), own],
            (4, Some(own)) => vec![DIRECTOR.to_owned(), own],
            (_, Some(own)) => vec![own],
            (_, None) => vec![DIRECTOR.to_owned(), FINANCE.to_owned()],
        };
        let input = json!({ "memberId": member.id, "roles": roles });
        self.ask(&partner, "assignMemberRoles", input, "member { id }").await
    }

    fn permissions(&mut self) -> Vec<&'static str> {
        let some: Vec<&str> = PERMISSIONS.into_iter().filter(|_| self.chance.percent(40)).collect();
        if some.is_empty() { vec!["customer.view"] } else { some }
    }

    async fn make_role(&mut self) -> Option<Value> {
        let partner = self.partner(false).name;
        let (name, permissions) = (self.fresh("role"), self.permissions());
        let input = json!({ "name": name, "description": "d", "permissions": permissions });
        self.ask(&partner, "createRole", input, "role { id }").await
    }

    async fn change_role(&mut self) -> Option<Value> {
        let (partner, role) = self.role_of_anybody().await?;
        let input = json!({ "roleId": role.id, "name": role.name, "permissions": self.permissions() });
        self.ask(&partner, "updateRole", input, "role { id }").await
    }

    async fn claim(&mut self) -> Option<Value> {
        let partner = self.partner(true).name;
        let by = self.anybody_of(&partner).await;
        let email = format!("office@{}.example", self.fresh("claimed"));
        let input = json!({ "fullName": "Juniper", "email": email, "sendInvitationLink": self.chance.percent(50) });
        self.ask(&by, "preregisterCustomer", input, "preregistration { id }").await
    }

    /// With a customer, or with a claim of the partner's.
    async fn opportunity(&mut self) -> Option<Value> {
        let partner = self.partner(true).name;
        let by = self.member_of(&partner, "manager|both|deputy").await.name;
        let client = self.client(&by).await;
        let found = client.run("{ preregistrations(first: 1) { nodes { id } } }", Value::Null).await;
        let claim = found.body["data"]["preregistrations"]["nodes"][0]["id"].clone();
        let customer = match claim.is_null() || self.chance.percent(60) {
            true => json!(self.customer_of(&partner).await?.id),
            false => Value::Null,
        };
        let claim = if customer.is_null() { claim } else { Value::Null };
        let input = json!({
            "name": self.fresh("chance"), "type": "NEW", "winProbability": 25, "biddingProject": false,
            "phase": "POTENTIAL_OPPORTUNITY", "monthlyRevenue": "1", "revenueDeadline": "2027-03-01T00:00:00Z",
            "servicePeriodMonths": 1, "majorProducts": ["ECS"], "majorProductsRevenue": "1",
            "customerId": customer, "preregistrationId": claim,
        });
        self.ask(&by, "createOpportunity", input, "opportunity { id }").await
    }

    /// Decides an application that waits.
    async fn approve(&mut self, who: &str, application: &Value, code: Option<String>) -> Option<Value> {
        let input = json!({ "applicationId": application["id"], "stage": application["stage"],
            "decision": "APPROVED", "verificationCode": code });
        self.ask(who, "reviewApplication", input, "application { id }").await
    }

    async fn code(&mut self, account: &str, operation: &str) -> String {
        let client = self.client(account).await;
        self.server.code(&client, account, operation).await
    }

    /// The partner asks, the customer consents, and now and then takes it back.
    async fn authorization(&mut self) -> Option<Value> {
        let partner = self.partner(true).name;
        let customer = self.customer_of(&partner).await?;
        let asked = json!({ "customerId": customer.id });
        let asked = self.ask(&partner, "requestAuthorization", asked, APPLICATION).await?["application"].clone();
        if self.chance.percent(70) {
            let code = self.code(&customer.name, "ACCEPT_AUTHORIZATION").await;
            self.approve(&customer.name, &asked, Some(code)).await?;
        }
        Some(asked)
    }

    /// A partner asks for the end of an association; where it is `decided`, the customer agrees.
    async fn part(&mut self, decided: bool) -> Option<Value> {
        let partner = self.partner(true).name;
        let customer = self.customer_of(&partner).await?;
        let ask = json!({ "customerId": customer.id, "reason": "CHANGE_PARTNER" });
        let asked = self.ask(&partner, "requestDisassociation", ask, APPLICATION).await?["application"].clone();
        if !decided {
            return Some(asked);
        }
        let code = self.code(&customer.name, "DISASSOCIATION").await;
        self.approve(&customer.name, &asked, Some(code)).await
    }

    /// A customer that nobody has comes to a partner. One that has spent already is reviewed by the vendor first.
    async fn join(&mut self) -> Option<Value> {
        let customer = self.free_customer().await?;
        let partner = self.partner(true).name;
        let email = format!("office@{}.example", customer.name);
        let claim = json!({ "fullName": customer.name, "email": email });
        let by = self.anybody_of(&partner).await;
        if self.ask(&by, "preregisterCustomer", claim, "preregistration { id }").await.is_none() {
            self.reviewed(&customer, &email).await?;
        }
        for partner in self.partners.clone() {
            self.ask(&partner.name, "inviteCustomers", json!({ "emails": [email] }), "invitations { id }").await;
        }
        let outbox: Value =
            self.server.http.get(self.server.url("/demo/outbox")).send().await.unwrap().json().await.unwrap();
        let messages = outbox["messages"].as_array().unwrap().iter().filter(|message| message["to"] == email.as_str());
        let mut bodies = messages.filter_map(|message| message["body"].as_str());
        let code = code_in(bodies.find(|body| body.contains("/invitations/"))?);
        let input = json!({ "code": code, "instructionsAccepted": true,
            "authorizationLetterAccepted": self.chance.percent(50) });
        let joined =
            self.ask(&customer.name, "associateWithPartner", input, "record { id } failures { cause }").await?;
        joined["failures"].as_array().is_none_or(Vec::is_empty).then_some(joined)
    }

    /// Claimed by the provider with a review, because the direct sales have a claim on it (R-CUS-02).
    async fn reviewed(&mut self, customer: &Chosen, email: &str) -> Option<Value> {
        let facts = json!({ "customerId": customer.id, "facts": ["DIRECT_SALES_CLAIM"] });
        self.ask("platform", "setCustomerFacts", facts, "customer { id }").await?;
        let by = self.anybody_of("east").await;
        let file = self.upload(&by).await?;
        let review = json!({ "fullName": customer.name, "email": email, "potentialAdditionalExpenditure": "100",
            "communicationProcess": "Two visits.", "attachments": [{ "slot": "proof", "attachmentId": file }] });
        let asked = self.ask(&by, "requestPreregistrationReview", review, APPLICATION).await?["application"].clone();
        if self.chance.percent(30) {
            return None;
        }
        self.approve("platform/reviewer", &asked, None).await
    }

    /// A distributor grants or revokes the permissions of a reseller.
    async fn grant(&mut self) -> Option<Value> {
        let distributor = self.distributor();
        let reseller = self.reseller_of(&distributor).await?;
        let code = self.code(&distributor, "BUDGET_PERMISSIONS").await;
        let input = json!({ "resellerId": reseller.id, "monthlyQuota": "1000", "verificationCode": code });
        match self.ask(&distributor, "grantBudgetPermissions", input, "").await {
            Some(granted) => Some(granted),
            None => {
                let code = self.code(&distributor, "BUDGET_PERMISSIONS").await;
                let input = json!({ "resellerId": reseller.id, "verificationCode": code });
                self.ask(&distributor, "revokeBudgetPermissions", input, "").await
            }
        }
    }
}
