//! Distributors invite resellers, who join (R-CORE-02 … R-CORE-04).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    members::change,
    support::{Client, Server, story, story_with},
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const PASSWORD: &str = "reseller-password-1";

async fn invite(client: &Client, emails: &[&str]) -> Value {
    invite_for(client, emails, Value::Null).await
}

async fn invite_for(client: &Client, emails: &[&str], manager: Value) -> Value {
    let input = json!({ "emails": emails, "accountManagerId": manager });
    change(client, "inviteResellers", input, "invitations { id status timesSent accountManager { id } }").await
}

async fn resend(client: &Client, invitations: &[&str]) -> Value {
    let input = json!({ "invitationIds": invitations });
    change(client, "resendResellerInvitations", input, "invitations { id timesSent }").await
}

/// The code that the newest e-mail to an address carries.
async fn code(server: &Server, email: &str) -> String {
    server.newest_message(email).await.split_whitespace().next().unwrap().to_owned()
}

async fn join(server: &Server, code: &str, account: &str, changes: Value) -> Value {
    let mut input = json!({
        "code": code, "enterprise": true, "companyName": "Quince Ltd.", "countryRegion": "SG", "accountName": account,
        "contactName": "Quentin Quince", "mobileNumber": "+65 1234 5678", "password": PASSWORD,
    });
    for (key, value) in changes.as_object().unwrap() {
        input[key] = value.clone();
    }
    change(&server.stranger(), "joinDistributor", input, "accountName").await
}

async fn sign_in(server: &Server, account: &str) -> Client {
    let query = "mutation($account: String!, $password: String!) { signIn(input: { accountName: $account, password: \
        $password }) { accessToken userErrors { code } } }";
    let answer = server.stranger().run(query, json!({ "account": account, "password": PASSWORD })).await.data();
    let token = answer["signIn"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}"));
    server.stranger().with_token(token)
}

async fn invitations(client: &Client, filter: Value) -> Vec<Value> {
    let query = "query($filter: ResellerInvitationFilter) { resellerInvitations(first: 100, filter: $filter) { totalCount \
        nodes { id email status timesSent reseller { accountName } accountManager { id } joinedAt } } }";
    let answer = client.run(query, json!({ "filter": filter })).await.data();
    let nodes = answer["resellerInvitations"]["nodes"].as_array().unwrap().clone();
    assert_eq!(answer["resellerInvitations"]["totalCount"], nodes.len());
    nodes
}

async fn resellers(client: &Client) -> Vec<String> {
    let answer = client.ask("{ resellers(first: 100) { nodes { accountName } } }").await;
    let nodes = answer["resellers"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["accountName"].as_str().unwrap().to_owned()).collect()
}

async fn member(client: &Client, username: &str) -> Value {
    let query = "query($name: String!) { members(filter: { search: $name }) { nodes { id } } }";
    client.run(query, json!({ "name": username })).await.data()["members"]["nodes"][0]["id"].clone()
}

/// R-CORE-02, R-CORE-03: whoever was invited joins with the code, as a reseller and nothing else, once; it is assigned to
/// the account manager that was named, and the distributor hears of both.
#[tokio::test]
async fn whoever_is_invited_joins_as_a_reseller() {
    story(|server| async move {
        let distributor = server.sign_in("distributor-1").await;
        let manager = member(&distributor, "manager").await;
        let invited = invite_for(&distributor, &[" Quince@Example.com "], manager.clone()).await;
        assert_eq!(invited["userErrors"], json!([]), "{invited}");
        let expected = json!({ "status": "PENDING", "timesSent": 1, "accountManager": { "id": manager } });
        let mut shown = invited["invitations"][0].clone();
        let invitation = shown.as_object_mut().unwrap().remove("id").unwrap();
        assert_eq!(shown, expected);
        let code = code(&server, "quince@example.com").await;
        assert!(code.len() >= 43, "256 bits: {code}");

        let joined = join(&server, &code, "Quince", json!({})).await;
        assert_eq!(joined["accountName"], "quince", "{joined}");
        let reseller = sign_in(&server, "quince").await;
        let viewer = reseller
            .ask(
                "{ viewer { account { kind name(reveal: true) email(reveal: true) countryRegion mobileNumber(reveal: true) \
                 } member { name(reveal: true) roles } permissions } reseller: viewer { account { ... on Reseller { \
                 distributor { accountName } permissions { budgetAndFreeze onBehalf } } } } customers { totalCount } }",
            )
            .await;
        assert_eq!(
            viewer["viewer"]["account"],
            json!({
                "kind": "RESELLER", "name": "Quince Ltd.", "email": "quince@example.com", "countryRegion": "SG",
                "mobileNumber": "+6512345678",
            })
        );
        assert_eq!(viewer["viewer"]["member"], json!({ "name": "Quentin Quince", "roles": ["ADMINISTRATOR"] }));
        assert_eq!(
            viewer["reseller"]["account"],
            json!({
                "distributor": { "accountName": "distributor-1" },
                "permissions": { "budgetAndFreeze": false, "onBehalf": false },
            })
        );
        assert_eq!(viewer["customers"]["totalCount"], 0);
        let refused = reseller.run("mutation { inviteResellers(input: { emails: [] }) { userErrors { code } } }", Value::Null);
        assert_eq!(refused.await.code(), "FORBIDDEN", "no distributor");

        let seen = invitations(&distributor, json!({ "status": "JOINED" })).await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0]["id"], invitation);
        assert_eq!(seen[0]["email"], "qui*****@example.com", "masked");
        assert_eq!(seen[0]["reseller"]["accountName"], "quince");
        assert_ne!(seen[0]["joinedAt"], Value::Null);
        assert!(resellers(&server.sign_in("distributor-1/manager").await).await.contains(&"quince".to_owned()));
        assert!(!resellers(&server.sign_in("distributor-1/colleague").await).await.contains(&"quince".to_owned()));
        let query = "query { accountManagerAssignments(first: 1) { nodes { subject { accountName } member { id } until } } }";
        let newest = distributor.ask(query).await["accountManagerAssignments"]["nodes"][0].clone();
        assert_eq!(newest, json!({ "subject": { "accountName": "quince" }, "member": { "id": manager }, "until": null }));

        let again = join(&server, &code, "quince-2", json!({})).await;
        assert_eq!(again["userErrors"][0]["code"], "INVITATION_INVALID", "a code is good for one use: {again}");
        server.app.hub.settle().await.unwrap();
        let told = distributor
            .ask(
                "{ events(first: 100, types: [RESELLER_INVITED, RESELLER_JOINED]) { nodes { type ... on ResellerInvited { \
                 invitationId } ... on ResellerJoined { invitationId reseller { accountName } } } } }",
            )
            .await;
        assert_eq!(
            told["events"]["nodes"],
            json!([
                { "type": "RESELLER_INVITED", "invitationId": invitation },
                { "type": "RESELLER_JOINED", "invitationId": invitation, "reseller": { "accountName": "quince" } },
            ])
        );
        for who in ["distributor-2", "reseller-1a"] {
            let told = server.sign_in(who).await.ask("{ events(types: [RESELLER_JOINED]) { nodes { id } } }").await;
            assert_eq!(told["events"]["nodes"], json!([]), "{who}");
        }
        server
    })
    .await;
}

/// R-CORE-03: only enterprises of an authorized country or region, and nobody who is a reseller already; what is refused
/// leaves the code good.
#[tokio::test]
async fn only_enterprises_of_an_authorized_region_join() {
    let regions = |settings: &mut partner_center::config::Settings| {
        settings.recruitment.regions.insert("distributor-2".to_owned(), vec!["TH".to_owned(), "MY".to_owned()]);
    };
    story_with(regions, |server| async move {
        let (one, two) = (server.sign_in("distributor-1").await, server.sign_in("distributor-2").await);
        let own = invite(&one, &["new@example.com", "office@reseller-1b.example"]).await;
        assert_eq!(own["userErrors"][0]["code"], "ALREADY_A_RESELLER", "{own}");
        assert_eq!(own["userErrors"][0]["field"], json!(["emails", "1"]), "{own}");
        assert_eq!(invitations(&one, json!({})).await.len(), 0, "nobody was invited");

        // That another distributor has it as reseller is not told to this one, but to the reseller.
        assert_eq!(invite(&one, &["new@example.com", "office@reseller-2a.example"]).await["userErrors"], json!([]));
        let taken = code(&server, "office@reseller-2a.example").await;
        let refused = join(&server, &taken, "second", json!({})).await;
        assert_eq!(refused["userErrors"][0]["code"], "ALREADY_A_RESELLER", "{refused}");

        let good = code(&server, "new@example.com").await;
        for (changes, expected, field) in [
            (json!({ "enterprise": false }), "ENTERPRISE_REQUIRED", "enterprise"),
            (json!({ "countryRegion": "TH" }), "REGION_NOT_AUTHORIZED", "countryRegion"),
            (json!({ "countryRegion": " " }), "INVALID_INPUT", "countryRegion"),
            (json!({ "companyName": "" }), "INVALID_INPUT", "companyName"),
            (json!({ "contactName": "" }), "INVALID_INPUT", "contactName"),
            (json!({ "mobileNumber": "none" }), "INVALID_INPUT", "mobileNumber"),
            (json!({ "accountName": "1st" }), "INVALID_INPUT", "accountName"),
            (json!({ "accountName": "csp-1" }), "ACCOUNT_NAME_TAKEN", "accountName"),
            (json!({ "password": "short" }), "WEAK_PASSWORD", "password"),
        ] {
            let refused = join(&server, &good, "newcomer", changes.clone()).await;
            assert_eq!(refused["userErrors"][0]["code"], expected, "{changes}: {refused}");
            assert_eq!(refused["userErrors"][0]["field"], json!([field]), "{changes}: {refused}");
        }
        assert!(!resellers(&one).await.contains(&"newcomer".to_owned()));
        assert_eq!(
            join(&server, &good, "newcomer", json!({ "countryRegion": " sg" })).await["accountName"],
            "newcomer"
        );

        // The regions of the settings take the place of the distributor's own.
        assert_eq!(invite(&two, &["far@example.com"]).await["userErrors"], json!([]));
        let far = code(&server, "far@example.com").await;
        let refused = join(&server, &far, "far", json!({ "countryRegion": "SG" })).await;
        assert_eq!(refused["userErrors"][0]["code"], "REGION_NOT_AUTHORIZED", "{refused}");
        assert_eq!(join(&server, &far, "far", json!({ "countryRegion": "TH" })).await["accountName"], "far");
        server
    })
    .await;
}

/// R-CORE-04: one invitation of an address is pending; it is sent again, singly or in batch, and then the code that was
/// sent before is no longer good. One that is past its time makes room for another.
#[tokio::test]
async fn a_pending_invitation_is_sent_again() {
    story(|server| async move {
        let distributor = server.sign_in("distributor-1").await;
        let invited = invite(&distributor, &["a@example.com", "b@example.com"]).await;
        let ids: Vec<String> = (0..2).map(|at| invited["invitations"][at]["id"].as_str().unwrap().to_owned()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let twice = invite(&distributor, &["c@example.com", "B@example.com"]).await;
        assert_eq!(twice["userErrors"][0]["code"], "INVITATION_PENDING", "{twice}");
        assert_eq!(twice["userErrors"][0]["field"], json!(["emails", "1"]), "{twice}");
        assert_eq!(invitations(&distributor, json!({})).await.len(), 2, "all of them or none");
        for wrong in [&[][..], &["a"], &["d@example.com", "D@example.com"]] {
            let refused = invite(&distributor, wrong).await;
            assert_eq!(refused["userErrors"][0]["code"], "INVALID_INPUT", "{refused}");
        }
        // Another distributor's invitation of the same address is its own affair.
        assert_eq!(invite(&server.sign_in("distributor-2").await, &["a@example.com"]).await["userErrors"], json!([]));

        let first = code(&server, "b@example.com").await;
        let soon = resend(&distributor, &ids).await;
        assert_eq!(soon["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{soon}");
        server.app.store.clock().advance(MINUTE);
        let again = resend(&distributor, &ids).await;
        let expected = json!([{ "id": ids[0], "timesSent": 2 }, { "id": ids[1], "timesSent": 2 }]);
        assert_eq!(again["invitations"], expected, "{again}");
        let second = code(&server, "b@example.com").await;
        assert_ne!(first, second);
        let old = join(&server, &first, "quince", json!({})).await;
        assert_eq!(old["userErrors"][0]["code"], "INVITATION_INVALID", "{old}");
        assert_eq!(join(&server, &second, "quince", json!({})).await["accountName"], "quince");
        let used = resend(&distributor, &ids).await;
        assert_eq!(used["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{used}");
        assert_eq!(used["userErrors"][1]["code"], "CONFLICT", "{used}");
        let reseller = invite(&distributor, &["b@example.com"]).await;
        assert_eq!(reseller["userErrors"][0]["code"], "ALREADY_A_RESELLER", "{reseller}");

        let late = code(&server, "a@example.com").await;
        server.app.store.clock().advance(DAY * 14);
        let distributor = server.sign_in("distributor-1").await;
        let expired = invitations(&distributor, json!({ "status": "EXPIRED" })).await;
        assert_eq!(expired.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), [ids[0]]);
        let over = join(&server, &late, "late", json!({})).await;
        assert_eq!(over["userErrors"][0]["code"], "INVITATION_INVALID", "{over}");
        assert_eq!(resend(&distributor, &ids[..1]).await["userErrors"], json!([]), "what is over is sent again");
        server.app.store.clock().advance(DAY * 14);
        let distributor = server.sign_in("distributor-1").await;
        assert_eq!(invite(&distributor, &["a@example.com"]).await["userErrors"], json!([]), "or invited anew");
        let replaced = resend(&distributor, &ids[..1]).await;
        assert_eq!(replaced["userErrors"][0]["code"], "CONFLICT", "{replaced}");
        assert_eq!(invitations(&distributor, json!({ "status": "PENDING", "search": "A@" })).await.len(), 1);
        assert_eq!(invitations(&distributor, json!({ "search": "a@" })).await.len(), 2);
        server
    })
    .await;
}

/// R-CORE-01, R-CORE-45: a manager invites for itself and sees its own; another distributor's invitation does not exist.
#[tokio::test]
async fn invitations_are_seen_by_whom_they_concern() {
    story(|server| async move {
        let distributor = server.sign_in("distributor-1").await;
        let manager = server.sign_in("distributor-1/manager").await;
        let own = invite(&manager, &["m@example.com"]).await;
        let name = member(&distributor, "manager").await;
        assert_eq!(own["invitations"][0]["accountManager"]["id"], name, "{own}");
        let colleague = member(&distributor, "colleague").await;
        let refused = invite_for(&manager, &["n@example.com"], colleague.clone()).await;
        assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN", "{refused}");
        assert_eq!(refused["userErrors"][0]["field"], json!(["accountManagerId"]), "{refused}");
        let finance = member(&distributor, "finance").await;
        let refused = invite_for(&distributor, &["n@example.com"], finance).await;
        assert_eq!(refused["userErrors"][0]["code"], "NOT_AN_ACCOUNT_MANAGER", "{refused}");
        let foreign = member(&server.sign_in("csp-1").await, "manager").await;
        let refused = invite_for(&distributor, &["n@example.com"], foreign).await;
        assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND", "{refused}");
        assert_eq!(invite_for(&distributor, &["c@example.com"], colleague).await["userErrors"], json!([]));
        assert_eq!(invitations(&distributor, json!({})).await.len(), 2);
        assert_eq!(invitations(&distributor, json!({ "accountManagerId": name })).await.len(), 1);
        for (who, sees) in [("manager", 1), ("director", 1), ("colleague", 1), ("finance", 2)] {
            let client = server.sign_in(&format!("distributor-1/{who}")).await;
            assert_eq!(invitations(&client, json!({})).await.len(), sees, "{who}");
        }
        let theirs = own["invitations"][0]["id"].as_str().unwrap();
        let missing = "rin_00000000000000000000000000";
        for who in ["distributor-2", "distributor-1/colleague"] {
            let client = server.sign_in(who).await;
            let told = async |id: &str| resend(&client, &[id]).await.to_string().replace(id, "X");
            assert!(told(theirs).await.contains("NOT_FOUND"), "{who}");
            assert_eq!(told(theirs).await, told(missing).await, "{who}");
        }
        assert_eq!(invitations(&server.sign_in("distributor-2").await, json!({})).await.len(), 0);
        let document = "mutation { inviteResellers(input: { emails: [\"x@example.com\"] }) { userErrors { code } } }";
        for who in ["distributor-1/finance", "reseller-1a", "csp-1", "customer-1a1", "platform"] {
            assert_eq!(server.sign_in(who).await.run(document, Value::Null).await.code(), "FORBIDDEN", "{who}");
        }
        assert_eq!(invitations(&distributor, json!({})).await[0]["timesSent"], 1, "nothing was sent again");
        server
    })
    .await;
}

/// R-CORE-03, R-CORE-04 under races: one code opens one account, one address becomes one reseller, and one name is given
/// once, whoever comes at the same moment.
#[tokio::test]
async fn of_several_who_join_at_once_one_does() {
    story(|server| async move {
        let (one, two) = (server.sign_in("distributor-1").await, server.sign_in("distributor-2").await);
        let (first, second) = tokio::join!(invite(&one, &["r@example.com"]), invite(&one, &["r@example.com"]));
        let won = [&first, &second].iter().filter(|payload| payload["userErrors"] == json!([])).count();
        assert_eq!(won, 1, "{first} {second}");
        let ours = code(&server, "r@example.com").await;
        assert_eq!(invite(&two, &["r@example.com"]).await["userErrors"], json!([]));
        let theirs = code(&server, "r@example.com").await;
        assert_eq!(invite(&one, &["s@example.com", "t@example.com"]).await["userErrors"], json!([]));
        let (s, t) = (code(&server, "s@example.com").await, code(&server, "t@example.com").await);
        let joined = tokio::join!(
            join(&server, &ours, "race-1", json!({})),
            join(&server, &ours, "race-2", json!({})),
            join(&server, &theirs, "race-3", json!({})),
            join(&server, &s, "race-4", json!({})),
            join(&server, &t, "race-4", json!({})),
        );
        let joined = [joined.0, joined.1, joined.2, joined.3, joined.4];
        let done = |payloads: &[Value]| payloads.iter().filter(|payload| !payload["accountName"].is_null()).count();
        assert_eq!(done(&joined[..3]), 1, "{joined:?}");
        assert_eq!(done(&joined[3..]), 1, "{joined:?}");
        for refused in joined.iter().filter(|payload| payload["accountName"].is_null()) {
            let code = refused["userErrors"][0]["code"].as_str().unwrap();
            assert!(
                ["INVITATION_INVALID", "ALREADY_A_RESELLER", "ACCOUNT_NAME_TAKEN"].contains(&code),
                "told what to mend: {refused}"
            );
        }
        let mut all = resellers(&one).await;
        all.extend(resellers(&two).await);
        assert_eq!(all.iter().filter(|name| name.starts_with("race-")).count(), 2, "{all:?}");
        server
    })
    .await;
}

/// Codes cannot be guessed: wrong ones count for the address, which is shut out, even with the right one.
#[tokio::test]
async fn wrong_codes_shut_an_address_out() {
    let strict = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = 3;
    story_with(strict, |server| async move {
        let distributor = server.sign_in("distributor-1").await;
        assert_eq!(invite(&distributor, &["g@example.com"]).await["userErrors"], json!([]));
        let right = code(&server, "g@example.com").await;
        for _ in 0..3 {
            let wrong = join(&server, "guess", "guess", json!({})).await;
            assert_eq!(wrong["userErrors"][0]["code"], "INVITATION_INVALID", "{wrong}");
        }
        let shut = join(&server, &right, "guess", json!({})).await;
        assert_eq!(shut["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{shut}");
        assert!(!resellers(&distributor).await.contains(&"guess".to_owned()));
        server.app.store.clock().advance(MINUTE * 16);
        assert_eq!(join(&server, &right, "guess", json!({})).await["accountName"], "guess");
        server
    })
    .await;
}
