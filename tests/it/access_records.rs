//! Access records: what is recorded, who reads it, and how long it is kept.

use std::time::Duration;

use entities::types::{AccessRecordKind, MemberId};
use partner_center::{
    access_records::{Entry, append_in},
    demo,
    outcome::Outcome,
    store::{Command, Tx},
    trail::Author,
};
use sea_orm::{EntityTrait, Iterable, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{Client, Server, id, story, story_with};

const LIST: &str = "query($first: Int, $after: String, $last: Int, $before: String, $filter: AccessRecordFilter) { \
    accessRecords(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id kind at success subjectId field detail \
    address byAccount { accountName } byMember { id } } } }";

async fn list(client: &Client, variables: Value) -> Value {
    client.run(LIST, variables).await.data()["accessRecords"].clone()
}

async fn nodes(client: &Client, filter: Value) -> Vec<Value> {
    list(client, json!({ "first": 100, "filter": filter })).await["nodes"].as_array().unwrap().clone()
}

async fn kinds(client: &Client) -> Vec<String> {
    let nodes = nodes(client, Value::Null).await;
    nodes.iter().map(|node| node["kind"].as_str().unwrap().to_owned()).collect()
}

async fn fail(server: &Server, account: &str, member: Option<&str>) {
    let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
        memberName: $member, password: \"wrong\" }) { userErrors { code } } }";
    let variables = json!({ "account": account, "member": member });
    let answer = server.stranger().run(sign_in, variables).await.data();
    assert_eq!(answer["signIn"]["userErrors"][0]["code"], "SIGN_IN_FAILED");
}

/// R-CORE-42: an administrator sees who signed in and out, who failed to, and what was revealed, from where.
#[tokio::test]
async fn signing_in_and_out_and_reveals_are_recorded() {
    story(|server| async move {
        fail(&server, "reseller-2b", None).await;
        fail(&server, "reseller-2b", Some("ghost")).await;
        let first = server.sign_in("reseller-2b").await;
        first.ask("mutation { signOut { userErrors { code } } }").await;
        let client = server.sign_in("reseller-2b").await;
        let reveal = format!("{{ customer(id: \"{}\") {{ email(reveal: true) }} }}", id("customer-2b1"));
        client.ask(&reveal).await;
        let me = client.ask("{ viewer { member { id } } }").await["viewer"]["member"]["id"].clone();

        let found = nodes(&client, Value::Null).await;
        let told: Vec<_> = found.iter().map(|node| node["kind"].as_str().unwrap()).collect();
        assert_eq!(
            told,
            ["REVEALED", "SIGNED_IN", "SIGNED_OUT", "SIGNED_IN", "SIGN_IN_FAILED", "SIGN_IN_FAILED"],
            "newest first"
        );
        for node in &found {
            assert_eq!(node["address"], "127.0.0.1", "{node}");
            assert_eq!(node["byAccount"]["accountName"], "reseller-2b", "{node}");
            let failed = node["kind"] == "SIGN_IN_FAILED";
            assert_eq!(node["success"], !failed, "{node}");
            assert_eq!(node["byMember"], if failed { Value::Null } else { json!({ "id": me }) }, "{node}");
        }
        assert_eq!((&found[0]["subjectId"], &found[0]["field"]), (&json!(id("customer-2b1")), &json!("email")));
        assert_eq!(found[4]["subjectId"], Value::Null, "there is no such member");
        assert_eq!(found[5]["subjectId"], me, "somebody tried the holder's name");

        let about_me = nodes(&client, json!({ "memberId": me })).await;
        assert_eq!(about_me.len(), 5, "all but the member that does not exist");
        let failed = nodes(&client, json!({ "kind": "SIGN_IN_FAILED" })).await;
        assert_eq!(failed.len(), 2);
        let since = nodes(&client, json!({ "at": { "from": found[1]["at"], "to": found[0]["at"] } })).await;
        assert_eq!(since, [found[1].clone()], "from is inclusive, to is not");

        let node = "query($id: ID!) { node(id: $id) { id ... on AccessRecord { kind } } }";
        let one = client.run(node, json!({ "id": found[0]["id"] })).await.data();
        assert_eq!(one["node"], json!({ "id": found[0]["id"], "kind": "REVEALED" }));
        let other = server.sign_in("reseller-1c").await.run(node, json!({ "id": found[0]["id"] })).await.data();
        assert_eq!(other["node"], Value::Null);
        server
    })
    .await;
}

/// R-CORE-01: an account's records are its administrators' alone; the platform's read all, and what concerns no account.
#[tokio::test]
async fn records_are_for_administrators_of_the_own_account() {
    story(|server| async move {
        fail(&server, "reseller-1c", None).await;
        fail(&server, "no-such-account", None).await;
        let own = server.sign_in("reseller-1c").await;
        assert_eq!(kinds(&own).await, ["SIGNED_IN", "SIGN_IN_FAILED"]);
        for other in ["distributor-2", "reseller-1b", "customer-1a1", "reseller-2b"] {
            let client = server.sign_in(other).await;
            assert_eq!(kinds(&client).await, ["SIGNED_IN"], "{other} sees its own sign-in and nothing else");
        }
        for member in ["platform/operator", "platform/meter"] {
            let refused = server.sign_in(member).await.run(LIST, json!({})).await;
            assert_eq!(refused.code(), "FORBIDDEN", "{member}");
            let id = nodes(&own, Value::Null).await[0]["id"].clone();
            if member == "platform/operator" {
                let node = "query($id: ID!) { node(id: $id) { id } }";
                let found = server.sign_in(member).await.run(node, json!({ "id": id })).await.data();
                assert_eq!(found["node"], Value::Null, "nor by its id");
            }
        }
        assert_eq!(server.stranger().run(LIST, json!({})).await.code(), "UNAUTHENTICATED");

        let platform = server.sign_in("platform").await;
        let failed = nodes(&platform, json!({ "kind": "SIGN_IN_FAILED" })).await;
        let accounts: Vec<_> = failed.iter().map(|node| &node["byAccount"]["accountName"]).collect();
        assert_eq!(accounts, [&Value::Null, &json!("reseller-1c")], "newest first");
        assert!(!failed[0].to_string().contains("no-such-account"), "a name that nobody has is not kept");
        let signed_in = nodes(&platform, json!({ "kind": "SIGNED_IN" })).await;
        assert!(signed_in.len() >= 8, "all accounts");
        let of_others = signed_in.iter().filter(|node| node["byAccount"]["accountName"] != "platform");
        assert!(of_others.clone().count() >= 5);
        assert!(of_others.clone().all(|node| node["byMember"].is_null()), "others' members are their own affair");
        server
    })
    .await;
}

/// Writes a record of each kind, as commands do in their transactions.
struct WriteAll {
    author: Author,
}

impl Command for WriteAll {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let about: MemberId = MemberId::new(tx.now());
        let entry = |kind| Entry::by(self.author, kind).about(about).detail("in words");
        append_in(tx, AccessRecordKind::iter().map(entry).collect()).await?;
        Ok(())
    }
}

async fn write_all(server: &Server) {
    let db = server.app.store.reader();
    let identity = partner_center::accounts::queries::identity_by_name(db, "reseller-2b", None).await.unwrap().unwrap();
    let author = Author { account: demo::account_id("reseller-2b"), member: identity.member.id };
    server.app.store.execute(WriteAll { author }).await.unwrap();
}

#[tokio::test]
async fn every_kind_can_be_written_filtered_and_paged() {
    story(|server| async move {
        let client = server.sign_in("reseller-2b").await;
        write_all(&server).await;
        for kind in AccessRecordKind::iter() {
            let found = nodes(&client, json!({ "kind": kind.word() })).await;
            let written = found.iter().filter(|node| node["detail"] == "in words").count();
            assert_eq!(written, 1, "{}", kind.word());
        }
        let all = nodes(&client, Value::Null).await;
        let total = AccessRecordKind::iter().count() + 1;
        assert_eq!(all.len(), total);

        let (mut forward, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = list(&client, json!({ "first": 4, "after": after })).await;
            assert_eq!(page["totalCount"], total);
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
            forward.extend(page["nodes"].as_array().unwrap().clone());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forward, all, "no row twice, none left out, though many are of one instant");
        let (mut backward, mut before) = (Vec::new(), Value::Null);
        loop {
            let page = list(&client, json!({ "last": 4, "before": before })).await;
            backward.splice(0..0, page["nodes"].as_array().unwrap().clone());
            before = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(backward, all);
        let foreign = client.run(LIST, json!({ "after": "nonsense" })).await;
        assert_eq!(foreign.code(), "INVALID_CURSOR");
        server
    })
    .await;
}

/// A sign-in and its record are one transaction: neither is there without the other, and none costs another.
#[tokio::test]
async fn a_try_leaves_one_record_whatever_comes_of_it() {
    story(|server| async move {
        let count = async || entities::access_record::Entity::find().count(server.app.store.reader()).await.unwrap();
        let before = count().await;
        fail(&server, "reseller-2b", None).await;
        assert_eq!(count().await, before + 1);
        server.sign_in("reseller-2b").await;
        assert_eq!(count().await, before + 2);
        for _ in 0..5 {
            fail(&server, "reseller-1b", None).await;
        }
        let refused = "mutation { signIn(input: { accountName: \"reseller-1b\", password: \"demo-password\" }) \
            { userErrors { code } } }";
        let refused = server.stranger().ask(refused).await;
        assert_eq!(refused["signIn"]["userErrors"][0]["code"], "TOO_MANY_REQUESTS");
        assert_eq!(count().await, before + 7, "what a lock refuses is not tried, and floods nothing");
        server
    })
    .await;
}

#[tokio::test]
async fn records_are_kept_as_long_as_is_set() {
    story_with(
        |settings| settings.access_records_keep_days = 30,
        |server| async move {
            for _ in 0..70 {
                write_all(&server).await;
            }
            let count =
                async || entities::access_record::Entity::find().count(server.app.store.reader()).await.unwrap();
            let written = count().await;
            assert!(written > 1_000, "more than one batch forgets");
            server.app.store.clock().advance(Duration::from_secs(29 * 24 * 3_600));
            let client = server.sign_in("reseller-2b").await;
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            assert_eq!(count().await, written + 1);
            server.app.store.clock().advance(Duration::from_secs(2 * 24 * 3_600));
            server.until("old records are forgotten", || async { count().await <= 1 }).await;
            drop(client);
            let client = server.sign_in("reseller-2b").await;
            assert_eq!(kinds(&client).await, ["SIGNED_IN", "SIGNED_IN"]);
            server
        },
    )
    .await;
}

/// Reveals that were recorded before there were other kinds are kept, with the ids that the API shows.
#[tokio::test]
async fn reveals_of_before_are_still_there() {
    use entities::{
        access_record::Entity,
        types::{AccountId, Timestamp},
    };
    use migrations::Migrator;
    use sea_orm::{ConnectionTrait, Database, sea_query};
    use sea_orm_migration::MigratorTrait;
    /// What there was before kinds.
    const BEFORE: u32 = 7;

    let database = crate::support::empty_database().await;
    let db = Database::connect(&database.url).await.unwrap();
    Migrator::up(&db, Some(BEFORE)).await.unwrap();
    let at = Timestamp::from_micros(1_800_000_000_000_000);
    let (account, member, subject) = (AccountId::new(at), MemberId::new(at), MemberId::new(at));
    let columns = ["at", "by_account", "by_member", "subject", "field"];
    let insert = sea_query::Query::insert()
        .into_table("access_records")
        .columns(columns)
        .values_panic([at.into(), account.into(), member.into(), subject.into(), "name".into()])
        .take();
    db.execute(&insert).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let kept = Entity::find().all(&db).await.unwrap();
    assert_eq!(kept.len(), 1);
    let (one, author) = (&kept[0], (Some(account), Some(member)));
    assert_eq!((one.kind, one.at, (one.by_account, one.by_member)), (AccessRecordKind::Revealed, at, author));
    assert_eq!((one.subject_prefix.as_deref(), one.subject_id), (Some("mem"), Some(subject.uuid())));
    assert_eq!((one.field.as_deref(), &one.address), (Some("name"), &None));
    db.close().await.unwrap();
}
