//! Exports: lists written into files beside requests, masked, harmless, with the rights of the moment.

use std::{io::Cursor, time::Duration};

use calamine::{Data, Reader};
use entities::{
    customer, export,
    types::{ExportFormat, ExportId, ExportKind, ExportState, MemberId, MemberRole},
};
use partner_center::{
    exports::{
        key_of_attempt,
        lists::{Source, of_kind},
    },
    outcome::Outcome,
    store::{Command, Tx, keyset::Window},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set, sea_query::Expr,
};
use serde_json::{Value, json};

use crate::{
    attachments::files,
    support::{Client, Server, id, on_postgres, story, story_with},
};

const EXPORT: &str = "mutation($input: ExportCustomersInput!) { exportCustomers(input: $input) { export { id state } \
    userErrors { code field message } } }";
const ONE: &str = "query($id: ID!) { export(id: $id) { id kind format state rowsDone rowsTotal size failureReason \
    requestedBy { id } createdAt finishedAt expiresAt fileName downloadUrl } }";
const HISTORY: &str = "{ exports { totalCount nodes { id state kind } } }";
const PROGRESS: &str = "subscription($id: ID!) { exportProgress(id: $id) { id state rowsDone rowsTotal downloadUrl } }";

async fn ask(client: &Client, input: Value) -> Value {
    client.run(EXPORT, json!({ "input": input })).await.data()["exportCustomers"].clone()
}

async fn one(client: &Client, id: &str) -> Value {
    client.run(ONE, json!({ "id": id })).await.data()["export"].clone()
}

/// The exports that a member sees.
pub async fn history(client: &Client) -> Value {
    client.ask(HISTORY).await["exports"].clone()
}

/// Waits for the end of an export.
pub async fn ended(server: &Server, client: &Client, id: &str) -> Value {
    server.until("the export has ended", || async { !one(client, id).await["finishedAt"].is_null() }).await;
    one(client, id).await
}

/// Exports and returns what came of it.
async fn exported(server: &Server, client: &Client, input: Value) -> Value {
    let asked = ask(client, input).await;
    assert_eq!(asked["userErrors"], json!([]), "{asked}");
    ended(server, client, asked["export"]["id"].as_str().unwrap()).await
}

async fn bytes(server: &Server, export: &Value) -> Vec<u8> {
    let link = export["downloadUrl"].as_str().unwrap_or_else(|| panic!("{export}"));
    let response = server.http.get(server.url(link)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

/// The rows of a file, headings first.
pub async fn csv_rows(server: &Server, export: &Value) -> Vec<Vec<String>> {
    let bytes = bytes(server, export).await;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").expect("what spreadsheets know UTF-8 by");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn sheet_rows(server: &Server, export: &Value) -> Vec<Vec<String>> {
    let bytes = bytes(server, export).await;
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).unwrap().cells().all(|(_, _, formula)| formula.is_empty()));
    let range = book.worksheet_range(&name).unwrap();
    let text = |cell: &Data| match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("a cell that is no text: {other:?}"),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

pub async fn count(server: &Server) -> u64 {
    export::Entity::find().count(server.app.store.reader()).await.unwrap()
}

/// O-CUS-19, R-CORE-42, R-EXP-28, R-EXP-30: the file has every customer in scope, masked, in both formats alike; who asked
/// is on record.
#[tokio::test]
async fn an_administrator_exports_its_customers_masked() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let done = exported(&server, &client, json!({ "format": "CSV" })).await;
        let all =
            client.ask("{ customers(first: 100) { totalCount nodes { id name(reveal: true) accountName } } }").await;
        let total = all["customers"]["totalCount"].as_u64().unwrap();
        assert_eq!(
            (&done["state"], &done["rowsDone"], &done["rowsTotal"]),
            (&json!("DONE"), &json!(total), &json!(total))
        );
        assert_eq!((&done["kind"], &done["failureReason"]), (&json!("CUSTOMERS"), &Value::Null));
        assert!(done["fileName"].as_str().unwrap().ends_with(".csv"), "{done}");

        let rows = csv_rows(&server, &done).await;
        assert_eq!(rows.len() as u64, total + 1);
        assert_eq!(rows[0][..4], ["Customer ID", "Customer", "Account", "Mobile number"]);
        let customer = rows.iter().find(|row| row[0] == id("customer-1a1")).unwrap();
        assert_eq!(customer[2], "c****1");
        let text = String::from_utf8(bytes(&server, &done).await).unwrap();
        for customer in all["customers"]["nodes"].as_array().unwrap() {
            assert!(text.contains(customer["id"].as_str().unwrap()));
            assert!(!text.contains(customer["name"].as_str().unwrap()), "{customer}");
            assert!(rows.iter().flatten().all(|cell| customer["accountName"] != cell.as_str()), "{customer}");
        }
        assert!(!text.contains(&id("customer-1b1")), "another reseller's");

        let sheet = exported(&server, &client, json!({ "format": "XLSX" })).await;
        assert_eq!(sheet_rows(&server, &sheet).await, rows);
        let link = sheet["downloadUrl"].as_str().unwrap();
        let head = server.http.get(server.url(link)).send().await.unwrap().headers().clone();
        assert!(head["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"customers-"));

        let history = history(&client).await;
        assert_eq!((&history["totalCount"], &history["nodes"][0]["id"]), (&json!(2), &sheet["id"]));
        let records = client.ask("{ accessRecords(first: 5) { nodes { kind subjectId detail } } }").await;
        let record =
            records["accessRecords"]["nodes"].as_array().unwrap().iter().find(|one| one["subjectId"] == sheet["id"]);
        let expected = json!({ "kind": "LIST_EXPORTED", "subjectId": sheet["id"], "detail": "CUSTOMERS as XLSX" });
        assert_eq!(record, Some(&expected));
        server
    })
    .await;
}

/// A distributor's list tells the resellers, as it may see them.
#[tokio::test]
async fn a_filter_is_kept_and_chosen_customers_come_in_order() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let filter = json!({
            "resellerId": id("reseller-1a"),
            "associatedAt": { "from": "2000-01-01T00:00:00Z" },
            "monthToDateExpenditure": { "min": "0" },
            "freezeLevel": ["NONE", "ACCOUNT", "ACCOUNT_AND_RESOURCES"],
        });
        let done = exported(&server, &client, json!({ "format": "CSV", "filter": filter })).await;
        let listed = client
            .run(
                "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }",
                json!({ "filter": filter }),
            )
            .await
            .data();
        assert_eq!(done["rowsDone"], listed["customers"]["totalCount"]);
        let rows = csv_rows(&server, &done).await;
        assert!(
            rows.len() > 1 && rows[1..].iter().all(|row| row[5] == rows[1][5] && row[5].contains("****")),
            "{rows:?}"
        );

        let ids = [id("customer-1b1"), id("customer-1a1"), id("customer-1b1")];
        let done = exported(&server, &client, json!({ "format": "CSV", "ids": ids })).await;
        let rows = csv_rows(&server, &done).await;
        assert_eq!(rows[1..].iter().map(|row| &row[0]).collect::<Vec<_>>(), [&ids[0], &ids[1]]);

        let refused = ask(&client, json!({ "format": "CSV", "ids": [ids[0], id("customer-2a1"), "nonsense"] })).await;
        let codes: Vec<_> =
            refused["userErrors"].as_array().unwrap().iter().map(|error| (&error["code"], &error["field"])).collect();
        assert_eq!(codes, [(&json!("NOT_FOUND"), &json!(["ids", "1"])), (&json!("NOT_FOUND"), &json!(["ids", "2"]))]);
        for input in [json!({ "format": "CSV", "ids": [] }), json!({ "format": "CSV", "ids": ids, "filter": {} })] {
            assert_eq!(ask(&client, input).await["userErrors"][0]["code"], "INVALID_INPUT");
        }
        assert_eq!(count(&server).await, 2);
        server
    })
    .await;
}

/// However small the pages are, they hold every row once.
#[tokio::test]
async fn pages_hold_every_row_once() {
    story(|server| async move {
        let app = &server.app;
        let found =
            partner_center::accounts::queries::identity_by_name(app.store.reader(), "distributor-1", None).await;
        let viewer = found.unwrap().unwrap().into_viewer(&app.sign_in.roles, None, app.store.clock().now()).unwrap();
        let source = Source { store: &app.store, viewer: &viewer };
        let chosen = ["customer-1a2", "customer-1a1", "customer-1b1"].map(id);
        let per_use = json!({ "billingMode": "PAY_PER_USE", "subscribedAt": { "from": "2020-01-01T00:00:00Z" } });
        for (kind, selection) in [
            (ExportKind::Customers, json!({ "format": "CSV" })),
            (ExportKind::Customers, json!({ "format": "CSV", "ids": chosen })),
            (ExportKind::Orders, json!({ "format": "CSV" })),
            (ExportKind::Resources, json!({ "format": "CSV", "filter": per_use })),
        ] {
            let list = of_kind(kind);
            let read = async |limit: u64| {
                let (mut rows, mut from) = (Vec::new(), None);
                loop {
                    let window = Window { limit, backward: false, from };
                    let chunk = list.page(source, &selection, &window).await.unwrap();
                    assert!(chunk.rows.len() as u64 <= limit);
                    rows.extend(chunk.rows);
                    from = chunk.next;
                    if from.is_none() {
                        return rows;
                    }
                }
            };
            let whole = read(1_000).await;
            assert_eq!(list.count(source, &selection).await.unwrap(), whole.len() as u64);
            assert!(whole.len() > 2 && whole.iter().all(|row| row.len() == list.columns().len()));
            assert!(read(2).await == whole && read(1).await == whole);
        }
        server
    })
    .await;
}

/// Gives a customer tags.
struct Tag(entities::types::CustomerId, Vec<String>);

impl Command for Tag {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        customer::Entity::update_many()
            .col_expr(customer::Column::Tags, Expr::value(serde_json::to_value(&self.1).unwrap()))
            .filter(customer::Column::Id.eq(self.0))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

/// No cell is a formula to a spreadsheet, in either format.
#[tokio::test]
async fn a_cell_that_looks_like_a_formula_is_a_text() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let customer = id("customer-1a1");
        for evil in
            ["=HYPERLINK(\"https://elsewhere.example\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
        {
            let tag = Tag(customer.parse().unwrap(), vec![evil.to_owned()]);
            server.app.store.execute(tag).await.unwrap_or_else(|_| panic!("refused"));
            for (format, read) in [("CSV", true), ("XLSX", false)] {
                let done = exported(&server, &client, json!({ "format": format, "ids": [customer] })).await;
                let rows = if read { csv_rows(&server, &done).await } else { sheet_rows(&server, &done).await };
                let tags = rows[0].iter().position(|heading| heading == "Tags").unwrap();
                // Files of workbooks have one end of line.
                let (cell, expected) = (rows[1][tags].replace('\r', "\n"), format!("'{evil}").replace('\r', "\n"));
                assert_eq!(cell, expected, "{format}");
            }
        }
        server
    })
    .await;
}

/// R-CORE-43, R-ORG-26, R-CORE-01: nobody but an administrator of the partner exports its customers, or learns of it.
#[tokio::test]
async fn only_a_partners_administrator_exports_and_sees_exports() {
    story(|server| async move {
        let owner = server.sign_in("reseller-1a").await;
        let done = exported(&server, &owner, json!({ "format": "CSV" })).await;
        let id = done["id"].as_str().unwrap();
        for who in ["reseller-1a/manager", "reseller-1a/director", "reseller-1a/finance", "platform", "customer-1a1"] {
            let answer = server.sign_in(who).await.run(EXPORT, json!({ "input": { "format": "CSV" } })).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{who}");
        }
        for who in ["reseller-1a/manager", "reseller-1a/finance", "reseller-1b", "distributor-1", "csp-1"] {
            let client = server.sign_in(who).await;
            assert_eq!(one(&client, id).await, Value::Null, "{who}");
            assert_eq!(history(&client).await["nodes"], json!([]), "{who}");
            let mut socket = server.socket(&client).await;
            socket.subscribe("1", PROGRESS, json!({ "id": id })).await;
            let refused = socket.next().await;
            assert_eq!(
                (&refused["type"], &refused["payload"][0]["message"]),
                (&json!("error"), &json!(format!("{id} was not found")))
            );
        }
        assert_eq!(count(&server).await, 1);
        server
    })
    .await;
}

/// Puts an export into the table as a test needs it.
struct Put(export::Model);

impl Command for Put {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        export::Entity::insert(self.0.clone().into_active_model()).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

/// An export of a member, as a node leaves it that has died in the middle.
async fn left_behind(server: &Server, who: &str, attempts: i32, epoch: i64) -> ExportId {
    let (account, member) = who.split_once('/').map_or((who, None), |(account, member)| (account, Some(member)));
    let db = server.app.store.reader();
    let identity = partner_center::accounts::queries::identity_by_name(db, account, member).await.unwrap().unwrap();
    let now = server.app.store.clock().now();
    let row = export::Model {
        wide: true,
        id: ExportId::new(now),
        account_id: identity.account.id,
        member_id: identity.member.id,
        kind: ExportKind::Customers,
        format: ExportFormat::Csv,
        selection: json!({ "format": "CSV" }),
        state: ExportState::Running,
        rows_done: 1,
        rows_total: 9,
        attempts,
        epoch,
        due_at: now.plus(Duration::from_secs(3_600)),
        size: None,
        sha256: None,
        failure: None,
        created_at: now,
        finished_at: None,
        expires_at: None,
        removed_at: None,
    };
    let id = row.id;
    server.app.store.execute(Put(row)).await.unwrap_or_else(|_| panic!("refused"));
    id
}

/// The duty's present epoch.
async fn epoch(server: &Server) -> i64 {
    server.until("the node has its duty", || async { server.app.jobs.fence().is_some() }).await;
    server.app.jobs.fence().unwrap().epoch
}

/// R-EXP-28: what a node has begun that is gone is begun anew, a few times; what it left is swept.
#[tokio::test]
async fn an_export_that_dies_with_its_node_is_taken_up_again() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let former = epoch(&server).await + 100;
        let left = left_behind(&server, "reseller-1a", 1, former).await;
        let hopeless = left_behind(&server, "reseller-1a", 3, former).await;
        let some = futures_util::stream::iter([Ok::<_, ()>(bytes::Bytes::from_static(b"half of it"))]);
        server.app.files.put(&key_of_attempt(left, 1), some).await.unwrap();

        let done = ended(&server, &client, &left.to_string()).await;
        assert_eq!((&done["state"], &done["rowsDone"]), (&json!("DONE"), &done["rowsTotal"]));
        assert!(csv_rows(&server, &done).await.len() > 1);
        let failed = ended(&server, &client, &hopeless.to_string()).await;
        assert_eq!((&failed["state"], &failed["downloadUrl"]), (&json!("FAILED"), &Value::Null));
        assert_eq!(files(&server), 2);
        server.app.store.clock().advance(Duration::from_secs(8 * 24 * 3_600));
        server.until("nothing is left", || async { files(&server) == 0 }).await;
        server
    })
    .await;
}

/// Gives a member other roles, without telling anybody.
pub struct Demote(pub MemberId, pub MemberRole);

impl Command for Demote {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use entities::{member, types::AssignedRole};
        let row = member::Entity::find_by_id(self.0).one(tx.db()).await?.unwrap();
        let mut roles = row.roles.clone();
        roles.0 = vec![AssignedRole::System(self.1)];
        let mut row = row.into_active_model();
        row.roles = Set(roles);
        row.update(tx.db()).await?;
        Ok(())
    }
}

/// R-CORE-43: the rights of the moment count, not those of when it was asked for.
#[tokio::test]
async fn a_member_that_loses_the_right_gets_no_file() {
    story(|server| async move {
        let db = server.app.store.reader();
        let identity = partner_center::accounts::queries::identity_by_name(db, "csp-1", None).await.unwrap().unwrap();
        server
            .app
            .store
            .execute(Demote(identity.member.id, MemberRole::FinanceSpecialist))
            .await
            .unwrap_or_else(|_| panic!("refused"));
        let former = epoch(&server).await + 100;
        let left = left_behind(&server, "csp-1", 1, former).await;
        let row = async || export::Entity::find_by_id(left).one(server.app.store.reader()).await.unwrap().unwrap();
        server.until("the export has ended", || async { row().await.finished_at.is_some() }).await;
        let row = row().await;
        assert_eq!(row.state, ExportState::Failed);
        assert_eq!(row.failure.as_deref(), Some("the member who asked for it may no longer export this list"));
        assert_eq!(files(&server), 0);
        server
    })
    .await;
}

/// R-EXP-28: who follows sees it go on, from another node too, until it has ended.
#[tokio::test]
async fn progress_is_followed_to_the_end() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let former = epoch(&server).await + 100;
        let id = left_behind(&server, "reseller-1a", 1, former).await.to_string();
        let other = if on_postgres() { Some(server.beside().await) } else { None };
        let mut socket = other.as_ref().unwrap_or(&server).socket(&client).await;
        socket.subscribe("1", PROGRESS, json!({ "id": id })).await;
        let mut states = Vec::new();
        let last = loop {
            let event = socket.event().await["exportProgress"].clone();
            states.push(event["state"].as_str().unwrap().to_owned());
            if event["state"] != "PENDING" && event["state"] != "RUNNING" {
                break event;
            }
            assert_eq!(event["downloadUrl"], Value::Null);
        };
        assert_eq!((states.last().map(String::as_str), &last["rowsDone"]), (Some("DONE"), &last["rowsTotal"]));
        assert!(last["downloadUrl"].is_string());
        assert_eq!(socket.next().await, json!({ "type": "complete", "id": "1" }));
        // One that has ended is told once.
        socket.subscribe("2", PROGRESS, json!({ "id": id })).await;
        assert_eq!(socket.event().await["exportProgress"]["state"], "DONE");
        assert_eq!(socket.next().await, json!({ "type": "complete", "id": "2" }));
        if let Some(other) = other {
            other.end().await;
        }
        server
    })
    .await;
}

/// R-EXP-27: no more rows, and no more exports at once, than may be.
#[tokio::test]
async fn exports_have_bounds() {
    let few = |settings: &mut partner_center::config::Settings| settings.exports.max_rows = 2;
    story_with(few, |server| async move {
        let client = server.sign_in("reseller-1a").await;
        let refused = ask(&client, json!({ "format": "CSV" })).await;
        assert_eq!((&refused["userErrors"][0]["code"], &refused["export"]), (&json!("EXPORT_TOO_LARGE"), &Value::Null));
        assert_eq!(count(&server).await, 0);
        // Some that run, as this node believes.
        let present = epoch(&server).await;
        for _ in 0..3 {
            left_behind(&server, "reseller-1a", 1, present).await;
        }
        let two = json!({ "format": "CSV", "ids": [id("customer-1a1")] });
        let refused = ask(&client, two.clone()).await;
        assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{refused}");
        assert_eq!(count(&server).await, 3);
        // Another account's are its own.
        let other = server.sign_in("csp-1").await;
        let done = exported(&server, &other, json!({ "format": "CSV", "ids": [id("customer-csp1-1")] })).await;
        assert_eq!(done["state"], "DONE");
        // What grows past the bound after it was asked for fails.
        let grown = left_behind(&server, "distributor-1", 1, present + 100).await;
        let owner = server.sign_in("distributor-1").await;
        let failed = ended(&server, &owner, &grown.to_string()).await;
        assert_eq!(failed["state"], "FAILED");
        assert!(failed["failureReason"].as_str().unwrap().contains("an export holds 2"), "{failed}");
        server
    })
    .await;
}

/// A file is kept for a week; then the history tells of it, and the file is gone.
#[tokio::test]
async fn a_file_is_gone_after_a_week_and_its_history_stays() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let done = exported(&server, &client, json!({ "format": "XLSX" })).await;
        let id = done["id"].as_str().unwrap();
        assert_eq!(files(&server), 1);
        server.app.store.clock().advance(Duration::from_secs(7 * 24 * 3_600));
        let client = server.sign_in("csp-1").await;
        let over = one(&client, id).await;
        assert_eq!(
            (&over["state"], &over["downloadUrl"], &over["rowsDone"]),
            (&json!("DONE"), &Value::Null, &done["rowsDone"])
        );
        let link = done["downloadUrl"].as_str().unwrap();
        assert_eq!(server.http.get(server.url(link)).send().await.unwrap().status(), 410);
        server.until("the file is gone", || async { files(&server) == 0 }).await;
        assert_eq!(history(&client).await["totalCount"], 1);
        server.app.store.clock().advance(Duration::from_secs(91 * 24 * 3_600));
        server.until("it is forgotten", || async { count(&server).await == 0 }).await;
        server
    })
    .await;
}
