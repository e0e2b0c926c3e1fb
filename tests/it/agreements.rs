//! Texts that customers sign, and what they signed (R-CUS-37).

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::{
    members::change,
    support::{Client, id, story, story_with},
};

async fn asked(client: &Client) -> Vec<i64> {
    let answer = client.ask("{ agreementsToSign { kind version text } }").await;
    let texts = answer["agreementsToSign"].as_array().unwrap();
    assert!(texts.iter().all(|text| text["kind"] == "ASSOCIATION_INSTRUCTIONS"), "{answer}");
    texts.iter().map(|text| text["version"].as_i64().unwrap()).collect()
}

async fn signed(client: &Client) -> Value {
    let answer = client.ask("{ agreements { totalCount nodes { kind name version signedBy { roles } } } }").await;
    assert_eq!(answer["agreements"]["totalCount"], answer["agreements"]["nodes"].as_array().unwrap().len());
    answer["agreements"]["nodes"].clone()
}

async fn sign(client: &Client, version: i64) -> Value {
    let input = json!({ "version": version });
    change(client, "signAssociationInstructions", input, "agreement { id version signedAt text }").await
}

/// R-CUS-37: an associated customer is asked to sign the newest instructions until it has; what it signed is listed, for
/// itself and nobody else, and stands in its operation log.
#[tokio::test]
async fn a_customer_signs_the_newest_instructions_once() {
    story(|server| async move {
        let customer = server.sign_in("customer-1a1").await;
        assert_eq!(asked(&customer).await, [1]);
        for version in [0, 2] {
            let wrong = sign(&customer, version).await;
            assert_eq!(wrong["userErrors"][0]["code"], "OUTDATED_VERSION", "{wrong}");
            assert_eq!(wrong["userErrors"][0]["field"], json!(["version"]), "{wrong}");
        }
        assert_eq!(signed(&customer).await, json!([]));

        // Twice at once: one signature.
        let (first, second) = tokio::join!(sign(&customer, 1), sign(&customer, 1));
        assert_eq!(first["userErrors"], json!([]), "{first}");
        assert_eq!(first["agreement"], second["agreement"]);
        assert!(first["agreement"]["text"].as_str().unwrap().contains("reseller model"), "{first}");
        assert_eq!(sign(&customer, 1).await["agreement"], first["agreement"], "the first signature stands");
        let expected = json!([{
            "kind": "ASSOCIATION_INSTRUCTIONS", "name": "Association instructions", "version": 1,
            "signedBy": { "roles": ["ADMINISTRATOR"] },
        }]);
        assert_eq!(signed(&customer).await, expected);
        assert_eq!(asked(&customer).await, Vec::<i64>::new());
        let traces = customer.ask("{ traces { nodes { name source onBehalf operator { accountName } } } }").await;
        let expected = json!([{
            "name": "signAssociationInstructions", "source": "agreements", "onBehalf": false,
            "operator": { "accountName": "customer-1a1" },
        }]);
        assert_eq!(traces["traces"]["nodes"], expected);

        let other = server.sign_in("customer-1a2").await;
        assert_eq!(signed(&other).await, json!([]));
        assert_eq!(asked(&other).await, [1]);
        for who in ["reseller-1a", "distributor-1", "platform"] {
            let client = server.sign_in(who).await;
            let refused = client.run("{ agreements { nodes { id } } }", Value::Null).await;
            assert_eq!(refused.code(), "FORBIDDEN", "{who}");
            let refused = client.run(
                "mutation { signAssociationInstructions(input: { version: 1 }) { userErrors { code } } }",
                Value::Null,
            );
            assert_eq!(refused.await.code(), "FORBIDDEN", "{who}");
        }
        server
    })
    .await;
}

/// R-CUS-37: from the instant on at which a new version is valid, the customer is asked again; both stay listed.
#[tokio::test]
async fn a_new_version_is_signed_again() {
    let file: PathBuf = std::env::temp_dir().join(format!("pc_{}.toml", uuid::Uuid::new_v4()));
    let soon =
        crate::support::machine_time().parse::<chrono::DateTime<chrono::Utc>>().unwrap() + Duration::from_secs(600);
    let text = |kind: &str, version: u32, valid_from: &str| {
        format!(
            "[[text]]\nkind = \"{kind}\"\nversion = {version}\nvalid_from = \"{valid_from}\"\ntext = \"words {version}\"\n"
        )
    };
    let texts = [
        text("AUTHORIZATION_LETTER", 1, "2024-01-01T00:00:00Z"),
        text("ASSOCIATION_INSTRUCTIONS", 7, "2024-01-01T00:00:00Z"),
        text("ASSOCIATION_INSTRUCTIONS", 8, &soon.to_rfc3339()),
    ];
    std::fs::write(&file, texts.concat()).unwrap();
    let path = file.clone();
    let change = move |settings: &mut partner_center::config::Settings| settings.agreements_file = Some(path);
    story_with(change, |server| async move {
        let customer = server.sign_in("customer-1a1").await;
        assert_eq!(asked(&customer).await, [7]);
        assert_eq!(sign(&customer, 8).await["userErrors"][0]["code"], "OUTDATED_VERSION", "not valid yet");
        assert_eq!(sign(&customer, 7).await["userErrors"], json!([]));
        assert_eq!(asked(&customer).await, Vec::<i64>::new());

        server.app.store.clock().advance(Duration::from_secs(700));
        assert_eq!(asked(&customer).await, [8], "asked again");
        assert_eq!(sign(&customer, 7).await["userErrors"][0]["code"], "OUTDATED_VERSION");
        assert_eq!(signed(&customer).await.as_array().unwrap().len(), 1, "nothing was signed");
        assert_eq!(sign(&customer, 8).await["userErrors"], json!([]));
        let versions: Vec<_> =
            signed(&customer).await.as_array().unwrap().iter().map(|one| one["version"].clone()).collect();
        assert_eq!(versions, [8, 7]);
        let texts = server.stranger().ask("{ agreementTexts { kind version text } }").await;
        let expected = json!([
            { "kind": "ASSOCIATION_INSTRUCTIONS", "version": 7, "text": "words 7" },
            { "kind": "ASSOCIATION_INSTRUCTIONS", "version": 8, "text": "words 8" },
            { "kind": "AUTHORIZATION_LETTER", "version": 1, "text": "words 1" },
        ]);
        assert_eq!(texts["agreementTexts"], expected, "whoever is about to open an account can read them");
        server
    })
    .await;
    std::fs::remove_file(file).unwrap();
}

/// R-CUS-16, R-CUS-26, R-CUS-37: where a partner's request waits for it, the customer is asked to sign the letter that it was
/// shown; it signs by approving the request, and is asked for nothing once the request is over.
#[tokio::test]
async fn a_customer_is_asked_for_the_letter_that_its_partner_waits_for() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a1").await);
        let asked = async || {
            let answer = customer.ask("{ agreementsToSign { kind version } }").await;
            let texts = answer["agreementsToSign"].as_array().unwrap().clone();
            texts.iter().map(|text| text["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let both = ["ASSOCIATION_INSTRUCTIONS", "AUTHORIZATION_LETTER"];
        assert_eq!(asked().await, both[..1]);
        let request = async || {
            let input = json!({ "customerId": id("customer-1a1") });
            let payload = change(&partner, "requestAuthorization", input, "application { id stage }").await;
            assert_eq!(payload["userErrors"], json!([]), "{payload}");
            payload["application"].clone()
        };
        let first = request().await;
        assert_eq!(asked().await, both);
        let other = server.sign_in("customer-1a2").await.ask("{ agreementsToSign { kind } }").await;
        assert_eq!(other["agreementsToSign"].as_array().unwrap().len(), 1, "its own only: {other}");
        let input = json!({ "applicationId": first["id"] });
        change(&partner, "cancelApplication", input, "application { id }").await;
        assert_eq!(asked().await, both[..1], "it was taken back");
        let second = request().await;
        let code = server.code(&customer, "customer-1a1", "ACCEPT_AUTHORIZATION").await;
        let input = json!({
            "applicationId": second["id"], "stage": second["stage"], "decision": "APPROVED", "verificationCode": code,
        });
        let payload = change(&customer, "reviewApplication", input, "application { status }").await;
        assert_eq!(payload["application"]["status"], "APPROVED", "{payload}");
        assert_eq!(asked().await, both[..1], "it is signed");
        server
    })
    .await;
}
