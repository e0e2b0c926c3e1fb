//! Calling customers: e-mails, links and QR codes (R-CUS-09 … R-CUS-13).

use entities::{
    invitation, message,
    types::{InvitationId, InvitationMethod, InvitationStatus},
};
use partner_center::{
    outcome::Outcome,
    store::{Command, Tx},
};
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    members::change,
    preregistrations::{DAY, preregister},
    support::{Client, Server, story},
};

const SHOWN: &str =
    "id method code link tag remarks status failure validUntil accountManager { id } email(reveal: true)";

/// Invites by e-mail.
pub async fn invite(client: &Client, emails: &[&str]) -> Value {
    change(client, "inviteCustomers", json!({ "emails": emails }), &format!("invitations {{ {SHOWN} }}")).await
}

/// Makes a link.
pub async fn link(client: &Client, input: Value) -> Value {
    change(client, "createInvitationLink", input, &format!("invitation {{ {SHOWN} }}")).await
}

/// Preregisters and invites by e-mail; the code is read out of the message.
pub async fn code_by_mail(server: &Server, client: &Client, email: &str) -> String {
    let payload = preregister(client, email).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    let payload = invite(client, &[email]).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    code_in(&server.newest_message(email).await)
}

/// The code of the link in a message.
pub fn code_in(message: &str) -> String {
    let after = message.split("http://127.0.0.1:8080/invitations/").nth(1).unwrap_or_else(|| panic!("{message}"));
    after.split_whitespace().next().unwrap().to_owned()
}

/// Links that are there already.
pub struct Links(pub Vec<invitation::Model>);

impl Command for Links {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        for some in self.0.chunks(50) {
            let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
            invitation::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
        }
        Ok(())
    }
}

/// A customized link of a partner.
pub async fn customized(server: &Server, who: &str, number: u32) -> invitation::Model {
    let db = server.app.store.reader();
    let found = partner_center::accounts::queries::identity_by_name(db, who, None).await.unwrap().unwrap();
    let now = server.app.store.clock().now();
    invitation::Model {
        id: InvitationId::new(now),
        partner_id: found.account.id,
        method: InvitationMethod::CustomizedLink,
        code: Some(format!("{who}-{number}")),
        link_id: None,
        preregistration_id: None,
        email: None,
        full_name: None,
        name_key: None,
        customer_id: None,
        tag: Some(format!("tag {number}")),
        account_manager_id: None,
        remarks: None,
        status: InvitationStatus::Sent,
        failure: None,
        invited_by: found.member.id,
        invited_at: now,
        valid_until: now.plus(DAY * 30),
        followed_at: None,
        ended_at: None,
        ended_by: None,
    }
}

/// R-CUS-09, R-CUS-10: an e-mail needs a claim that holds; with the claim it can be sent at once, and again.
#[tokio::test]
async fn e_mails_go_to_preregistered_customers() {
    story(|server| async move {
        let reseller = server.sign_in("reseller-1a").await;
        let refused = invite(&reseller, &["nobody@x.example"]).await;
        assert_eq!(refused["userErrors"][0]["code"], "NOT_PREREGISTERED", "{refused}");
        preregister(&server.sign_in("csp-1").await, "theirs@x.example").await;
        preregister(&reseller, "ours@x.example").await;
        let refused = invite(&reseller, &["ours@x.example", "theirs@x.example"]).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["emails", "1"]), "{refused}");
        assert_eq!(reseller.ask("{ invitations { totalCount } }").await["invitations"]["totalCount"], 0);

        let payload = invite(&reseller, &["OURS@x.example"]).await;
        let sent = &payload["invitations"][0];
        assert_eq!((&sent["status"], &sent["method"]), (&json!("SENT"), &json!("FROM_PARTNER_CENTER")), "{payload}");
        let code = code_in(&server.newest_message("ours@x.example").await);
        assert_eq!((&sent["code"], &sent["link"]), (&Value::Null, &Value::Null), "its addressee's only: {payload}");
        assert!(code.len() >= 22, "128 bits at least: {code}");
        let twice = invite(&reseller, &["ours@x.example"]).await;
        assert_eq!(twice["userErrors"][0]["code"], "CONFLICT", "{twice}");

        let input = json!({ "fullName": "At Once", "email": "now@x.example", "sendInvitationLink": true });
        let payload = change(&reseller, "preregisterCustomer", input, "preregistration { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        code_in(&server.newest_message("now@x.example").await);
        let all = reseller.ask("{ invitations(first: 5) { totalCount nodes { id } } }").await;
        assert_eq!(all["invitations"]["totalCount"], 2, "{all}");

        let resend = async |ids: Value| {
            let input = json!({ "invitationIds": ids });
            change(&reseller, "resendInvitations", input, "invitations { status validUntil }").await
        };
        let general = link(&reseller, json!({ "method": "GENERAL_LINK" })).await["invitation"]["id"].clone();
        assert_eq!(resend(json!([general])).await["userErrors"][0]["code"], "CONFLICT");
        assert_eq!(resend(json!([])).await["userErrors"][0]["code"], "INVALID_INPUT");
        assert_eq!(resend(json!(["inv_00000000000000000000000000"])).await["userErrors"][0]["code"], "NOT_FOUND");
        let before = reseller.ask("{ invitations { nodes { id invitedAt validUntil } } }").await;
        let messages = server.app.store.reader();
        let messages = async || message::Entity::find().count(messages).await.unwrap();
        let mailed = messages().await;
        let soon = resend(json!([sent["id"]])).await;
        assert_eq!(soon["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{soon}");
        assert_eq!(soon["userErrors"][0]["field"], json!(["invitationIds", "0"]), "{soon}");
        let after = reseller.ask("{ invitations { nodes { id invitedAt validUntil } } }").await;
        assert_eq!(after, before, "nothing changes");
        assert_eq!(messages().await, mailed, "and nothing is sent");
        server.app.store.clock().advance(std::time::Duration::from_secs(60));
        assert_eq!(resend(json!([sent["id"]])).await["userErrors"], json!([]), "after a minute");
        server.app.store.clock().advance(DAY * 10);
        let reseller = server.sign_in("reseller-1a").await;
        let input = json!({ "invitationIds": [sent["id"]] });
        let again = change(&reseller, "resendInvitations", input.clone(), "invitations { status validUntil }").await;
        assert_eq!(again["userErrors"], json!([]), "{again}");
        assert!(again["invitations"][0]["validUntil"].as_str() > sent["validUntil"].as_str(), "{again}");
        assert_eq!(code_in(&server.newest_message("ours@x.example").await), code, "the same link, sent again");
        server.app.store.clock().advance(DAY * 6);
        let reseller = server.sign_in("reseller-1a").await;
        let late = change(&reseller, "resendInvitations", input, "invitations { id }").await;
        assert_eq!(late["userErrors"][0]["code"], "NOT_PREREGISTERED", "the claim is over: {late}");
        server
    })
    .await;
}

/// O-CUS-05, R-ORG-33: links of each kind, with their QR codes; what does not fit a kind is refused.
#[tokio::test]
async fn links_are_of_their_kinds() {
    story(|server| async move {
        let (administrator, manager) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        let general = link(&administrator, json!({ "method": "GENERAL_LINK" })).await;
        assert_eq!(general["invitation"]["tag"], "csp-1", "{general}");
        let again = link(&administrator, json!({ "method": "GENERAL_LINK" })).await;
        assert_eq!(again["invitation"]["id"], general["invitation"]["id"], "made once");
        let of_manager = link(&manager, json!({ "method": "GENERAL_LINK" })).await;
        assert_eq!(of_manager["invitation"]["tag"], "csp-1/manager", "{of_manager}");
        assert_ne!(of_manager["invitation"]["accountManager"], Value::Null);
        assert_eq!(general["invitation"]["accountManager"], Value::Null);

        let tagged = json!({ "method": "CUSTOMIZED_LINK", "tag": "Fair 2026", "remarks": "Hall 3" });
        let tagged = link(&administrator, tagged).await;
        assert_eq!(tagged["invitation"]["tag"], "Fair 2026", "{tagged}");
        let member = manager.ask("{ viewer { member { id } } }").await["viewer"]["member"]["id"].clone();
        let dedicated = link(&administrator, json!({ "method": "CUSTOMIZED_LINK", "accountManagerId": member })).await;
        assert_eq!(dedicated["invitation"]["accountManager"]["id"], member, "{dedicated}");
        let now = server.app.store.clock().now();
        let until = now.plus(DAY * 60).to_datetime().to_rfc3339();
        let campaign = link(&administrator, json!({ "method": "PROMOTIONAL_LINK", "validUntil": until })).await;
        assert_eq!(campaign["userErrors"], json!([]), "{campaign}");

        let past = now.minus(DAY).to_datetime().to_rfc3339();
        let finance = server.sign_in("csp-1/finance").await.ask("{ viewer { member { id } } }").await;
        let colleague = server.sign_in("csp-1/colleague").await.ask("{ viewer { member { id } } }").await;
        for (client, input, code) in [
            (&administrator, json!({ "method": "FROM_PARTNER_CENTER" }), "INVALID_INPUT"),
            (&administrator, json!({ "method": "GENERAL_LINK", "tag": "mine" }), "INVALID_INPUT"),
            (&administrator, json!({ "method": "CUSTOMIZED_LINK" }), "INVALID_INPUT"),
            (
                &administrator,
                json!({ "method": "CUSTOMIZED_LINK", "tag": "x", "remarks": "r".repeat(101) }),
                "INVALID_INPUT",
            ),
            (&administrator, json!({ "method": "CUSTOMIZED_LINK", "tag": "x", "validUntil": until }), "INVALID_INPUT"),
            (&administrator, json!({ "method": "PROMOTIONAL_LINK" }), "INVALID_INPUT"),
            (&administrator, json!({ "method": "PROMOTIONAL_LINK", "validUntil": past }), "INVALID_INPUT"),
            (
                &administrator,
                json!({ "method": "CUSTOMIZED_LINK", "accountManagerId": finance["viewer"]["member"]["id"] }),
                "NOT_AN_ACCOUNT_MANAGER",
            ),
            (&administrator, json!({ "method": "CUSTOMIZED_LINK", "accountManagerId": "mem_x" }), "NOT_FOUND"),
            (
                &manager,
                json!({ "method": "CUSTOMIZED_LINK", "accountManagerId": colleague["viewer"]["member"]["id"] }),
                "FORBIDDEN",
            ),
        ] {
            let payload = link(client, input.clone()).await;
            assert_eq!(payload["userErrors"][0]["code"], code, "{input}: {payload}");
        }
        let all = administrator
            .ask("{ invitations { totalCount nodes { link code svg: qrCode png: qrCode(format: PNG) } } }")
            .await;
        assert_eq!(all["invitations"]["totalCount"], 5, "{all}");
        for node in all["invitations"]["nodes"].as_array().unwrap() {
            let address = format!("http://127.0.0.1:8080/invitations/{}", node["code"].as_str().unwrap());
            assert_eq!(node["link"], address);
            assert!(node["svg"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"), "{node}");
            assert!(node["png"].as_str().unwrap().starts_with("data:image/png;base64,"), "{node}");
        }
        let platform = server.sign_in("platform").await;
        assert_eq!(platform.run("{ invitations { nodes { code } } }", Value::Null).await.code(), "FORBIDDEN");
        server
    })
    .await;
}

/// R-CUS-11: at most 100 customized links within 24 hours, also of those who ask at once.
#[tokio::test]
async fn the_hundred_and_first_customized_link_of_a_day_is_refused() {
    story(|server| async move {
        let mut links = Vec::new();
        for number in 0..99 {
            links.push(customized(&server, "csp-1", number).await);
        }
        server.app.store.execute(Links(links)).await.unwrap();
        let provider = server.sign_in("csp-1").await;
        let asked = (0..4).map(|_| {
            let provider = provider.clone();
            async move { link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": "one more" })).await }
        });
        let answers = futures_util::future::join_all(asked).await;
        let made = answers.iter().filter(|payload| payload["invitation"] != Value::Null).count();
        let refused = answers.iter().filter(|payload| payload["userErrors"][0]["code"] == "LINK_LIMIT_REACHED").count();
        assert_eq!((made, refused), (1, 3), "{answers:?}");
        let other = link(&provider, json!({ "method": "GENERAL_LINK" })).await;
        assert_eq!(other["userErrors"], json!([]), "other kinds have no such limit");
        server.app.store.clock().advance(DAY + std::time::Duration::from_secs(1));
        let provider = server.sign_in("csp-1").await;
        let payload = link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": "next day" })).await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        server
    })
    .await;
}

/// Q-CUS-02, R-CORE-45: the history is searched by each of its fields, and shown to whom it concerns.
#[tokio::test]
async fn the_history_is_searched_and_filtered() {
    story(|server| async move {
        let (administrator, manager) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        code_by_mail(&server, &administrator, "mail@x.example").await;
        code_by_mail(&server, &manager, "managers@x.example").await;
        link(&administrator, json!({ "method": "CUSTOMIZED_LINK", "tag": "Fair", "remarks": "Österreich, Hall 3" }))
            .await;
        link(&manager, json!({ "method": "GENERAL_LINK" })).await;
        let found = async |client: &Client, filter: &str| {
            let query = format!("{{ invitations(filter: {{ {filter} }}) {{ totalCount }} }}");
            client.ask(&query).await["invitations"]["totalCount"].clone()
        };
        for (filter, expected) in [
            ("", 4),
            ("fullName: \"juni\"", 2),
            ("email: \"MAIL@\"", 1),
            ("tag: \"fair\"", 1),
            ("tag: \"csp-1/\"", 1),
            ("remarks: \"Österreich, hall\"", 1),
            ("remarks: \"%\"", 0),
            ("accountManager: \"manager\"", 2),
            ("accountManager: \"m_nager\"", 0),
            ("method: [FROM_PARTNER_CENTER]", 2),
            ("method: [GENERAL_LINK, CUSTOMIZED_LINK]", 2),
            ("status: [SENT]", 4),
            ("status: [EXPIRED]", 0),
            ("customer: \"alder\"", 0),
        ] {
            assert_eq!(found(&administrator, filter).await, expected, "{filter}");
        }
        assert_eq!(found(&manager, "").await, 2, "its own");
        assert_eq!(found(&server.sign_in("csp-1/colleague").await, "").await, 0);
        assert_eq!(found(&server.sign_in("reseller-1a").await, "").await, 0);
        server.app.store.clock().advance(DAY * 31);
        server
            .until("e-mails and customized links have ended", || async {
                let administrator = server.sign_in("csp-1").await;
                found(&administrator, "status: [EXPIRED]").await == 3
            })
            .await;
        server
    })
    .await;
}

const ENDED: &str = "invitations { id status failure endedAt endedBy { id } }";

/// Takes links back.
async fn end_links(client: &Client, ids: Value) -> Value {
    change(client, "endInvitationLinks", json!({ "invitationIds": ids }), ENDED).await
}

/// Links are taken back, all of a call or none, and once; nobody can follow them any more, a general-purpose link makes
/// room for another one, and it is recorded who did it.
#[tokio::test]
async fn links_are_taken_back() {
    story(|server| async move {
        let (administrator, manager) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        let general = link(&administrator, json!({ "method": "GENERAL_LINK" })).await["invitation"].clone();
        let tagged = link(&administrator, json!({ "method": "CUSTOMIZED_LINK", "tag": "Fair" })).await;
        let tagged = tagged["invitation"].clone();
        code_by_mail(&server, &administrator, "mail@x.example").await;
        let all =
            administrator.ask("{ invitations(filter: { method: [FROM_PARTNER_CENTER] }) { nodes { id } } }").await;
        let mail = all["invitations"]["nodes"][0]["id"].clone();
        let stands = async || administrator.ask("{ invitations { nodes { id status endedAt } } }").await;
        let before = stands().await;
        for (client, ids, code, field) in [
            (&administrator, json!([]), "INVALID_INPUT", json!(["invitationIds"])),
            (&administrator, json!([general["id"], mail]), "CONFLICT", json!(["invitationIds", "1"])),
            (
                &administrator,
                json!([tagged["id"], "inv_00000000000000000000000000"]),
                "NOT_FOUND",
                json!(["invitationIds", "1"]),
            ),
            (&manager, json!([tagged["id"]]), "NOT_FOUND", json!(["invitationIds", "0"])),
            (&server.sign_in("reseller-1a").await, json!([tagged["id"]]), "NOT_FOUND", json!(["invitationIds", "0"])),
        ] {
            let refused = end_links(client, ids).await;
            assert_eq!(refused["userErrors"][0]["code"], code, "{refused}");
            assert_eq!(refused["userErrors"][0]["field"], field, "{refused}");
        }
        assert_eq!(stands().await, before, "all of them, or none");

        let ended = end_links(&administrator, json!([general["id"], tagged["id"]])).await;
        assert_eq!(ended["userErrors"], json!([]), "{ended}");
        let member = administrator.ask("{ viewer { member { id } } }").await["viewer"]["member"].clone();
        for one in ended["invitations"].as_array().unwrap() {
            assert_eq!((&one["status"], &one["endedBy"]), (&json!("EXPIRED"), &member), "{ended}");
            assert_ne!(one["endedAt"], Value::Null, "{ended}");
        }
        server.app.store.clock().advance(std::time::Duration::from_secs(60));
        let again = end_links(&administrator, json!([tagged["id"], general["id"]])).await;
        assert_eq!(again["invitations"][0], ended["invitations"][1], "taken back twice is taken back once");
        let records = administrator
            .ask("{ accessRecords(filter: { kind: INVITATION_LINK_ENDED }) { nodes { byMember { id } } } }")
            .await;
        let records = records["accessRecords"]["nodes"].as_array().unwrap().clone();
        assert_eq!(records.len(), 2, "{records:?}");
        assert!(records.iter().all(|record| record["byMember"] == member), "{records:?}");
        for code in [&general["code"], &tagged["code"]] {
            let input = json!({ "code": code, "email": "late@x.example" });
            let payload = change(&server.stranger(), "sendSignUpCode", input, "sentTo").await;
            assert_eq!(payload["userErrors"][0]["code"], "ASSOCIATION_REFUSED", "{payload}");
            let input = crate::associations::newcomer(code.as_str().unwrap(), "late", "late@x.example");
            let payload = change(&server.stranger(), "signUpCustomer", input, "failures { cause }").await;
            assert_eq!(payload["failures"], json!([{ "cause": "LINK_EXPIRED" }]), "{payload}");
        }
        let next = link(&administrator, json!({ "method": "GENERAL_LINK" })).await["invitation"].clone();
        assert_ne!(next["id"], general["id"], "its maker gets a new one");
        server
    })
    .await;
}

/// R-CUS-08: whoever deletes a preregistration takes its e-mail back with it; the customer can be invited anew.
#[tokio::test]
async fn an_e_mail_ends_with_its_claim() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        let code = code_by_mail(&server, &provider, "void@x.example").await;
        let found = provider.ask("{ preregistrations { nodes { id } } invitations { nodes { id } } }").await;
        let (claim, mail) = (&found["preregistrations"]["nodes"][0]["id"], &found["invitations"]["nodes"][0]["id"]);
        let input = json!({ "preregistrationIds": [claim] });
        let deleted = change(&provider, "deletePreregistrations", input, "preregistrations { status }").await;
        assert_eq!(deleted["preregistrations"][0]["status"], "DELETED", "{deleted}");
        let stands = "{ invitations { nodes { status endedAt endedBy { id } } } viewer { member { id } } }";
        let stands = provider.ask(stands).await;
        let node = &stands["invitations"]["nodes"][0];
        assert_eq!((&node["status"], &node["endedBy"]), (&json!("EXPIRED"), &stands["viewer"]["member"]), "{stands}");
        assert_ne!(node["endedAt"], Value::Null);
        let input = crate::associations::newcomer(&code, "void", "void@x.example");
        let payload = change(&server.stranger(), "signUpCustomer", input, "failures { cause }").await;
        assert_eq!(payload["failures"], json!([{ "cause": "LINK_EXPIRED" }]), "{payload}");

        preregister(&provider, "void@x.example").await;
        server.app.store.clock().advance(std::time::Duration::from_secs(60));
        let input = json!({ "invitationIds": [mail] });
        let refused = change(&provider, "resendInvitations", input, "invitations { id }").await;
        assert_eq!(refused["userErrors"][0]["code"], "CONFLICT", "it stays taken back: {refused}");
        assert_eq!(invite(&provider, &["void@x.example"]).await["userErrors"], json!([]));
        assert_ne!(code_in(&server.newest_message("void@x.example").await), code);
        server
    })
    .await;
}
