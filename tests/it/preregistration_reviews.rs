//! Customers that the vendor looks at before they are preregistered (O-CUS-02, R-CUS-02, R-CUS-03).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    attachments::{PDF, upload},
    members::change,
    preregistrations::{leave, set_facts},
    support::{Client, Server, story},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const SHOWN: &str = "application { id status stage round dueAt overdue allowedActions attachments { name slot } \
    history { kind round } ... on PreregistrationReview { causes communicationProcess \
    potentialAdditionalExpenditure preregistration { status expiresAt } } }";

async fn request(client: &Client, email: &str, attachments: Value) -> Value {
    let input = json!({
        "fullName": "Somebody Large", "email": email, "potentialAdditionalExpenditure": "120000.50",
        "communicationProcess": "Two visits and a workshop.", "attachments": attachments,
    });
    change(client, "requestPreregistrationReview", input, SHOWN).await
}

async fn decide(client: &Client, application: &Value, decision: &str) -> Value {
    let input = json!({
        "applicationId": application["id"], "stage": "REVIEW", "decision": decision, "comment": "the reviewer's words",
    });
    change(client, "reviewApplication", input, SHOWN).await
}

async fn claims(client: &Client) -> Vec<String> {
    let answer = client.ask("{ preregistrations { nodes { status } } }").await;
    let nodes = answer["preregistrations"]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|node| node["status"].as_str().unwrap().to_owned()).collect()
}

/// A customer of online sales, whom a provider may ask to be reviewed.
async fn of_online_sales(server: &Server) -> String {
    let email = leave(server, "customer-2c5").await;
    set_facts(server, "customer-2c5", &["ONLINE_SALES"]).await;
    email
}

/// The whole course: asked for with a file, sent back, handed in again, approved. The claim stands from the request on and
/// holds for 15 days from the approval (R-CUS-05); the partner is told of each decision.
#[tokio::test]
async fn a_review_is_asked_for_sent_back_and_approved() {
    story(|server| async move {
        let email = of_online_sales(&server).await;
        let (provider, reviewer) = (server.sign_in("csp-1").await, server.sign_in("platform/reviewer").await);
        let mut socket = server.socket(&provider).await;
        socket
            .subscribe(
                "1",
                "subscription { reviewOutcomes { decision final comment subject { __typename \
            ... on CloudSolutionProvider { accountName } } } }",
                json!({}),
            )
            .await;

        let file = upload(&server, &provider, "proof.pdf", PDF).await;
        let asked = request(&provider, &email, json!([{ "slot": "proof", "attachmentId": file }])).await;
        let application = asked["application"].clone();
        assert_eq!(application["status"], "UNDER_REVIEW", "{asked}");
        assert_eq!(application["causes"], json!(["ONLINE_SALES"]));
        assert_eq!(application["potentialAdditionalExpenditure"], "120000.50");
        assert_eq!(application["attachments"], json!([{ "name": "proof.pdf", "slot": "proof" }]));
        assert_eq!(application["preregistration"]["status"], "UNDER_REVIEW");
        assert_eq!(request(&provider, &email, json!([])).await["userErrors"][0]["code"], "CONFLICT");

        let returned = decide(&reviewer, &application, "RETURNED").await["application"].clone();
        assert_eq!(returned["status"], "RETURNED", "{returned}");
        assert_eq!(returned["attachments"][0]["name"], "proof.pdf", "whoever decides sees the files");
        let outcome = socket.event().await["reviewOutcomes"].clone();
        assert_eq!((&outcome["decision"], &outcome["final"]), (&json!("RETURNED"), &json!(false)));
        assert_eq!(outcome["subject"]["accountName"], "csp-1");
        let again = json!({ "applicationId": application["id"], "comment": "more words", "attachments": [] });
        let again = change(&provider, "resubmitApplication", again, SHOWN).await["application"].clone();
        assert_eq!((&again["round"], &again["status"]), (&json!(2), &json!("UNDER_REVIEW")), "{again}");
        assert_eq!(again["attachments"], json!([]), "all files that it is to have");

        server.app.store.clock().advance(5 * DAY);
        let reviewer = server.sign_in("platform/reviewer").await;
        let late = "{ applications(filter: { overdue: true, toDecide: true }) { nodes { id overdue } } }";
        let late = reviewer.ask(late).await["applications"]["nodes"].clone();
        assert_eq!(late, json!([{ "id": application["id"], "overdue": true }]), "two working days (R-CUS-03)");
        let approved = decide(&reviewer, &application, "APPROVED").await["application"].clone();
        assert_eq!(approved["preregistration"]["status"], "PREREGISTERED", "{approved}");
        let kinds: Vec<&str> =
            approved["history"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["SUBMITTED", "RETURNED", "RESUBMITTED", "APPROVED"]);
        assert_eq!(claims(&server.sign_in("csp-1").await).await, ["PREREGISTERED"]);
        server
    })
    .await;
}

/// R-CORE-45: the file of an application is for whoever sees the application, and a free one for whoever uploaded it. For
/// an account manager, a colleague's does not exist.
#[tokio::test]
async fn files_are_seen_by_whoever_sees_their_application() {
    story(|server| async move {
        let email = of_online_sales(&server).await;
        let manager = server.sign_in("csp-1/manager").await;
        let proof = upload(&server, &manager, "proof.pdf", PDF).await;
        let free = upload(&server, &manager, "free.pdf", PDF).await;
        let asked = request(&manager, &email, json!([{ "slot": "proof", "attachmentId": proof }])).await;
        assert_eq!(asked["userErrors"], json!([]), "{asked}");
        let query = "query($proof: ID!, $free: ID!) { proof: attachment(id: $proof) { name } free: attachment(id: $free) \
            { name } nodes(ids: [$proof, $free]) { id } }";
        let ids = json!({ "proof": proof, "free": free });
        for (who, sees) in [
            ("csp-1", [true, true]),
            ("csp-1/manager", [true, true]),
            ("csp-1/director", [true, false]),
            ("csp-1/colleague", [false, false]),
        ] {
            let found = server.sign_in(who).await.run(query, ids.clone()).await.data();
            assert_eq!([&found["proof"], &found["free"]].map(Value::is_object), sees, "{who}: {found}");
            assert_eq!([&found["nodes"][0], &found["nodes"][1]].map(Value::is_object), sees, "{who}: {found}");
        }
        let colleague = server.sign_in("csp-1/colleague").await;
        let delete = "mutation($id: ID!) { deleteAttachment(input: { id: $id }) { userErrors { code } } }";
        let refused = colleague.run(delete, json!({ "id": free })).await.data();
        assert_eq!(refused["deleteAttachment"]["userErrors"][0]["code"], "NOT_FOUND", "{refused}");
        assert!(manager.run(query, ids).await.data()["free"].is_object(), "it is there still");
        server
    })
    .await;
}

/// What ends the application ends the claim: a refusal, taking it back, and a return that nobody answers. Others can
/// claim the customer then.
#[tokio::test]
async fn what_ends_the_application_ends_the_claim() {
    story(|server| async move {
        let email = of_online_sales(&server).await;
        let (provider, reviewer) = (server.sign_in("csp-1").await, server.sign_in("platform/reviewer").await);
        let first = request(&provider, &email, json!([])).await["application"].clone();
        assert_eq!(decide(&reviewer, &first, "REJECTED").await["application"]["preregistration"]["status"], "REJECTED");
        let second = request(&provider, &email, json!([])).await["application"].clone();
        let back = json!({ "applicationId": second["id"] });
        let back = change(&provider, "cancelApplication", back, SHOWN).await["application"].clone();
        assert_eq!((&back["status"], &back["preregistration"]["status"]), (&json!("CANCELLED"), &json!("DELETED")));
        let third = request(&provider, &email, json!([])).await["application"].clone();
        decide(&reviewer, &third, "RETURNED").await;
        server.app.store.clock().advance(16 * DAY);
        partner_center::reviews::jobs::expire(&server.app.store, &server.app.reviews).await.unwrap();
        let provider = server.sign_in("csp-1").await;
        assert_eq!(claims(&provider).await, ["EXPIRED", "DELETED", "REJECTED"]);
        assert_eq!(request(&provider, &email, json!([])).await["userErrors"], json!([]));
        server
    })
    .await;
}

/// R-CUS-01, R-CUS-02: what nobody may review is refused with its causes, what needs no review is preregistered instead,
/// and nothing is claimed.
#[tokio::test]
async fn reviews_are_for_their_grounds() {
    story(|server| async move {
        let email = of_online_sales(&server).await;
        let reseller = server.sign_in("reseller-1a").await;
        let refused = request(&reseller, &email, json!([])).await;
        assert_eq!(refused["userErrors"][0]["code"], "PREREGISTRATION_REFUSED", "for providers only: {refused}");
        let provider = server.sign_in("csp-1").await;
        set_facts(&server, "customer-2c5", &["ONLINE_SALES", "CONSUMER_USER"]).await;
        let refused = request(&provider, &email, json!([])).await;
        assert_eq!(refused["userErrors"].as_array().unwrap().len(), 2, "{refused}");
        let refused = request(&provider, "somebody@else.example", json!([])).await;
        assert_eq!(refused["userErrors"][0]["code"], "CONFLICT", "{refused}");
        assert_eq!(claims(&provider).await, Vec::<String>::new());
        assert_eq!(claims(&reseller).await, Vec::<String>::new());
        server
    })
    .await;
}
