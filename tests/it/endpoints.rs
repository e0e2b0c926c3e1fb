//! Keeping endpoints: whose they are, how many, and where they may lead.

use partner_center::accounts;
use serde_json::{Value, json};

use crate::{
    support::{Client, Receiver, Server, story, story_with},
    webhooks::{ENDPOINTS, by_id, create, endpoint},
};

/// R-CORE-01: an endpoint of somebody else is answered like one that does not exist.
#[tokio::test]
async fn an_endpoint_of_others_does_not_exist() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let (owner, other) = (server.sign_in("reseller-1a").await, server.sign_in("distributor-1").await);
        let own = endpoint(&owner, &receiver).await;
        let nowhere = json!("whe_00000000000000000000000000");
        for document in [
            "mutation($id: ID!) { updateWebhookEndpoint(input: { id: $id, enabled: false }) { userErrors { code message \
             field } } }",
            "mutation($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { userErrors { code message field } } }",
            "mutation($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret userErrors { code message field } } }",
            "mutation($id: ID!) { pingWebhook(input: { id: $id }) { userErrors { code message field } } }",
            "mutation($id: ID!) { replayWebhook(input: { id: $id, after: \"ZmVlZDow\" }) { userErrors { code message \
             field } } }",
            "query($id: ID!) { webhookDeliveries(endpointId: $id) { totalCount } }",
        ] {
            let ask = async |id: &Value| {
                let answer = other.run(document, json!({ "id": id })).await.body.to_string();
                answer.replace(id.as_str().unwrap(), "X")
            };
            assert_eq!(ask(&own.id).await, ask(&nowhere).await, "{document}");
        }
        assert_eq!(other.ask(ENDPOINTS).await["webhookEndpoints"], json!([]));
        assert_eq!(owner.ask(ENDPOINTS).await["webhookEndpoints"][0]["enabled"], true);
        assert_eq!(receiver.posted().len(), 0);
        by_id(&owner, "pingWebhook", &own.id, "delivery { id }").await;
        let deleted = by_id(&owner, "deleteWebhookEndpoint", &own.id, "deletedId").await;
        assert_eq!(deleted["deletedId"], own.id);
        assert_eq!(owner.ask(ENDPOINTS).await["webhookEndpoints"], json!([]));
        server
    })
    .await;
}

#[tokio::test]
async fn an_account_has_five_endpoints() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let url = receiver.url();
        let made = futures_util::future::join_all((0..8).map(|_| create(&client, &url, json!([])))).await;
        let refused = made.iter().filter(|made| made["userErrors"][0]["code"] == "CONFLICT").count();
        assert_eq!(refused, 3, "{made:?}");
        assert_eq!(client.ask(ENDPOINTS).await["webhookEndpoints"].as_array().unwrap().len(), 5);
        let hidden = create(&client, &url, json!(["ACCESS_CHANGED"])).await;
        assert_eq!(hidden["userErrors"][0]["field"], json!(["types"]), "{hidden}");
        server
    })
    .await;
}

/// Outside of demonstration mode, deliveries go to public addresses over https: what is inside is refused when it is set,
/// whatever its spelling, and again when it is connected to.
#[tokio::test]
async fn addresses_of_the_inside_are_refused() {
    let receiver = Receiver::start().await;
    story_with(
        |settings| settings.demo = false,
        |server| async move {
            let client = sign_in_without_password(&server, "reseller-1a").await;
            let port = receiver.url().rsplit(':').next().unwrap().to_owned();
            for url in [
                receiver.url(),
                format!("https://127.0.0.1:{port}"),
                format!("https://2130706433:{port}"),
                format!("https://[::1]:{port}"),
                format!("https://[::ffff:127.0.0.1]:{port}"),
                format!("https://localhost:{port}"),
                "https://169.254.169.254/latest/meta-data".to_owned(),
                "https://10.1.2.3/".to_owned(),
                "https://user:password@hooks.example/".to_owned(),
                "nonsense".to_owned(),
            ] {
                let made = create(&client, &url, Value::Null).await;
                assert_eq!(made["userErrors"][0]["field"], json!(["url"]), "{url}: {made}");
                assert_eq!(made["endpoint"], Value::Null);
                let posted = server.app.webhooks.post(&url, &[], b"{}".to_vec(), server.app.store.clock().now()).await;
                assert!(posted.unwrap().error.is_some(), "{url}");
            }
            assert_eq!(receiver.posted().len(), 0);
            server
        },
    )
    .await;
}

async fn sign_in_without_password(server: &Server, account: &str) -> Client {
    let app = &server.app;
    let identity = accounts::queries::identity_by_name(app.store.reader(), account, None).await.unwrap().unwrap();
    let signed_in = accounts::sessions::open_session(&app.store, &app.sign_in, identity).await.unwrap();
    server.stranger().with_token(&signed_in.access_token)
}
