//! The whole life of a customer, as one story by requests alone: what each area promises must fit together.

use serde_json::{Value, json};

use crate::{
    associations::{newcomer, sign_in},
    invitations::code_in,
    members::change,
    orders::{order, ordered, paid_now, server_for_a_month, server_per_use},
    support::{Client, Server, Socket, story},
};

const RESELLER: &str = "quince";
const CUSTOMER: &str = "juniper";
const PASSWORD: &str = "demo-password-1";

/// Where an account's messages go: where [`Server::code`] looks for them.
fn office(who: &str) -> String {
    format!("office@{who}.example")
}

/// Runs a mutation that must be granted, and gives its payload.
async fn granted(client: &Client, mutation: &str, input: Value, answer: &str) -> Value {
    let payload = change(client, mutation, input, answer).await;
    assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload}");
    payload
}

/// Runs a mutation that must be refused with this code.
async fn refused(client: &Client, mutation: &str, input: Value, answer: &str, code: &str) {
    let payload = change(client, mutation, input, answer).await;
    assert_eq!(payload["userErrors"][0]["code"], code, "{mutation}: {payload}");
}

/// Who a client is.
async fn own_id(client: &Client) -> String {
    let viewer = client.ask("{ viewer { account { id } } }").await;
    viewer["viewer"]["account"]["id"].as_str().unwrap().to_owned()
}

/// Who plays: each signed in, with the ids of the two that were not there before.
struct Cast {
    server: Server,
    distributor: Client,
    reseller: Client,
    reseller_id: String,
    customer: Client,
    customer_id: String,
}

/// R-CORE-02, R-CORE-03: the distributor invites, the code comes by e-mail, and whoever has it joins as its reseller, with
/// no permissions and no customers.
async fn recruit(server: &Server, distributor: &Client) -> Client {
    let input = json!({ "emails": [office(RESELLER)] });
    let invited = granted(distributor, "inviteResellers", input, "invitations { status timesSent }").await;
    assert_eq!(invited["invitations"], json!([{ "status": "PENDING", "timesSent": 1 }]));
    let message = server.newest_message(&office(RESELLER)).await;
    let input = json!({
        "code": message.split_whitespace().next(), "enterprise": true, "companyName": "Quince Ltd.",
        "countryRegion": "SG", "accountName": RESELLER, "contactName": "Quentin Quince",
        "mobileNumber": "+65 1234 5678", "password": PASSWORD,
    });
    let joined = granted(&server.stranger(), "joinDistributor", input, "accountName").await;
    assert_eq!(joined["accountName"], RESELLER);

    let reseller = sign_in(server, RESELLER).await;
    let query = "{ viewer { account { kind ... on Reseller { distributor { accountName } \
        permissions { budgetAndFreeze onBehalf quotas { type } } } } } customers { totalCount } }";
    assert_eq!(
        reseller.ask(query).await,
        json!({
            "viewer": { "account": {
                "kind": "RESELLER", "distributor": { "accountName": "distributor-1" },
                "permissions": { "budgetAndFreeze": false, "onBehalf": false, "quotas": [] },
            } },
            "customers": { "totalCount": 0 },
        })
    );
    reseller
}

/// O-CUS-01, O-CUS-07, R-CUS-09, R-CUS-12, R-CUS-17, R-CORE-29: a preregistered customer gets its invitation at once, signs
/// up with what the link says, and is the reseller's: frozen, on record, and with nothing consented to.
async fn develop(server: &Server, reseller: &Client) -> Client {
    let input = json!({ "fullName": "Juniper Trading", "email": office(CUSTOMER), "sendInvitationLink": true });
    let claim = granted(reseller, "preregisterCustomer", input, "preregistration { status }").await;
    assert_eq!(claim["preregistration"]["status"], "PREREGISTERED");
    let code = code_in(&server.newest_message(&office(CUSTOMER)).await);
    let input = newcomer(&code, CUSTOMER, &office(CUSTOMER));
    let signed_up = granted(&server.stranger(), "signUpCustomer", input, "accountName").await;
    assert_eq!(signed_up["accountName"], CUSTOMER);

    let customer = sign_in(server, CUSTOMER).await;
    let query = "{ viewer { account { ... on Customer { partner { accountName } freeze { level cause automatic } \
        budget { amount } } } } authorizations { totalCount } \
        associationRecords { nodes { purpose status initiationMethod letterAcceptedAt } } }";
    assert_eq!(
        customer.ask(query).await,
        json!({
            "viewer": { "account": {
                "partner": { "accountName": RESELLER }, "budget": null,
                "freeze": { "level": "ACCOUNT", "cause": "ASSOCIATION", "automatic": false },
            } },
            "authorizations": { "totalCount": 0 },
            "associationRecords": { "nodes": [{
                "purpose": "ASSOCIATION", "status": "COMPLETED", "initiationMethod": "INVITED_BY_EMAIL",
                "letterAcceptedAt": null,
            }] },
        })
    );
    let query = "{ preregistrations { nodes { status } } invitations { nodes { status } } \
        customers { nodes { accountName } } }";
    assert_eq!(
        reseller.ask(query).await,
        json!({
            "preregistrations": { "nodes": [{ "status": "ASSOCIATED" }] },
            "invitations": { "nodes": [{ "status": "ASSOCIATED" }] },
            "customers": { "nodes": [{ "accountName": CUSTOMER }] },
        })
    );
    customer
}

impl Cast {
    async fn meet(server: Server) -> Self {
        let distributor = server.sign_in("distributor-1").await;
        let reseller = recruit(&server, &distributor).await;
        let customer = develop(&server, &reseller).await;
        let (reseller_id, customer_id) = (own_id(&reseller).await, own_id(&customer).await);
        Self { server, distributor, reseller, reseller_id, customer, customer_id }
    }

    /// The customer's money and freeze, as whoever asks sees them.
    async fn standing(&self, client: &Client) -> Value {
        let query = "query($id: ID!) { customer(id: $id) { budget { amount used remaining usagePercent } \
            freeze { level cause automatic } } }";
        client.run(query, json!({ "id": self.customer_id })).await.data()["customer"].clone()
    }

    async fn used(&self) -> Value {
        self.standing(&self.customer).await["budget"]["used"].clone()
    }

    /// What of the reseller's quota is allotted, as the distributor sees it.
    async fn quotas(&self) -> Value {
        let query =
            "query($id: ID!) { reseller(id: $id) { permissions { quotas { type quota allotted available } } } }";
        let found = self.distributor.run(query, json!({ "id": self.reseller_id })).await.data();
        found["reseller"]["permissions"]["quotas"].clone()
    }

    /// R-CORE-24, R-CORE-27: AUTOMATIC needs a code whatever the account's settings are.
    async fn set_budget(&self, amount: &str, unfreeze: bool) -> Value {
        let mut input = json!({
            "customerId": self.customer_id, "type": "MONTHLY", "amount": amount, "exhaustionPolicy": "AUTOMATIC",
            "unfreezeNow": unfreeze,
        });
        let answer = "budget { amount used exhaustionPolicy } customer { freeze { level } }";
        refused(&self.reseller, "setCustomerBudget", input.clone(), answer, "VERIFICATION_CODE_REQUIRED").await;
        input["verificationCode"] = json!(self.server.code(&self.reseller, RESELLER, "SET_BUDGET").await);
        granted(&self.reseller, "setCustomerBudget", input, answer).await
    }

    /// R-CORE-05 … R-CORE-07, R-CORE-12: the distributor is in charge until it grants quotas and the right to act on
    /// behalf, each with a code of its own.
    async fn permit(&self) {
        let budget = json!({
            "customerId": self.customer_id, "type": "MONTHLY", "amount": "200", "exhaustionPolicy": "MANUAL",
        });
        refused(&self.reseller, "setCustomerBudget", budget, "budget { amount }", "NOT_MANAGER_IN_CHARGE").await;
        let ask = json!({ "customerId": self.customer_id });
        refused(&self.reseller, "requestAuthorization", ask, "application { id }", "FORBIDDEN").await;

        let code = self.server.code(&self.distributor, "distributor-1", "BUDGET_PERMISSIONS").await;
        let input = json!({ "resellerId": self.reseller_id, "monthlyQuota": "1000", "verificationCode": code });
        let answer = "adjustmentRecord { kind }";
        let payload = granted(&self.distributor, "grantBudgetPermissions", input, answer).await;
        assert_eq!(payload["adjustmentRecord"]["kind"], "PERMISSIONS_GRANTED");
        let code = self.server.code(&self.distributor, "distributor-1", "ON_BEHALF_PERMISSION").await;
        let input = json!({
            "resellerId": self.reseller_id, "enabled": true, "commitmentLetterAccepted": true, "verificationCode": code,
        });
        let payload = granted(&self.distributor, "setOnBehalfPermission", input, answer).await;
        assert_eq!(payload["adjustmentRecord"]["kind"], "ON_BEHALF_CHANGED");
        let none = json!([{ "type": "MONTHLY", "quota": "1000.00", "allotted": "0.00", "available": "1000.00" }]);
        assert_eq!(self.quotas().await, none);
    }

    /// R-CORE-29, R-CORE-30: a budget alone lifts no freeze, so nothing is sold until the reseller unfreezes.
    async fn open_the_account(&self) {
        let payload = self.set_budget("200", false).await;
        assert_eq!(payload["budget"], json!({ "amount": "200.00", "used": "0.00", "exhaustionPolicy": "AUTOMATIC" }));
        assert_eq!(payload["customer"]["freeze"]["level"], "ACCOUNT");
        let some = json!([{ "type": "MONTHLY", "quota": "1000.00", "allotted": "200.00", "available": "800.00" }]);
        assert_eq!(self.quotas().await, some);
        let stopped = order(&self.customer, "placeOrder", paid_now(server_for_a_month())).await;
        assert_eq!(stopped["userErrors"][0]["code"], "ACCOUNT_FROZEN", "{stopped}");
        let unfreeze = "mutation($input: FreezeInput!) { unfreezeAccount(input: $input) { customers { freeze { level } } \
            userErrors { code message } } }";
        let code = self.server.code(&self.reseller, RESELLER, "UNFREEZE").await;
        let input = json!({ "customerIds": [self.customer_id], "reason": "welcome", "verificationCode": code });
        let payload = self.reseller.run(unfreeze, json!({ "input": input })).await.data();
        let expected = json!({ "customers": [{ "freeze": { "level": "NONE" } }], "userErrors": [] });
        assert_eq!(payload["unfreezeAccount"], expected);
    }

    /// The first product of a type, with its price of a month, by which it is ordered.
    async fn choose(&self, client: &Client, kind: &str) -> (Value, Value) {
        let query = "query($kind: ProductType!) { productCatalogue(filter: { type: $kind, billingMode: YEARLY_MONTHLY }) \
            { id regions monthlyPrice } }";
        let product = client.run(query, json!({ "kind": kind })).await.data()["productCatalogue"][0].clone();
        let input = json!({
            "productId": product["id"], "region": product["regions"][0], "billingMode": "YEARLY_MONTHLY",
            "period": { "unit": "MONTH", "count": 1 }, "name": kind.to_lowercase(),
        });
        (input, product["monthlyPrice"].clone())
    }

    /// O-CUS-13, O-CUS-14, R-CORE-19: what is ordered counts when it is paid, at its list price.
    async fn buy(&self) {
        let (input, price) = self.choose(&self.customer, "ECS").await;
        assert_eq!(price, "8.90");
        let placed = ordered(&self.customer, "placeOrder", input).await;
        assert_eq!((&placed["status"], &placed["listPrice"]), (&json!("PENDING_PAYMENT"), &price));
        assert_eq!(self.used().await, "0.00");
        let paid = ordered(&self.customer, "payOrder", json!({ "orderId": placed["id"] })).await;
        assert_eq!((&paid["status"], &paid["amountPaid"]), (&json!("COMPLETED"), &price));
        assert_eq!(paid["resources"][0]["status"], "RUNNING");
        assert_eq!(self.used().await, "8.90");
    }

    /// O-CUS-10, O-CUS-11, R-CUS-24: the reseller asks, and the customer consents with a code.
    async fn consent(&self) {
        let switch = json!({ "customerId": self.customer_id });
        refused(&self.reseller, "switchRole", switch.clone(), "actingFor { id }", "FORBIDDEN").await;
        let answer = "application { id stage status }";
        let asked = granted(&self.reseller, "requestAuthorization", switch, answer).await["application"].clone();
        assert_eq!((&asked["stage"], &asked["status"]), (&json!("ACCEPTANCE"), &json!("UNDER_REVIEW")));
        let mut input = json!({ "applicationId": asked["id"], "stage": asked["stage"], "decision": "APPROVED" });
        refused(&self.customer, "reviewApplication", input.clone(), answer, "VERIFICATION_CODE_REQUIRED").await;
        input["verificationCode"] = json!(self.server.code(&self.customer, CUSTOMER, "ACCEPT_AUTHORIZATION").await);
        let decided = granted(&self.customer, "reviewApplication", input, answer).await;
        assert_eq!(decided["application"]["status"], "APPROVED");
        let given = self.reseller.ask("{ authorizations { nodes { status } } }").await;
        assert_eq!(given["authorizations"]["nodes"], json!([{ "status": "ACCEPTED" }]));
    }

    /// R-CUS-25, R-CUS-27, R-CUS-28, R-CUS-38: in the customer's role a member orders, on the customer's budget; the
    /// customer sees what was done, and by whom.
    async fn act_on_behalf(&self) {
        let switch = json!({ "customerId": self.customer_id });
        let payload = granted(&self.reseller, "switchRole", switch, "actingFor { accountName }").await;
        assert_eq!(payload["actingFor"]["accountName"], CUSTOMER);
        let (input, price) = self.choose(&self.reseller, "EIP").await;
        assert_eq!(price, "18.00");
        let placed = ordered(&self.reseller, "placeOrder", input.clone()).await;
        let paid = ordered(&self.reseller, "payOrder", json!({ "orderId": placed["id"] })).await;
        assert_eq!((&paid["onBehalf"], &paid["placedBy"]["accountName"]), (&json!(true), &json!(RESELLER)));
        assert_eq!(paid["amountPaid"], price);
        let back = self.reseller.ask("mutation { switchBack { actingFor { id } userErrors { code } } }").await;
        assert_eq!(back["switchBack"], json!({ "actingFor": null, "userErrors": [] }));
        let own = order(&self.reseller, "placeOrder", input).await;
        assert_eq!(own["userErrors"][0]["code"], "FORBIDDEN", "nothing of its own: {own}");

        assert_eq!(self.used().await, "26.90");
        let query = "{ traces(filter: { onBehalf: true }) { nodes { name operator { accountName } } } \
            orders { nodes { productType onBehalf status } } }";
        let seen = self.customer.ask(query).await;
        let mut names = Vec::new();
        for trace in seen["traces"]["nodes"].as_array().unwrap() {
            assert_eq!(trace["operator"]["accountName"], RESELLER);
            names.push(trace["name"].as_str().unwrap());
        }
        // What one transaction did has one time, and no order.
        names.sort_unstable();
        assert_eq!(names, ["applyPartnerPayment", "placeOrder", "switchRole"]);
        let orders = json!([
            { "productType": "EIP", "onBehalf": true, "status": "COMPLETED" },
            { "productType": "ECS", "onBehalf": false, "status": "COMPLETED" },
        ]);
        assert_eq!(seen["orders"]["nodes"], orders);
    }

    /// Follows the reseller's alerts as the distributor, from what has happened so far.
    async fn listen(&self) -> Socket {
        self.server.app.hub.settle().await.unwrap();
        let past = self.distributor.ask("{ events(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
        let after = past["events"]["pageInfo"]["endCursor"].clone();
        assert_eq!(past["events"]["pageInfo"]["hasNextPage"], false);
        let query = "subscription($after: String, $id: ID) { budgetAlerts(after: $after, resellerId: $id) { threshold \
            used usagePercent amount customer { accountName } reseller { accountName } alert { status } } }";
        let mut socket = self.server.socket(&self.distributor).await;
        socket.subscribe("1", query, json!({ "after": after, "id": self.reseller_id })).await;
        socket
    }

    /// R-CORE-20 … R-CORE-22, R-CORE-24: usage comes in; at 75, 90 and 100 percent the distributor hears of it as it
    /// happens, and at the last the account freezes by itself.
    async fn use_up(&self, alerts: &mut Socket) {
        let meter = self.server.sign_in("platform/meter").await;
        let rises = [("123.10", "150.00", 75), ("30", "180.00", 90), ("20", "200.00", 100)];
        for (price, used, threshold) in rises {
            let line = json!({
                "chargeId": format!("usage-{threshold}"), "customerId": self.customer_id, "productType": "ECS",
                "billingMode": "PAY_PER_USE", "listPrice": price,
                "occurredAt": self.server.app.store.clock().now().to_datetime().to_rfc3339(),
            });
            let recorded = meter.record(&[line]).await;
            assert_eq!((&recorded["recorded"], &recorded["rejected"]), (&json!(1), &json!([])), "{recorded}");
            let expected = json!({
                "threshold": threshold, "used": used, "usagePercent": format!("{threshold}.00"), "amount": "200.00",
                "customer": { "accountName": CUSTOMER }, "reseller": { "accountName": RESELLER },
                "alert": { "status": "OPEN" },
            });
            assert_eq!(alerts.event().await["budgetAlerts"], expected);
        }
        let exhausted = json!({
            "budget": { "amount": "200.00", "used": "200.00", "remaining": "0.00", "usagePercent": "100.00" },
            "freeze": { "level": "ACCOUNT", "cause": "BUDGET_EXHAUSTED", "automatic": true },
        });
        for client in [&self.customer, &self.reseller, &self.distributor] {
            assert_eq!(self.standing(client).await, exhausted);
        }
        for input in [server_per_use(), server_for_a_month()] {
            let stopped = order(&self.customer, "placeOrder", input).await;
            assert_eq!(stopped["userErrors"][0]["code"], "ACCOUNT_FROZEN", "{stopped}");
        }
    }

    /// R-CORE-23, R-CORE-30, R-CORE-44: the raised budget clears the alerts, lifts the freeze, and all of it is on record.
    async fn raise(&self) {
        let payload = self.set_budget("400", true).await;
        assert_eq!(payload["customer"]["freeze"]["level"], "NONE");
        let raised = json!({
            "budget": { "amount": "400.00", "used": "200.00", "remaining": "200.00", "usagePercent": "50.00" },
            "freeze": { "level": "NONE", "cause": null, "automatic": false },
        });
        assert_eq!(self.standing(&self.reseller).await, raised);
        let some = json!([{ "type": "MONTHLY", "quota": "1000.00", "allotted": "400.00", "available": "600.00" }]);
        assert_eq!(self.quotas().await, some);
        let query = "query($id: ID!) { customer(id: $id) { openAlertCount adjustmentRecords { nodes { kind } } } \
            budgetAlerts(filter: { customerId: $id }) { nodes { threshold status } } }";
        let seen = self.reseller.run(query, json!({ "id": self.customer_id })).await.data();
        assert_eq!(seen["customer"]["openAlertCount"], 0);
        let records = seen["customer"]["adjustmentRecords"]["nodes"].as_array().unwrap();
        let mut kinds: Vec<&str> = records.iter().map(|record| record["kind"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["BUDGET_SET", "BUDGET_SET", "FROZEN", "FROZEN", "UNFROZEN", "UNFROZEN"]);
        let cleared = [100, 90, 75].map(|threshold| json!({ "threshold": threshold, "status": "CLEARED" }));
        assert_eq!(seen["budgetAlerts"]["nodes"], json!(cleared));
    }

    /// O-CUS-08, O-CUS-09, R-CUS-19, R-CUS-22: nothing stands in the way; the customer asks with a code, and the reseller
    /// agrees.
    async fn part(&self) {
        let check = "query($id: ID) { disassociationCheck(customerId: $id) { passed requestsLeft \
            failedChecks { obstacle } } }";
        let passed = |left: i32| json!({ "passed": true, "requestsLeft": left, "failedChecks": [] });
        let checked =
            self.customer.ask("{ disassociationCheck { passed requestsLeft failedChecks { obstacle } } }").await;
        assert_eq!(checked["disassociationCheck"], passed(3));
        let answer = "application { id stage status history { kind stage } }";
        let mut input = json!({ "reason": "LEAVING" });
        refused(&self.customer, "requestDisassociation", input.clone(), answer, "VERIFICATION_CODE_REQUIRED").await;
        input["verificationCode"] = json!(self.server.code(&self.customer, CUSTOMER, "DISASSOCIATION").await);
        let asked = granted(&self.customer, "requestDisassociation", input, answer).await["application"].clone();
        assert_eq!((&asked["stage"], &asked["status"]), (&json!("CONFIRMATION"), &json!("UNDER_REVIEW")));
        let checked =
            self.customer.ask("{ disassociationCheck { passed requestsLeft failedChecks { obstacle } } }").await;
        assert_eq!(checked["disassociationCheck"], passed(2));
        let checked = self.reseller.run(check, json!({ "id": self.customer_id })).await.data();
        assert_eq!(checked["disassociationCheck"], passed(3), "each side has its own requests");

        let input = json!({ "applicationId": asked["id"], "stage": "CONFIRMATION", "decision": "APPROVED" });
        let agreed = granted(&self.reseller, "reviewApplication", input, answer).await["application"].clone();
        assert_eq!(agreed["status"], "APPROVED");
        let steps = json!([
            { "kind": "SUBMITTED", "stage": "CONFIRMATION" }, { "kind": "APPROVED", "stage": "CONFIRMATION" },
        ]);
        assert_eq!(agreed["history"], steps);
    }

    /// R-CUS-22, R-CUS-26, R-CORE-11: whoever has left is nobody's: the reseller does not see it and cannot act for it, its
    /// budget is back in the quota, and what it bought stays its own.
    async fn look_back(&self) {
        let none = json!([{ "type": "MONTHLY", "quota": "1000.00", "allotted": "0.00", "available": "1000.00" }]);
        assert_eq!(self.quotas().await, none);
        for client in [&self.reseller, &self.distributor] {
            assert_eq!(self.standing(client).await, Value::Null);
        }
        let list = self.reseller.ask("{ customers { totalCount } authorizations { totalCount } }").await;
        assert_eq!(list["customers"]["totalCount"], 0);
        let switch = json!({ "customerId": self.customer_id });
        refused(&self.reseller, "switchRole", switch, "actingFor { id }", "NOT_FOUND").await;

        let customer = sign_in(&self.server, CUSTOMER).await;
        let query = "{ viewer { account { ... on Customer { partner { id } budget { amount } freeze { level } \
            associatedAt monthToDateExpenditure } } } orders { totalCount } \
            resources { nodes { name status } } authorizations { nodes { status } } }";
        assert_eq!(
            customer.ask(query).await,
            json!({
                "viewer": { "account": {
                    "partner": null, "budget": null, "freeze": { "level": "NONE" }, "associatedAt": null,
                    "monthToDateExpenditure": "200.00",
                } },
                "orders": { "totalCount": 2 },
                "resources": { "nodes": [
                    { "name": "eip", "status": "RUNNING" }, { "name": "ecs", "status": "RUNNING" },
                ] },
                "authorizations": { "nodes": [{ "status": "REVOKED" }] },
            })
        );
    }
}

/// From the invitation of its reseller to its leaving: what the customer, the reseller and the distributor do, and what each
/// of them sees of it. The audit at the end of the story finds every figure right.
#[tokio::test]
async fn a_customer_comes_buys_and_leaves() {
    story(|server| async move {
        let cast = Cast::meet(server).await;
        cast.permit().await;
        cast.open_the_account().await;
        cast.buy().await;
        cast.consent().await;
        cast.act_on_behalf().await;
        let mut alerts = cast.listen().await;
        cast.use_up(&mut alerts).await;
        cast.raise().await;
        cast.part().await;
        cast.look_back().await;
        cast.server
    })
    .await;
}
